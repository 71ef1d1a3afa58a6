# SPDX-License-Identifier: Apache-2.0
"""Scripts in real cells, with the real door in front of recorded tables."""

import base64
import json
import os
import signal
import subprocess
import tempfile
import unittest
from pathlib import Path

from support import pinned

pinned.use()

import pyarrow  # noqa: E402

DRIVER = Path(os.environ["CLOISTER_BIN_DIR"]) / "run-driver"
PATIENTS = pyarrow.table({"age": [34, 71, 58], "ward": ["north", "north", "süd"]})


class RunTestCase(unittest.TestCase):
    def setUp(self):
        self.folder = Path(self.enterContext(tempfile.TemporaryDirectory()))
        self.run_folder = self.folder / "run"
        self.run_folder.mkdir(mode=0o700)

    def table(self, name, table):
        path = self.folder / f"{name}.arrows"
        with pyarrow.OSFile(str(path), "wb") as file, pyarrow.ipc.new_stream(file, table.schema) as writer:
            writer.write_table(table)
        return ["--table", f"{name}={path}"]

    def command(self, script, *options):
        file = self.folder / "analysis.py"
        file.write_text(script)
        return [DRIVER, file, "--run-folder", self.run_folder, *options]

    def run_script(self, script, *options, code=0):
        done = subprocess.run(self.command(script, *options), capture_output=True, text=True, timeout=300)
        self.assertEqual(done.returncode, code, done.stdout + done.stderr)
        result = json.loads(done.stdout)
        self.assertEqual(list((self.run_folder / "cells").iterdir()), [], "the door is gone with the run")
        return result


class Scripts(RunTestCase):
    def test_prints_and_ends(self):
        result = self.run_script("import sys\nprint('hello', *sys.argv[1:])\nprint('oh', file=sys.stderr)\n",
                                 "--argument", "alpha=1", "--argument", "b c")  # fmt: skip
        self.assertEqual((result["status"], result["stdout"], result["stderr"]), ("ok", "hello alpha=1 b c\n", "oh\n"))
        self.assertGreater(result["seconds"], 0)
        self.assertEqual(result["attempts"], [])

    def test_an_exception_is_an_error(self):
        result = self.run_script("print('before')\nraise ValueError('no')\n")
        self.assertEqual((result["status"], result["exit_code"], result["stdout"]), ("error", 1, "before\n"))
        self.assertIn('File "/home/cell/project/analysis.py", line 2', result["stderr"])

    def test_exit_codes_that_look_like_signals_are_errors(self):
        result = self.run_script("import sys\nsys.exit(137)\n")
        self.assertEqual((result["status"], result["exit_code"]), ("error", 137))

    def test_kill_9_is_killed(self):
        result = self.run_script("import os\nprint('before')\nos.kill(os.getpid(), 9)\n")
        self.assertEqual((result["status"], result["stdout"]), ("killed", "before\n"))
        self.assertIn("signal 9", result["message"])

    def test_a_crash_is_killed(self):
        result = self.run_script("import os\nos.abort()\n")
        self.assertEqual(result["status"], "killed")
        self.assertIn("signal 6", result["message"])

    def test_out_of_memory_ends_the_script_and_nothing_else(self):
        script = "import sys\nblocks = []\nwhile True:\n    blocks.append(bytearray(16 << 20))\n"
        result = self.run_script(script, "--memory-mib", "300", "--timeout-ms", "120000")
        if result["status"] == "error":  # limits by rlimits: Python hears of it
            self.assertIn("MemoryError", result["stderr"])
        else:
            self.assertEqual(result["status"], "killed")

    def test_timeout(self):
        result = self.run_script("print('before')\nimport time\ntime.sleep(600)\n", "--timeout-ms", "1500")
        self.assertEqual((result["status"], result["stdout"]), ("timeout", "before\n"))
        self.assertLess(result["seconds"], 60)

    def test_children_that_stay_are_ended(self):
        script = "import os, time\nif os.fork() == 0:\n    os.setsid()\n    time.sleep(600)\nprint('parent')\n"
        result = self.run_script(script)
        self.assertEqual((result["status"], result["stdout"]), ("ok", "parent\n"))
        self.assertLess(result["seconds"], 60)

    def test_cancelling(self):
        # A cell has one way to tell the outside that it runs: to try something that is refused.
        connect = "try:\n    socket.socket().connect(('203.0.113.80', 443))\nfinally:\n    time.sleep(600)\n"
        pipes = {"stdout": subprocess.PIPE, "stderr": subprocess.PIPE, "text": True}
        started = subprocess.Popen(self.command("import socket, time\n" + connect), **pipes)
        self.addCleanup(started.stderr.close)
        self.addCleanup(started.stdout.close)
        self.assertEqual(started.stderr.readline(), "attempt connect\n")
        started.send_signal(signal.SIGINT)
        output, _ = started.communicate(timeout=60)
        self.assertEqual(started.returncode, 130)
        self.assertEqual(json.loads(output)["error"]["code"], "kernels.cancelled")
        self.assertEqual(list((self.run_folder / "cells").iterdir()), [])

    def test_a_notebook_is_a_usage_error(self):
        file = self.folder / "a.ipynb"
        file.write_text("{}")
        done = subprocess.run([DRIVER, file, "--run-folder", self.run_folder], capture_output=True, text=True)
        self.assertEqual(done.returncode, 2)
        self.assertEqual(json.loads(done.stdout)["error"]["code"], "kernels.not-a-script")


class TheCell(RunTestCase):
    def test_what_the_script_finds(self):
        script = """
import json, os, sys
print(json.dumps({
    "cwd": os.getcwd(), "environment": dict(os.environ), "files": os.listdir("."), "python": sys.prefix,
    "bytecode": sys.dont_write_bytecode, "encoding": sys.stdout.encoding, "uid": os.getuid(),
    "home": os.listdir(os.environ["HOME"]),
}))
open("mine.txt", "w").write("x")
os.makedirs(os.environ["MPLCONFIGDIR"], exist_ok=True)
"""
        result = self.run_script(script)
        self.assertEqual(result["status"], "ok", result["stderr"])
        found = json.loads(result["stdout"])
        self.assertEqual(
            (found["cwd"], found["files"], found["home"]), ("/home/cell/project", ["analysis.py"], ["project"])
        )
        self.assertEqual(found["python"], "/opt/cloister/python")
        self.assertEqual(found["encoding"], "utf-8")
        self.assertTrue(found["bytecode"])
        self.assertNotEqual(found["uid"], 0)
        expected = {"PATH", "HOME", "USER", "LOGNAME", "LANG", "TMPDIR", "CLOISTER_DOOR", "PYTHONDONTWRITEBYTECODE",
                    "PYTHONNOUSERSITE", "PYTHONUNBUFFERED", "MPLBACKEND", "MPLCONFIGDIR", "OMP_NUM_THREADS",
                    "OPENBLAS_NUM_THREADS"}  # fmt: skip
        self.assertEqual(set(found["environment"]) - {"LC_CTYPE"}, expected)

    def test_files_are_gone_with_the_cell(self):
        self.run_script("open('/home/cell/project/secret.txt', 'w').write('x')\nopen('/tmp/secret', 'w').write('x')\n")
        result = self.run_script("import os\nprint(os.path.exists('secret.txt'), os.path.exists('/tmp/secret'))\n")
        self.assertEqual(result["stdout"], "False False\n")

    def test_python_itself_cannot_be_changed(self):
        script = (
            "import cloister\ntry:\n    open(cloister.__file__, 'a')\nexcept OSError as error:\n    print('refused')\n"
        )
        self.assertEqual(self.run_script(script)["stdout"], "refused\n")

    def test_attempts_are_reported(self):
        connect = "try:\n    socket.socket().connect(('203.0.113.80', 443))\nexcept OSError:\n    print('no')\n"
        result = self.run_script("import socket\n" + connect)
        self.assertEqual((result["status"], result["stdout"]), ("ok", "no\n"), result["stderr"])
        self.assertEqual([(a["operation"], a["address"], a["port"]) for a in result["attempts"]],
                         [("connect", "203.0.113.80", 443)])  # fmt: skip


class Data(RunTestCase):
    def test_reads_what_was_granted(self):
        read = "frame = cloister.dataset('patients').to_pandas()\nprint(frame.age.mean(), list(frame.ward))\n"
        result = self.run_script("import cloister\n" + read, *self.table("patients", PATIENTS))
        self.assertEqual(result["stderr"], "")
        self.assertEqual(result["stdout"], f"{(34 + 71 + 58) / 3} ['north', 'north', 'süd']\n")

    def test_what_was_not_granted_is_denied_in_one_line(self):
        result = self.run_script("import cloister\ncloister.dataset('labs')\n", *self.table("patients", PATIENTS))
        self.assertEqual(result["status"], "error")
        last = result["stderr"].splitlines()[-1]
        self.assertEqual(last, "cloister.Denied: policy.denied: the dataset was not granted to this cell "
                               "(hint: cloister run --dataset NAME)")  # fmt: skip

    def test_saves_and_reads_back(self):
        script = """
import cloister, pandas, polars
frame = cloister.dataset("patients").to_pandas()
cloister.save(frame[frame.age > 50], "old")
print(cloister.query("old").to_polars()["age"].to_list())
cloister.save(polars.DataFrame({"x": range(1_000_000)}), "large")
print(cloister.dataset("large").to_arrow()["x"][999_999])
print([d.name for d in cloister.datasets()])
"""
        result = self.run_script(script, *self.table("patients", PATIENTS))
        self.assertEqual(result["stdout"], "[71, 58]\n999999\n['large', 'old', 'patients']\n", result["stderr"])

    def test_tables_and_figures_become_outputs(self):
        script = """
import cloister
import matplotlib.pyplot as plt
cloister.display(cloister.query("patients"))
plt.plot([1, 2, 3])
cloister.display(plt.gcf(), "grün")
"""
        result = self.run_script(script, *self.table("patients", PATIENTS))
        self.assertEqual(result["status"], "ok", result["stderr"])
        outputs = result["outputs"]
        self.assertEqual([o["mime"] for o in outputs], ["text/html", "text/plain", "image/png", "text/plain"])
        self.assertIn("<td", outputs[0]["data"])
        self.assertTrue(base64.b64decode(outputs[2]["data"]).startswith(b"\x89PNG\r\n"))
        self.assertEqual(outputs[3]["data"], "grün")

    def test_showing_a_plot_needs_nothing_of_ours(self):
        script = """
import matplotlib.pyplot as plt
plt.plot([1, 2, 3])
plt.figure()
plt.bar(["a", "b"], [1, 2])
plt.show()
plt.show()
"""
        result = self.run_script(script)
        self.assertEqual((result["status"], result["stderr"]), ("ok", ""))
        self.assertEqual([o["mime"] for o in result["outputs"]], ["image/png", "image/png"])

    def test_from_processes_and_threads(self):
        script = """
import concurrent.futures as futures, multiprocessing
import cloister
def rows(_):
    return cloister.query("patients").rows
with futures.ThreadPoolExecutor(20) as pool:
    print(sum(pool.map(rows, range(40))))
with multiprocessing.get_context("fork").Pool(4) as pool:
    print(sum(pool.map(rows, range(8))))
"""
        result = self.run_script(script, *self.table("patients", PATIENTS))
        self.assertEqual(result["stdout"], "120\n24\n", result["stderr"])


if __name__ == "__main__":
    unittest.main()
