# SPDX-License-Identifier: Apache-2.0
"""The steps of ./dev lint that run other people's linters: each sees a bad file, and a clean one is remembered."""

import json
import os
import tempfile
import unittest
from pathlib import Path
from unittest import mock

from dev import archives, environment, lint, paths, setup, tidy
from dev.clean import Clean
from support import LAYERS, Tree

BAD_FORMAT = "int  main( ){return 0;}\n"
GOOD_FORMAT = "int main() {\n  return 0;\n}\n"


class Steps(unittest.TestCase):
    def setUp(self):
        self.root = Path(self.enterContext(tempfile.TemporaryDirectory()))
        ready = setup.Ready(self.root, self.root, environment.folder(archives.TOOLS_LOCK), self.root, "1")
        if not (ready.tools / "bin/ruff").exists():
            self.skipTest("./dev setup has not run yet")
        self.ready = ready
        self.enterContext(mock.patch.dict(os.environ, {"CLOISTER_CACHE": str(self.root / "cache")}))
        self.enterContext(mock.patch.object(paths, "ROOT", self.root))

    def tree(self, files):
        """A checkout with these files, on disk too."""
        for name, text in files.items():
            (self.root / name).parent.mkdir(parents=True, exist_ok=True)
            (self.root / name).write_text(text)
        return Tree(files)

    def test_format(self):
        style = {".clang-format": "BasedOnStyle: Google\nAllowShortFunctionsOnASingleLine: Inline\n"}
        self.assertEqual(lint.clang_format(self.tree({**style, "a.cpp": GOOD_FORMAT}), self.ready), [])
        found = lint.clang_format(self.tree({**style, "a.cpp": GOOD_FORMAT, "b.cpp": BAD_FORMAT}), self.ready)
        self.assertTrue(found[0].startswith("b.cpp:1"), found)

    def test_ruff(self):
        self.assertEqual(lint.ruff(self.tree({"a.py": "x = 1\n"}), self.ready), [])
        self.assertIn("F401", lint.ruff(self.tree({"a.py": "import os\n"}), self.ready)[0])
        self.assertTrue(lint.ruff(self.tree({"a.py": "x = ( 1 )\n"}), self.ready))

    def test_shellcheck(self):
        self.assertEqual(lint.shellcheck(self.tree({"a.sh": '#!/bin/sh\necho "$1"\n'}), self.ready), [])
        self.assertIn("SC2086", lint.shellcheck(self.tree({"a.sh": "#!/bin/sh\necho $1\n"}), self.ready)[0])

    def test_clang_tidy_finds_and_remembers(self):
        database = self.root / "build/dev/compile_commands.json"
        checks = {
            ".clang-tidy": "Checks: '-*,readability-identifier-naming'\nWarningsAsErrors: '*'\nCheckOptions:\n"
            "  readability-identifier-naming.FunctionCase: lower_case\n",
            "tools/layers.toml": LAYERS,
            "src/base/include/cloister/base/a.hpp": "#pragma once\n",
        }
        command = f"clang++-19 -std=c++23 -I{self.root}/src/base/include -c {self.root}/src/base/a.cpp"
        row = {"directory": str(self.root), "file": str(self.root / "src/base/a.cpp"), "command": command}
        database.parent.mkdir(parents=True)
        database.write_text(json.dumps([row]))
        text = '#include "cloister/base/a.hpp"\nint {}() {{ return 1; }}\n'
        found = tidy.check(self.tree({**checks, "src/base/a.cpp": text.format("BadName")}), self.ready)
        self.assertTrue(found[0].startswith("src/base/a.cpp:2"), found)
        good = {**checks, "src/base/a.cpp": text.format("good_name")}
        self.assertEqual(tidy.check(self.tree(good), self.ready), [])
        with mock.patch.object(tidy, "look_at", side_effect=AssertionError("was clean")) as looked:
            self.assertEqual(tidy.check(self.tree(good), self.ready), [])
            with self.assertRaises(AssertionError):  # a header that it reaches has changed
                tidy.check(
                    self.tree({**good, "src/base/include/cloister/base/a.hpp": "#pragma once\n//\n"}), self.ready
                )
            self.assertEqual(looked.call_count, 1)


class Remembering(unittest.TestCase):
    def test_closure_follows_headers_of_ours(self):
        files = {
            "tools/layers.toml": LAYERS,
            "src/io/x.cpp": '#include "y.hpp"\n#include <vector>\n',
            "src/io/y.hpp": '#include "cloister/base/z.hpp"\n',
            "src/base/include/cloister/base/z.hpp": '#include "cloister/base/z.hpp"\n',
            "src/io/other.hpp": "",
        }
        names = tidy.Closure(Tree(files)).texts("src/io/x.cpp")[::2]
        self.assertEqual(names, ["src/base/include/cloister/base/z.hpp", "src/io/x.cpp", "src/io/y.hpp"])

    def test_clean_depends_on_settings_and_parts(self):
        with tempfile.TemporaryDirectory() as folder, mock.patch.dict(os.environ, {"CLOISTER_CACHE": folder}):
            Clean("x", "1").add("a", "b")
            self.assertTrue(Clean("x", "1").has("a", "b"))
            for other in (Clean("x", "2"), Clean("y", "1")):
                self.assertFalse(other.has("a", "b"))
            self.assertFalse(Clean("x", "1").has("ab"))
