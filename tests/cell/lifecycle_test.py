# SPDX-License-Identifier: Apache-2.0
"""How cells start, what they are given, how they end, and that nothing stays behind."""

import os
import signal
import stat
import tempfile
from pathlib import Path

from cells import CELL_ID, PLAIN_ID, CellTestCase, each_identity, process_exists, python

from support.waiting import until

STUBBORN = """
import os, signal, time
for number in range(1, 65):
    try: signal.signal(number, signal.SIG_IGN)
    except (OSError, ValueError): pass
for i in range(4):
    if os.fork() == 0:
        os.setsid()
        if os.fork() == 0:
            os.setsid()
            while True: time.sleep(1000)
        os._exit(0)
print("ready", flush=True)
"""


def processes_of_cells(programs_folder):
    """Every process whose namespace of processes is a cell's: its supervisor's folder names it."""
    found = set()
    for entry in Path("/proc").iterdir():
        if not entry.name.isdigit():
            continue
        try:
            line = (entry / "cmdline").read_bytes()
        except OSError:
            continue
        if STUBBORN.encode() in line or str(programs_folder).encode() in line:
            found.add(int(entry.name))
    return found


class StartTest(CellTestCase):
    @each_identity
    def test_arguments_environment_and_folder_are_just_those_of_the_specification(self, identity):
        code = """
import os, sys
print(sys.argv[1:], sorted(os.environ.items()), os.getcwd(), os.getuid(), os.getgid(), os.uname().nodename)
"""
        running = self.run_cell(identity, [*python(code), "ä b", ""], environment=["A=1", "B=x=y"], folder="/usr/share")
        environment = [("A", "1"), ("B", "x=y")]
        # Python's own -I start adds LC_CTYPE for the C locale.
        self.assertIn(running.stdout.strip().replace("('LC_CTYPE', 'C.UTF-8')", "").replace(", ]", "]"),
                      f"['?? b', ''] {environment} /usr/share 1000 1000 cell")  # fmt: skip

    @each_identity
    def test_files_mounts_and_the_private_folder(self, identity):
        code = """
import os
assert open("/home/me/script.py").read() == "print(1)"
assert open("/given/deep/x").read() == ""
assert open("/readable/file").read() == "seen"
open("/home/me/mine", "w").write("x"); os.mkdir("/home/me/folder"); os.rename("/home/me/mine", "/home/me/folder/m")
open("/writable/out", "w").write("made in the cell")
for path in ("/readable/new", "/usr/new", "/new", "/dev/new", "/etc/new", "/proc/self/comm", "/run/new", "/given/new"):
    try: open(path, "w")
    except OSError: continue
    raise SystemExit("wrote " + path)
for path in ("/tmp/x", "/dev/shm/x", "/var/tmp/y"): open(path, "w").write("x")
print(oct(os.stat("/home/me").st_mode), os.listdir("/"))
"""
        folder = Path(self.enterContext(tempfile.TemporaryDirectory(dir="/tmp")))
        folder.chmod(0o755)
        (folder / "out").mkdir()
        (folder / "file").write_text("seen")
        owner = CELL_ID if identity == "root" else PLAIN_ID
        if os.geteuid() == 0:
            os.chown(folder / "out", owner, owner)
        running = self.run_python(
            identity,
            code,
            private_folder="/home/me",
            files=[{"target": "/home/me/script.py", "content": "print(1)"}, {"target": "/given/deep/x", "content": ""}],
            mounts=[
                {"source": str(folder), "target": "/readable"},
                {"source": str(folder / "out"), "target": "/writable", "writable": True},
            ],
        )  # fmt: skip
        self.assertEqual((folder / "out/out").read_text(), "made in the cell")
        self.assertTrue(running.stdout.startswith("0o40700"), running.stdout)

    def test_root_shows_what_lies_below_closed_folders(self):
        if os.geteuid() != 0:
            self.skipTest("a plain user has no folder that it may not enter itself")
        folder = Path(self.enterContext(tempfile.TemporaryDirectory(dir="/root")))  # 0700 on the way
        (folder / "program").write_bytes(Path("/usr/bin/true").read_bytes())
        (folder / "program").chmod(0o755)
        self.assertEqual(stat.S_IMODE(folder.stat().st_mode), 0o700)
        mounts = [{"source": str(folder / "program"), "target": "/opt/program"}]
        self.assertEqual(self.run_cell("root", ["/opt/program"], mounts=mounts).exit["code"], 0)

    @each_identity
    def test_standard_streams_are_nothing_unless_given(self, identity):
        code = "import os; print(repr(os.read(0, 5)), os.readlink('/proc/self/fd/0'))"
        self.assertEqual(self.run_python(identity, code).stdout.strip(), "b'' /dev/null")

    @each_identity
    def test_what_cannot_be_executed_is_an_error_with_words(self, identity):
        running = self.open(identity, ["/no/such/program"]).finish()
        self.assertEqual(running.failed["code"], "cell.not-executable")
        self.assertIn("/no/such/program", running.failed["message"])
        running = self.open(identity, ["/etc/passwd"]).finish()
        self.assertEqual(running.failed["code"], "cell.not-executable")

    @each_identity
    def test_a_source_that_does_not_exist_is_an_error_with_words(self, identity):
        mounts = [{"source": "/no/such/folder", "target": "/x"}]
        running = self.open(identity, ["/usr/bin/true"], mounts=mounts).finish()
        self.assertEqual(running.failed["code"], "cell.setup-failed")
        self.assertIn("/no/such/folder", running.failed["message"])

    @each_identity
    def test_nonsense_is_refused_before_anything_starts(self, identity):
        for spec in ({"folder": "relative"}, {"mounts": [{"source": "/usr", "target": "/a/../b"}]}):
            running = self.open(identity, ["/usr/bin/true"], **spec).finish()
            self.assertEqual((running.failed["code"], running.failed["kind"]), ("cell.bad-specification", "usage"))

    def test_without_bubblewrap_nothing_starts(self):
        hide = ["bwrap", "--dev-bind", "/", "/", "--ro-bind", "/dev/null", "/usr/bin/bwrap",
                "--unshare-user", "--uid", str(PLAIN_ID)]  # fmt: skip
        running = self.open("user", ["/usr/bin/true"], prefix=hide).finish()
        self.assertEqual((running.failed["code"], running.failed["kind"]), ("cell.bubblewrap-missing", "missing"))
        self.assertEqual(running.failed["hint"], "apt install bubblewrap")

    def test_without_a_network_namespace_nothing_starts(self):
        forbid = ["bwrap", "--dev-bind", "/", "/", "--unshare-user", "--disable-userns", "--uid", str(PLAIN_ID)]
        running = self.open("user", ["/usr/bin/true"], prefix=forbid).finish()
        self.assertEqual((running.failed["code"], running.failed["kind"]), ("cell.no-user-namespaces", "missing"))
        self.assertTrue(running.failed["hint"])
        # User namespaces, but no network namespaces.
        script = 'echo 0 > /proc/sys/user/max_net_namespaces; exec bwrap --dev-bind / / --unshare-user "$@"'
        forbid = ["unshare", "--user", "--map-root-user", "sh", "-c", script, "-", "--uid", str(PLAIN_ID)]
        running = self.open("user", ["/usr/bin/true"], prefix=forbid).finish()
        self.assertEqual((running.failed["code"], running.failed["kind"]), ("cell.no-network-namespace", "missing"))
        self.assertIsNone(running.started)


class EndTest(CellTestCase):
    @each_identity
    def test_reasons(self, identity):
        self.assertEqual(self.run_cell(identity, python("raise SystemExit(137)")).exit["code"], 137)
        for number in (signal.SIGSEGV, signal.SIGTERM, signal.SIGKILL):
            exit = self.run_cell(identity, python(f"import os; os.kill(os.getpid(), {int(number)})")).exit
            self.assertEqual((exit["reason"], exit["signal"]), ("signalled", number))

    @each_identity
    def test_orders(self, identity):
        code = """
import time
try: print("ready", flush=True); time.sleep(1000)
except KeyboardInterrupt: print("stopped")
"""
        ignoring = ["/bin/sh", "-c", 'trap "" INT TERM; exec "$@"', "sh"]  # as nohup and a shell's background do
        running = self.open(identity, python(code), prefix=ignoring)
        running.until_output("ready")
        running.say("interrupt")
        running.finish()
        self.assertEqual((running.exit["reason"], running.stdout), ("exited", "ready\nstopped\n"))
        running = self.open(identity, python(code))
        running.until_output("ready")
        running.say("kill")
        self.assertEqual(running.finish().exit["reason"], "killed")

    @each_identity
    def test_nothing_outlives_a_cell(self, identity):
        before = processes_of_cells(self.folder)
        running = self.run_python(identity, STUBBORN)  # ends, its children would not
        self.assertEqual(running.exit["reason"], "exited")
        self.assertEqual(processes_of_cells(self.folder) - before, set())

    @each_identity
    def test_nothing_outlives_the_owner(self, identity):
        running = self.open(identity, python(STUBBORN + "time.sleep(1000)"))
        running.until_output("ready")
        until(lambda: len(processes_of_cells(self.folder)) >= 7, 20, "the cell's children")
        running.process.kill()
        until(lambda: not processes_of_cells(self.folder), 20, "the cell to end with its owner")

    @each_identity
    def test_nothing_outlives_the_supervisor(self, identity):
        running = self.open(identity, python(STUBBORN + "time.sleep(1000)"))
        running.until_output("ready")
        os.kill(running.started["supervisor"], signal.SIGKILL)
        self.assertEqual(running.finish().exit["reason"], "setup-failed")
        until(lambda: not processes_of_cells(self.folder), 20, "the cell to end with its supervisor")
        self.assertFalse(process_exists(running.started["payload"]))


class LimitTest(CellTestCase):
    @each_identity
    def test_wall_time(self, identity):
        running = self.run_cell(identity, python(STUBBORN + "time.sleep(1000)"), limits={"wall_seconds": 1})
        self.assertEqual(running.exit["reason"], "timeout")
        self.assertGreaterEqual(running.exit["seconds"], 1)

    @each_identity
    def test_cpu_time(self, identity):
        running = self.run_cell(identity, python("while True: pass"), limits={"cpu_seconds": 1})
        self.assertEqual(running.exit["reason"], "timeout")
        self.assertIn("CPU", running.exit["message"])

    @each_identity
    def test_memory(self, identity):
        code = "x = bytearray(300 << 20); print(len(x))"
        running = self.run_cell(identity, python(code), limits={"memory_bytes": 100 << 20})
        if running.started["limits"] == "rlimits":
            self.assertIn("MemoryError", running.stderr)
        else:
            self.assertEqual((running.exit["reason"], running.exit["signal"]), ("signalled", 9))
            self.assertIn("memory limit", running.exit["message"])

    @each_identity
    def test_processes(self, identity):
        code = """
import os, time
made = 0
for i in range(200):
    try:
        if os.fork() == 0: time.sleep(1000)
        made += 1
    except BlockingIOError:
        break
print(made)
"""
        running = self.run_python(identity, code, limits={"processes": 30})
        self.assertEqual(int(running.stdout), 29)

    @each_identity
    def test_no_core_is_dumped(self, identity):
        code = """
import os, resource
resource.setrlimit(resource.RLIMIT_CORE, (0, 0))
print(resource.getrlimit(resource.RLIMIT_CORE))
os.chdir("/tmp"); os.fork() or os.abort(); os.wait(); print(os.listdir("/tmp"))
"""
        # 1, not 0: the value with which the kernel starts no handler either.
        self.assertEqual(self.run_python(identity, code).stdout, "(1, 1)\n[]\n")

    @each_identity
    def test_files(self, identity):
        code = """
import errno, os
with open("/tmp/a", "wb") as f:
    try:
        for i in range(100): f.write(bytes(1 << 20)); f.flush()
    except OSError as e: print(e.errno == errno.EFBIG, os.path.getsize("/tmp/a"))
    try: f.close()
    except OSError: pass
opened = []
try:
    while True: opened.append(os.open("/dev/null", os.O_RDONLY))
except OSError as e: print(e.errno == errno.EMFILE, opened[-1])
"""
        running = self.run_python(identity, code, limits={"file_bytes": 10 << 20, "open_files": 64})
        self.assertEqual(running.stdout, f"True {10 << 20}\nTrue 63\n")

    @each_identity
    def test_temporary_space(self, identity):
        code = """
import errno
for path in ("/tmp/a", "/dev/shm/a", "/home/me/a"):
    written = 0
    try:
        with open(path, "wb", 0) as f:
            while True: written += f.write(bytes(1 << 16))
    except OSError as e: print(e.errno == errno.ENOSPC, written)
"""
        running = self.run_python(identity, code, private_folder="/home/me", limits={"temporary_bytes": 4 << 20})
        self.assertEqual(running.stdout, f"True {4 << 20}\n" * 3)
