# SPDX-License-Identifier: Apache-2.0
"""Report `sizes`: files above 400 lines, functions above 70. A report, not a rule: it never fails."""

import ast
import re

from lint import cpp

FILE_LINES = 400
FUNCTION_LINES = 70
OPENS = re.compile(r"\)[^;{}()]*(?:->[^;{}]*)?\{\s*$")
STATEMENT = re.compile(r"^\s*(?:if|for|while|switch|else|do|try|catch|return|namespace|class|struct|enum)\b")


def report(tree):
    """Lines of text, longest first; nothing when all is short enough."""
    rows = []
    for path in [p for p in tree.cpp() + tree.python() if "/vectors/" not in p]:
        lines = len(tree.lines(path))
        if lines > FILE_LINES:
            rows.append((lines, f"{path}: {lines} lines (aim: at most {FILE_LINES})"))
        lengths = cpp_functions(tree.text(path)) if path in tree.cpp() else python_functions(tree.text(path))
        rows += [
            (n, f"{path}:{line}: a function of {n} lines (aim: at most {FUNCTION_LINES})")
            for line, n in lengths
            if n > FUNCTION_LINES
        ]
    return [text for _, text in sorted(rows, reverse=True)]


def cpp_functions(text):
    """[(first line, lines)] of the outermost function bodies: braces that open after a parameter list."""
    depth, start, base, found = 0, None, 0, []
    for number, line in enumerate(cpp.code(text).splitlines(), 1):
        if start is None and OPENS.search(line) and not STATEMENT.match(line):
            start, base = number, depth
        depth += line.count("{") - line.count("}")
        if start is not None and depth <= base:
            found.append((start, number - start + 1))
            start = None
    return found


def python_functions(text):
    try:
        nodes = ast.walk(ast.parse(text))
    except SyntaxError:
        return []
    functions = [n for n in nodes if isinstance(n, ast.FunctionDef | ast.AsyncFunctionDef)]
    return [(n.lineno, n.end_lineno - n.lineno + 1) for n in functions]
