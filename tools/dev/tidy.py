# SPDX-License-Identifier: Apache-2.0
"""clang-tidy over our own C++ (tests and fuzz targets aside), only over what changed since it was clean.

A file is clean as long as it, every header of ours that it includes, its compile command, .clang-tidy and the compiler
stay the same. System headers change only with the compiler's or a library's package, which the build notices.
"""

import json
import os
import posixpath
import subprocess
from concurrent.futures import ThreadPoolExecutor

from dev import paths
from dev.clean import Clean
from lint import cpp, layers

SECONDS = 300


def commands():
    """{relative path: compile command, as independent of the checkout's folder as can be} of the files to look at."""
    database = paths.build("dev") / "compile_commands.json"
    found = {}
    for row in json.loads(database.read_text()) if database.exists() else []:
        path = os.path.relpath(row["file"], paths.ROOT)
        ours = path.startswith(("src/", "engines/", "programs/")) and "/tests/" not in path
        if ours:
            found[path] = row["command"].replace(str(paths.ROOT), "@")
    return found


class Closure:
    """The text of a file and of all headers of ours that it reaches."""

    def __init__(self, tree):
        self.tree = tree
        self.roots = {name: f"{m.folder}/include" for name, m in layers.modules(tree).items()}
        self.direct = {}

    def included(self, path):
        """The files of ours that a file includes itself."""
        if path not in self.direct:
            found = []
            for _, quoted, header in cpp.includes(self.tree.text(path)):
                places = [posixpath.join(posixpath.dirname(path), header)] if quoted else []
                places += (
                    [f"{module.removesuffix('include')}{header}" for module in self.roots.values()] if quoted else []
                )
                if header.startswith("cloister/"):
                    places = [f"{self.roots.get(header.split('/')[1], '')}/{header}"]
                found += [posixpath.normpath(place) for place in places if self.tree.exists(posixpath.normpath(place))]
            self.direct[path] = found
        return self.direct[path]

    def texts(self, path):
        """[path, text, path, text, …] in a fixed order."""
        seen, left = {path}, [path]
        while left:
            fresh = set(self.included(left.pop())) - seen
            seen |= fresh
            left += fresh
        return [part for name in sorted(seen) for part in (name, self.tree.text(name))]


def check(tree, ready):
    """Lines of what clang-tidy found."""
    clean = Clean("tidy", ready.compiler_version, tree.text(".clang-tidy"))
    closure = Closure(tree)
    parts = {path: [command, *closure.texts(path)] for path, command in commands().items() if tree.exists(path)}
    if not parts:
        return ["clang-tidy: build/dev/compile_commands.json names no file of ours"] if tree.cpp("src/") else []
    dirty = [path for path, key in parts.items() if not clean.has(*key)]

    def judge(path):
        good, lines = look_at(path)
        if good:
            clean.add(*parts[path])  # at once: what is done stays done when somebody cancels
        return good, lines

    with ThreadPoolExecutor(os.cpu_count() or 2) as pool:
        results = list(pool.map(judge, dirty))
    return sorted({line for _, lines in results for line in lines}) if any(not good for good, _ in results) else []


def look_at(path):
    """(whether clean, lines) of one file."""
    command = ["clang-tidy-19", "-p", str(paths.build("dev")), "--quiet", path]
    try:
        done = subprocess.run(command, cwd=paths.ROOT, capture_output=True, text=True, timeout=SECONDS)
    except subprocess.TimeoutExpired:
        return False, [f"{path}:1: clang-tidy ran past {SECONDS} s"]
    lines = [line for line in done.stdout.splitlines() if ": error: " in line or ": warning: " in line]
    if done.returncode and not lines:
        lines = [f"{path}:1: clang-tidy failed: {(done.stderr or done.stdout).strip()[-300:]}"]
    return done.returncode == 0, [line.replace(f"{paths.ROOT}/", "") for line in lines]
