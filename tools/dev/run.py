# SPDX-License-Identifier: Apache-2.0
"""./dev run: builds the release and starts the guided tour on real data (`cloister tour`)."""

import argparse
import os

from dev import build, paths
from dev.console import Failure

PROGRAM = paths.build("release") / "bin" / "cloister"


def main(arguments):
    parser = argparse.ArgumentParser(
        prog="./dev run",
        description="Builds the release and runs the guided tour on real data; the studio stays open afterwards.",
        epilog="All other options are those of `cloister tour`, for example --report FILE.",
    )
    parser.add_argument("--once", action="store_true", help="end after the tour")
    parser.add_argument("--home", metavar="DIR", help="the home that the tour makes (default: a fresh temporary one)")
    parser.add_argument("--port", metavar="N", help="port of the studio")
    parser.parse_known_args(arguments)  # --help and plain mistakes end here; the program reads the rest itself
    build.ensure("release")
    if not PROGRAM.exists():
        raise Failure("run.missing", "this checkout does not build the program cloister", exit_code=2)
    os.umask(int(os.environ.get("CLOISTER_CALLER_UMASK", "022"), 8))
    os.execv(PROGRAM, [str(PROGRAM), "tour", *arguments])
