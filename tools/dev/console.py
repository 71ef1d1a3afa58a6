# SPDX-License-Identifier: Apache-2.0
"""What ./dev says: progress on standard error, and failures with a code and a next step."""

import sys
import time


class Failure(Exception):
    """Ends ./dev with one line on standard error, a hint where there is one, and an exit code of the contract.

    Exit codes: 1 failed, 2 usage, 5 something needed is missing.
    """

    def __init__(self, code, message, hint="", exit_code=1):
        super().__init__(message)
        self.code, self.message, self.hint, self.exit_code = code, message, hint, exit_code


def say(topic, text):
    """One line of progress on standard error."""
    print(f"{topic}: {text}", file=sys.stderr, flush=True)


class Step:
    """`with Step("setup", "unpacking"):` says that the step begins and how long it took."""

    def __init__(self, topic, text):
        self.topic, self.text = topic, text

    def __enter__(self):
        self.started = time.monotonic()
        say(self.topic, self.text)
        return self

    def __exit__(self, kind, value, trace):
        if kind is None:
            say(self.topic, f"{self.text}: done in {time.monotonic() - self.started:.1f} s")
