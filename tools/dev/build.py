# SPDX-License-Identifier: Apache-2.0
"""./dev build: configures where needed, builds, and makes the build folder complete in itself.

A finished build/<preset> holds programs in bin/, libduckdb.so in lib/, the Python of the cells in python/, JupyterLab's
front end in lab/ (all hard links into the cache where possible) and the demo in share/: it needs nothing outside it but
Debian's packages.
"""

import argparse
import contextlib
import os
import shutil
import subprocess
import sys

from dev import environment, files, paths, setup
from dev.console import Failure, say

PACKAGE = paths.ROOT / "python" / "cloister"
SURVEY = "yrbss_2013.csv.gz"


def jobs():
    return os.environ.get("CLOISTER_JOBS") or str(os.cpu_count() or 2)


def variables():
    """The environment of CMake and Ninja: ccache finds what another checkout has compiled."""
    fixed = {
        "CCACHE_BASEDIR": str(paths.ROOT),
        "CCACHE_NOHASHDIR": "1",
        "CCACHE_SLOPPINESS": "pch_defines,time_macros",
        "CLICOLOR_FORCE": "1" if sys.stderr.isatty() else "0",
    }
    return {**os.environ, **fixed}


def configure(preset, ready):
    """Runs CMake unless the folder is configured with just these settings; Ninja sees changed CMake files itself."""
    folder = paths.build(preset)
    key = files.key_of(str(ready.prefix), str(paths.ROOT), paths.ROOT / "CMakePresets.json", ready.compiler_version)
    stamp = folder / ".configured"
    if (folder / "build.ninja").exists() and stamp.exists() and stamp.read_text() == key:
        return
    say("build", f"configuring {preset}")
    command = ["cmake", "--preset", preset, f"-DCLOISTER_PREFIX={ready.prefix}"]
    done = subprocess.run(command, cwd=paths.ROOT, env=variables(), capture_output=True, text=True)
    if done.returncode:
        print(done.stdout + done.stderr, file=sys.stderr)
        raise Failure("build.configure", f"CMake could not configure the preset {preset} (see above)")
    files.write_atomically(stamp, key)


def compile_targets(preset, targets, keep_going=False):
    """Runs Ninja; its output passes through."""
    command = ["ninja", "-C", str(paths.build(preset)), "-j", jobs(), *(["-k", "0"] if keep_going else []), *targets]
    done = subprocess.run(command, env=variables(), stdout=sys.stderr)
    if done.returncode:
        raise Failure("build.compile", f"the preset {preset} does not build (see above)")


def complete(preset, ready):
    """Puts lib/libduckdb.so, python/ and lab/ into the build folder unless they are there."""
    folder = paths.build(preset)
    library, made = ready.prefix / "lib/libduckdb.so", folder / "lib/libduckdb.so"
    if (
        not made.exists()
        or made.stat().st_size != library.stat().st_size
        or made.stat().st_mtime != library.stat().st_mtime
    ):
        files.link_or_copy(library, made)
    python = folder / "python"
    place(python, ready.python, ".environment")
    place(folder / "lab", ready.lab, ".made-of")
    install_package(python)
    share(folder / "share", ready.python / "bin/python")


def place(target, made, stamp):
    """Hard links to what set-up made, renewed when set-up made another; the stamp holds its name."""
    if (target / stamp).exists() and (target / stamp).read_text() == made.name:
        return
    with files.appearing(target) as fresh:
        files.link_or_copy_tree(made, fresh)
        (fresh / stamp).write_text(made.name)


def share(target, python):
    """What the tour reads: the demo's data, made by its own script, its scripts, and the independent verifier."""
    demo, verifier = paths.ROOT / "demo", paths.ROOT / "tools" / "verify-ledger"
    if not demo.is_dir():
        return
    sources = [p for p in sorted(demo.rglob("*")) if p.is_file() and "__pycache__" not in p.parts]
    sources += [verifier] if verifier.exists() else []
    key = files.key_of(*(part for path in sources for part in (str(path.relative_to(paths.ROOT)), path)))
    stamp = target / ".key"
    if stamp.exists() and stamp.read_text() == key:
        return
    with files.appearing(target) as fresh:
        (fresh / "demo").mkdir()
        command = [python, demo / "make_survey.py", demo / SURVEY, fresh / "demo/health_survey.csv"]
        done = subprocess.run(list(map(str, command)), capture_output=True, text=True)
        if done.returncode:
            raise Failure("build.demo", f"the demo's data could not be made: {done.stderr.strip()[-600:]}")
        scripts = shutil.ignore_patterns("__pycache__")
        shutil.copytree(demo / "tour", fresh / "demo/tour", ignore=scripts, copy_function=shutil.copyfile)
        if verifier.exists():
            shutil.copyfile(verifier, fresh / verifier.name)
            (fresh / verifier.name).chmod(0o755)
        (fresh / ".key").write_text(key)


def install_package(python):
    """A plain copy of python/cloister in the site-packages of the build folder, replaced when a file changed."""
    if not PACKAGE.is_dir():
        return
    sources = sorted(p for p in PACKAGE.rglob("*") if p.is_file() and "__pycache__" not in p.parts)
    key = files.key_of(*(part for path in sources for part in (str(path.relative_to(PACKAGE)), path)))
    target = python / "lib" / f"python{environment.python_version()}" / "site-packages" / "cloister"
    stamp = target / ".key"
    if stamp.exists() and stamp.read_text() == key:
        return
    with files.appearing(target) as fresh:
        for path in sources:
            copy = fresh / path.relative_to(PACKAGE)
            copy.parent.mkdir(parents=True, exist_ok=True)
            shutil.copyfile(path, copy)
        command = [paths.PYTHON, "-m", "compileall", "-q", "--invalidation-mode", "unchecked-hash", str(fresh)]
        done = subprocess.run([*command, "-s", str(fresh), "-p", str(target)], capture_output=True, text=True)
        if done.returncode:
            raise Failure("build.python", f"python/cloister does not compile: {done.stdout.strip()[-600:]}")
        (fresh / ".key").write_text(key)


def ensure(preset, targets=(), keep_going=False):
    """Set-up, configuration, build and completion of one preset; returns what set-up found."""
    ready = setup.ensure()
    folder = paths.build(preset)
    folder.mkdir(parents=True, exist_ok=True)
    with files.locked(folder / ".lock", lambda: say("build", f"waiting for another ./dev build of {preset}")):
        configure(preset, ready)
        compile_targets(preset, targets, keep_going)
        if preset != "fuzz":
            complete(preset, ready)
    return ready


def main(arguments):
    parser = argparse.ArgumentParser(prog="./dev build", description="Builds programs into build/PRESET/bin.")
    parser.add_argument("--preset", choices=paths.PRESETS, default="release")
    parser.add_argument("--keep-going", action="store_true", help="go on after an error")
    parser.add_argument("targets", nargs="*", help="CMake targets; all when none is named")
    chosen = parser.parse_args(arguments)
    ensure(chosen.preset, chosen.targets, chosen.keep_going)
    with contextlib.suppress(OSError):
        programs = sorted(p.name for p in (paths.build(chosen.preset) / "bin").iterdir())
        say("build", f"build/{chosen.preset}/bin: {', '.join(programs)}")
    return 0
