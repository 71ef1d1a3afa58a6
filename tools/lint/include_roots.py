# SPDX-License-Identifier: Apache-2.0
"""Rule `include-roots`: how files of ours are included, and what a header begins with."""

import posixpath
import re

from lint import cpp, layers
from lint.tree import Finding

RULE = "include-roots"
PUBLIC = re.compile(r"^(?:src|engines)/[^/]+/include/")


def check(tree):
    roots = {name: f"{module.folder}/include" for name, module in layers.modules(tree).items()}
    for path in tree.cpp():
        if path.endswith((".hpp", ".h")) and "#pragma once" not in tree.text(path):
            yield Finding(path, 1, RULE, "a header needs #pragma once")
        for line, quoted, header in cpp.includes(tree.text(path)):
            message = fault(tree, path, quoted, header, roots)
            if message:
                yield Finding(path, line, RULE, message)


def fault(tree, path, quoted, header, roots):
    """What is wrong with one #include, or None."""
    if ".." in header.split("/"):
        return f'"{header}" climbs out of its folder: include it as "cloister/<module>/…"'
    if header.startswith("cloister/"):
        module = header.split("/")[1]
        if not quoted:
            return f"<{header}> is ours: use quotes"
        if module not in roots:
            return f'"{header}" names no module'
        return None if tree.exists(f"{roots[module]}/{header}") else f'"{header}" does not exist'
    if not quoted:
        return None
    if PUBLIC.match(path):
        return f'a public header may not include the private "{header}"'
    beside = posixpath.join(posixpath.dirname(path), header)
    module_folder = next(
        (r.removesuffix("include") for r in roots.values() if path.startswith(r.removesuffix("include"))), None
    )
    if tree.exists(beside) or (module_folder and tree.exists(module_folder + header)):
        return None
    return f'"{header}" is not beside the file: libraries are included with <>'
