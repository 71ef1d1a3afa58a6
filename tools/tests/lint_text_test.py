# SPDX-License-Identifier: Apache-2.0
"""The rules about documents and words: each fails on a bad sample and is silent on a good one."""

import unittest

from lint import documents, forbidden
from support import run


class Documents(unittest.TestCase):
    BESIDE = {"docs/a.md": "# A\n", "src/io/file.cpp": "\n"}

    def found(self, text):
        return run(documents, {**self.BESIDE, "docs/x.md": text})

    def test_good_page_is_silent(self):
        page = "# X\n[a](a.md) [b](a.md#part) [c](../src/io/) [d](https://example.org/x) [e](#here)\n"
        page += "`src/io/file.cpp` `src/io` `build/release/bin/x` `tools/<rule>.py` `a/b` `cd x`\n"
        page += "```\n# not a title\n[x](gone.md)\n```\n"
        self.assertEqual(self.found(page), [])

    def test_dead_link_is_found(self):
        self.assertEqual(self.found("# X\n\n[a](gone.md)\n"), ["docs/x.md:3: the link to gone.md leads nowhere"])

    def test_dead_path_is_found(self):
        self.assertEqual(
            self.found("# X\n`src/io/gone.cpp`\n"), ["docs/x.md:2: the path `src/io/gone.cpp` does not exist"]
        )

    def test_a_path_may_be_told_from_the_page_or_from_the_root(self):
        page = {"src/io/README.md": "# IO\n`tests/a_test.cpp` `src/io/file.cpp`\n", "tests/x.py": "\n"}
        good = {**self.BESIDE, **page, "src/io/tests/a_test.cpp": "\n"}
        self.assertEqual(run(documents, good), [])
        self.assertEqual(len(run(documents, {**self.BESIDE, **page})), 1)

    def test_one_title(self):
        self.assertEqual(len(self.found("text\n")), 1)
        self.assertEqual(len(self.found("# X\n# Y\n")), 1)


class Forbidden(unittest.TestCase):
    def test_hosts_and_paths_are_found(self):
        for words in (
            ("https://registry", "npmjs", "org/x"),
            ("https://files.pythonhosted", "org"),
            ("see deb.debian", "org"),
        ):
            with self.subTest(words):
                self.assertEqual(len(run(forbidden, {"a.txt": ".".join(words) + "\n"})), 1)
        for words in (("cd ", "work", "main"), ("ls ", "root", ".cache"), ("../shared", "tools", "x")):
            with self.subTest(words):
                self.assertEqual(len(run(forbidden, {"a.txt": "/".join(words) + "\n"})), 1)

    def test_hidden_direction_is_found(self):
        self.assertEqual(len(run(forbidden, {"a.cpp": f"int a; // {chr(0x202E)}\n"})), 1)

    def test_words_that_only_resemble_them_are_silent(self):
        self.assertEqual(
            run(forbidden, {"a.txt": "build/work/x framework/ rework/ /rooted pypi npm example.org\n"}), []
        )
