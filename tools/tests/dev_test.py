# SPDX-License-Identifier: Apache-2.0
"""./dev itself: counting of tests, atomic folders, lock files, fetching, exit codes."""

import json
import os
import subprocess
import sys
import tempfile
import unittest
from pathlib import Path
from unittest import mock

from dev import archives, bench, build, debian, files, processes, suites, third_party_page, unittest_main
from dev.console import Failure
from dev.outcome import Outcome, closing_line
from support import ROOT

GOOGLE_REPORT = {
    "testsuites": [
        {
            "testsuite": [
                {"classname": "A", "name": "Good", "status": "RUN", "result": "COMPLETED"},
                {
                    "classname": "A",
                    "name": "Bad",
                    "status": "RUN",
                    "result": "COMPLETED",
                    "failures": [{"failure": "x"}],
                },
                {"classname": "A", "name": "Skips", "status": "RUN", "result": "SKIPPED"},
                {"classname": "A", "name": "Off", "status": "NOTRUN", "result": "SUPPRESSED"},
            ]
        }
    ]
}
GOOGLE_OUTPUT = """[ RUN      ] A.Bad
a_test.cpp:4: Failure
why
[  FAILED  ] A.Bad (0 ms)
[ RUN      ] A.Skips
a_test.cpp:5: Skipped
no such kernel
[  SKIPPED ] A.Skips (0 ms)
"""


class Counting(unittest.TestCase):
    def setUp(self):
        self.folder = Path(self.enterContext(tempfile.TemporaryDirectory()))

    def unit(self, report, status, output=""):
        outcome = Outcome("unit a")
        path = self.folder / "report.json"
        if report is not None:
            path.write_text(json.dumps(report))
        suites.count_unit(outcome, status, path, output)
        return outcome

    def test_a_google_report_is_counted_with_reasons(self):
        outcome = self.unit(GOOGLE_REPORT, 1, GOOGLE_OUTPUT)
        self.assertEqual(outcome.passed, 1)
        self.assertEqual(outcome.failures, [("A.Bad", "a_test.cpp:4: Failure\nwhy\n")])
        self.assertEqual(outcome.skipped, [("A.Skips", "no such kernel"), ("A.Off", "disabled")])

    def test_a_program_that_died_has_failed(self):
        outcome = self.unit(None, -6, "stack smashed")
        self.assertEqual(len(outcome.failures), 1)
        self.assertIn("SIGABRT", outcome.failures[0][1])
        self.assertIn("stack smashed", outcome.failures[0][1])

    def test_a_bad_exit_status_fails_even_if_all_tests_passed(self):
        report = {"testsuites": [{"testsuite": GOOGLE_REPORT["testsuites"][0]["testsuite"][:1]}]}
        self.assertEqual(len(self.unit(report, 1, "leak").failures), 1)
        self.assertEqual(len(self.unit(report, 0).failures), 0)

    def test_a_program_without_tests_has_failed(self):
        self.assertEqual(len(self.unit({"testsuites": []}, 0).failures), 1)

    def test_a_python_file_is_counted(self):
        file = self.folder / "x_test.py"
        file.write_text(
            "import unittest\nclass T(unittest.TestCase):\n"
            "    def test_a(self): pass\n"
            "    def test_b(self): self.fail('because')\n"
            "    def test_c(self): self.skipTest('no root')\n"
            "    def test_d(self):\n        for i in range(3):\n"
            "            with self.subTest(i=i): self.assertEqual(i, 0)\n"
        )
        with mock.patch.object(suites, "LOGS", self.folder):
            outcome = suites.run_python("suite", file)
        self.assertEqual((outcome.passed, len(outcome.failures), len(outcome.skipped)), (1, 3, 1))
        self.assertEqual(outcome.skipped[0][1], "no root")
        self.assertIn("because", dict(outcome.failures)["x_test.T.test_b"])

    def test_a_python_file_that_cannot_be_loaded_or_holds_nothing_has_failed(self):
        for text in ("import no_such_module\n", "", "import os\nos._exit(0)\n"):
            with self.subTest(text):
                file = self.folder / "y_test.py"
                file.write_text(text)
                with mock.patch.object(suites, "LOGS", self.folder):
                    self.assertEqual(len(suites.run_python("suite", file).failures), 1)

    def test_a_python_file_that_hangs_is_killed_with_its_children_and_names_the_test(self):
        file = self.folder / "z_test.py"
        file.write_text(
            "import subprocess, unittest\nclass T(unittest.TestCase):\n"
            "    def test_a(self): pass\n    def test_b(self): subprocess.run(['tail', '-f', '/dev/null'])\n"
        )
        with mock.patch.object(suites, "LOGS", self.folder), mock.patch.object(suites, "PYTHON_SECONDS", 2):
            outcome = suites.run_python("suite", file)
        self.assertEqual(outcome.passed, 1)
        self.assertEqual(outcome.failures[0][0], "z_test.T.test_b")

    def test_the_closing_line(self):
        good, bad = Outcome("a", passed=3), Outcome("b", 1, [("x", "y")])
        self.assertEqual(closing_line([good, bad]), "4 passed, 1 failed")
        self.assertEqual(closing_line([good, Outcome("c", skipped=[("s", "why")])]), "3 passed, 0 failed, 1 skipped")
        self.assertIn("  skipped s: why", list(Outcome("c", skipped=[("s", "why")]).lines()))

    def test_a_set_up_that_fails_is_a_failure(self):
        class Case(unittest.TestCase):
            @classmethod
            def setUpClass(cls):
                raise RuntimeError("no")

            def test_a(self):
                pass

        collector = unittest_main.Collector(self.folder / "r.json")
        unittest.defaultTestLoader.loadTestsFromTestCase(Case).run(collector)
        self.assertEqual((collector.passed, len(collector.failed)), (0, 1))


class Files(unittest.TestCase):
    def setUp(self):
        self.folder = Path(self.enterContext(tempfile.TemporaryDirectory()))

    def test_a_folder_appears_whole_or_not_at_all(self):
        target = self.folder / "made"
        with self.assertRaises(RuntimeError), files.appearing(target) as made:
            (made / "half").touch()
            raise RuntimeError
        self.assertEqual(list(self.folder.iterdir()), [])
        for name in ("one", "two"):
            with files.appearing(target) as made:
                (made / name).touch()
        self.assertEqual([p.name for p in target.iterdir()], ["two"])
        self.assertEqual(list(self.folder.iterdir()), [target])

    def test_keys_differ_where_the_parts_are_cut_differently(self):
        self.assertNotEqual(files.key_of("ab", "c"), files.key_of("a", "bc"))

    def test_a_lock_excludes_another_process(self):
        lock, other = (
            self.folder / "lock",
            "import fcntl, sys; fcntl.flock(open(sys.argv[1]), fcntl.LOCK_EX | fcntl.LOCK_NB)",
        )
        with files.locked(lock):
            self.assertNotEqual(
                subprocess.run([sys.executable, "-c", other, lock], stderr=subprocess.DEVNULL).returncode, 0
            )
        self.assertEqual(subprocess.run([sys.executable, "-c", other, lock]).returncode, 0)

    def test_a_killed_program_takes_its_children_along(self):
        log, marker = self.folder / "log", self.folder / "marker"
        os.mkfifo(marker)
        # The child holds the fifo open for writing: reading it ends only when the child is gone.
        command = ["sh", "-c", f"tail -f /dev/null > {marker} & echo started; wait"]
        reader = subprocess.Popen(["cat", marker], stdout=subprocess.DEVNULL)
        status = processes.run(command, log, 1, dict(os.environ), self.folder)
        self.assertIsNone(status)
        self.assertEqual(reader.wait(10), 0)


class Archives(unittest.TestCase):
    def setUp(self):
        self.folder = Path(self.enterContext(tempfile.TemporaryDirectory()))
        self.enterContext(mock.patch.dict(os.environ, {"CLOISTER_CACHE": str(self.folder)}))
        (self.folder / "downloads").mkdir()

    def archive(self, data):
        (self.folder / "given").write_bytes(data)
        return archives.Archive("a", "1", "a.tar", files.sha256_of(self.folder / "given"), "MIT", "pypi", "a", "1")

    def test_an_archive_put_there_by_hand_is_taken_if_its_hash_fits(self):
        archive = self.archive(b"right")
        plain = self.folder / "downloads/a.tar"
        plain.write_bytes(b"wrong")
        self.assertFalse(archives.adopt(archive))
        plain.write_bytes(b"right")
        self.assertTrue(archives.adopt(archive))
        self.assertEqual(archive.path.read_bytes(), b"right")

    def test_the_lock_files_of_this_checkout_are_readable_and_complete(self):
        for archive in [*archives.locked().values(), *archives.python_locked(archives.PYTHON_LOCK)]:
            self.assertRegex(archive.sha256, "^[0-9a-f]{64}$")
            self.assertTrue(archive.licence and archive.version and archive.file)
            self.assertIn(archive.registry, ("pypi", "npm"))
        wheels = archives.python_locked(archives.PYTHON_LOCK) + archives.python_locked(archives.TOOLS_LOCK)
        self.assertTrue(all(w.file.endswith(".whl") for w in wheels))

    def test_a_broken_lock_line_is_an_error(self):
        lock = self.folder / "x.lock"
        lock.write_text("numpy==1.0 --hash=md5:00  # BSD; numpy.whl\n")
        with self.assertRaises(Failure):
            archives.python_locked(lock)

    def test_a_download_with_another_hash_is_refused_and_leaves_nothing(self):
        archive = self.archive(b"right")
        fake = self.folder / "node/bin"
        fake.mkdir(parents=True)
        (fake / "node").write_text("#!/bin/sh\nfor last; do :; done\nprintf wrong > x.tgz\n")
        (fake / "node").chmod(0o755)
        with (
            mock.patch.object(archives, "unpacked_node", lambda node: self.folder / "node"),
            self.assertRaises(Failure) as seen,
        ):
            archives.fetch_from_npm(archive, None)
        self.assertEqual(seen.exception.code, "setup.hash")
        self.assertEqual(list((self.folder / "downloads").iterdir()), [])


class Debian(unittest.TestCase):
    def test_only_installed_packages_count(self):
        rows = [
            "clang-19 installed 1:19.1.7",
            "clang-tidy-19 not-installed ",
            "cmake config-files 3.25",
            "git unpacked 1",
        ]
        self.assertEqual(debian.parsed(rows), {"clang-19": "1:19.1.7"})

    def test_a_user_who_cannot_become_root_is_told_what_to_type(self):
        with mock.patch.object(debian, "prefix_for_root", lambda: None), self.assertRaises(Failure) as seen:
            debian.ensure(["no-such-package-of-debian"])
        self.assertEqual(seen.exception.exit_code, 5)
        self.assertIn("apt-get install --no-install-recommends no-such-package-of-debian", seen.exception.hint)


class Build(unittest.TestCase):
    def test_the_package_is_copied_again_only_when_it_changed(self):
        with tempfile.TemporaryDirectory() as folder:
            package, python = Path(folder) / "cloister", Path(folder) / "python"
            package.mkdir()
            (package / "__init__.py").write_text("a = 1\n")
            with mock.patch.object(build, "PACKAGE", package):
                build.install_package(python)
                made = next(python.rglob("cloister"))
                first = made.stat().st_ino
                build.install_package(python)
                self.assertEqual(made.stat().st_ino, first)
                (package / "__init__.py").write_text("a = 2\n")
                build.install_package(python)
                self.assertEqual((made / "__init__.py").read_text(), "a = 2\n")
                self.assertFalse(any(p.is_symlink() for p in made.rglob("*")))
                self.assertEqual(made.stat().st_mode & 0o777, 0o755)
                (package / "__init__.py").write_text("a = (\n")
                with self.assertRaises(Failure):
                    build.install_package(python)
                self.assertEqual((made / "__init__.py").read_text(), "a = 2\n")


class Share(unittest.TestCase):
    def test_the_demo_is_made_again_only_when_it_changed_and_all_may_read_it(self):
        with tempfile.TemporaryDirectory() as folder, mock.patch.object(build.paths, "ROOT", Path(folder)):
            demo, target = Path(folder) / "demo", Path(folder) / "share"
            (demo / "tour").mkdir(parents=True)
            (demo / build.SURVEY).write_text("rows")
            (demo / "tour/a.py").write_text("pass\n")
            (demo / "tour/a.py").chmod(0o600)
            (demo / "make_survey.py").write_text("import shutil, sys\nshutil.copy(*sys.argv[1:])\n")
            build.share(target, sys.executable)
            self.assertEqual((target / "demo/health_survey.csv").read_text(), "rows")
            self.assertEqual((target / "demo/tour/a.py").stat().st_mode & 0o444, 0o444)
            first = target.stat().st_ino
            build.share(target, sys.executable)
            self.assertEqual(target.stat().st_ino, first)
            (demo / build.SURVEY).write_text("other rows")
            build.share(target, sys.executable)
            self.assertEqual((target / "demo/health_survey.csv").read_text(), "other rows")
            (demo / "make_survey.py").write_text("raise SystemExit('no')\n")
            with self.assertRaises(Failure):
                build.share(target, sys.executable)


class Bench(unittest.TestCase):
    def test_only_whole_rows_count(self):
        row = {"name": "a", "value": 1.5, "unit": "s", "reference": 1.0, "ratio": 1.5, "better": "lower"}
        self.assertEqual(bench.row_of(json.dumps(row)), row)
        for bad in ("noise", "[]", json.dumps({"name": "a"}), json.dumps({**row, "extra": 1})):
            self.assertIsNone(bench.row_of(bad))


class CommandLine(unittest.TestCase):
    def dev(self, *words):
        return subprocess.run([ROOT / "dev", *words], capture_output=True, text=True)

    def test_usage_errors_are_exit_2(self):
        for words in (
            (),
            ("nonsense",),
            ("package",),
            ("test", "--only", "no-such-module"),
            ("build", "--preset", "x"),
        ):
            with self.subTest(words):
                self.assertEqual(self.dev(*words).returncode, 2)

    def test_every_verb_has_help(self):
        from dev.main import VERBS

        for verb in VERBS:
            with self.subTest(verb):
                done = self.dev(verb, "--help")
                self.assertEqual(done.returncode, 0, done.stderr)
                self.assertIn(verb, done.stdout)


class ThirdPartyPage(unittest.TestCase):
    def test_the_page_says_what_the_lock_files_say(self):
        self.assertEqual(third_party_page.PAGE.read_text(), third_party_page.text())
