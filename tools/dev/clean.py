# SPDX-License-Identifier: Apache-2.0
"""What a linter has found clean before: an empty file in the cache for each key over all that it looked at."""

from dev import files, paths


class Clean:
    """The clean inputs of one linter. Everything that changes its verdict must be in the settings or the parts."""

    def __init__(self, linter, *settings):
        self.folder = paths.cache() / "lint" / linter
        self.settings = settings

    def _file(self, parts):
        key = files.key_of(*self.settings, *parts)
        return self.folder / key[:2] / key

    def has(self, *parts):
        return self._file(parts).exists()

    def add(self, *parts):
        file = self._file(parts)
        file.parent.mkdir(parents=True, exist_ok=True)
        file.touch()
