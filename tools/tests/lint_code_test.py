# SPDX-License-Identifier: Apache-2.0
"""The rules about code: each fails on a bad sample and is silent on a good one."""

import unittest

from lint import co_await, cpp, licence_line, security_comments, sizes, sleeps
from lint.tree import Tree
from support import run


def awaiting(statement):
    return run(co_await, {"src/io/x.cpp": f"task<int> f() {{\n  {statement}\n}}\n"})


class CoAwait(unittest.TestCase):
    def test_bad_operands_are_found(self):
        for statement in (
            "co_await f(Options{.name = s});",
            "co_await f({1, 2, 3});",
            "co_await f({});",
            "co_await f([s] { return s; });",
            "co_await f([&] { return 1; });",
            "co_await f([p = std::move(p)]() mutable { use(p); });",
            "auto x = co_await g(1, h([this] { return n_; }));",
            "co_await f(\n      Options{\n.name = s});",
        ):
            with self.subTest(statement):
                self.assertEqual(len(awaiting(statement)), 1)

    def test_good_operands_are_silent(self):
        for statement in (
            "co_await f(std::move(options));",
            "auto x = co_await f(1); g({1, 2});",
            "co_await f([](int a) { return a; });",
            "co_await f(table[index], a[i](x));",
            'co_await f("{not a brace}");',
            "// co_await f({1});",
            "if (co_await f(x)) { y(); }",
            "g(co_await f(x), {1, 2});",
        ):
            with self.subTest(statement):
                self.assertEqual(awaiting(statement), [])

    def test_the_line_is_told(self):
        self.assertTrue(awaiting("co_await f({});")[0].startswith("src/io/x.cpp:2:"))


class SecurityComments(unittest.TestCase):
    TESTS = {
        "src/a/tests/a_test.cpp": "TEST(Seal, Holds) {}\nTEST_F(Box, Shuts) {}\n",
        "tests/cell/escape_test.py": "class A:\n    def test_no_way_out(self): pass\n",
    }

    def found(self, text, path="src/a/a.cpp"):
        return run(security_comments, {**self.TESTS, path: text})

    def test_named_tests_that_exist_are_silent(self):
        self.assertEqual(self.found("// SECURITY: it holds (test: Seal.Holds).\n"), [])
        self.assertEqual(
            self.found("// Words. SECURITY: it holds\n// (tests: Seal.Holds, test_no_way_out)\nint a;\n"), []
        )
        self.assertEqual(self.found("// SECURITY: it holds (test: Box.*)\n"), [])
        self.assertEqual(self.found("# SECURITY: shut\n# (test: Box.Shuts)\n", "tools/x.py"), [])

    def test_a_comment_without_a_test_is_found(self):
        self.assertEqual(len(self.found("// SECURITY: it holds.\n\n// (test: Seal.Holds)\n")), 1)

    def test_a_test_that_does_not_exist_is_found(self):
        self.assertEqual(len(self.found("// SECURITY: it holds (test: Nothing.*)\n")), 1)
        self.assertIn("'Seal.Leaks'", self.found("int a;\n// SECURITY: it holds (test: Seal.Leaks)\n")[0])

    def test_two_claims_in_one_comment_need_two_tests(self):
        self.assertEqual(len(self.found("// SECURITY: a (test: Seal.Holds). SECURITY: b.\n")), 1)


class Sleeps(unittest.TestCase):
    def test_sleeping_tests_are_found(self):
        bad = {
            "src/io/tests/a_test.cpp": "void f() { std::this_thread::sleep_for(1s); ::sleep(1); usleep(2); }\n",
            "tests/cell/a_test.py": "import time\n\ntime.sleep(1)\n",
        }
        self.assertEqual(len(run(sleeps, bad)), 4)

    def test_sleep_elsewhere_or_in_a_text_is_silent(self):
        good = {
            "src/io/clock.cpp": "void f() { nanosleep(a, b); }\n",
            "src/io/tests/a_test.cpp": 'auto program = "sleep(9)"; loop.sleep_until(t); loop->sleep(t);  // sleep(1)\n',
            "tests/cell/a_test.py": "PAYLOAD = 'import time; time.sleep(100)'\n",
            "tests/support/waiting.py": "import time\ntime.sleep(0.01)\n",
        }
        self.assertEqual(run(sleeps, good), [])


class Licence(unittest.TestCase):
    def test_a_file_without_the_line_is_found(self):
        line = "SPDX-License-Identifier: Apache-2.0"
        files = {
            "src/a.cpp": f"// {line}\n",
            "x.py": f"#!/usr/bin/env python3\n# {line}\n",
            "src/b.cpp": "int a;\n",
            "y.py": "a = 1\n",
        }
        self.assertEqual([f.split(":")[0] for f in run(licence_line, files)], ["src/b.cpp", "y.py"])


class Sizes(unittest.TestCase):
    def test_long_files_and_functions_are_reported(self):
        body = "  g();\n" * 80
        tree = Tree(
            {
                "src/a.cpp": f"int f(int a) {{\n{body}}}\n",
                "src/b.cpp": "int a;\n" * 401,
                "c.py": "def f():\n" + "    g()\n" * 80,
            }
        )
        self.assertEqual([row.split(" ")[0] for row in sizes.report(tree)], ["src/b.cpp:", "src/a.cpp:1:", "c.py:1:"])

    def test_short_ones_are_not(self):
        text = "namespace a {\n" + "int f() {\n  if (x) {\n    g();\n  }\n}\n" * 60 + "}  // namespace a\n"
        self.assertEqual(sizes.report(Tree({"src/a.cpp": text})), [])


class Cpp(unittest.TestCase):
    def test_code_keeps_lines_and_empties_comments_and_literals(self):
        text = 'a /* b\nc */ "d // e" R"x(f\n)g")x" \'"\' 1\'000 // h\n'
        self.assertEqual(cpp.code(text).count("\n"), text.count("\n"))
        self.assertEqual(cpp.code(text).split(), ["a", '"', '"', '"', '"', "'", "'", "1'000"])

    def test_includes_in_comments_and_texts_do_not_count(self):
        text = '#include <a.h>\n// #include <b.h>\n  #  include "c.hpp"\nauto t = R"(\n#include <d.h>\n)";\n'
        self.assertEqual(cpp.includes(text), [(1, False, "a.h"), (3, True, "c.hpp")])
