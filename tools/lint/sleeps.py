# SPDX-License-Identifier: Apache-2.0
"""Rule `sleeps`: a test waits for an event or a deadline, never for time to pass.

Timers of our own event loop, which run on a virtual clock in tests, are not meant.

The one place that may pause between two looks is tests/support/waiting.py (`until(condition, seconds)`).
"""

import ast
import re

from lint import cpp
from lint.tree import Finding

RULE = "sleeps"
CALL = re.compile(
    r"(?:\bthis_thread\s*::\s*(sleep_for|sleep_until)|(?<![\w.>])(?<!\w::)(usleep|nanosleep|clock_nanosleep|sleep))\s*\("
)
ALLOWED = ("tests/support/waiting.py",)


def check(tree):
    for path in tree.cpp():
        if path.startswith("tests/") or "/tests/" in path:
            text = cpp.code(tree.text(path))
            for match in CALL.finditer(text):
                name = match.group(1) or match.group(2)
                yield Finding(path, cpp.line_of(text, match.start()), RULE, f"{name} in a test: wait for an event")
    for path in tree.matching(".py"):
        if (path.startswith("tests/") or "/tests/" in path) and path not in ALLOWED:
            yield from (
                Finding(path, line, RULE, "time.sleep in a test: use tests/support/waiting.py")
                for line in sleeping_lines(tree.text(path))
            )


def sleeping_lines(text):
    try:
        nodes = ast.walk(ast.parse(text))
    except SyntaxError:
        return []  # ruff says it better
    calls = [node for node in nodes if isinstance(node, ast.Call)]
    return sorted(
        node.lineno
        for node in calls
        if (isinstance(node.func, ast.Attribute) and node.func.attr == "sleep")
        or (isinstance(node.func, ast.Name) and node.func.id == "sleep")
    )
