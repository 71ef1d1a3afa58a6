# SPDX-License-Identifier: Apache-2.0
"""/api/kernels and their channels: real kernels in real cells, as JupyterLab uses them."""

import contextlib
import json
import os
import pathlib
import random
import signal
import unittest
import uuid

import web_socket
from kernel_channels import V1, Channels, kinds_of, pack_v1, state_of, text_of
from rest_case import RestTest, start_server
from web_socket import Refused

from support import waiting

UUID = r"^[0-9a-f]{8}-[0-9a-f]{4}-4[0-9a-f]{3}-[89ab][0-9a-f]{3}-[0-9a-f]{12}$"
NOBODY = "9b6f7d0e-0000-4000-8000-000000000000"


def processes_below(pid):
    """All processes that came from this one; zombies do not count."""
    children = {}
    for stat in pathlib.Path("/proc").glob("[0-9]*/stat"):
        with contextlib.suppress(OSError):
            state, parent = stat.read_text().rpartition(")")[2].split()[:2]
            if state != "Z":
                children.setdefault(int(parent), []).append(int(stat.parent.name))
    found, left = set(), [pid]
    while left:
        new = children.get(left.pop(), [])
        found.update(new)
        left.extend(new)
    return found


class KernelCase(RestTest):
    def start(self, **body):
        reply = self.expect(201, "POST", "/api/kernels", body)
        self.addCleanup(self.call, "DELETE", reply.headers["Location"])
        return reply.json["id"]

    def start_session(self, path, kind="notebook"):
        body = {"path": path, "name": path, "type": kind, "kernel": {"name": "python3"}}
        session = self.expect(201, "POST", "/api/sessions", body).json
        self.addCleanup(self.call, "DELETE", f"/api/sessions/{session['id']}")
        return session["kernel"]["id"]

    def open(self, kernel, session=None, v1=True):
        channels = Channels(self, kernel, session, v1)
        self.addCleanup(channels.close)
        return channels

    def model(self, kernel):
        return self.get(f"/api/kernels/{kernel}").json


class SpecTest(RestTest):
    def test_the_list(self):
        found = self.get("/api/kernelspecs").json
        self.assertEqual(found["default"], "python3")
        spec = found["kernelspecs"]["python3"]
        self.assertEqual(spec["name"], "python3")
        self.assertLessEqual(
            {"argv", "env", "display_name", "language", "interrupt_mode", "metadata"}, set(spec["spec"])
        )
        self.assertEqual(spec["spec"]["language"], "python")
        self.assertNotIn(str(self.server.folder), str(found))
        for address in spec["resources"].values():
            self.get(address)

    def test_one(self):
        self.assertEqual(self.get("/api/kernelspecs/python3").json["name"], "python3")
        for name in ("nothing", "..", "%2e%2e", "python3%2f..", ""):
            with self.subTest(name):
                self.assertIn(self.call("GET", f"/api/kernelspecs/{name}").status, (302, 400, 404))
        for file in ("nothing.png", "kernel.json", "..%2fkernel.json"):
            with self.subTest(file):
                self.assertIn(self.call("GET", f"/kernelspecs/python3/{file}").status, (400, 404))


class LifeTest(KernelCase):
    def test_from_start_to_end(self):
        before = processes_below(self.server.process.pid)
        reply = self.expect(201, "POST", "/api/kernels", {"name": "python3"})
        kernel = reply.json["id"]
        self.assertRegex(kernel, UUID)
        self.assertEqual(reply.headers["Location"], f"/api/kernels/{kernel}")
        self.assertEqual(set(reply.json), {"id", "name", "last_activity", "execution_state", "connections"})
        self.assertIn(kernel, [one["id"] for one in self.get("/api/kernels").json])
        waiting.until(lambda: self.model(kernel)["execution_state"] == "idle", 10, "an idle kernel")
        channels = self.open(kernel)
        channels.kernel_info()
        self.assertEqual(self.model(kernel)["connections"], 1)
        self.assertEqual(self.get("/api/status").json["connections"], 1)
        own = processes_below(self.server.process.pid) - before
        self.assertTrue(own)
        self.assertEqual(self.expect(204, "DELETE", f"/api/kernels/{kernel}").body, b"")
        self.refused(404, "GET", f"/api/kernels/{kernel}")
        self.refused(404, "DELETE", f"/api/kernels/{kernel}")
        while channels.receive() is not None:
            pass
        gone = lambda: not any(pathlib.Path(f"/proc/{pid}/cmdline").exists() for pid in own)
        waiting.until(gone, 20, f"the end of the processes {own}")
        self.assertFalse((self.server.home / "run/kernels" / kernel).exists())

    def test_an_id_of_the_clients_choice(self):
        kernel = str(uuid.uuid4())
        self.assertEqual(self.start(kernel_id=kernel), kernel)
        self.refused(400, "POST", "/api/kernels", {"kernel_id": kernel})
        for bad in ("../x", "a/b", "x" * 100, "a b"):
            with self.subTest(bad):
                self.refused(400, "POST", "/api/kernels", {"kernel_id": bad})

    def test_what_is_not_there(self):
        for method, path in (
            ("GET", ""),
            ("DELETE", ""),
            ("POST", "/interrupt"),
            ("POST", "/restart"),
        ):
            for kernel in (NOBODY, "x", "%00x"[1:]):
                with self.subTest(f"{method} {kernel}{path}"):
                    reply = self.refused(404, method, f"/api/kernels/{kernel}{path}")
                    self.assertEqual(reply.message, f"Kernel does not exist: {kernel}")
        with self.assertRaises(Refused) as refused:
            self.socket(f"/api/kernels/{NOBODY}/channels")
        self.assertEqual(refused.exception.status, 404)

    def test_bad_requests(self):
        self.refused(400, "POST", "/api/kernels", {"name": "nothing"})
        self.refused(400, "POST", "/api/kernels", "{")
        self.refused(400, "POST", "/api/kernels", "[]")
        self.refused(400, "POST", "/api/kernels", {"path": "../.."})
        self.assertEqual(list((self.server.home / "run/kernels").glob("*/kernel.json")), [])

    def test_a_socket_needs_the_token_of_the_server(self):
        kernel = self.start()
        with self.assertRaises(Refused) as refused:
            self.socket(f"/api/kernels/{kernel}/channels", token=False)
        self.assertEqual(refused.exception.status, 403)


class ChannelsTest(KernelCase):
    """One kernel for all: each test has sessions of its own."""

    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        case = cls()
        cls.kernel = case.expect(201, "POST", "/api/kernels", {}).json["id"]
        cls.addClassCleanup(case.call, "DELETE", f"/api/kernels/{cls.kernel}")

    def framings(self):
        for v1 in (True, False):
            yield self.open(self.kernel, v1=v1)

    def test_the_subprotocol_is_agreed(self):
        for offered, chosen in ((V1, V1), (f"other, {V1}", V1), (None, None), ("other", None)):
            with self.subTest(offered):
                socket = self.socket(f"/api/kernels/{self.kernel}/channels", subprotocol=offered)
                self.assertEqual(socket.headers.get("sec-websocket-protocol"), chosen)
                socket.close()

    def test_kernel_info(self):
        for channels in self.framings():
            reply = channels.kernel_info()
            self.assertEqual(reply["header"]["msg_type"], "kernel_info_reply")
            self.assertEqual(reply["content"]["status"], "ok")
            self.assertEqual(reply["content"]["language_info"]["name"], "python")
            for name in ("username", "version", "session", "msg_id", "msg_type"):
                self.assertIsInstance(reply["header"][name], str)

    def test_execution_in_its_order(self):
        for channels in self.framings():
            heard = channels.execute("print('hello')\n6 * 7")
            self.assertEqual(kinds_of(heard), ["status", "execute_input", "stream", "execute_result", "status"])
            self.assertEqual([state_of(m) for m in heard if state_of(m)], ["busy", "idle"])
            self.assertEqual(kinds_of(heard, "shell"), ["execute_reply"])
            (result,) = [m for m in heard if m["header"]["msg_type"] == "execute_result"]
            self.assertEqual(result["content"]["data"]["text/plain"], "42")
            self.assertEqual(text_of(heard), "hello\n")

    def test_an_error(self):
        for channels in self.framings():
            heard = channels.execute("1 / 0")
            (reply,) = [m for m in heard if m["channel"] == "shell"]
            self.assertEqual((reply["content"]["status"], reply["content"]["ename"]), ("error", "ZeroDivisionError"))
            self.assertIn("error", kinds_of(heard))

    def test_a_question_to_the_person(self):
        for channels in self.framings():
            asked = channels.ask("print('hello', input('name? '))", allow_stdin=True)
            question = channels.wait_for(lambda m: m["channel"] == "stdin", "a question")
            self.assertEqual(question["header"]["msg_type"], "input_request")
            self.assertEqual(question["content"], {"prompt": "name? ", "password": False})
            channels.send("stdin", "input_reply", {"value": "Ada", "status": "ok"}, question["header"])
            self.assertIn("hello Ada\n", text_of(channels.all_of(asked)))

    def test_a_busy_loop_is_interrupted(self):
        channels = self.open(self.kernel)
        asked = channels.ask("print('in', flush=True)\nwhile True: pass")
        channels.wait_for(lambda m: m["header"]["msg_type"] == "stream", "the loop")
        self.expect(204, "POST", f"/api/kernels/{self.kernel}/interrupt")
        heard = channels.all_of(asked)
        self.assertIn("KeyboardInterrupt", text_of(heard))
        self.assertEqual(channels.printed("print('lives')"), "lives\n")

    def test_two_clients_get_their_own_answers_and_all_outputs(self):
        one, two = self.open(self.kernel), self.open(self.kernel, v1=False)
        first, second = one.ask("print('one')"), two.ask("print('two')")
        one.all_of(first), two.all_of(second)
        one.wait_for_idle_of(second), two.wait_for_idle_of(first)
        for channels, mine in ((one, first), (two, second)):
            shell = [m["parent_header"]["msg_id"] for m in channels.heard if m["channel"] == "shell"]
            self.assertEqual(shell, [mine])
            self.assertEqual(text_of(channels.heard), "one\ntwo\n")

    def test_who_comes_back_gets_what_happened_meanwhile(self):
        for channels in self.framings():
            asked = channels.ask("import time\nprint('before', flush=True)\ninput()\n", allow_stdin=True)
            question = channels.wait_for(lambda m: m["channel"] == "stdin", "a question")
            channels.close()
            waiting.until(lambda: self.model(self.kernel)["connections"] == 0, 20, "the socket to go")
            other = self.open(self.kernel)
            other.send("stdin", "input_reply", {"value": "x"}, question["header"])
            other.wait_for_idle_of(asked)
            more = other.ask("print('from another')")
            other.all_of(more)
            other.close()
            back = self.open(self.kernel, channels.session, v1=channels.v1)
            back.wait_for_idle_of(more)
            self.assertIn("from another\n", text_of(back.heard))
            replies = [m["parent_header"]["msg_id"] for m in back.heard if m["channel"] == "shell"]
            self.assertEqual(replies, [asked], "the reply to its own request came while it was away")
            seen = [m["header"]["msg_id"] for m in channels.heard + back.heard]
            self.assertEqual(len(seen), len(set(seen)), "nothing comes twice")
            back.close()

    def test_a_new_tab_hears_only_what_is_new(self):
        one = self.open(self.kernel)
        one.execute("print('old')")
        two = self.open(self.kernel)
        two.execute("print('new')")
        self.assertEqual(text_of(two.heard), "new\n")

    def test_large_outputs_and_inputs(self):
        for channels in self.framings():
            text = "x" * 200_000
            self.assertEqual(channels.printed(f"print(len({text!r}))"), "200000\n")
            self.assertEqual(len(channels.printed("print('y' * 3_000_000)")), 3_000_001)

    def test_many_outputs_all_arrive(self):
        channels = self.open(self.kernel)
        code = "from IPython.display import display\nfor i in range(3000): display({'text/plain': str(i)}, raw=True)"
        heard = channels.execute(code)
        numbers = [m["content"]["data"]["text/plain"] for m in heard if m["header"]["msg_type"] == "display_data"]
        self.assertEqual(numbers, [str(i) for i in range(3000)])

    def test_nonsense_reaches_no_kernel(self):
        luck = random.Random(7)
        good = pack_v1("shell", [b"{}", b"{}", b"{}", b"{}"])
        nonsense = [
            (web_socket.BINARY, b""),
            (web_socket.BINARY, b"\xff" * 64),
            (web_socket.BINARY, good[:-1]),
            (web_socket.BINARY, good + b"x"),
            (web_socket.BINARY, b"\xff" * 8 + good[8:]),
            (web_socket.BINARY, pack_v1("iopub", [b"{}", b"{}", b"{}", b"{}"])),
            (web_socket.BINARY, pack_v1("nowhere", [b"{}", b"{}", b"{}", b"{}"])),
            (web_socket.BINARY, pack_v1("shell", [b"no json", b"", b"[", b"\xff"])),
            (web_socket.BINARY, pack_v1("shell", [b"{}"])),
            (web_socket.TEXT, b""),
            (web_socket.TEXT, b"{"),
            (web_socket.TEXT, b"[]"),
            (web_socket.TEXT, b'{"channel": "shell"}'),
            (web_socket.TEXT, b'{"channel": 7, "header": {}}'),
            (web_socket.TEXT, b'{"channel": "iopub", "header": {}}'),
            (web_socket.TEXT, b'{"channel": "shell", "header": [], "content": "x"}'),
            *((web_socket.BINARY, luck.randbytes(luck.randrange(200))) for _ in range(50)),
        ]
        for channels in self.framings():
            for kind, payload in nonsense:
                channels.socket.send(kind, payload)
            self.assertEqual(channels.printed("print('lives')"), "lives\n")
            self.assertEqual(kinds_of(channels.heard, "shell"), ["execute_reply"])
            channels.close()

    def test_frames_that_break_the_protocol_end_the_socket_only(self):
        for kind, payload in ((3, b"x"), (web_socket.TEXT, b"\xff\xfe"), (web_socket.PING, b"x" * 126)):
            with self.subTest(kind):
                socket = self.socket(f"/api/kernels/{self.kernel}/channels")
                socket.send(kind, payload)
                with contextlib.suppress(ConnectionError):
                    while socket.receive() is not None:
                        pass
                socket.close()
        self.assertEqual(self.open(self.kernel).printed("print('lives')"), "lives\n")


class RestartTest(KernelCase):
    def test_a_restart_is_told_with_the_session_of_the_kernel(self):
        kernel = self.start()
        channels = self.open(kernel)
        session = channels.kernel_info()["header"]["session"]
        channels.execute("x = 1")
        model = self.expect(200, "POST", f"/api/kernels/{kernel}/restart").json
        self.assertEqual(model["id"], kernel)
        told = channels.wait_for(lambda m: state_of(m) == "restarting", "the word of the restart")
        self.assertEqual(told["header"]["session"], session)
        for name in ("username", "version", "session", "msg_id", "msg_type"):
            self.assertIsInstance(told["header"][name], str)
        self.assertIn("NameError", channels.printed("x"))
        self.assertEqual(self.model(kernel)["execution_state"], "idle")
        self.assertEqual([one["id"] for one in self.get("/api/kernels").json], [kernel])

    def test_a_busy_kernel_restarts_too(self):
        kernel = self.start()
        channels = self.open(kernel)
        channels.ask("print('in', flush=True)\nwhile True: pass")
        channels.wait_for(lambda m: m["header"]["msg_type"] == "stream", "the loop")
        self.expect(200, "POST", f"/api/kernels/{kernel}/restart")
        self.assertEqual(channels.printed("print('lives')"), "lives\n")

    def test_a_kernel_that_kills_itself_is_told_and_restarts(self):
        kernel = self.start()
        channels = self.open(kernel)
        channels.kernel_info()
        channels.ask("import os, signal\nos.kill(os.getpid(), signal.SIGKILL)")
        told = channels.wait_for(lambda m: state_of(m) in ("dead", "autorestarting", "restarting"), "the death")
        self.assertEqual(told["channel"], "iopub")


class SealTest(KernelCase):
    LOOK = """
import json, os
seen = {}
for place, folders, files in os.walk("/home"):
    for name in files:
        try: seen[os.path.join(place, name)] = open(os.path.join(place, name), errors="replace").read(99)
        except FileNotFoundError: pass  # IPython's history comes and goes
print(json.dumps({"seen": seen, "cwd": os.getcwd(), "user": os.getuid()}))
"""

    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        root = cls.server.root
        for name in ("proj", "other", "proj/deep"):
            (root / name).mkdir(exist_ok=True)
            if os.geteuid() == 0:
                os.chown(root / name, root.stat().st_uid, root.stat().st_gid)
        (root / "proj/mine.txt").write_text("mine")
        (root / "other/theirs.txt").write_text("theirs")
        (root / "roots.txt").write_text("root")

    def look(self, kernel):
        printed = self.open(kernel).printed(self.LOOK)
        self.assertTrue(printed.startswith("{"), printed)
        return json.loads(printed)

    def test_a_kernel_sees_its_project_only(self):
        kernel = self.start_session("proj/nb.ipynb")
        found = self.look(kernel)
        self.assertIn("mine", found["seen"].values())
        self.assertNotIn("theirs", found["seen"].values())
        self.assertNotIn("root", found["seen"].values())
        self.open(kernel).execute("open('made.txt', 'w').write('made')")
        self.assertEqual((self.server.root / "proj/made.txt").read_text(), "made")
        self.assertFalse((self.server.root / "made.txt").exists())

    def test_a_notebook_in_the_root_sees_a_private_folder(self):
        kernel = self.start_session("nb.ipynb")
        self.assertEqual(set(self.look(kernel)["seen"].values()) & {"mine", "theirs", "root"}, set())
        self.open(kernel).execute("open('private.txt', 'w').write('x')")
        self.assertFalse((self.server.root / "private.txt").exists())

    def test_paths_that_would_show_more_than_a_project(self):
        (self.server.root / "link").symlink_to(self.server.home)
        (self.server.root / ".cloister").mkdir(exist_ok=True)
        (self.server.root / ".cloister/settings.txt").write_text("settings")
        for path in ("/", "/proj", ".", "./proj", "link", ".cloister", "nothing", ""):
            with self.subTest(path):
                reply = self.call("POST", "/api/kernels", {"path": path})
                if reply.status == 201:
                    seen = set(self.look(reply.json["id"])["seen"].values())
                    self.expect(204, "DELETE", reply.headers["Location"])
                    self.assertEqual(seen & {"theirs", "root", "settings"}, set())
                else:
                    self.assertEqual(reply.status, 400)
        for path in ("..", "../..", "proj/../other", "proj/../.."):
            with self.subTest(path):
                self.refused(400, "POST", "/api/kernels", {"path": path})

    def test_a_folder_inside_a_project(self):
        kernel = self.start(path="proj/deep")
        self.assertTrue(self.look(kernel)["cwd"].endswith("/deep"))

    def test_a_path_that_names_a_file_starts_in_its_folder(self):
        kernel = self.start(path="proj/deep/nb.ipynb")
        self.assertTrue(self.look(kernel)["cwd"].endswith("/deep"))

    def test_the_network_is_refused_and_watched(self):
        kernel = self.start()
        code = "import socket\ntry: socket.create_connection(('203.0.113.7', 443), 5)\nexcept OSError as e: print(e)"
        printed = self.open(kernel).printed(code)
        self.assertTrue(printed.strip())
        seen = lambda: "203.0.113.7" in {one["address"] for one in self.server.command("watch")["attempts"]}
        waiting.until(seen, 20, "the attempt in `cloister watch`")


class EndTest(unittest.TestCase):
    def test_the_end_of_the_server_leaves_no_kernel(self):
        server = start_server(self.addCleanup)
        case = KernelCase()
        case.server = server
        self.addCleanup(case.doCleanups)
        kernels = [case.start() for _ in range(2)]
        channels = case.open(kernels[0])
        channels.ask("print('in', flush=True)\nwhile True: pass")
        channels.wait_for(lambda m: m["header"]["msg_type"] == "stream", "the loop")
        own = processes_below(server.process.pid)
        self.assertGreaterEqual(len(own), 2)
        self.assertEqual(server.stop(signal.SIGTERM), 0, (server.folder / "serve.log").read_text())
        gone = lambda: not any(pathlib.Path(f"/proc/{pid}/cmdline").exists() for pid in own)
        waiting.until(gone, 20, f"the end of the processes {own}")
        with contextlib.suppress(ConnectionError):
            while channels.receive() is not None:
                pass
        case._cleanups.clear()


if __name__ == "__main__":
    unittest.main()
