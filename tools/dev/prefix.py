# SPDX-License-Identifier: Apache-2.0
"""The prefix: what our C++ links that Debian has not, unpacked or built from the pinned archives.

    lib/libduckdb.so  include/duckdb/  include/duckdb-fmt/  lib/libnanoarrow_ipc.a  include/nanoarrow/  licences/

Its folder is named after the lock file, this recipe and the compiler: a change of any of them makes a new prefix.
"""

import shutil
import subprocess
import tarfile
import tempfile
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

from dev import archives, files, paths
from dev.console import Failure, Step

RECIPE = "1"  # changes when the prefix is made differently from the same archives
NEEDED = ("duckdb-library", "duckdb-headers", "nanoarrow")
NANOARROW = "subprojects/arrow-nanoarrow"
FLATCC = "subprojects/flatcc-fd3c4ae5cd39f0651eda6a3a1a374278070135d6"
NAMESPACE = "Cloister"  # prefixes every symbol: LightGBM exports an unprefixed nanoarrow
COMMON = [f"common/{name}.c" for name in ("array", "schema", "array_stream", "utils")]
IPC = [f"ipc/{name}.c" for name in ("codecs", "decoder", "encoder", "reader", "writer")]
RUNTIME = ("builder", "emitter", "refmap", "verifier")


def folder(compiler_version):
    """Where the prefix is, made or not."""
    pins = [f"{name} {archives.locked()[name].sha256}" for name in NEEDED]
    return paths.cache() / "prefix" / files.key_of(RECIPE, compiler_version, *pins)


def ensure(compiler_version):
    """Makes the prefix unless it is there; its archives must be in the cache."""
    target = folder(compiler_version)
    if target.exists():
        return target
    lock = archives.locked()
    with Step("setup", "making the third-party prefix"), files.appearing(target) as made:
        with tempfile.TemporaryDirectory(dir=target.parent) as work:
            (made / "lib").mkdir()
            duckdb_library(lock["duckdb-library"], Path(work), made)
            duckdb_headers(lock["duckdb-headers"], Path(work), made)
            nanoarrow(lock["nanoarrow"], Path(work), made)
        subprocess.run(["chmod", "-R", "a+rX,go-w", str(made)], check=True)
    return target


def unpack(archive, work, *wanted):
    """Unpacks the members below the wanted paths (relative to the archive's top folder); returns that folder."""
    with tarfile.open(archive.path) as tar:
        members = tar.getmembers()
        top = members[0].name.split("/")[0]
        wanted = tuple(f"{top}/{path}" for path in wanted)
        chosen = [m for m in members if m.name.startswith(wanted)]
        for member in chosen:
            if not (member.isfile() or member.isdir()) or ".." in member.name.split("/"):
                raise Failure("setup.archive", f"{archive.file}: unexpected member {member.name}")
        tar.extractall(work, chosen)
    return work / top


def duckdb_library(archive, work, made):
    top = unpack(archive, work, "libduckdb.so", "LICENSE")
    shutil.move(top / "libduckdb.so", made / "lib/libduckdb.so")
    (made / "lib/libduckdb.so").chmod(0o755)
    keep_licence(made, archive, top / "LICENSE")


def duckdb_headers(archive, work, made):
    source = unpack(archive, work, "external/duckdb/src/include/", "external/duckdb/third_party/fmt/include/")
    (made / "include").mkdir(exist_ok=True)
    shutil.move(source / "external/duckdb/src/include", made / "include/duckdb")
    shutil.move(source / "external/duckdb/third_party/fmt/include", made / "include/duckdb-fmt")


def nanoarrow(archive, work, made):
    """Thirteen C files, as nanoarrow's own build would compile them, into one static library."""
    top = unpack(archive, work, NANOARROW, FLATCC, "LICENSE")
    source = top / NANOARROW / "src/nanoarrow"
    include = made / "include/nanoarrow"
    shutil.copytree(source, include / "nanoarrow")
    major, minor, patch = archive.version.split(".")
    config = (source / "nanoarrow_config.h.in").read_text()
    for name, value in {
        "VERSION_MAJOR": major,
        "VERSION_MINOR": minor,
        "VERSION_PATCH": patch,
        "VERSION": archive.version,
        "NAMESPACE_DEFINE": f"#define NANOARROW_NAMESPACE {NAMESPACE}",
    }.items():
        config = config.replace(f"@NANOARROW_{name}@", value)
    (include / "nanoarrow/nanoarrow_config.h").write_text(config)

    sources = [include / "nanoarrow" / name for name in COMMON + IPC]
    sources += [top / FLATCC / "src/runtime" / f"{name}.c" for name in RUNTIME]
    flags = ["-std=c11", "-O2", "-fPIC", "-fstack-protector-strong", f"-I{include}", f"-I{include}/nanoarrow"]
    flags += [f"-I{top / FLATCC / 'include'}"]

    def compile_one(path):
        target = work / f"{path.parent.name}_{path.stem}.o"
        run(["clang-19", *flags, "-c", str(path), "-o", str(target)])
        return str(target)

    with ThreadPoolExecutor(2) as pool:
        objects = list(pool.map(compile_one, sources))
    run(["ar", "rcsD", str(made / "lib/libnanoarrow_ipc.a"), *objects])
    for leftover in (include / "nanoarrow").rglob("*"):
        if leftover.is_file() and leftover.suffix not in (".h", ".hpp"):
            leftover.unlink()
    keep_licence(made, archive, *(p for p in (top / "LICENSE", top / NANOARROW / "LICENSE.txt") if p.exists()))
    keep_licence(made, archive, *(top / FLATCC).glob("LICENSE*"), suffix="-flatcc")


def keep_licence(made, archive, *texts, suffix=""):
    (made / "licences").mkdir(exist_ok=True)
    for text in texts:
        shutil.copy(text, made / "licences" / f"{archive.name}{suffix}-{text.name}")


def run(command):
    done = subprocess.run(command, capture_output=True, text=True)
    if done.returncode:
        raise Failure("setup.prefix", f"{command[0]} failed: {done.stderr.strip()[-600:]}")
