# SPDX-License-Identifier: Apache-2.0
"""The kinds of suites of ./dev test: GoogleTest programs, corpus replays of the fuzzers, Python unittest files."""

import json
import os
import re
import time
from pathlib import Path

from dev import paths, processes
from dev.outcome import Outcome

UNIT_SECONDS = 600
REPLAY_SECONDS = 300
PYTHON_SECONDS = 1800
LOGS = paths.ROOT / "build" / "logs"
SANITIZERS = {
    "ASAN_OPTIONS": "detect_stack_use_after_return=1:strict_string_checks=1:allocator_may_return_null=1",
    "UBSAN_OPTIONS": "print_stacktrace=1",
    "ASAN_SYMBOLIZER_PATH": "/usr/bin/llvm-symbolizer-19",
}


def clean_environment(**more):
    """The caller's environment without what would steer Cloister or GoogleTest."""
    kept = {k: v for k, v in os.environ.items() if not k.startswith(("CLOISTER_", "GTEST_", "PYTHON"))}
    return {**kept, "PATH": "/usr/local/bin:/usr/bin:/bin:/usr/sbin:/sbin", "LC_ALL": "C.UTF-8", **more}


def unit_binaries():
    """The GoogleTest programs of the dev preset."""
    return sorted((paths.build("dev") / "tests").glob("*_test"))


def run_unit(binary):
    """Runs one GoogleTest program in a process of its own."""
    name = binary.name.removesuffix("_test")
    outcome, started = Outcome(f"unit {name}"), time.monotonic()
    log, report = LOGS / f"unit-{name}.log", LOGS / f"unit-{name}.json"
    report.unlink(missing_ok=True)
    command = [binary, f"--gtest_output=json:{report}", "--gtest_color=no"]
    status = processes.run(command, log, UNIT_SECONDS, clean_environment(**SANITIZERS), paths.ROOT)
    outcome.seconds = time.monotonic() - started
    count_unit(outcome, status, report, processes.tail(log))
    return outcome


def count_unit(outcome, status, report, output):
    """Fills the outcome from GoogleTest's report; a program that died before writing one is a failure itself."""
    try:
        groups = json.loads(report.read_text())["testsuites"]
    except (OSError, ValueError, KeyError):
        outcome.failures.append((outcome.suite, f"{processes.ending(status, UNIT_SECONDS)}\n{output}"))
        return
    for test in (test for group in groups for test in group["testsuite"]):
        name = f"{test['classname']}.{test['name']}"
        if test.get("failures"):
            outcome.failures.append((name, section(output, name) or str(test["failures"])))
        elif test["status"] == "NOTRUN":
            outcome.skipped.append((name, "disabled"))
        elif test["result"] == "SKIPPED":
            outcome.skipped.append((name, skip_reason(section(output, name))))
        else:
            outcome.passed += 1
    if status != 0 and not outcome.failures:  # a leak found at the end, say
        outcome.failures.append((outcome.suite, f"{processes.ending(status, UNIT_SECONDS)}\n{output}"))
    if not outcome.passed and not outcome.failures and not outcome.skipped:
        outcome.failures.append((outcome.suite, "the program holds no test"))


def section(output, name):
    """What GoogleTest printed while the test ran."""
    match = re.search(
        rf"\[ RUN      \] {re.escape(name)}\n(.*?)\[  (?:SKIPPED|FAILED ) \] {re.escape(name)}", output, re.S
    )
    return match.group(1) if match else ""


def skip_reason(text):
    """The message of GTEST_SKIP(): what follows the line `file:line: Skipped`."""
    return re.sub(r"^.*: Skipped\s*", "", text.strip(), count=1)


def replay_binaries():
    """The fuzz targets of the dev preset: they run each corpus file once."""
    folder = paths.build("dev") / "fuzz"
    return sorted(p for p in folder.glob("*") if p.is_file() and os.access(p, os.X_OK)) if folder.is_dir() else []


def run_replay(binary):
    """Replays the corpus of one fuzzer; each corpus file is a test."""
    outcome, started = Outcome(f"fuzz {binary.name}"), time.monotonic()
    corpus = paths.ROOT / "fuzz" / "corpus" / binary.name
    inputs = sorted(p for p in corpus.rglob("*") if p.is_file()) if corpus.is_dir() else []
    log = LOGS / f"fuzz-{binary.name}.log"
    if not inputs:
        outcome.failures.append((binary.name, f"fuzz/corpus/{binary.name} holds no input"))
        return outcome
    status = processes.run([binary, *inputs], log, REPLAY_SECONDS, clean_environment(**SANITIZERS), paths.ROOT)
    outcome.seconds = time.monotonic() - started
    outcome.passed = len(re.findall(r"^replayed ", log.read_text(errors="replace"), re.M))
    if status != 0:
        name = inputs[outcome.passed].name if outcome.passed < len(inputs) else "at its end"
        text = f"{processes.ending(status, REPLAY_SECONDS)}\n{processes.tail(log)}"
        outcome.failures.append((f"{binary.name}: {name}", text))
    elif outcome.passed != len(inputs):
        outcome.failures.append((binary.name, f"{outcome.passed} of {len(inputs)} inputs were replayed"))
    return outcome


def python_files(folder):
    """The test files of one Python suite."""
    return sorted(folder.glob("*_test.py"))


def run_python(suite, file):
    """Runs one file of unittest cases with Debian's Python against the release build."""
    release = paths.build("release")
    name = file.stem.removesuffix("_test")
    outcome, started = Outcome(f"{suite} {name}"), time.monotonic()
    log, report = LOGS / f"{suite}-{name}.log", LOGS / f"{suite}-{name}.json"
    report.unlink(missing_ok=True)
    env = clean_environment(
        CLOISTER_BIN_DIR=str(release / "bin"),
        CLOISTER_BUILD_DIR=str(release),
        CLOISTER_SOURCE_DIR=str(paths.ROOT),
        PYTHONDONTWRITEBYTECODE="1",
    )
    runner = Path(__file__).with_name("unittest_main.py")
    status = processes.run([paths.PYTHON, runner, file, report], log, PYTHON_SECONDS, env, paths.ROOT)
    outcome.seconds = time.monotonic() - started
    try:
        results = json.loads(report.read_text())
    except (OSError, ValueError):
        results = {"passed": 0, "failures": [], "skipped": []}
        status = status or 1
    outcome.passed = results["passed"]
    outcome.failures = [tuple(row) for row in results["failures"]]
    outcome.skipped = [tuple(row) for row in results["skipped"]]
    if status != 0 and not outcome.failures:
        outcome.failures.append((file.name, f"{processes.ending(status, PYTHON_SECONDS)}\n{processes.tail(log)}"))
    if not outcome.passed and not outcome.failures and not outcome.skipped:
        outcome.failures.append((file.name, "the file holds no test"))
    return outcome
