# SPDX-License-Identifier: Apache-2.0
"""The package in processes of its own: what an uncaught error prints, and what an import costs."""

import doctest
import unittest

from fake_door import FakeDoor

from support import pinned

pinned.use()


class Uncaught(unittest.TestCase):
    def run_script(self, script):
        with FakeDoor() as door:
            return pinned.run(script, door.path)

    def test_the_callers_frame_and_one_line(self):
        done = self.run_script("import cloister\n\ndef load():\n    return cloister.dataset('secrets')\n\nload()\n")
        self.assertEqual(done.returncode, 1)
        lines = done.stderr.splitlines()
        self.assertEqual(lines[0], "Traceback (most recent call last):")
        self.assertIn("script.py", lines[1])
        self.assertTrue(lines[-1].startswith("cloister.Denied: policy.denied: this cell was not granted"), lines[-1])
        self.assertIn("(hint: cloister run --dataset secrets FILE.py)", lines[-1])
        self.assertNotIn("site-packages", done.stderr)
        self.assertNotIn("During handling", done.stderr)

    def test_in_a_thread(self):
        start = "t = threading.Thread(target=cloister.dataset, args=['s'])\nt.start()\nt.join()\n"
        done = self.run_script("import cloister, threading\n" + start)
        self.assertIn("cloister.Denied: policy.denied", done.stderr)
        self.assertNotIn("site-packages", done.stderr)

    def test_other_errors_are_as_before(self):
        done = self.run_script("import cloister\n1 / 0\n")
        self.assertTrue(done.stderr.rstrip().endswith("ZeroDivisionError: division by zero"))
        self.assertIn("script.py", done.stderr)

    def test_errors_can_be_caught(self):
        done = self.run_script(
            "import cloister\ntry:\n    cloister.query('x')\nexcept cloister.Denied as e:\n    print(e.code)\n"
        )
        self.assertEqual((done.returncode, done.stdout), (0, "policy.denied\n"))


class Importing(unittest.TestCase):
    def test_loads_no_heavy_package(self):
        heavy = "{'numpy', 'pandas', 'polars', 'pyarrow', 'matplotlib', 'IPython'}"
        done = pinned.run(f"import cloister, sys\nprint({heavy} & set(sys.modules))\n")
        self.assertEqual((done.stdout, done.stderr), ("set()\n", ""))

    def test_opens_no_socket(self):
        refuse = "import socket\ndef no(*a): raise SystemExit('socket')\nsocket.socket.connect = no\n"
        self.assertEqual(pinned.run(refuse + "import cloister\nprint('ok')\n").stdout, "ok\n")

    def test_what_comes_with_other_issues_is_absent(self):
        import cloister

        for name in ("train", "ask", "request_release"):
            self.assertFalse(hasattr(cloister, name), name)
        self.assertFalse(hasattr(cloister.Dataset, "profile"))

    def test_all_public_things_are_documented(self):
        import cloister

        for name in cloister.__all__:
            self.assertTrue(getattr(cloister, name).__doc__, name)


class Examples(unittest.TestCase):
    def test_examples_in_the_documentation_are_true(self):
        import cloister
        from cloister import _format

        runner, tried = doctest.DocTestRunner(), 0
        for thing, module in ((_format, _format), (cloister.Error, False)):
            for example in doctest.DocTestFinder(exclude_empty=True).find(thing, module=module):
                example.globs |= {"Error": cloister.Error}
                result = runner.run(example)
                tried += result.attempted
                self.assertEqual(result.failed, 0)
        self.assertGreater(tried, 4)


if __name__ == "__main__":
    unittest.main()
