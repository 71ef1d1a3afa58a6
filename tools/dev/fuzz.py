# SPDX-License-Identifier: Apache-2.0
"""./dev fuzz: runs the fuzzers with libFuzzer, each for some seconds; what they find new stays in the cache."""

import argparse
import subprocess

from dev import build, paths, suites, test
from dev.console import Failure, say


def main(arguments):
    parser = argparse.ArgumentParser(prog="./dev fuzz", description=__doc__.split(": ", 1)[1])
    parser.add_argument("--seconds", type=int, default=60, help="for each target (default 60)")
    parser.add_argument("target", nargs="*", help="all when none is named")
    chosen = parser.parse_args(arguments)
    known = test.fuzzers()
    unknown = [name for name in chosen.target if name not in known]
    if unknown or not known:
        raise Failure(
            "fuzz.unknown", f"no target: {', '.join(unknown) or 'fuzz/ has none'}", f"one of: {', '.join(known)}", 2
        )
    wanted = chosen.target or known
    build.ensure("fuzz", [f"{name}_fuzzer" for name in wanted])
    failed = [name for name in wanted if not fuzz(name, chosen.seconds)]
    print(
        f"fuzz: {len(wanted) - len(failed)} of {len(wanted)} targets found nothing"
        + (f"; broken: {', '.join(failed)}" if failed else "")
    )
    return 1 if failed else 0


def fuzz(name, seconds):
    """Whether the target ran its time without a crash, a leak, a hang or too much memory."""
    found = paths.cache() / "fuzz" / name
    crashes = paths.ROOT / "build" / "fuzz" / "crashes"
    for folder in (found, crashes):
        folder.mkdir(parents=True, exist_ok=True)
    say("fuzz", f"{name} for {seconds} s")
    limits = [
        f"-max_total_time={seconds}",
        "-timeout=10",
        "-rss_limit_mb=2048",
        "-max_len=65536",
        "-print_final_stats=1",
    ]
    command = [paths.build("fuzz") / "fuzz" / name, *limits, f"-artifact_prefix={crashes}/{name}-", found]
    corpus = paths.ROOT / "fuzz" / "corpus" / name
    command += [corpus] if corpus.is_dir() else []
    done = subprocess.run(list(map(str, command)), env=suites.clean_environment(**suites.SANITIZERS), cwd=paths.ROOT)
    if done.returncode:
        say(
            "fuzz",
            f"{name}: BROKEN; the input lies in build/fuzz/crashes, add it to fuzz/corpus/{name} with the repair",
        )
    return done.returncode == 0
