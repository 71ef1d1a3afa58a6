# SPDX-License-Identifier: Apache-2.0
"""Where things are: the checkout, and the cache outside it."""

import os
from pathlib import Path

ROOT = Path(__file__).resolve().parents[2]
THIRD_PARTY = ROOT / "third_party"
PYTHON = "/usr/bin/python3"  # Debian's, never one that happens to be first in PATH
PRESETS = ("release", "dev", "fuzz")


def cache():
    """The cache folder: $CLOISTER_CACHE, else cloister below the user's cache folder."""
    named = os.environ.get("CLOISTER_CACHE")
    if named:
        return Path(named).absolute()
    return Path(os.environ.get("XDG_CACHE_HOME") or Path.home() / ".cache").absolute() / "cloister"


def build(preset):
    return ROOT / "build" / preset
