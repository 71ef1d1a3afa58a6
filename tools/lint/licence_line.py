# SPDX-License-Identifier: Apache-2.0
"""Rule `licence`: each source file says its licence in its first lines."""

from lint.tree import Finding

RULE = "licence"
LINE = "SPDX-License-Identifier: Apache-2.0"


def check(tree):
    for path in tree.cpp() + tree.python() + tree.shell():
        if LINE not in "\n".join(tree.text(path).split("\n", 3)[:3]) and tree.text(path).strip():
            yield Finding(path, 1, RULE, f"the first line should be: {LINE}")
