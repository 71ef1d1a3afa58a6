# SPDX-License-Identifier: Apache-2.0
"""With one protection switched off, in a supervisor that only tests have, the checks of the others' notice."""

import unittest

from cells import BIN, BUILD, CellTestCase, each_identity, python

WEAKENED = BUILD / "tests" / "weakened" / "cloister-cell"

CONNECT = "import socket; raise SystemExit(socket.socket().connect_ex(('203.0.113.80', 80)))"
SIGNAL = """
import ctypes, errno
libc = ctypes.CDLL(None, use_errno=True)
print(libc.syscall(425, 8, ctypes.create_string_buffer(256)) >= 0)
"""
WRITE_PROC = "open('/proc/self/oom_score_adj', 'w').write('500')"


@unittest.skipUnless(WEAKENED.exists(), "built without CLOISTER_TEST_WEAKENING")
class WeakenedTest(CellTestCase):
    supervisor = WEAKENED

    def weaken(self, *words):
        (self.folder / "weaken").write_text(" ".join(words))

    @each_identity
    def test_without_weakening_it_is_a_cell_like_any_other(self, identity):
        self.weaken()
        running = self.run_cell(identity, python(CONNECT))
        self.assertEqual(running.exit["interfaces"], ["lo"])
        self.assertEqual(len(running.attempts), 1)

    @each_identity
    def test_without_its_network_namespace_the_witness_shows_it(self, identity):
        self.weaken("network-namespace")
        running = self.run_cell(identity, python("pass"))
        names = [line.split(":")[0].strip() for line in open("/proc/net/dev").readlines()[2:]]
        self.assertEqual(running.exit["interfaces"], names)

    @each_identity
    def test_without_seccomp_nothing_is_recorded_and_io_uring_is_open(self, identity):
        self.weaken("seccomp")
        running = self.run_cell(identity, python(CONNECT))
        self.assertEqual(running.attempts, [])
        self.assertEqual(running.exit["code"], 101)  # the namespace still has no route
        self.assertEqual(running.exit["unrouted"], 1)  # and its counter tells
        self.assertEqual(self.run_python(identity, SIGNAL).stdout.strip(), "True")

    @each_identity
    def test_without_landlock_proc_can_be_written(self, identity):
        self.weaken("landlock")
        self.assertEqual(self.run_cell(identity, python(WRITE_PROC)).exit["code"], 0)
        self.weaken()
        self.assertEqual(self.run_cell(identity, python(WRITE_PROC)).exit["code"], 1)


class ReleasedTest(CellTestCase):
    @each_identity
    def test_the_released_supervisor_cannot_be_weakened(self, identity):
        (self.folder / "weaken").write_text("network-namespace seccomp landlock")
        running = self.run_cell(identity, python(CONNECT))
        self.assertEqual((running.exit["interfaces"], len(running.attempts)), (["lo"], 1))
        self.assertEqual(self.run_python(identity, SIGNAL).stdout.strip(), "False")
        self.assertEqual(self.run_cell(identity, python(WRITE_PROC)).exit["code"], 1)

    def test_the_released_supervisor_has_no_words_for_it(self):
        self.assertNotIn(b"weaken", (BIN / "cloister-cell").read_bytes())
        if WEAKENED.exists():
            self.assertIn(b"/weaken", WEAKENED.read_bytes())
