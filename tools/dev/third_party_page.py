# SPDX-License-Identifier: Apache-2.0
"""Writes THIRD_PARTY.md from the lock files. A test compares the page with them."""

import json

from dev import archives, debian, paths

PAGE = paths.ROOT / "THIRD_PARTY.md"
INTRODUCTION = """# Third-party software

Made from the lock files in `third_party/` by `./dev setup --update-lock`; not for editing. Nothing of it is copied into
this tree: `./dev setup` fetches each archive by registry and name and compares its SHA-256.

## Archives

| what | version | licence | from | used for |
|---|---|---|---|---|
"""


def text():
    """The whole page."""
    rows = json.loads(archives.LOCK.read_text())["archives"]
    lines = [
        f"| {row['name']} | {row['version']} | {row['licence']} | {row['origin']['registry']} "
        f"`{row['origin']['package']}` | {row['use']} |"
        for row in rows
    ]
    page = INTRODUCTION + "\n".join(lines) + "\n"
    for title, lock in (("The Python of the cells", archives.PYTHON_LOCK), ("Tools of ./dev", archives.TOOLS_LOCK)):
        page += f"\n## {title}\n\n| package | version | licence |\n|---|---|---|\n"
        page += "".join(f"| {a.name} | {a.version} | {a.licence} |\n" for a in archives.python_locked(lock))
    page += "\n## Debian 12\n\nInstalled by apt and updated by Debian; the licence of each stands in\n"
    page += "`/usr/share/doc/PACKAGE/copyright`:\n"
    return page + ", ".join(f"`{name}`" for name in debian.wanted()) + ".\n"


def write():
    PAGE.write_text(text())
