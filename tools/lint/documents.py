# SPDX-License-Identifier: Apache-2.0
"""Rule `documents`: Markdown files have one title, and the links and paths in them exist."""

import posixpath
import re

from lint.tree import Finding

RULE = "documents"
FENCE = re.compile(r"^\s*(```|~~~)")
LINK = re.compile(r"!?\[[^\]]*\]\(([^()\s]+)(?:\s+\"[^\"]*\")?\)")
QUOTED = re.compile(r"`([^`\n]+)`")
PATHLIKE = re.compile(r"[\w.@+-]+(?:/[\w.@+-]+)+/?")
MADE = ("build/", "target/")  # not in the tree, but made by it


def check(tree):
    top = {path.split("/")[0] for path in tree.paths if "/" in path}
    for path in tree.matching(".md"):
        titles = 0
        for line, text, fenced in prose(tree.lines(path)):
            if fenced:
                continue
            titles += text.startswith("# ")
            yield from (Finding(path, line, RULE, message) for message in faults(tree, path, text, top))
        if titles != 1:
            yield Finding(path, 1, RULE, f"a Markdown file has exactly one title (# …), this one {titles}")


def prose(lines):
    """(number, line, whether inside a fenced block)."""
    fenced = False
    for number, line in enumerate(lines, 1):
        fence = FENCE.match(line) is not None
        yield number, line, fenced or fence
        fenced = fenced != fence


def faults(tree, path, text, top):
    for target in LINK.findall(QUOTED.sub("", text)):
        if re.match(r"[a-z]+:", target) or target.startswith("#"):
            continue
        found = posixpath.normpath(posixpath.join(posixpath.dirname(path), target.split("#")[0]))
        if found != "." and not tree.exists(found):
            yield f"the link to {target} leads nowhere"
    for quoted in QUOTED.findall(text):
        if PATHLIKE.fullmatch(quoted) and quoted.split("/")[0] in top and not quoted.startswith(MADE):
            if not tree.exists(quoted) and not tree.exists(posixpath.join(posixpath.dirname(path), quoted)):
                yield f"the path `{quoted}` does not exist"
