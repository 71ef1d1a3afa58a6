# SPDX-License-Identifier: Apache-2.0
"""Real kernels in real cells: their supervisors outlive the server (kernel-driver), and nothing is lost."""

import json
import os
import queue
import shutil
import socket
import subprocess
import sys
import tempfile
import threading
import unittest
from pathlib import Path

sys.path.insert(0, str(Path(__file__).resolve().parent.parent / "cell"))
import cells

from support import waiting

PYTHON = cells.BUILD / "python"
MINI_KERNEL = (Path(__file__).parent / "mini_kernel.py").read_text()
SECONDS = 60


class Owner:
    """One life of a server: kernel-driver, its orders and its events."""

    def __init__(self, command):
        self.process = subprocess.Popen(command, stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True, cwd="/")
        self.events = []
        self._incoming = queue.Queue()
        self._reader = threading.Thread(target=self._read, daemon=True)
        self._reader.start()

    def _read(self):
        for line in self.process.stdout:
            self._incoming.put(json.loads(line))
        self._incoming.put(None)

    def order(self, what, **fields):
        self.process.stdin.write(json.dumps({"do": what, **fields}) + "\n")
        self.process.stdin.flush()

    def until(self, condition, what="an event"):
        """Reads events until one fits, and returns it."""
        while True:
            event = self._incoming.get(timeout=SECONDS)
            if event is None:
                raise AssertionError(f"the owner ended; waited for {what}: {self.events[-5:]}")
            self.events.append(event)
            if condition(event):
                return event

    def event(self, name):
        return self.until(lambda event: event["event"] == name, name)

    def state(self, condition=lambda state: True):
        """Asks until the state is as wanted."""
        while True:
            self.order("state")
            state = self.event("state")
            if condition(state):
                return state

    def send(self, content, channel="shell", kind="execute_request"):
        self.order("send", channel=channel, type=kind, content=content)
        return self.event("sent")["id"]

    def execute(self, code):
        return self.send({"code": code, "silent": False, "store_history": True, "allow_stdin": False})

    def says(self, text):
        """Reads until the kernel has printed the text."""
        self.until(lambda event: event.get("type") == "stream" and text in event["content"]["text"], text)

    def done(self, request):
        """Reads until reply and idle of the request have come."""
        wanted = {"execute_reply", "idle"}

        def one(event):
            if event["event"] == "message" and event["parent"] == request:
                wanted.discard(event["type"])
                if event["type"] == "status":
                    wanted.discard(event["content"]["execution_state"])
            return not wanted

        self.until(one, f"the end of {request}")
        return [e for e in self.events if e["event"] == "message" and e["parent"] == request]

    def messages(self):
        return [event for event in self.events if event["event"] == "message"]

    def die(self):
        """As a server dies that nobody warned."""
        if self.process.stdin.closed:
            return
        self.process.kill()
        self.process.wait()
        self._reader.join()
        self.process.stdin.close()
        self.process.stdout.close()


class KernelTestCase(unittest.TestCase):
    @classmethod
    def setUpClass(cls):
        cls.bin = Path(cls.enterClassContext(tempfile.TemporaryDirectory(prefix="cloister-kernel-test-", dir="/tmp")))
        cells.copy_programs(cls.bin)
        shutil.copy2(cells.BIN / "kernel-driver", cls.bin)

    def setUp(self):
        self.identity = "root"
        self.owners = []
        self.folder = None
        self.addCleanup(self.end_all)

    def end_all(self):
        *replaced, last = self.owners or [None]
        for owner in replaced:
            owner.die()
        if last is not None and last.process.poll() is None:
            supervisor = self.supervisor()
            if cells.process_exists(supervisor):
                last.order("kill")
                self.until_gone(supervisor)
            last.die()
        self.owners.clear()
        if self.folder is not None:
            shutil.rmtree(self.folder, ignore_errors=True)

    def as_identity(self, identity):
        self.end_all()
        self.identity = identity
        self.folder = Path(tempfile.mkdtemp(prefix="cloister-kernel-", dir="/tmp"))
        (self.folder / "project").mkdir()
        owner = cells.PLAIN_ID if identity == "user" else cells.CELL_ID
        if os.geteuid() == 0:
            os.chown(self.folder / "project", owner, owner)
            if identity == "user":
                os.chown(self.folder, owner, owner)

    def own(self, *arguments):
        command = cells.as_identity(self.identity, [str(self.bin / "kernel-driver"), *arguments])
        owner = Owner(command)
        self.owners.append(owner)
        owner.event("owned")
        return owner

    def start(self, identity="root", **options):
        self.as_identity(identity if os.geteuid() == 0 else "user")
        options = {"python": str(PYTHON), "project": str(self.folder / "project"), **options}
        return self.own("start", str(self.folder / "run"), json.dumps(options))

    def start_mini(self, mode, **options):
        argv = ["python3", "-c", MINI_KERNEL, "{connection_file}", mode]
        return self.start(argv=argv, **options)

    def attach(self):
        return self.own("attach", str(self.folder / "run"))

    def supervisor(self):
        return json.loads((self.folder / "run/kernel.json").read_text())["supervisor"]

    def until_gone(self, process, what="the supervisor"):
        waiting.until(lambda: not cells.process_exists(process), 60, f"the end of {what}")


class Executing(KernelTestCase):
    @cells.each_identity
    def test_reply_stream_and_status_in_order(self, identity):
        owner = self.start(identity)
        owner.order("subscribe")
        messages = owner.done(owner.execute("print('hello')\n6 * 7"))
        iopub = [message for message in messages if message["channel"] == "iopub"]
        self.assertEqual([m["type"] for m in iopub], ["status", "execute_input", "stream", "execute_result", "status"])
        self.assertEqual(iopub[2]["content"], {"name": "stdout", "text": "hello\n"})
        self.assertEqual(iopub[3]["content"]["data"]["text/plain"], "42")
        reply = [message for message in messages if message["type"] == "execute_reply"]
        self.assertEqual([(m["channel"], m["content"]["status"]) for m in reply], [("shell", "ok")])
        self.assertEqual([m["seq"] for m in owner.messages()], list(range(len(owner.messages()))))
        state = owner.state()
        self.assertTrue(state["connected"] and state["alive"])
        self.assertEqual(state["execution_state"], "idle")
        self.assertEqual({m["session"] for m in messages}, {state["session"]})

    def test_what_the_kernel_finds(self):
        owner = self.start()
        owner.order("subscribe")
        code = "import os, json\nprint(json.dumps([os.getcwd(), dict(os.environ), os.listdir(os.environ['HOME'])]))"
        messages = owner.done(owner.execute(code))
        text = "".join(m["content"]["text"] for m in messages if m["type"] == "stream")
        folder, environment, home = json.loads(text)
        self.assertEqual(folder, "/home/cell/project")
        self.assertEqual(environment["JPY_SESSION_NAME"], "work/analysis.ipynb")
        self.assertEqual(environment["HOME"], "/home/cell")
        self.assertNotIn("CLOISTER_BIN_DIR", environment)
        self.assertIn("project", home)

    def test_an_input_request_is_answered(self):
        owner = self.start()
        owner.order("subscribe")
        request = owner.send({"code": "print(input('name: '))", "silent": False, "allow_stdin": True})
        owner.until(lambda event: event.get("type") == "input_request")
        owner.send({"value": "Ada"}, "stdin", "input_reply")
        text = [m["content"]["text"] for m in owner.done(request) if m["type"] == "stream"]
        self.assertIn("Ada", "".join(text))

    def test_interrupt_stops_a_busy_loop(self):
        for by_message in (False, True):
            with self.subTest(by_message=by_message):
                owner = self.start(interrupt_by_message=by_message)
                owner.order("subscribe")
                request = owner.execute("print('in')\nwhile True: pass")
                owner.says("in")
                owner.order("interrupt")
                reply = next(m for m in owner.done(request) if m["type"] == "execute_reply")
                self.assertEqual(reply["content"]["ename"], "KeyboardInterrupt")

    def test_attempts_are_recorded_also_without_an_owner(self):
        owner = self.start()
        owner.order("subscribe")
        connect = "import socket, time\ntry: socket.socket().connect(('203.0.113.80', {}))\nexcept OSError: print('no')"
        owner.done(owner.execute(connect.format(443)))
        owner.state()
        attempt = next(e for e in owner.events if e["event"] == "attempt")
        self.assertEqual((attempt["operation"], attempt["address"], attempt["port"]), ("connect", "203.0.113.80", 443))
        owner.execute("time.sleep(1)\n" + connect.format(444))
        owner.state()  # what was sent before has arrived
        owner.die()
        again = self.attach()
        again.until(lambda event: event["event"] == "attempt" and event["port"] == 444)


class Losing(KernelTestCase):
    def test_a_flood_reaches_a_late_subscriber(self):
        owner = self.start()
        code = "for i in range(20_000): get_ipython().display_pub.publish({'text/plain': str(i)})"
        owner.state(lambda state: state["connected"])
        request = owner.execute(code)
        owner.order("subscribe")
        owner.done(request)
        late = self.attach()
        late.order("subscribe")
        messages = late.done(request)
        shown = [m["content"]["data"]["text/plain"] for m in messages if m["type"] == "display_data"]
        self.assertEqual(shown, [str(i) for i in range(20_000)])
        self.assertEqual([m["seq"] for m in late.messages()], list(range(len(late.messages()))))

    def test_a_slow_subscriber_blocks_nobody(self):
        owner = self.start()
        owner.order("hold")
        owner.order("subscribe")
        request = owner.execute(
            "for i in range(4000): get_ipython().display_pub.publish({'text/plain': str(i) + 'x' * 10_000})\n"
            "open('done', 'w').close()"
        )
        done = self.folder / "project/done"
        waiting.until(done.exists, SECONDS, "the end of a flood that nobody reads")
        status = Path(f"/proc/{self.supervisor()}/status").read_text()
        memory = int(status.split("VmRSS:")[1].split()[0])
        self.assertLess(memory, 150 << 10, "40 MB were said; the supervisor keeps 8 in memory")
        owner.order("go-on")
        messages = owner.done(request)
        self.assertEqual(len([m for m in messages if m["type"] == "display_data"]), 4000)

    @cells.each_identity
    def test_a_kernel_survives_its_server(self, identity):
        owner = self.start(identity)
        owner.order("subscribe")
        request = owner.execute("import time\nfor i in range(100): print(i, flush=True); time.sleep(0.02)")
        owner.says("0")
        before = owner.state()
        owner.state()  # what was sent before has arrived
        owner.die()
        again = self.attach()
        again.order("subscribe")
        text = "".join(m["content"]["text"] for m in again.done(request) if m["type"] == "stream")
        self.assertEqual(text, "".join(f"{i}\n" for i in range(100)))
        self.assertEqual([m["seq"] for m in again.messages()], list(range(len(again.messages()))))
        after = again.state()
        self.assertEqual((after["pid"], after["session"]), (before["pid"], before["session"]))

    def test_a_full_journal_says_what_went(self):
        owner = self.start(journal_memory_bytes=200_000, journal_bytes=1_000_000)
        owner.state(lambda state: state["connected"])
        request = owner.execute("for i in range(400): get_ipython().display_pub.publish({'text/plain': 'x' * 10_000})")
        owner.state(lambda state: state["truncated_bytes"] > 2_000_000 and state["execution_state"] == "idle")
        owner.order("subscribe")
        messages = owner.done(request)
        texts = [m["content"]["text"] for m in messages if m["type"] == "stream"]
        self.assertIn("left out", texts[0])
        self.assertLess(len(messages), 150)
        self.assertEqual([m["type"] for m in messages if m["type"] == "execute_reply"], ["execute_reply"])

    def test_a_lost_idle_is_replaced(self):
        owner = self.start_mini("no-idle", lost_idle_ms=300)
        owner.order("subscribe")
        messages = owner.done(owner.execute("1"))
        idle = messages[-1]
        self.assertEqual(idle["metadata"], {"cloister": {"synthesised": "lost-idle"}})
        self.assertEqual(idle["session"], "mini")
        self.assertEqual(owner.state()["synthesised_idle"], 1)

    def test_a_restart_goes_on_counting(self):
        owner = self.start()
        owner.order("subscribe")
        owner.done(owner.execute("x = 1"))
        last = owner.messages()[-1]["seq"]
        owner.order("restart")
        messages = owner.done(owner.execute("print('x' in globals())"))
        self.assertEqual([m["content"]["text"] for m in messages if m["type"] == "stream"], ["False\n"])
        self.assertGreater(messages[0]["seq"], last)


class Ending(KernelTestCase):
    @cells.each_identity
    def test_shutdown_leaves_no_process(self, identity):
        owner = self.start(identity)
        owner.order("subscribe")
        owner.done(owner.execute("import subprocess\nsubprocess.Popen(['sleep', '600'], start_new_session=True)"))
        kernel, supervisor = owner.state()["pid"], self.supervisor()
        owner.order("shutdown")
        self.assertEqual(owner.event("ended")["exit"]["reason"], "exited")
        self.until_gone(kernel, "the kernel")
        self.until_gone(supervisor)
        sleeping = subprocess.run(["pgrep", "-f", "^sleep 600$"], capture_output=True, text=True).stdout
        self.assertEqual(sleeping, "")

    def test_a_kernel_that_does_not_listen_is_ended(self):
        owner = self.start()
        owner.order("subscribe")
        owner.execute("import ctypes, time\nprint('in', flush=True)\ntime.sleep(1)\nctypes.PyDLL(None).sleep(600)")
        owner.says("in")
        owner.order("shutdown")
        self.assertEqual(owner.event("ended")["exit"]["reason"], "killed")

    def test_crashes_are_reported(self):
        for code, expected in (("import os; os._exit(7)", ("exited", 7, 0)),
                               ("import os; os.kill(os.getpid(), 9)", ("signalled", 0, 9))):  # fmt: skip
            with self.subTest(code=code):
                owner = self.start()
                owner.order("subscribe")
                owner.execute(code)
                ended = owner.event("ended")["exit"]
                self.assertEqual((ended["reason"], ended["code"], ended["signal"]), expected)

    def test_a_crash_waits_for_the_next_owner(self):
        owner = self.start()
        owner.state(lambda state: state["connected"])
        owner.execute("import os, time; time.sleep(1); os._exit(7)")
        owner.state()  # what was sent before has arrived
        owner.die()
        again = self.attach()
        again.order("subscribe")
        self.assertEqual(again.event("ended")["exit"]["code"], 7)
        self.assertIn("execute_input", [m["type"] for m in again.messages()])

    def test_a_kernel_that_cannot_start_leaves_its_last_words(self):
        owner = self.start(argv=["python3", "-c", "raise SystemExit('no such kernel')"])
        ended = owner.event("ended")
        self.assertEqual(ended["exit"]["code"], 1)
        self.assertIn("no such kernel", ended["last_words"])

    def test_a_lonely_kernel_ends(self):
        owner = self.start(lonely_ms=1000)
        owner.state(lambda state: state["connected"])
        supervisor = self.supervisor()
        owner.die()
        self.until_gone(supervisor)


class Doors(KernelTestCase):
    def test_the_door_survives_its_server(self):
        owner = self.start()
        owner.order("subscribe")
        knock = "import os, socket\ns = socket.socket(socket.AF_UNIX); s.connect(os.environ['CLOISTER_DOOR'])"
        owner.done(owner.execute(knock))
        owner.state()
        self.assertEqual(len([e for e in owner.events if e["event"] == "door"]), 1)
        request = owner.execute("import time; time.sleep(1)\n" + knock + "\nprint(s.recv(1))")
        owner.state()  # what was sent before has arrived
        owner.die()
        again = self.attach()
        again.order("subscribe")
        again.done(request)
        again.done(again.execute(knock))
        again.state()
        self.assertGreaterEqual(len([e for e in again.events if e["event"] == "door"]), 1)

    @unittest.skipUnless(os.geteuid() == 0, "another user is needed")
    def test_strangers_cannot_attach(self):
        owner = self.start()
        owner.order("subscribe")
        run = self.folder / "run"
        for path, mode in ((self.folder, 0o755), (run, 0o755), (run / "attach.sock", 0o666)):
            path.chmod(mode)
        code = f"import socket; s = socket.socket(socket.AF_UNIX); s.connect({str(run / 'attach.sock')!r}); "
        code += "print(s.recv(1))"
        stranger = subprocess.run(cells.as_identity("user", cells.python(code)), capture_output=True, text=True)
        self.assertEqual(stranger.stdout, "b''\n", stranger.stderr)
        self.assertTrue(owner.state()["alive"])

    def test_garbage_on_attach_is_answered_or_closed(self):
        owner = self.start()
        owner.state(lambda state: state["connected"])
        with socket.socket(socket.AF_UNIX) as stranger:
            stranger.connect(str(self.folder / "run/attach.sock"))
            stranger.sendall(os.urandom(5000))
            stranger.settimeout(60)
            try:
                self.assertEqual(stranger.recv(1), b"")
            except ConnectionResetError:
                pass
        self.assertTrue(self.attach().state()["alive"])


class Hostile(KernelTestCase):
    def test_nonsense_on_the_sockets_is_counted(self):
        owner = self.start_mini("nonsense")
        owner.order("subscribe")
        messages = owner.done(owner.execute("1"))
        self.assertEqual([m["content"]["text"] for m in messages if m["type"] == "stream"], ["done"])
        self.assertGreaterEqual(owner.state()["malformed"], 6)

    def test_huge_frames_harm_nobody(self):
        owner = self.start_mini("huge", lost_idle_ms=300)
        owner.order("subscribe")
        owner.done(owner.execute("1"))  # its idle may be lost with the connection
        owner.state(lambda state: state["disconnects"] >= 1)
        owner.done(owner.execute("2"))

    def test_a_flood_of_parts_ends_its_own_cell_at_most(self):
        owner = self.start_mini("parts")
        supervisor = self.supervisor()
        self.until_gone(supervisor)
        owner.until(lambda event: event["event"] in ("gone", "ended"))

    def test_a_link_in_place_of_a_socket_leads_nowhere(self):
        owner = self.start_mini("link", start_ms=1500)
        ended = owner.event("ended")["exit"]
        self.assertEqual(ended["reason"], "setup-failed")
        self.assertEqual([e for e in owner.events if e["event"] == "door"], [])


if __name__ == "__main__":
    unittest.main()
