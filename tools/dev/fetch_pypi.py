# SPDX-License-Identifier: Apache-2.0
"""Run by the Python of the installer environment: fetches files of an index without building anything.

Standard input: a JSON list of {package, file, sha256, target}. pip's own code is asked where its index is, how to log
in there, which proxy and certificates to use, so every way to configure pip works. `pip download` itself will not do:
for a source archive it runs the package's build back end. Standard output: one line for what went wrong.
"""

import concurrent.futures
import hashlib
import json
import os
import re
import sys
import threading

from pip._internal.commands import create_command
from pip._internal.index.collector import LinkCollector, parse_links
from pip._internal.models.link import Link
from pip._internal.network.utils import HEADERS

AT_ONCE = 6
TRIES = 3
OWN = threading.local()  # each thread has its own session


def connection():
    """(session, collector) of this thread, configured as `pip download` would be here."""
    if not hasattr(OWN, "pair"):
        command = create_command("download")
        options, _ = command.parse_args(["--no-input"])
        options.cache_dir = False
        session = command._build_session(options)
        OWN.pair = session, LinkCollector.create(session, options=options)
    return OWN.pair


def link_of(row):
    """The link of the wanted file on the first index that has it."""
    _, collector = connection()
    name = re.sub(r"[-_.]+", "-", row["package"]).lower()
    for index in collector.search_scope.index_urls:
        page = collector.fetch_response(Link(f"{index.rstrip('/')}/{name}/"))
        for link in parse_links(page) if page else ():
            if link.filename == row["file"]:
                return link
    raise LookupError(f"{row['file']} is not on the index that pip is configured for")


def fetch(row):
    session, _ = connection()
    part = f"{row['target']}.part"
    digest = hashlib.sha256()
    with session.get(link_of(row).url_without_fragment, headers=HEADERS, stream=True) as answer:
        answer.raise_for_status()
        with open(part, "wb") as file:
            for piece in answer.iter_content(1 << 20):
                digest.update(piece)
                file.write(piece)
    if digest.hexdigest() != row["sha256"]:
        os.unlink(part)
        raise ValueError(f"{row['file']}: SHA-256 is {digest.hexdigest()}, the lock file says {row['sha256']}")
    os.rename(part, row["target"])


def fetch_with_patience(row):
    for left in reversed(range(TRIES)):
        try:
            return fetch(row)
        except (LookupError, ValueError):
            raise
        except Exception:
            if not left:
                raise


def main():
    rows = json.load(sys.stdin)
    with concurrent.futures.ThreadPoolExecutor(AT_ONCE) as pool:
        jobs = {pool.submit(fetch_with_patience, row): row for row in rows}
        for job in concurrent.futures.as_completed(jobs):
            if job.exception():
                print(f"{jobs[job]['file']}: {job.exception()}", flush=True)
                pool.shutdown(cancel_futures=True)
                return 1
    return 0


if __name__ == "__main__":
    sys.exit(main())
