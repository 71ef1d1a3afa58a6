# SPDX-License-Identifier: Apache-2.0
"""./dev test: unit tests with sanitizers, corpus replay of the fuzzers, and the suites against the release build."""

import argparse
from concurrent.futures import ThreadPoolExecutor, as_completed

from dev import build, paths, setup, suites
from dev.console import Failure, Step, say
from dev.outcome import Outcome, closing_line

AT_ONCE = 2  # unit test programs at the same time


def modules():
    """{name: folder} of everything with unit tests of its own."""
    folders = sorted([*paths.ROOT.glob("src/*/CMakeLists.txt"), *paths.ROOT.glob("engines/*/CMakeLists.txt")])
    return {file.parent.name: file.parent for file in folders if any(file.parent.glob("tests/*_test.cpp"))}


def python_suites():
    """{name: folder} of the Python suites; `tools` tests the tools and the lint rules and needs no build."""
    found = {"tools": paths.ROOT / "tools" / "tests"}
    found.update(
        {folder.name: folder for folder in sorted((paths.ROOT / "tests").glob("*")) if suites.python_files(folder)}
    )
    return {name: folder for name, folder in found.items() if suites.python_files(folder)}


def fuzzers():
    return sorted(p.stem for p in (paths.ROOT / "fuzz").glob("*.cpp") if p.stem != "replay_main")


def plan(only, quick):
    """(unit modules, fuzzers, Python suites) that the choice means; an unknown name is a usage error."""
    chosen = set(only)
    known = {*modules(), *python_suites(), *fuzzers(), "unit", "fuzz"}
    if chosen - known:
        raise Failure(
            "test.unknown",
            f"no module or suite: {', '.join(sorted(chosen - known))}",
            f"one of: {', '.join(sorted(known))}",
            exit_code=2,
        )
    take = lambda names, whole: [n for n in names if not chosen or n in chosen or whole in chosen]
    python = [name for name in take(python_suites(), "") if name == "tools" or not quick]
    return take(modules(), "unit"), take(fuzzers(), "fuzz"), python


def show(outcome, outcomes):
    outcomes.append(outcome)
    print("\n".join(outcome.lines()), flush=True)


def run_build(outcomes, preset, targets):
    """Builds; a build that fails is a failed test, so that the other suites still run."""
    with Step("test", f"building {preset}"):
        try:
            build.ensure(preset, targets)
            return True
        except Failure as failure:
            if failure.exit_code != 1:
                raise
            show(Outcome(f"build {preset}", failures=[(preset, failure.message)]), outcomes)
            return False


def main(arguments):
    parser = argparse.ArgumentParser(prog="./dev test", description=__doc__.split(": ", 1)[1])
    parser.add_argument(
        "--only",
        action="append",
        default=[],
        metavar="NAME",
        help="a module (base, …), a suite, unit, fuzz or tools; may be repeated",
    )
    parser.add_argument("--quick", action="store_true", help="only what needs no release build")
    chosen = parser.parse_args(arguments)
    unit, fuzz, python = plan(chosen.only, chosen.quick)
    outcomes = []
    setup.ensure()
    for name in [name for name in python if name == "tools"]:
        run_files(name, outcomes)
    if unit or fuzz:
        targets = [f"{name}_test" for name in unit] + [f"{name}_replay" for name in fuzz] if chosen.only else []
        if run_build(outcomes, "dev", targets):
            run_compiled(unit, fuzz, outcomes)
    rest = [name for name in python if name != "tools"]
    if rest and run_build(outcomes, "release", []):
        for name in rest:
            run_files(name, outcomes)
    print(closing_line(outcomes), flush=True)
    return 0 if any(o.passed for o in outcomes) and not any(o.failures for o in outcomes) else 1


def run_compiled(unit, fuzz, outcomes):
    jobs = [(suites.run_unit, binary) for binary in suites.unit_binaries() if binary.name.removesuffix("_test") in unit]
    jobs += [(suites.run_replay, binary) for binary in suites.replay_binaries() if binary.name in fuzz]
    found = {binary.name for _, binary in jobs}
    for program in [name for name in [*(f"{name}_test" for name in unit), *fuzz] if name not in found]:
        show(Outcome(program, failures=[(program, "the program was not built")]), outcomes)
    with ThreadPoolExecutor(AT_ONCE) as pool:
        for job in as_completed([pool.submit(function, binary) for function, binary in jobs]):
            show(job.result(), outcomes)


def run_files(name, outcomes):
    for file in suites.python_files(python_suites()[name]):
        say("test", f"running {file.relative_to(paths.ROOT)}")
        show(suites.run_python(name, file), outcomes)
