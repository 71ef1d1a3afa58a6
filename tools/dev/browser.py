# SPDX-License-Identifier: Apache-2.0
"""A real browser for tests: Debian's Chromium, driven by the pinned playwright-core in the pinned Node."""

import dataclasses
import shutil
import tarfile
from pathlib import Path

from dev import archives, debian, files, paths

PACKAGES = ["chromium", "fonts-dejavu-core"]
CHROMIUM = "/usr/bin/chromium"


@dataclasses.dataclass(frozen=True)
class Browser:
    """What a test script needs: `node script.mjs` with NODE_PATH's place of playwright-core."""

    node: Path
    playwright: Path


def ensure():
    """Installs and unpacks what is missing."""
    debian.ensure(PACKAGES)
    lock = archives.locked()
    archive, node = lock["playwright-core"], lock["node"]
    with files.locked(paths.cache() / "locks" / "browser"):
        archives.ensure([archive, node])
        target = paths.cache() / "browser" / archive.sha256[:16]
        if not target.exists():
            with files.appearing(target) as made, tarfile.open(archive.path) as tar:
                tar.extractall(made, filter="data")
                shutil.move(made / "package", made / "playwright-core")
        return Browser(archives.unpacked_node(node) / "bin/node", target / "playwright-core")
