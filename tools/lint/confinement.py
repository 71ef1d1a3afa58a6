# SPDX-License-Identifier: Apache-2.0
"""Rule `confinement`: third-party headers only where tools/layers.toml says."""

from lint import cpp, layers
from lint.tree import Finding

RULE = "confinement"
TESTING = ("gtest/", "gmock/")


def check(tree):
    rows = layers.confined(tree)
    for path in tree.cpp():
        for line, _, header in cpp.includes(tree.text(path)):
            for row in rows:
                if matches(header, row["headers"]) and not path.startswith(tuple(row["folders"])):
                    yield Finding(path, line, RULE, f"<{header}> may not be included here: {row['why']}")
            if header.startswith(TESTING) and "tests/" not in path:
                yield Finding(path, line, RULE, f"<{header}> belongs in tests")


def matches(header, patterns):
    """Whether a header is one of the patterns or lies below one of them."""
    return any(header == p or header.startswith(p if p.endswith("/") else p + "/") for p in patterns)
