# SPDX-License-Identifier: Apache-2.0
"""With one protection switched off, in a program that only tests have, just the tour's step behind it fails."""

import os
import pathlib
import re
import shutil
import subprocess
import tempfile
import unittest
from concurrent.futures import ThreadPoolExecutor

PROGRAMS = pathlib.Path(os.environ["CLOISTER_BIN_DIR"])
BUILD = PROGRAMS.parent
WEAKENED = BUILD / "tests" / "weakened"
NEEDED = ("cloister", "cloister-cell", "cloister-data", "cloister-seal")
SECONDS = 300  # a busy machine imports pandas slowly
AT_ONCE = 2  # tours: half of each is waiting

SEARCH = "Search every file for plain text"
LEAVE = "Try to send it out in eight ways"
TAMPER = "Tamper with copies of the home"

HOST = ", ".join(re.findall(r"^ *([^ :]+):", pathlib.Path("/proc/net/dev").read_text(), re.M))

# What is switched off: the program that leaves it out, the tour's step behind it, and what that step must say.
PROTECTIONS = {
    "encryption": ("encryption/cloister-data", SEARCH, r"[1-9]\d* of 121 canaries .* found"),
    "network-namespace": ("cloister-cell", LEAVE, rf".*; interfaces of the cell: {re.escape(HOST)};"),
    "seccomp": (
        "cloister-cell",
        LEAVE,
        r".* refused, [0-3] attempts? recorded .*; interfaces of the cell: lo; .* denied",
    ),
    "signature": ("signature/cloister", TAMPER, r"4 of 5 changes found"),
    "grant": (
        "grant/cloister",
        LEAVE,
        r"8 of 8 ways refused, .*; interfaces of the cell: lo; an ungranted dataset was opened",
    ),
}


class Tour:
    """One run of the tour: what each step said, by its title."""

    def __init__(self, done):
        self.code = done.returncode
        self.text = done.stdout + done.stderr
        found = re.findall(r"^\[\d+/\d+\] (.*)\n {6}(.*)$", done.stdout, re.M)
        self.said = {title: line for title, line in found if title != "Write the report"}
        self.failed = [title for title, line in self.said.items() if line.startswith("FAILED: ")]


def run_tour(folder, words, weakened):
    """The tour by the released programs, or with one of them exchanged; beside them stands what is to be left out."""
    programs = folder / "bin"
    programs.mkdir(parents=True)
    for name in NEEDED:
        shutil.copy2(PROGRAMS / name, programs / name)
    if weakened:
        shutil.copy2(WEAKENED / weakened, programs / pathlib.Path(weakened).name)
    (programs / "weaken").write_text(words)
    for name in ("lib", "python", "share"):
        (folder / name).symlink_to(BUILD / name)
    done = subprocess.run(
        [programs / "cloister", "tour", "--once", "--report", folder / "report.html"],
        capture_output=True,
        text=True,
        timeout=SECONDS,
        env={"PATH": os.environ["PATH"], "HOME": str(folder), "TMPDIR": str(folder)},
        cwd=folder,
        stdin=subprocess.DEVNULL,
    )
    return Tour(done)


@unittest.skipUnless(WEAKENED.exists(), "built without CLOISTER_TEST_WEAKENING")
class WeakenedTourTest(unittest.TestCase):
    @classmethod
    def setUpClass(cls):
        folder = pathlib.Path(tempfile.mkdtemp(prefix="cloister-weakened-", dir="/var/tmp"))
        cls.addClassCleanup(shutil.rmtree, folder, ignore_errors=True)
        folder.chmod(0o755)  # cells run as others
        pool = ThreadPoolExecutor(AT_ONCE)
        cls.addClassCleanup(pool.shutdown, cancel_futures=True)
        # The words stand beside the released programs too, which must not listen.
        cls.whole = pool.submit(run_tour, folder / "whole", " ".join(PROTECTIONS), None)
        cls.weak = {
            word: pool.submit(run_tour, folder / word, word, program) for word, (program, _, _) in PROTECTIONS.items()
        }

    @classmethod
    def tearDownClass(cls):
        noticed = [word for word, (_, step, _) in PROTECTIONS.items() if cls.weak[word].result().failed == [step]]
        whole = cls.whole.result()
        print(
            f"weakened tour: {len(noticed)} of {len(PROTECTIONS)} switched-off protections made just their step fail; "
            f"{len(whole.said) - len(whole.failed)} of {len(whole.said)} steps held with all on"
        )

    def check(self, word):
        _, step, says = PROTECTIONS[word]
        tour, whole = self.weak[word].result(), self.whole.result()
        self.assertEqual(tour.failed, [step], tour.text)
        self.assertRegex(tour.said[step], "^FAILED: " + says)
        self.assertNotIn(step, whole.failed)
        self.assertEqual((tour.code, list(tour.said)), (1, list(whole.said)), "a weakened tour goes to its end")

    def test_with_all_on_every_step_holds(self):
        tour = self.whole.result()
        self.assertEqual((tour.code, tour.failed), (0, []), tour.text)
        self.assertEqual(len(tour.said), 8, tour.text)

    def test_without_encryption(self):
        self.check("encryption")

    def test_without_network_namespace(self):
        self.check("network-namespace")

    def test_without_seccomp(self):
        self.check("seccomp")

    def test_without_signatures(self):
        self.check("signature")

    def test_without_grants(self):
        self.check("grant")

    def test_released_programs_have_no_words_for_it(self):
        for program, _, _ in PROTECTIONS.values():
            self.assertIn(b"weaken", (WEAKENED / program).read_bytes(), program)
        for name in NEEDED:
            self.assertNotIn(b"weaken", (PROGRAMS / name).read_bytes(), name)


if __name__ == "__main__":
    unittest.main()
