# SPDX-License-Identifier: Apache-2.0
"""tools/layers.toml, and what the CMakeLists.txt files say."""

import dataclasses
import re
import tomllib

TABLE = "tools/layers.toml"
CALL = re.compile(r"\b(cloister_module|cloister_program|cloister_fuzzer)\s*\(([^)]*)\)")
KEYWORDS = ("USES", "LIBRARIES", "PRIVATE_LIBRARIES", "PRECOMPILE")


@dataclasses.dataclass(frozen=True)
class Module:
    name: str
    layer: int
    folder: str
    allowed: tuple


def modules(tree):
    """{name: Module} of the table."""
    rows = tomllib.loads(tree.text(TABLE))["modules"]
    return {name: Module(name, row["layer"], row["folder"], tuple(row["allowed"])) for name, row in rows.items()}


def confined(tree):
    """The rows of the table of third-party headers."""
    return tomllib.loads(tree.text(TABLE)).get("confined", [])


def calls(text):
    """[(line, function, name, {keyword: words})] of our CMake functions in a CMakeLists.txt."""
    text = re.sub(r"#[^\n]*", lambda m: " " * len(m.group()), text)
    found = []
    for match in CALL.finditer(text):
        words, current, sections = match.group(2).split(), "name", {"name": []}
        for word in words:
            if word in KEYWORDS:
                current = word
                sections.setdefault(current, [])
            else:
                sections[current].append(word)
        name = sections.pop("name")[:1]
        found.append((text.count("\n", 0, match.start()) + 1, match.group(1), name[0] if name else "", sections))
    return found
