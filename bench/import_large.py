#!/usr/bin/env python3
# SPDX-License-Identifier: Apache-2.0
"""import-large: `cloister data import` of a CSV file of 10 GiB; the figure is the peak memory of its worker.

The reference is the limit, 1024 MiB. Needs some 16 GiB of disk; CLOISTER_BENCH_GIB makes the file smaller.
"""

import json
import os
import pathlib
import shutil
import subprocess
import sys
import threading

import data_bench

GIB = float(os.environ.get("CLOISTER_BENCH_GIB", "10"))
ROWS_PER_GIB = 5_600_000  # of data_bench.TABLE
LIMIT_MIB = 1024


def peak_mib(name, until):
    """Largest resident size that a process called `name` had, asked for until the event is set."""
    peak = 0
    while not until.wait(0.2):
        for folder in pathlib.Path("/proc").glob("[0-9]*"):
            try:
                if (folder / "comm").read_text().strip() != name:
                    continue
                lines = (folder / "status").read_text().splitlines()
            except OSError:
                continue  # it ended meanwhile
            peak = max([peak] + [int(line.split()[1]) // 1024 for line in lines if line.startswith("VmHWM")])
    return peak


def main():
    with data_bench.scratch() as folder:
        needed = int(1.7 * GIB * 2**30)
        if shutil.disk_usage(folder).free < needed:
            sys.exit(f"import-large: {folder} has less than {needed >> 30} GiB free")
        source, home, passphrase = folder / "source.csv", folder / "home", folder / "passphrase"
        passphrase.write_text("a passphrase of the bench")
        with data_bench.Reference(":memory:") as engine:
            engine.run(f"COPY ({data_bench.table(int(ROWS_PER_GIB * GIB))}) TO '{source}' (HEADER)")
        program = [str(data_bench.BUILD / "bin/cloister"), "--home", str(home), "--passphrase-file", str(passphrase)]
        subprocess.run([*program, "init", "--quiet"], check=True, stdout=sys.stderr)
        ended, found = threading.Event(), []
        watcher = threading.Thread(target=lambda: found.append(peak_mib("cloister-data", ended)))
        watcher.start()
        try:
            seconds = data_bench.seconds_of(
                lambda: subprocess.run(
                    [*program, "data", "import", str(source), "--name", "large", "--json"],
                    check=True,
                    stdout=sys.stderr,
                )
            )
        finally:
            ended.set()
            watcher.join()
        size = source.stat().st_size
        print(f"{size / 2**30:.2f} GiB in {seconds:.0f} s", file=sys.stderr)
        verified = subprocess.run([*program, "data", "verify", "--json"], check=True, stdout=subprocess.PIPE)
        assert json.loads(verified.stdout)["ok"] and found[0] > 0, (verified.stdout, found)
        data_bench.report("import-large", found[0], LIMIT_MIB, "MiB")


if __name__ == "__main__":
    main()
