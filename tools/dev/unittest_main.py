# SPDX-License-Identifier: Apache-2.0
"""unittest_main.py FILE REPORT: runs the unittest cases of one file and writes what came of them as JSON.

The report is rewritten after each test, so that a run that gets killed still tells what had passed and where it hung.
"""

import importlib.util
import json
import os
import sys
import time
import unittest
from pathlib import Path


class Collector(unittest.TestResult):
    """Counts passed tests; keeps [name, text] of the others. A test with a failed subtest has failed."""

    def __init__(self, report):
        super().__init__()
        self.report, self.passed, self.failed, self.skips, self.running = report, 0, [], [], ""

    def write(self):
        hung = [[self.running, "was running when the process ended"]] if self.running else []
        state = {"passed": self.passed, "failures": self.failed + hung, "skipped": self.skips}
        part = f"{self.report}.part"
        Path(part).write_text(json.dumps(state))
        os.replace(part, self.report)

    def startTest(self, test):
        super().startTest(test)
        self.running, self.clean, self.begun = test.id(), True, time.monotonic()
        print(f"{test.id()} …", flush=True)
        self.write()

    def stopTest(self, test):
        super().stopTest(test)
        self.running = ""
        print(f"{test.id()}: {time.monotonic() - self.begun:.2f} s", flush=True)
        self.write()

    def fail(self, test, error):
        self.clean = False
        self.failed.append([test.id(), self._exc_info_to_string(error, test)])
        self.write()

    def addSuccess(self, test):
        self.passed += self.clean

    def addFailure(self, test, error):
        self.fail(test, error)

    def addError(self, test, error):
        self.fail(test, error)

    def addSubTest(self, test, subtest, error):
        if error is not None:
            self.fail(subtest, error)

    def addSkip(self, test, reason):
        self.skips.append([test.id(), reason])
        self.clean = False

    def addExpectedFailure(self, test, error):
        self.skips.append([test.id(), "known to fail"])

    def addUnexpectedSuccess(self, test):
        self.failed.append([test.id(), "expected to fail, but passed"])


def main(file, report):
    file = Path(file).resolve()
    sys.path[:0] = [str(file.parent), str(file.parent.parent)]
    specification = importlib.util.spec_from_file_location(file.stem, file)
    module = importlib.util.module_from_spec(specification)
    sys.modules[file.stem] = module
    specification.loader.exec_module(module)
    collector = Collector(report)
    unittest.defaultTestLoader.loadTestsFromModule(module).run(collector)
    collector.running = ""
    collector.write()
    return 1 if collector.failed else 0


if __name__ == "__main__":
    sys.exit(main(*sys.argv[1:]))
