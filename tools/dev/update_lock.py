# SPDX-License-Identifier: Apache-2.0
"""Writes third_party/python.lock and python-tools.lock anew from python.in and python-tools.in.

pip resolves for this machine's Python (Debian 12: 3.11, x86-64), wheels only; the report that it gives names each
wheel and its SHA-256. Run by a person who then reads the diff: nothing else calls it.
"""

import email
import json
import subprocess
import sys
import tempfile
import zipfile
from pathlib import Path

sys.path.insert(0, str(Path(__file__).resolve().parent.parent))
from dev import archives, environment, paths, third_party_page
from dev.console import say

HEADER = """# SPDX-License-Identifier: Apache-2.0
# Made by tools/dev/update_lock.py from {source}; not for editing. After the hash: licence; file.
"""


def licence_of(wheel):
    """The licence as the wheel states it: SPDX expression, else a short field, else its classifiers."""
    with zipfile.ZipFile(wheel) as archive:
        name = next(n for n in archive.namelist() if n.endswith(".dist-info/METADATA") and n.count("/") == 1)
        metadata = email.message_from_bytes(archive.read(name))
    field = str(metadata["License-Expression"] or metadata["License"] or "").strip()
    if field and field != "UNKNOWN" and len(field) <= 60 and "\n" not in field:
        return field.replace(";", ",")
    classifiers = [c.split(" :: ")[-1] for c in metadata.get_all("Classifier", []) if c.startswith("License ::")]
    return ", ".join(classifiers) or "see the package"


def resolve(source):
    """[Archive] of everything that the requirements in source pull in; the wheels are in the cache then."""
    with tempfile.TemporaryDirectory() as folder:
        report = Path(folder) / "report.json"
        subprocess.run(
            [environment.installer(), "-m", "pip", "install", "--quiet", "--dry-run", "--ignore-installed"]
            + ["--only-binary", ":all:", "--report", str(report), "-r", str(source)],
            check=True,
        )
        rows = json.loads(report.read_text())["install"]
    found = []
    for row in sorted(rows, key=lambda row: row["metadata"]["name"].lower()):
        name, version = row["metadata"]["name"], row["metadata"]["version"]
        file = row["download_info"]["url"].split("#")[0].rsplit("/", 1)[1]
        sha256 = row["download_info"]["archive_info"]["hash"].removeprefix("sha256=")
        found.append(archives.Archive(name, version, file, sha256, "", "pypi", name, version))
    archives.ensure(found)
    return found


def main():
    for name in ("python", "python-tools"):
        source = paths.THIRD_PARTY / f"{name}.in"
        lines = [
            f"{wheel.name}=={wheel.version} --hash=sha256:{wheel.sha256}  # {licence_of(wheel.path)}; {wheel.file}\n"
            for wheel in resolve(source)
        ]
        (paths.THIRD_PARTY / f"{name}.lock").write_text(HEADER.format(source=source.name) + "".join(lines))
        say("update-lock", f"{name}.lock has {len(lines)} packages")
    third_party_page.write()
    say("update-lock", "read the diff, then run ./dev test")


if __name__ == "__main__":
    main()
