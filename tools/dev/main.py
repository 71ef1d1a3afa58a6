# SPDX-License-Identifier: Apache-2.0
"""./dev: the one entry point of the checkout.

    ./dev setup                        install and pin all that is needed (runs by itself where needed)
    ./dev build [--preset P] [TARGET]  programs into build/P/bin; P is release, dev (sanitizers) or fuzz
    ./dev run [--once] [--home DIR]    the guided tour on real data
    ./dev test [--only NAME] [--quick] all tests
    ./dev lint                         all rules of the tree
    ./dev format                       C++ and Python into the house's format
    ./dev bench [--only NAME] [--json] measurements as ratios to a reference
    ./dev fuzz [--seconds N] [TARGET]  fuzzers, each for N seconds
    ./dev screenshot PAGE              a picture of an HTML file or address

Each verb has --help. Exit codes: 0 done, 1 failed, 2 usage, 5 something needed is missing, 130 cancelled.
"""

import importlib
import os
import sys
from pathlib import Path

sys.path.insert(0, str(Path(__file__).resolve().parent.parent))
sys.path.remove(str(Path(__file__).resolve().parent))  # our setup.py, test.py … must not shadow anything

from dev.console import Failure

VERBS = ("setup", "build", "run", "test", "lint", "format", "bench", "fuzz", "screenshot")


def main(arguments):
    verb, rest = (arguments[0], arguments[1:]) if arguments else ("", [])
    if verb in ("-h", "--help", "help"):
        print(__doc__)
        return 0
    if verb not in VERBS:
        print(f"dev: no verb '{verb}'" if verb else "dev: which verb?", file=sys.stderr)
        print(f"hint: one of {', '.join(VERBS)}; ./dev --help", file=sys.stderr)
        return 2
    os.environ["CLOISTER_CALLER_UMASK"] = (
        f"{os.umask(0o022):03o}"  # what we make is readable for all: cells run as others
    )
    try:
        return importlib.import_module(f"dev.{verb}").main(rest)
    except Failure as failure:
        sys.stdout.flush()
        print(f"dev: {failure.code}: {failure.message}", file=sys.stderr)
        if failure.hint:
            print(f"hint: {failure.hint}", file=sys.stderr)
        return failure.exit_code
    except KeyboardInterrupt:
        return 130


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
