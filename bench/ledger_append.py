#!/usr/bin/env python3
# SPDX-License-Identifier: Apache-2.0
"""Durable appends to the ledger against SQLite in WAL mode with the same durability: one writer, 32 writers."""

import os
import subprocess
import sys
import tempfile

program = os.path.join(os.environ["CLOISTER_BIN_DIR"], "bench-ledger-append")
if not os.access(program, os.X_OK):
    sys.exit(f"{program} is missing: it needs SQLite's development files and a release build")
# Beside the build, not in a temporary folder that may lie in memory: the disk is what is measured.
with tempfile.TemporaryDirectory(dir=os.environ["CLOISTER_BUILD_DIR"], prefix="bench-ledger-") as folder:
    sys.exit(subprocess.run([program, folder, *sys.argv[1:]], check=False).returncode)
