# SPDX-License-Identifier: Apache-2.0
"""JupyterLab's front end, unpacked from its wheel as it is: static/ schemas/ themes/ licences/. None of its Python.

The folder is named after the archive and this recipe.
"""

import shutil
import subprocess
import zipfile
from pathlib import PurePosixPath

from dev import archives, files, paths
from dev.console import Failure, Step

RECIPE = "1"  # changes when the folder is made differently from the same archive
ARCHIVE = "jupyterlab"
PARTS = ("static", "schemas", "themes")


def folder():
    """Where it is, made or not."""
    return paths.cache() / "lab" / files.key_of(RECIPE, archives.locked()[ARCHIVE].sha256)


def ensure():
    """Unpacks it unless it is there; the archive must be in the cache."""
    target = folder()
    if target.exists():
        return target
    archive = archives.locked()[ARCHIVE]
    top = PurePosixPath(f"jupyterlab-{archive.version}.data/data/share/jupyter/lab")
    with Step("setup", "unpacking JupyterLab"), files.appearing(target) as made, zipfile.ZipFile(archive.path) as wheel:
        for name in wheel.namelist():
            path = PurePosixPath(name)
            if "licenses" in path.parts and path.name.startswith("LICENSE"):
                place = made / "licences" / f"{ARCHIVE}-{path.name}"
            elif path.is_relative_to(top) and path.relative_to(top).parts[:1] in [(part,) for part in PARTS]:
                place = made / path.relative_to(top)
            else:
                continue
            if ".." in path.parts or name.endswith("/"):
                raise Failure("setup.archive", f"{archive.file}: unexpected member {name}")
            place.parent.mkdir(parents=True, exist_ok=True)
            with wheel.open(name) as source, open(place, "wb") as copy:
                shutil.copyfileobj(source, copy)
        if not (made / "static/index.html").exists():
            raise Failure("setup.archive", f"{archive.file}: there is no static/index.html in it")
        subprocess.run(["chmod", "-R", "a+rX,go-w", str(made)], check=True)
    return target
