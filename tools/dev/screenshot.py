# SPDX-License-Identifier: Apache-2.0
"""./dev screenshot: a picture of an HTML file or an address, taken by Debian's Chromium (installed when first used)."""

import argparse
import os
import subprocess
import tempfile
from pathlib import Path

from dev import debian
from dev.console import Failure, say

PACKAGES = ["chromium", "fonts-dejavu-core"]
SECONDS = 60


def main(arguments):
    parser = argparse.ArgumentParser(prog="./dev screenshot", description=__doc__.split(": ", 1)[1])
    parser.add_argument("page", help="an HTML file, or an address that begins with http:// or https://")
    parser.add_argument("--out", type=Path, help="the PNG (default: build/screenshots/<name>.png)")
    parser.add_argument("--width", type=int, default=1280)
    parser.add_argument("--height", type=int, default=1600)
    parser.add_argument("--dark", action="store_true", help="as a reader with a dark desktop sees it")
    chosen = parser.parse_args(arguments)
    address, name = address_of(chosen.page)
    out = (chosen.out or Path("build/screenshots") / f"{name}.png").absolute()
    debian.ensure(PACKAGES)
    take(address, out, chosen)
    print(out)
    return 0


def address_of(page):
    """(address, a name for the picture)."""
    if page.startswith(("http://", "https://")):
        return page, "page"
    file = Path(page).absolute()
    if not file.is_file():
        raise Failure("screenshot.no-page", f"there is no file {page}", exit_code=2)
    return file.as_uri(), file.stem


def take(address, out, chosen):
    out.parent.mkdir(parents=True, exist_ok=True)
    out.unlink(missing_ok=True)
    with tempfile.TemporaryDirectory() as profile:
        command = ["chromium", "--headless=new", "--disable-gpu", "--disable-dev-shm-usage", "--hide-scrollbars"]
        command += ["--no-first-run", "--disable-background-networking", f"--user-data-dir={profile}"]
        command += [f"--window-size={chosen.width},{chosen.height}", f"--screenshot={out}"]
        command += ["--blink-settings=preferredColorScheme=0"] if chosen.dark else []
        command += ["--no-sandbox"] if os.geteuid() == 0 else []  # Chromium refuses its sandbox to root
        try:
            done = subprocess.run([*command, address], capture_output=True, text=True, timeout=SECONDS)
        except subprocess.TimeoutExpired:
            raise Failure("screenshot.slow", f"Chromium ran past {SECONDS} s") from None
    if not out.exists():
        raise Failure("screenshot.failed", f"Chromium made no picture: {done.stderr.strip()[-300:]}")
    say("screenshot", f"{out.stat().st_size} bytes")
