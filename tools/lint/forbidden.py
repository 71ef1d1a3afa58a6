# SPDX-License-Identifier: Apache-2.0
"""Rule `forbidden`: no registry host (mirrors must work), no path of one machine, no hidden text direction."""

import re

from lint.tree import Finding

RULE = "forbidden"
# In pieces, so that this file itself is clean: (separator, words).
WORDS = [
    (".", ("registry", "npmjs", "org")),
    (".", ("npmjs", "com")),
    (".", ("pypi", "org")),
    (".", ("pythonhosted", "org")),
    (".", ("deb", "debian", "org")),
    (".", ("security", "debian", "org")),
    (".", ("crates", "io")),
    (".", ("proxy", "golang", "org")),
    (".", ("maven", "org")),
    (".", ("yarnpkg", "com")),
    (".", ("jsdelivr", "net")),
    (".", ("unpkg", "com")),
    (".", ("googleapis", "com")),
    ("/", ("", "work", "")),
    ("/", ("", "root", ".cache")),
    ("/", ("", "root", ".pyenv")),
    ("/", (".library", "")),
    ("/", ("shared", "tools")),
    ("/", ("shared", "design")),
    ("/", ("shared", "reference")),
    ("-", ("fresh", "debian")),
    ("-", ("two", "node", "slurm")),
    ("_", ("jupyter", "probe.py")),
]
PATTERN = re.compile(
    r"(?<!\w)(?:" + "|".join(re.escape(separator.join(words)) for separator, words in WORDS) + ")", re.I
)
CONTROLS = re.compile("[\u202a-\u202e\u2066-\u2069]")


def check(tree):
    for path in tree.paths:
        if not path.endswith((".png", ".gz", ".parquet", ".zst", ".jpg")) and "/corpus/" not in path:
            for number, line in enumerate(tree.lines(path), 1):
                for match in PATTERN.finditer(line):
                    yield Finding(path, number, RULE, f"'{match.group()}' may not stand in the tree")
                if CONTROLS.search(line):
                    yield Finding(path, number, RULE, "a bidirectional control character hides what the text says")
