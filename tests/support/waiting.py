# SPDX-License-Identifier: Apache-2.0
"""Waiting in tests: for a condition, with a deadline. The only place where a test may pause (./dev lint: sleeps)."""

import time

PAUSE_SECONDS = 0.01


def until(condition, seconds, what):
    """Returns condition()'s first true value; AssertionError naming `what` when that takes longer than `seconds`."""
    deadline = time.monotonic() + seconds
    while True:
        value = condition()
        if value:
            return value
        if time.monotonic() > deadline:
            raise AssertionError(f"waited {seconds} s in vain: {what}")
        time.sleep(PAUSE_SECONDS)
