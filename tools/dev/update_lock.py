# SPDX-License-Identifier: Apache-2.0
"""Writes third_party/python.lock and python-tools.lock anew from python.in and python-tools.in.

pip resolves for this machine's Python (Debian 12: 3.11, x86-64), wheels only; the report that it gives names each
wheel and its SHA-256. Run by a person who then reads the diff: nothing else calls it.
"""

import json
import subprocess
import sys
import tempfile
from pathlib import Path

sys.path.insert(0, str(Path(__file__).resolve().parent.parent))
from dev import environment, paths  # noqa: E402

HEADER = """# SPDX-License-Identifier: Apache-2.0
# Made by tools/dev/update_lock.py from {source}; not for editing. After the hash: licence; file.
"""


def licence_of(metadata):
    """The licence as the package states it: SPDX expression, else a short field, else its classifiers."""
    field = (metadata.get("license_expression") or metadata.get("license") or "").strip()
    if field and len(field) <= 60 and "\n" not in field:
        return field
    classifiers = [c.split(" :: ")[-1] for c in metadata.get("classifier", []) if c.startswith("License ::")]
    return ", ".join(classifiers) or "see the package"


def resolve(source):
    """[{name, version, sha256, file, licence}] of everything that the requirements in source pull in."""
    with tempfile.TemporaryDirectory() as folder:
        report = Path(folder) / "report.json"
        subprocess.run(
            [environment.installer(), "-m", "pip", "install", "--quiet", "--dry-run", "--ignore-installed"]
            + ["--only-binary", ":all:", "--report", str(report), "-r", str(source)],
            check=True,
        )
        rows = json.loads(report.read_text())["install"]
    return [
        {
            "name": row["metadata"]["name"],
            "version": row["metadata"]["version"],
            "sha256": row["download_info"]["archive_info"]["hash"].removeprefix("sha256="),
            "file": row["download_info"]["url"].split("#")[0].rsplit("/", 1)[1],
            "licence": licence_of(row["metadata"]),
        }
        for row in sorted(rows, key=lambda row: row["metadata"]["name"].lower())
    ]


def main():
    for name in ("python", "python-tools"):
        source = paths.THIRD_PARTY / f"{name}.in"
        lines = [
            f"{row['name']}=={row['version']} --hash=sha256:{row['sha256']}  # {row['licence']}; {row['file']}\n"
            for row in resolve(source)
        ]
        (paths.THIRD_PARTY / f"{name}.lock").write_text(HEADER.format(source=source.name) + "".join(lines))
        print(f"update-lock: {name}.lock has {len(lines)} packages")
    print("update-lock: now run tools/dev/third_party_page.py and read the diff")


if __name__ == "__main__":
    main()
