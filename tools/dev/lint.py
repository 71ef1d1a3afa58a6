# SPDX-License-Identifier: Apache-2.0
"""./dev lint: rules of the house, formats, linters, headers that compile alone, clang-tidy. Prints each breach."""

import argparse
import importlib
import os
import subprocess
import time
from concurrent.futures import ThreadPoolExecutor

from dev import build, paths, setup, tidy
from dev.clean import Clean
from dev.console import Failure, say
from lint import sizes
from lint.tree import Tree

OWN = (
    "layering",
    "include_roots",
    "confinement",
    "co_await",
    "security_comments",
    "sleeps",
    "licence_line",
    "documents",
    "forbidden",
)
OTHERS = ("format", "ruff", "shellcheck", "headers", "clang-tidy")
BATCH = 16  # files for one run of clang-format
COMPILED = ("headers", "clang-tidy")


def own_rule(name):
    """A step that runs one rule of tools/lint."""
    return lambda tree, ready: [str(f) for f in sorted(importlib.import_module(f"lint.{name}").check(tree))]


def lines_of(command):
    """The output of a linter as lines, if it complains."""
    done = subprocess.run(command, cwd=paths.ROOT, capture_output=True, text=True)
    return (done.stdout + done.stderr).strip().splitlines() if done.returncode else []


def clang_format(tree, ready):
    """C++ that clang-format would change; ./dev format changes it."""
    clean = Clean("format", ready.compiler_version, tree.text(".clang-format"))
    unknown = [path for path in tree.cpp() if not clean.has(path, tree.text(path))]
    batches = [unknown[start : start + BATCH] for start in range(0, len(unknown), BATCH)]
    with ThreadPoolExecutor(os.cpu_count() or 2) as pool:
        lines = [line for found in pool.map(would_change, batches) for line in found]
    dirty = {line.split(":")[0]: line for line in reversed(lines)}
    for path in unknown:
        if path not in dirty:
            clean.add(path, tree.text(path))
    return [*sorted(dirty.values()), "hint: ./dev format"] if dirty else []


def would_change(files):
    """The lines in which clang-format names a file that it would change, at least one for each."""
    command = ["clang-format-19", "--dry-run", "-Werror", *files]
    done = subprocess.run(command, cwd=paths.ROOT, capture_output=True, text=True)
    lines = [line for line in done.stderr.splitlines() if ": error: " in line]
    return lines or ([f"{path}:1: {done.stderr.strip()[-200:]}" for path in files] if done.returncode else [])


def ruff(tree, ready):
    program = str(ready.tools / "bin/ruff")
    files = tree.python()
    checked = lines_of([program, "check", "--no-cache", "--quiet", "--output-format", "concise", *files])
    return checked + lines_of([program, "format", "--no-cache", "--quiet", "--check", *files])


def shellcheck(tree, ready):
    return lines_of(["shellcheck", "--format", "gcc", *tree.shell()]) if tree.shell() else []


def headers(tree, ready):
    """Each public header compiles alone. Builds the dev preset too: clang-tidy needs what it makes."""
    try:
        build.ensure("dev", ["all", "all_verify_interface_header_sets"], keep_going=True)
    except Failure as failure:
        if failure.exit_code != 1:
            raise
        return [failure.message]
    return []


STEPS = {
    **{name: own_rule(name) for name in OWN},
    "format": clang_format,
    "ruff": ruff,
    "shellcheck": shellcheck,
    "headers": headers,
    "clang-tidy": tidy.check,
}


def main(arguments):
    parser = argparse.ArgumentParser(prog="./dev lint", description=__doc__.split(": ", 1)[1])
    parser.add_argument(
        "--only", action="append", default=[], choices=sorted(STEPS), metavar="RULE", help=", ".join(STEPS)
    )
    parser.add_argument("--fast", action="store_true", help="nothing that compiles: no headers, no clang-tidy")
    chosen = parser.parse_args(arguments)
    steps = [s for s in STEPS if (s in chosen.only if chosen.only else not (chosen.fast and s in COMPILED))]
    ready = setup.ensure()
    tree = Tree.of_checkout(paths.ROOT)
    broken = 0
    for name in steps:
        started = time.monotonic()
        found = STEPS[name](tree, ready)
        print("\n".join(found), end="\n" if found else "", flush=True)
        say("lint", f"{name}: {'ok' if not found else 'BROKEN'} ({time.monotonic() - started:.1f} s)")
        broken += bool(found)
    if not chosen.only:
        for line in sizes.report(tree):
            say("lint", f"size (report only): {line}")
    print(f"lint: {len(steps) - broken} of {len(steps)} rules hold", flush=True)
    return 1 if broken else 0
