# SPDX-License-Identifier: Apache-2.0
"""What the tests of the tools share: the import path, and a rule run over files given as texts."""

import sys
from pathlib import Path

ROOT = Path(__file__).resolve().parents[2]
sys.path.insert(0, str(ROOT / "tools"))

from lint.tree import Tree  # noqa: E402

LAYERS = """
[modules]
base = {layer = 0, folder = "src/base", allowed = []}
io   = {layer = 1, folder = "src/io",   allowed = ["base"]}
app  = {layer = 6, folder = "src/app",  allowed = ["base", "io"]}

[[confined]]
headers = ["sodium.h", "boost/asio"]
folders = ["src/io/"]
why = "it belongs to io"
"""


def run(rule, files):
    """Messages of a rule over {path: text}, with a small table of layers beside them."""
    return [f"{f.path}:{f.line}: {f.message}" for f in rule.check(Tree({"tools/layers.toml": LAYERS, **files}))]
