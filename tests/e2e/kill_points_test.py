# SPDX-License-Identifier: Apache-2.0
"""The real programs on the real file system, killed at each call that changes it, the import worker's in its cell too.

`fault-at` counts the calls of one command that change the home's file system (writes, syncs, renames, removals, …, of
every process that the command starts) and ends everything with SIGKILL at a chosen one. After each the home must open,
verify and stand wholly in the old or the new state, with no plain text anywhere below it. Two more faults: the first
half of a write and then SIGKILL; a disk that is full from the call on.

SIGKILL loses nothing that the kernel has taken: that a change is also on the disk before the next one relies on it is
what `test_what_is_renamed_was_synced` looks at.
"""

import concurrent.futures
import dataclasses
import itertools
import json
import os
import pathlib
import random
import shutil
import subprocess
import tempfile
import unittest

from studio import CLOISTER, PROGRAMS

BUILD = pathlib.Path(os.environ["CLOISTER_BUILD_DIR"])
FAULT_AT = BUILD / "bin" / "fault-at"
CHEAP_HOME = BUILD / "bin" / "cheap-home"
ALL = os.environ.get("ALL_KILL_POINTS") == "1"  # also of the two faults that are tried at every third call
AT_ONCE = 2
TOO_LONG = 120  # seconds for one command
OLD_PASSPHRASE = "correct horse battery"
NEW_PASSPHRASE = "staple of another kind"
CANARY = "CANARYQXZVK"
SECRETS = [text.encode() for text in (CANARY, OLD_PASSPHRASE, NEW_PASSPHRASE)]
ROWS, MORE_ROWS = 2000, 500
WRITES = {"write", "pwrite", "writev", "pwritev", "pwritev2"}
NEED_ROOM = WRITES | {"fallocate", "mkdir", "sendfile", "copy_file_range", "splice"}
NOT_COUNTABLE = {"mmap", "openat2", "io_uring_setup", "io_setup"}  # changes that these make come without a call


def csv(first, count):
    """Rows whose names cannot be compressed away: whoever keeps them in plain text keeps the canary in it."""
    chance = random.Random(first)
    rows = (f"{n},{CANARY}{chance.getrandbits(256):064x},{'AB'[n % 2]},{n % 30}" for n in range(first, first + count))
    return "id,name,ward,los\n" + "\n".join(rows) + "\n"


def with_right_to_trace(command):
    """Nobody but root may look into programs that are not dumpable: others get the right in a user namespace."""
    if os.geteuid() == 0:
        return command
    return ["unshare", "--user", "--map-current-user", "--keep-caps", "--", *command]


def clear_texts(folder):
    """What stands in plain text in any file below, its name included."""
    found = []
    for path in folder.rglob("*"):
        content = os.fsencode(path.name) + (path.read_bytes() if path.is_file() else b"")
        found += [f"{secret.decode()} in {path.relative_to(folder)}" for secret in SECRETS if secret in content]
    return found


@dataclasses.dataclass(frozen=True)
class Point:
    """One call that changes the home's file system."""

    program: str
    call: str
    file: str


@dataclasses.dataclass(frozen=True)
class Struck:
    """A command with a fault in it."""

    killed: bool
    code: int | None
    points: list[Point]
    said: str


class Home:
    """A home in a folder of its own and the commands on it."""

    def __init__(self, folder):
        self.folder = folder
        self.path = folder / "home"
        for name, text in (("old", OLD_PASSPHRASE), ("new", NEW_PASSPHRASE)):
            (folder / name).write_text(text + "\n")
        (folder / "first.csv").write_text(csv(0, ROWS))
        (folder / "more.csv").write_text(csv(ROWS, MORE_ROWS))
        self.passphrase = "old"

    def copy(self, folder):
        copied = Home(folder)
        shutil.copytree(self.path, copied.path, symlinks=True)
        for path in self.path.rglob("*"):  # the workspace belongs to somebody else
            os.chown(copied.path / path.relative_to(self.path), path.lstat().st_uid, path.lstat().st_gid)
        return copied

    def command(self, words, passphrase=None):
        words = [self.folder / word[1:] if word.startswith("@") else word for word in words]
        given = self.folder / (passphrase or self.passphrase)
        return [str(word) for word in (CLOISTER, "--home", self.path, "--json", "--passphrase-file", given, *words)]

    def execute(self, command):
        return subprocess.run(
            command,
            capture_output=True,
            text=True,
            timeout=TOO_LONG,
            cwd=self.folder,
            env={"PATH": os.environ["PATH"], "HOME": str(self.folder), "TMPDIR": str(self.folder)},
            stdin=subprocess.DEVNULL,
        )

    def cloister(self, *words, passphrase=None):
        return self.execute(self.command(words, passphrase))

    def strike(self, fault, point, words):
        record = self.folder / "record"
        beside = self.path if self.path.exists() else self.folder
        command = [FAULT_AT, fault, beside, point, record, *self.command(words)]
        done = self.execute(with_right_to_trace([str(word) for word in command]))
        if done.returncode != 0:
            raise AssertionError(f"fault-at: {done.stderr}")
        *lines, end = record.read_text().splitlines()
        points = [Point(*line.split("\t")) for line in lines]
        killed = end == "killed"
        return Struck(killed, None if killed else int(end.split("\t")[1]), points, done.stdout + done.stderr)

    def sums(self, names):
        """Of each dataset: the number of its rows, the sum of their ids, the number of different names."""
        columns = "count(*), sum(id), count(distinct name)"
        sql = " union all ".join(f"select {n}, {columns} from {name}" for n, name in enumerate(names))
        done = self.cloister("data", "query", f"{sql} order by 1")
        if done.returncode != 0:
            raise AssertionError(f"{sql}: {done.stdout} {done.stderr}")
        return {name: row[1:] for name, row in zip(names, json.loads(done.stdout)["rows"], strict=True)}

    def versions(self):
        done = self.cloister("data", "list")
        if done.returncode != 0:
            raise AssertionError(f"data list: {done.stdout} {done.stderr}")
        newest = {entry["dataset"]: entry["version"] for entry in json.loads(done.stdout)["datasets"]}
        return {f"{name}@{version}" for name, last in newest.items() for version in range(1, last + 1)}


@dataclasses.dataclass(frozen=True)
class Change:
    """A command, and which versions the home holds before and after it."""

    name: str
    words: tuple
    before: frozenset
    after: frozenset


BEFORE = frozenset({"people@1", "other@1"})
CHANGES = [
    Change("import", ("data", "import", "@more.csv", "--name", "fresh"), BEFORE, BEFORE | {"fresh@1"}),
    Change("append", ("data", "import", "@more.csv", "--name", "people", "--append"), BEFORE, BEFORE | {"people@2"}),
    Change("passwd", ("passwd", "--new-passphrase-file", "@new"), BEFORE, BEFORE),
    Change("shred", ("data", "shred", "people"), BEFORE, BEFORE - {"people@1"}),
]


def sums(first, count):
    return [count, sum(range(first, first + count)), count]


SUMS = {
    "people@1": sums(0, ROWS),
    "other@1": sums(0, ROWS),
    "fresh@1": sums(ROWS, MORE_ROWS),
    "people@2": sums(0, ROWS + MORE_ROWS),
}


class KillPointsTest(unittest.TestCase):
    @classmethod
    def setUpClass(cls):
        cls.folder = pathlib.Path(tempfile.mkdtemp(prefix="cloister-kill-", dir="/var/tmp"))
        cls.addClassCleanup(shutil.rmtree, cls.folder, ignore_errors=True)
        (cls.folder / "base").mkdir()
        cls.base = Home(cls.folder / "base")
        done = cls.base.execute([str(CHEAP_HOME), str(cls.base.path), OLD_PASSPHRASE])
        if done.returncode != 0:
            raise AssertionError(done.stderr)
        for name in ("people", "other"):
            done = cls.base.cloister("data", "import", "@first.csv", "--name", name)
            if done.returncode != 0:
                raise AssertionError(done.stderr)
        cls.numbers = itertools.count()
        cls.counted = {}

    def strike(self, fault, point, change):
        """The home after the accident, and what happened."""
        folder = self.folder / f"run-{next(self.numbers)}"
        folder.mkdir()
        home = self.base.copy(folder)
        return home, home.strike(fault, point, change.words)

    def points_of(self, change):
        """The calls of the undisturbed command, which does what it should."""
        if change.name not in self.counted:
            home, struck = self.strike("kill", 0, change)
            self.assertEqual(struck.code, 0, struck.said)
            self.assertEqual(self.check(home, change), "new")
            shutil.rmtree(home.folder)
            self.counted[change.name] = struck.points
        return self.counted[change.name]

    # What must hold after any accident.

    def check(self, home, change):
        """Returns which state the home is in; raises AssertionError when it is none."""
        self.assertEqual(clear_texts(home.path), [], "plain text before the repair")
        if change.name == "passwd":
            self.find_passphrase(home)
        self.check_unrepaired(home)
        state = self.state(home, change)
        done = home.cloister("ledger", "verify")
        self.assertEqual(done.returncode, 0, f"after the repair: {done.stdout} {done.stderr}")
        self.assertEqual(os.listdir(home.path / "vault" / "staging"), [])
        self.assertEqual(list(home.path.glob("run/spill/*")), [])
        self.assertEqual(clear_texts(home.path), [], "plain text after the repair")
        return state

    def check_unrepaired(self, home):
        """Verifying repairs nothing: it passes, or says of what is too much in the ledger that a crash leaves such."""
        done = home.cloister("data", "verify")
        self.assertEqual(done.returncode, 0, f"data verify: {done.stdout} {done.stderr}")
        done = home.cloister("ledger", "verify")
        if done.returncode != 0:
            self.assertEqual(done.returncode, 4, done.stdout)
            self.assertRegex(done.stderr, r"a crash (left|interrupted)")

    def find_passphrase(self, home):
        codes = {name: home.cloister("data", "verify", passphrase=name).returncode for name in ("old", "new")}
        self.assertIn(codes, ({"old": 0, "new": 6}, {"old": 6, "new": 0}))
        home.passphrase = "old" if codes["old"] == 0 else "new"

    def state(self, home, change):
        versions = home.versions()
        self.assertIn(versions, (change.before, change.after))
        self.assertEqual(home.sums(sorted(versions)), {name: SUMS[name] for name in sorted(versions)})
        self.assertEqual(len(os.listdir(home.path / "vault" / "datasets")), len(versions))
        for name in change.before - versions:  # shredded
            self.assertEqual(home.cloister("data", "query", f"from {name}").returncode, 1, name)
        if change.name == "passwd":
            return home.passphrase
        return "new" if versions == change.after else "old"

    # All points of one fault.

    def strike_all(self, fault, change, numbers, judge):
        """Strikes at each of the numbered points; returns the states that came of it, by number."""

        def one(number):
            home, struck = self.strike(fault, number, change)
            try:
                return number, judge(home, struck, change)
            except AssertionError as error:
                where = struck.points[min(number, len(struck.points)) - 1]
                raise AssertionError(f"{fault}, {change.name}, point {number}, {where}: {error}") from error
            finally:
                shutil.rmtree(home.folder)

        with concurrent.futures.ThreadPoolExecutor(AT_ONCE) as pool:
            return dict(pool.map(one, numbers))

    def judge_killed(self, home, struck, change):
        self.assertTrue(struck.killed, f"the command came to its end with {struck.code}: {struck.said}")
        return self.check(home, change)

    def judge_full(self, home, struck, change):
        self.assertFalse(struck.killed)
        self.assertIn(struck.code, (0, 1), struck.said)
        state = self.check(home, change)
        if struck.code == 0:  # what found no room was not needed any more
            self.assertEqual(state, "new")
        else:
            self.assertRegex(struck.said, r"(io|data)\.no-space")
        return state

    def strike_changes(self, fault, calls, one_of, judge):
        """Strikes at each of the calls, or at one of so many; tells how many those were."""
        tried = []
        for change in CHANGES:
            numbers = [n for n, point in enumerate(self.points_of(change), 1) if calls is None or point.call in calls]
            chosen = numbers if ALL else numbers[::-one_of]
            states = self.strike_all(fault, change, chosen, judge)
            self.assertEqual(set(states.values()), {"old", "new"}, f"{change.name} was never in one of its states")
            tried.append(f"{change.name} {len(states)} of {len(numbers)}")
        return ", ".join(tried)

    def test_killed_at_every_call(self):
        tried = self.strike_changes("kill", None, 1, self.judge_killed)
        print(f"kill points: {tried}")

    def test_killed_half_way_through_writes(self):
        tried = self.strike_changes("tear", WRITES, 3, self.judge_killed)
        print(f"torn writes: {tried}")

    def test_full_from_a_write_on(self):
        tried = self.strike_changes("full", NEED_ROOM, 3, self.judge_full)
        print(f"full disks: {tried}")

    # That the test would notice.

    def test_the_calls_of_all_programs_are_seen(self):
        for change in CHANGES:
            points = self.points_of(change)
            self.assertEqual([p for p in points if p.call in NOT_COUNTABLE], [])
            kinds = {(p.program, p.call) for p in points}
            expected = {("cloister", call) for call in ("open", "pwrite", "fdatasync", "fsync", "rename", "unlink")}
            if "import" in change.words:
                expected |= {("cloister-data", call) for call in ("open", "pwrite", "fsync", "unlink")}
            self.assertLessEqual(expected, kinds, change.name)

    def test_plain_rows_of_the_same_engine_would_be_found(self):
        place = self.folder / "plain"
        place.mkdir()
        sql = f"create table data as from read_csv('{self.base.folder / 'more.csv'}');\ncheckpoint;\n"
        plain = [PROGRAMS / "data-reference", place / "data.duckdb"]
        done = subprocess.run(plain, input=sql, capture_output=True, text=True, timeout=TOO_LONG)
        self.assertNotIn("error", done.stdout)
        self.assertEqual(clear_texts(place), [f"{CANARY} in data.duckdb"])

    # The order on the disk, which SIGKILL does not try.

    def test_what_is_renamed_was_synced(self):
        for change in CHANGES:
            renamed = self.unsynced_at_renames(change)
            self.assertEqual({name: files for name, files in renamed.items() if files}, {}, change.name)
            self.assertLessEqual({"catalogue", "checkpoint", "head"}, set(renamed))

    def unsynced_at_renames(self, change):
        """By name of the file that took another's place: what had been written before and was not yet synced."""
        unsynced, renamed = set(), {}
        for point in self.points_of(change):
            name = pathlib.Path(point.file).name
            if point.call in WRITES | {"ftruncate", "truncate"}:
                unsynced.add(name)
            elif point.call in ("fsync", "fdatasync", "unlink"):
                unsynced.discard(name)
            elif point.call == "rename":
                renamed[name] = renamed.get(name, set()) | unsynced
        return renamed


class InitTest(unittest.TestCase):
    def test_an_interrupted_init_is_no_home_or_a_whole_one(self):
        with tempfile.TemporaryDirectory(prefix="cloister-kill-", dir="/var/tmp") as place:
            points = len(self.init_killed(pathlib.Path(place) / "counted", 0).points)
            with concurrent.futures.ThreadPoolExecutor(AT_ONCE) as pool:
                folders = [pathlib.Path(place) / str(number) for number in range(1, points + 1)]
                whole = list(pool.map(self.init_and_check, folders, range(1, points + 1)))
        self.assertEqual(set(whole), {False, True})
        print(f"kill points: init {len(whole)} of {points}")

    def init_killed(self, folder, point):
        folder.mkdir()
        home = Home(folder)
        struck = home.strike("kill", point, ("init",))
        self.assertEqual(struck.killed, point != 0, struck.said)
        return struck

    def init_and_check(self, folder, point):
        self.init_killed(folder, point)
        home = Home(folder)
        self.assertEqual(clear_texts(home.path), [])
        whole = (home.path / "home.json").exists()
        for words in (("data", "verify"), ("ledger", "verify"), ("data", "list")):
            done = home.cloister(*words)
            self.assertEqual(done.returncode, 0 if whole else 5, f"point {point}, {words}: {done.stdout}")
        return whole


if __name__ == "__main__":
    unittest.main()
