# SPDX-License-Identifier: Apache-2.0
"""The rules about structure: each fails on a bad sample and is silent on a good one."""

import unittest

from lint import confinement, include_roots, layering
from support import ROOT, Tree, run

HEADER = "#pragma once\n"
GOOD = {
    "src/base/CMakeLists.txt": "cloister_module(base LIBRARIES fmt::fmt)\n",
    "src/base/include/cloister/base/error.hpp": HEADER,
    "src/base/error.cpp": '#include "cloister/base/error.hpp"\n',
    "src/io/CMakeLists.txt": "cloister_module(io USES base\n  LIBRARIES Boost::headers)  # USES app in a comment\n",
    "src/io/include/cloister/io/file.hpp": HEADER + '#include "cloister/base/error.hpp"\n',
    "src/io/private.hpp": HEADER,
    "src/io/file.cpp": '#include "private.hpp"\n#include <sodium.h>\n// #include "cloister/app/app.hpp"\n',
    "src/io/tests/file_test.cpp": '#include <gtest/gtest.h>\n#include "private.hpp"\n',
}


class Layering(unittest.TestCase):
    def test_good_tree_is_silent(self):
        self.assertEqual(run(layering, GOOD), [])

    def test_upward_include_is_found(self):
        found = run(layering, {**GOOD, "src/io/bad.cpp": '#include "cloister/app/app.hpp"\n'})
        self.assertEqual(found, ["src/io/bad.cpp:1: io includes app, which its USES does not name"])

    def test_upward_uses_is_found(self):
        found = run(layering, {**GOOD, "src/io/CMakeLists.txt": "cloister_module(io USES base app)\n"})
        self.assertIn("src/io/CMakeLists.txt:1: io may not use app: tools/layers.toml does not allow it", found)

    def test_unused_uses_is_found(self):
        found = run(
            layering, {**GOOD, "src/app/CMakeLists.txt": "cloister_module(app USES io)\n", "src/app/a.cpp": "\n"}
        )
        self.assertEqual(found, ["src/app/CMakeLists.txt:1: app USES io but includes nothing of it"])

    def test_module_outside_the_table_is_found(self):
        found = run(layering, {**GOOD, "src/new/CMakeLists.txt": "cloister_module(new)\n"})
        self.assertIn("src/new/CMakeLists.txt:1: the module is not in tools/layers.toml", found)

    def test_table_that_allows_a_higher_layer_is_found(self):
        table = '[modules]\nbase = {layer = 0, folder = "src/base", allowed = ["io"]}\n'
        table += 'io = {layer = 1, folder = "src/io", allowed = []}\n'
        self.assertEqual(len(run(layering, {"tools/layers.toml": table})), 1)

    def test_program_includes_only_what_it_uses_and_what_comes_with_that(self):
        main = '#include "cloister/base/error.hpp"\n#include "cloister/io/file.hpp"\n'
        for uses, count in (("io", 0), ("base io", 0), ("base", 1)):
            with self.subTest(uses):
                cmake = {"programs/CMakeLists.txt": f"cloister_program(tool USES {uses})\n"}
                self.assertEqual(len(run(layering, {**GOOD, **cmake, "programs/tool/main.cpp": main})), count)

    def test_the_table_of_this_checkout_agrees_with_itself(self):
        table = Tree({"tools/layers.toml": (ROOT / "tools/layers.toml").read_text()})
        self.assertEqual(list(layering.check(table)), [])


class IncludeRoots(unittest.TestCase):
    def test_good_tree_is_silent(self):
        self.assertEqual(run(include_roots, GOOD), [])

    def assert_found(self, path, text, message):
        found = run(include_roots, {**GOOD, path: text})
        self.assertEqual(len(found), 1, found)
        self.assertIn(message, found[0])

    def test_climbing_include_is_found(self):
        self.assert_found("src/io/x.cpp", '#include "../base/error.hpp"\n', "climbs out")

    def test_own_header_in_angle_brackets_is_found(self):
        self.assert_found("src/io/x.cpp", "#include <cloister/base/error.hpp>\n", "use quotes")

    def test_missing_header_is_found(self):
        self.assert_found("src/io/x.cpp", '#include "cloister/base/gone.hpp"\n', "does not exist")

    def test_private_header_in_a_public_one_is_found(self):
        self.assert_found("src/io/include/cloister/io/x.hpp", HEADER + '#include "private.hpp"\n', "public header")

    def test_library_in_quotes_is_found(self):
        self.assert_found("src/io/x.cpp", '#include "fmt/format.h"\n', "not beside the file")

    def test_header_without_pragma_once_is_found(self):
        self.assert_found("src/io/x.hpp", "int one();\n", "#pragma once")


class Confinement(unittest.TestCase):
    def test_good_tree_is_silent(self):
        self.assertEqual(run(confinement, GOOD), [])

    def test_confined_header_elsewhere_is_found(self):
        found = run(
            confinement, {**GOOD, "src/base/x.cpp": "#include <sodium.h>\n#include <boost/asio/awaitable.hpp>\n"}
        )
        self.assertEqual(len(found), 2, found)

    def test_a_header_that_only_begins_alike_is_silent(self):
        self.assertEqual(run(confinement, {**GOOD, "src/base/x.cpp": "#include <boost/asiology.hpp>\n"}), [])

    def test_test_framework_outside_tests_is_found(self):
        self.assertEqual(len(run(confinement, {**GOOD, "src/base/x.cpp": "#include <gtest/gtest.h>\n"})), 1)
