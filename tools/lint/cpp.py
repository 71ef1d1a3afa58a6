# SPDX-License-Identifier: Apache-2.0
"""Just enough of C++ for the rules: text without comments and literals, and #include lines."""

import functools
import re

TOKEN = re.compile(
    r"""(?P<comment>//[^\n]*|/\*.*?\*/)
      |(?P<raw>R"(?P<tag>[^()\\\s]{0,16})\(.*?\)(?P=tag)")
      |(?P<string>"(?:\\.|[^"\\\n])*")
      |(?P<char>(?<![0-9A-Za-z_])'(?:\\.|[^'\\\n])*')""",
    re.S | re.X,
)
INCLUDE = re.compile(r'^[ \t]*#[ \t]*include[ \t]*([<"])([^>"\n]+)[>"]', re.M)
MASKED = {"raw": '"', "string": '"', "char": "'"}


@functools.cache
def code(text):
    """The text with comments blanked and literals emptied; every character keeps its line and column."""

    def blank(match):
        kept = MASKED.get(next(k for k in ("comment", "raw", "string", "char") if match.group(k) is not None))
        inner = re.sub(r"[^\n]", " ", match.group())
        return kept + inner[1:-1] + kept if kept else inner

    return TOKEN.sub(blank, text)


def comments(text):
    """[(line, text)] of the comments; lines of // that follow each other are one comment."""
    found = []
    for match in TOKEN.finditer(text):
        if match.group("comment") is None:
            continue
        line = text.count("\n", 0, match.start()) + 1
        words = re.sub(r"^\s*(//+|/\*+|\*+/?)|\*/$", "", match.group(), flags=re.M)
        if found and found[-1][2] == line - 1 and match.group().startswith("//"):
            first, before, _ = found[-1]
            found[-1] = (first, before + "\n" + words, line)
        else:
            found.append((line, words, line + match.group().count("\n")))
    return [(line, words) for line, words, _ in found]


@functools.cache
def includes(text):
    """[(line, quoted, header)] of the #include lines outside comments."""
    blanked = code(text)
    found = []
    for match in INCLUDE.finditer(text):
        if blanked[match.start() : match.end()].lstrip().startswith("#"):
            line = text.count("\n", 0, match.start(1)) + 1
            found.append((line, match.group(1) == '"', match.group(2)))
    return found


def line_of(text, offset):
    return text.count("\n", 0, offset) + 1
