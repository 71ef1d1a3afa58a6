# SPDX-License-Identifier: Apache-2.0
"""Every process of a cell, as /proc shows it, against a table: identity, capabilities, filters, namespaces, mounts,
descriptors. As root and as a plain user, for both profiles."""

import os
import subprocess
from pathlib import Path

from cells import CELL_ID, PLAIN_ID, CellTestCase, as_identity, each_identity, python

ALL_NAMESPACES = {"cgroup", "ipc", "mnt", "net", "pid", "pid_for_children", "user", "uts"}
# process: (Seccomp, Seccomp_filters, namespaces that are not the host's, descriptors: kind of 0, 1, 2, …)
TABLE = {
    "supervisor": ("0", "0", None, None),  # below: what it holds depends on the limits
    "bubblewrap": ("0", "0", {"net", "user"}, {0: "null", 1: "null", 2: "pipe", 3: "signalfd"}),
    "init": ("2", "1", ALL_NAMESPACES, {301: "pipe"}),
    "payload": ("2", "1", ALL_NAMESPACES, {0: "null", 1: "pipe", 2: "pipe", 3: "socket"}),
}
SUPERVISOR_KINDS = {"null", "socket", "pipe", "pidfd", "eventfd", "seccomp notify", "counter", "error stream"}
SYSTEM_MOUNTS = {"/", "/proc", "/dev", "/dev/pts", "/dev/shm", "/tmp"} | {
    f"/dev/{name}" for name in ("null", "zero", "full", "random", "urandom", "tty")
}  # fmt: skip
WRITABLE_MOUNTS = {"/proc", "/dev/pts", "/dev/shm", "/tmp", "/work", "/home/me"}
WAIT = "print('ready', flush=True)\nimport time; time.sleep(1000)"


def status_of(process):
    return dict(line.split(":\t", 1) for line in Path(f"/proc/{process}/status").read_text().splitlines())


def namespaces_of(process):
    return {name: os.readlink(f"/proc/{process}/ns/{name}") for name in os.listdir(f"/proc/{process}/ns")}


def kind_of(link):
    for text, kind in (("pipe:", "pipe"), ("socket:", "socket"), ("/dev/null", "null"), ("[pidfd]", "pidfd"),
                       ("[eventfd]", "eventfd"), ("[signalfd]", "signalfd"), ("seccomp notify", "seccomp notify"),
                       ("/net/", "counter")):  # fmt: skip
        if text in link:
            return kind
    return link


def descriptors_of(process):
    folder = f"/proc/{process}/fd"
    return {int(number): kind_of(os.readlink(f"{folder}/{number}")) for number in os.listdir(folder)}


class TableTest(CellTestCase):
    def processes(self, identity, profile="kernel"):
        """The four processes of a cell that waits."""
        if profile == "kernel":
            spec = {"arguments": python(WAIT)}
        else:  # a worker has no /usr/bin: its program comes with its mounts
            mount = {"source": "/usr/bin/python3.11", "target": "/cloister/bin/python3"}
            spec = {"arguments": ["/cloister/bin/python3", "-I", "-c", WAIT], "mounts": [mount]}
        spec["mounts"] = [*spec.get("mounts", []), {"source": "/usr/share", "target": "/work"}]
        running = self.open(identity, profile=profile, extra=1, private_folder="/home/me", **spec)
        running.until_output("ready")
        init = int(status_of(running.started["payload"])["PPid"])
        return {
            "supervisor": running.started["supervisor"],
            "bubblewrap": int(status_of(init)["PPid"]),
            "init": init,
            "payload": running.started["payload"],
        }

    def every_process(self, identity):
        """(name, process) of both profiles; the same names twice."""
        if os.geteuid() != 0:
            self.skipTest("only root may look into every process")
        return [item for profile in ("kernel", "worker") for item in self.processes(identity, profile).items()]

    @each_identity
    def test_identities_of_every_process(self, identity):
        wanted = CELL_ID if identity == "root" else PLAIN_ID
        for name, process in self.every_process(identity):
            status = status_of(process)
            self.assertEqual(status["Uid"].split(), [str(wanted)] * 4)
            self.assertEqual(status["Gid"].split(), [str(wanted)] * 4)
            self.assertEqual(status["Groups"].strip(), "")
            for capabilities in ("CapInh", "CapPrm", "CapEff", "CapAmb"):
                self.assertEqual(int(status[capabilities], 16), 0, capabilities)
            if name in ("init", "payload"):
                self.assertEqual(int(status["CapBnd"], 16), 0)
            self.assertEqual(status["NoNewPrivs"].strip(), "1")
            self.assertEqual((status["Seccomp"].strip(), status["Seccomp_filters"].strip()), TABLE[name][:2])

    @each_identity
    def test_namespaces_of_every_process(self, identity):
        host = namespaces_of("self")
        for name, process in self.every_process(identity):
            own = namespaces_of(process)
            different = {namespace for namespace in ALL_NAMESPACES if own[namespace] != host[namespace]}
            # As root the supervisor has a mount namespace of its own, to put the mounts in reach; the child makes one
            # in any case, for the folders that live in memory.
            staged = {"mnt"} if identity == "root" or name != "supervisor" else set()
            wanted = staged if name == "supervisor" else TABLE[name][2] | staged
            self.assertEqual(different, wanted)

    @each_identity
    def test_open_descriptors_are_those_of_the_table(self, identity):
        for name, process in self.every_process(identity):
            descriptors = descriptors_of(process)
            if name == "supervisor":
                del descriptors[2]  # the launcher's error stream
                self.assertLessEqual(set(descriptors.values()), SUPERVISOR_KINDS)
                self.assertEqual((descriptors[0], descriptors[1]), ("null", "null"))
            else:
                self.assertEqual(descriptors, TABLE[name][3])

    @each_identity
    def test_mounts_are_those_of_the_table(self, identity):
        for name, process in self.every_process(identity):
            if name != "payload":
                continue
            mounts = {}
            for line in Path(f"/proc/{process}/mountinfo").read_text().splitlines():
                fields = line.split()
                mounts[fields[4]] = fields[5].split(",")
            kernel = os.path.exists(f"/proc/{process}/root/usr/bin")
            system = {"/usr", "/etc/alternatives", "/etc/fonts"} if kernel else {"/usr/lib", "/usr/lib64"}
            mine = {"/work", "/home/me"} | (set() if kernel else {"/cloister/bin/python3"})
            system = {path for path in system if os.path.isdir(path)}
            shown = {path for path in mounts if not path.startswith(("/usr/lib32", "/usr/libx32"))}
            self.assertEqual(shown, SYSTEM_MOUNTS | system | mine)
            for path, options in mounts.items():
                self.assertIn("nosuid", options, path)
                # /work is shown read-only; device nodes are mounts of their own.
                may_write = path in WRITABLE_MOUNTS - {"/work"} or os.stat(f"/proc/{process}/root{path}").st_rdev
                self.assertEqual("rw" in options, bool(may_write), path)

    @each_identity
    def test_nothing_of_the_launchers_environment(self, identity):
        os.environ["CLOISTER_TEST_SECRET"] = "swordfish"
        self.addCleanup(os.environ.pop, "CLOISTER_TEST_SECRET", None)
        for _, process in self.every_process(identity):
            self.assertNotIn(b"swordfish", Path(f"/proc/{process}/environ").read_bytes())

    def test_the_supervisor_cannot_be_traced(self):
        running = self.open("user", python(WAIT))
        running.until_output("ready")

        def look(process):
            code = f"import os; print(os.listdir('/proc/{process}/fd'))"
            return subprocess.run(as_identity("user", python(code)), capture_output=True, text=True, cwd="/")

        self.assertIn("PermissionError", look(running.started["supervisor"]).stderr)
        self.assertIn("'2'", look(running.process.pid).stdout)  # the launcher can be: same person, same way

    @each_identity
    def test_process_1_cannot_be_read(self, identity):
        code = """
import os
for path in ("/proc/1/environ", "/proc/1/mem", "/proc/1/maps", "/proc/1/fd", "/proc/1/root", "/proc/1/exe"):
    try:
        os.listdir(path) if path.endswith(("fd", "root")) else open(path, "rb").read(1)
    except OSError:
        continue
    raise SystemExit("read " + path)
for number in (9, 15, 19):
    try: os.kill(1, number)
    except OSError: continue
    raise SystemExit("signalled process 1")
print(sorted(int(p) for p in os.listdir("/proc") if p.isdigit()), open("/proc/1/cgroup").read().count(".."))
"""
        self.assertEqual(self.run_python(identity, code).stdout.strip(), "[1, 2] 0")

    @each_identity
    def test_the_listener_is_out_of_reach(self, identity):
        # Whoever held the seccomp listener could answer for the recorder.
        code = """
import os
print(sorted(os.listdir("/proc/self/fd"), key=int)[:-1])
"""
        self.assertEqual(self.run_python(identity, code).stdout.strip(), "['0', '1', '2']")
