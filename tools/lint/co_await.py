# SPDX-License-Identifier: Apache-2.0
"""Rule `co-await`: no braces and no capturing lambda inside the operand of co_await.

Some compilers destroy such temporaries twice. Name the value first, then `co_await f(std::move(value))`.
A lambda without captures is harmless and allowed.
"""

import re

from lint import cpp
from lint.tree import Finding

RULE = "co-await"
WORD = re.compile(r"\bco_await\b")
LAMBDA = re.compile(r"\[([^\[\]]*)\]\s*(?=[({<]|\bmutable\b|->|noexcept\b)")


def check(tree):
    for path in tree.cpp():
        text = cpp.code(tree.text(path))
        for match in WORD.finditer(text):
            operand = operand_of(text, match.end())
            message = fault(operand)
            if message:
                yield Finding(path, cpp.line_of(text, match.start()), RULE, message)


def operand_of(text, start):
    """From after co_await to the end of its expression: `;`, or a bracket or comma outside its own brackets."""
    depth = 0
    for offset in range(start, len(text)):
        character = text[offset]
        if character in "([{":
            depth += 1
        elif character in ")]}":
            if depth == 0:
                return text[start:offset]
            depth -= 1
        elif (character == ";" or character == ",") and depth == 0:
            return text[start:offset]
    return text[start:]


def fault(operand):
    rest = operand
    while match := LAMBDA.search(rest):
        before = rest[: match.start()].rstrip()
        if before and (before[-1].isalnum() or before[-1] in "_)]"):  # an index, not a lambda
            rest = rest[: match.start()] + " " + rest[match.end() :]
            continue
        if match.group(1).strip():
            return "a capturing lambda inside a co_await operand: store it in a local, then move it in"
        body = rest.find("{", match.end())
        end = closing(rest, body) if body >= 0 else len(rest)
        rest = rest[: match.start()] + " " + rest[end:]
    return "braces inside a co_await operand: name the value first, then move it in" if "{" in rest else None


def closing(text, start):
    """The offset after the brace that closes the one at start."""
    depth = 0
    for offset in range(start, len(text)):
        depth += {"{": 1, "}": -1}.get(text[offset], 0)
        if depth == 0:
            return offset + 1
    return len(text)
