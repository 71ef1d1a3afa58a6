# SPDX-License-Identifier: Apache-2.0
"""Runs one test program: own process group, output into a file, a deadline after which all of it is killed."""

import os
import signal
import subprocess

OUTPUT_SHOWN = 20_000  # characters of a program's output that a failure may show


def run(command, log, seconds, env, folder):
    """Exit status of the command (negative: signal), or None when it ran past its time and was killed."""
    log.parent.mkdir(parents=True, exist_ok=True)
    with open(log, "wb") as output:
        child = subprocess.Popen(
            [str(word) for word in command],
            stdin=subprocess.DEVNULL,
            stdout=output,
            stderr=subprocess.STDOUT,
            env=env,
            cwd=folder,
            start_new_session=True,
        )
        try:
            return child.wait(seconds)
        except subprocess.TimeoutExpired:
            return None
        finally:
            kill_group(child)


def kill_group(child):
    """Ends whatever the program left running in its group."""
    try:
        os.killpg(child.pid, signal.SIGKILL)
    except ProcessLookupError:
        pass
    child.wait()


def tail(log):
    """The end of a program's output."""
    return log.read_text(errors="replace")[-OUTPUT_SHOWN:]


def ending(status, seconds):
    """How a program ended, in words."""
    if status is None:
        return f"ran past {seconds} s and was killed"
    if status < 0:
        return f"ended by {signal.Signals(-status).name}"
    return f"ended with exit status {status}"
