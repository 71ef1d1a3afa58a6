# SPDX-License-Identifier: Apache-2.0
"""./dev run: builds the release and starts the guided tour; its arguments are the tour's own."""

import os

from dev import build, paths
from dev.console import Failure

TOUR = paths.ROOT / "tools" / "tour" / "main.py"


def main(arguments):
    if not TOUR.exists():
        raise Failure("run.missing", "the tour is not in this checkout (tools/tour/main.py)", exit_code=2)
    if "-h" not in arguments and "--help" not in arguments:
        build.ensure("release")
    os.umask(int(os.environ.get("CLOISTER_CALLER_UMASK", "022"), 8))
    os.execv(paths.PYTHON, [paths.PYTHON, str(TOUR), *arguments])
