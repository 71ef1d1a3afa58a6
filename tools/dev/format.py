# SPDX-License-Identifier: Apache-2.0
"""./dev format: brings C++ and Python files of the tree into the house's format."""

import argparse
import subprocess

from dev import paths, setup
from dev.console import Failure, say
from lint.tree import Tree


def main(arguments):
    parser = argparse.ArgumentParser(prog="./dev format", description=__doc__.split(": ", 1)[1])
    parser.add_argument("files", nargs="*", help="only these (relative to the checkout)")
    chosen = parser.parse_args(arguments)
    ready = setup.ensure()
    tree = Tree.of_checkout(paths.ROOT)
    wanted = set(chosen.files) or set(tree.paths)
    cpp = [path for path in tree.cpp() if path in wanted]
    python = [path for path in tree.python() if path in wanted]
    program = str(ready.tools / "bin/ruff")
    run(["clang-format-19", "-i"], cpp)
    run([program, "check", "--no-cache", "--quiet", "--select", "I", "--fix"], python)
    run([program, "format", "--no-cache", "--quiet"], python)
    say("format", f"{len(cpp)} C++ and {len(python)} Python files")
    return 0


def run(command, files):
    if files and subprocess.run([*command, *files], cwd=paths.ROOT).returncode:
        raise Failure("format.failed", f"{command[0]} failed (see above)")
