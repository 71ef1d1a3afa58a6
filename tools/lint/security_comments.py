# SPDX-License-Identifier: Apache-2.0
"""Rule `security`: a comment with `SECURITY:` states an invariant and names the test that shows it.

`(test: Suite.Name)` or `(test: Suite.*)` for GoogleTest, `(test: test_name)` for Python; commas separate several.
"""

import re

from lint import cpp
from lint.tree import Finding

RULE = "security"
GOOGLE = re.compile(r"\b(?:TYPED_)?TEST(?:_F|_P)?\(\s*(\w+)\s*,\s*(\w+)\s*\)")
PYTHON = re.compile(r"^\s*def (test_\w+)\(", re.M)
NAMED = re.compile(r"\(tests?:\s*([^)]*)\)")


def check(tree):
    tests = known_tests(tree)
    for path in tree.cpp() + tree.python():
        if "SECURITY:" not in tree.text(path) or path.startswith(("tools/lint/", "tools/tests/")):
            continue
        for line, text in comments(tree, path):
            for part in text.split("SECURITY:")[1:]:
                yield from (Finding(path, line, RULE, message) for message in faults(part, tests))


def comments(tree, path):
    if path.endswith((".cpp", ".hpp", ".h", ".c")):
        return cpp.comments(tree.text(path))
    found = []
    for number, line in enumerate(tree.lines(path), 1):
        match = re.search(r"#(.*)$", line)
        if match and found and found[-1][2] == number - 1 and line.lstrip().startswith("#"):
            found[-1] = (found[-1][0], f"{found[-1][1]} {match.group(1)}", number)
        elif match:
            found.append((number, match.group(1), number))
    return [(number, text) for number, text, _ in found]


def faults(part, tests):
    named = NAMED.search(" ".join(part.split()))
    if not named:
        yield "SECURITY: names no test: end it with (test: Suite.Name)"
        return
    for name in re.split(r"[,;]\s*|\s+and\s+", named.group(1).strip()):
        if name.strip() not in tests:
            yield f"SECURITY: names the test '{name.strip()}', which does not exist"


def known_tests(tree):
    found = set()
    for path in tree.paths:
        if path.endswith("_test.cpp"):
            for suite, name in GOOGLE.findall(tree.text(path)):
                found |= {f"{suite}.{name}", f"{suite}.*"}
        elif path.endswith("_test.py"):
            found.update(PYTHON.findall(tree.text(path)))
    return found
