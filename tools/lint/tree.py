# SPDX-License-Identifier: Apache-2.0
"""What a rule sees: the files of the checkout by relative path. Tests make one from a dictionary."""

import dataclasses
import subprocess

CPP = (".cpp", ".hpp", ".h", ".c")


@dataclasses.dataclass(frozen=True, order=True)
class Finding:
    """One breach of a rule. line is 1 for the whole file."""

    path: str
    line: int
    rule: str
    message: str

    def __str__(self):
        return f"{self.path}:{self.line}: {self.message} [{self.rule}]"


class Tree:
    """Files by path. `texts` maps path to text; `folder` (optional) is where the others are read from."""

    def __init__(self, texts, folder=None, paths=None):
        self._texts, self._folder = dict(texts), folder
        self.paths = sorted(paths if paths is not None else texts)
        self._known = set(self.paths)
        self._folders = {str(p) for path in self.paths for p in _parents(path)}

    @staticmethod
    def of_checkout(root):
        """Tracked files and new ones that git does not ignore."""
        listed = subprocess.run(
            ["git", "-c", f"safe.directory={root}", "ls-files", "-z", "--cached", "--others", "--exclude-standard"],
            cwd=root,
            capture_output=True,
            check=True,
        )
        names = {name for name in listed.stdout.decode().split("\0") if name}
        return Tree({}, root, [name for name in names if (root / name).is_file() and not (root / name).is_symlink()])

    def text(self, path):
        """The file's text; bytes that are not UTF-8 become replacement characters."""
        if path not in self._texts:
            self._texts[path] = (self._folder / path).read_text(encoding="utf-8", errors="replace")
        return self._texts[path]

    def lines(self, path):
        return self.text(path).splitlines()

    def exists(self, path):
        """Whether a file or folder of this name is in the tree."""
        path = path.rstrip("/")
        return path in self._known or path in self._folders

    def cpp(self, *folders):
        """C and C++ files, all or those below the folders."""
        return [p for p in self.paths if p.endswith(CPP) and (not folders or p.startswith(folders))]

    def matching(self, *suffixes):
        return [p for p in self.paths if p.endswith(suffixes)]

    def shell(self):
        """Shell scripts: by name or by first line."""
        plain = [p for p in self.paths if "." not in p.rsplit("/", 1)[-1] or p.startswith(".ci/")]
        return self.matching(".sh") + [p for p in plain if self.text(p)[:64].split("\n")[0] in SHELL_LINES]

    def python(self):
        plain = [p for p in self.paths if "." not in p.rsplit("/", 1)[-1]]
        return self.matching(".py") + [p for p in plain if self.text(p).startswith("#!/usr/bin/env python3")]


SHELL_LINES = ("#!/bin/sh", "#!/usr/bin/env bash", "#!/bin/bash", "#!/usr/bin/env sh")


def _parents(path):
    parts = path.split("/")
    return ["/".join(parts[:n]) for n in range(1, len(parts))]
