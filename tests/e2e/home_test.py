# SPDX-License-Identifier: Apache-2.0
"""Homes, passphrases, the ledger and the server through the command line."""

import json
import os
import shutil
import socket
import subprocess
import threading
import unittest

from studio import CLOISTER, PEOPLE, StudioTest


class InitTest(StudioTest):
    def test_init_answers_with_the_promised_keys(self):
        other = self.folder / "other"
        recovery = self.folder / "recovery.txt"
        answer = self.cloister("init", "--recovery-out", recovery, home=other)
        self.assertEqual(answer.code, 0, answer.err)
        self.assertEqual(set(answer.json) - {"out"}, {"home", "owner", "ledger_key", "created"})
        self.assertGreater(len(recovery.read_text().strip()), 50)
        self.assertEqual(recovery.stat().st_mode & 0o077, 0)

    def test_a_folder_that_is_not_empty_is_refused(self):
        other = self.folder / "full"
        other.mkdir()
        (other / "letter.txt").write_text("dear")
        answer = self.cloister("init", home=other)
        self.assertEqual(answer.code, 1)
        self.assertEqual((other / "letter.txt").read_text(), "dear")

    def test_the_recovery_key_opens_the_home(self):
        other = self.folder / "other"
        recovery = self.folder / "recovery.txt"
        self.cloister("init", "--recovery-out", recovery, home=other)
        self.assertEqual(self.cloister("data", "list", home=other, passphrase=recovery).code, 0)

    def test_no_home_is_exit_5_with_a_hint(self):
        answer = self.cloister("data", "list", home=self.folder / "nowhere")
        self.assertEqual(answer.code, 5)
        self.assertIn("cloister init", answer.error["hint"])


class PassphraseTest(StudioTest):
    def test_a_wrong_passphrase_is_exit_6_everywhere(self):
        wrong = self.file("wrong", "incorrect\n")
        for words in (("data", "list"), ("data", "verify"), ("ledger", "show"), ("ledger", "verify"), ("watch",)):
            with self.subTest(words):
                self.assertEqual(self.cloister(*words, passphrase=wrong).code, 6)

    def test_a_wrong_passphrase_is_an_entry_but_not_when_verifying(self):
        wrong = self.file("wrong", "incorrect\n")
        self.cloister("data", "verify", passphrase=wrong)
        self.cloister("ledger", "verify", passphrase=wrong)
        kinds = [e["kind"] for e in self.cloister("ledger", "show").json["entries"]]
        self.assertNotIn("unlock-failed", kinds)
        self.cloister("data", "list", passphrase=wrong)
        kinds = [e["kind"] for e in self.cloister("ledger", "show").json["entries"]]
        self.assertIn("unlock-failed", kinds)

    def test_passwd_changes_what_opens_the_home(self):
        self.import_people()
        fresh = self.file("fresh", "a new one\n")
        answer = self.cloister("passwd", "--new-passphrase-file", fresh)
        self.assertEqual(answer.code, 0, answer.err)
        self.assertEqual(self.cloister("data", "list").code, 6)
        self.assertEqual(self.cloister("data", "query", "from people", passphrase=fresh).code, 0)

    def test_a_home_can_be_copied_elsewhere(self):
        self.import_people()
        shutil.copytree(self.home, self.folder / "copy", symlinks=True)
        self.assertEqual(self.cloister("data", "verify", home=self.folder / "copy").code, 0)


class LedgerTest(StudioTest):
    def test_show_answers_with_the_promised_keys(self):
        self.import_people()
        entries = self.cloister("ledger", "show", "--kind", "import").json["entries"]
        self.assertEqual(len(entries), 1)
        for key in ("seq", "time", "who", "kind", "dataset", "purpose", "decision"):
            self.assertIn(key, entries[0])
        self.assertEqual(entries[0]["dataset"], "people@1")

    def test_the_purpose_is_recorded(self):
        self.import_people()
        self.cloister("--purpose", "audit 7", "data", "query", "from people")
        entries = self.cloister("ledger", "show", "--kind", "query").json["entries"]
        self.assertEqual(entries[-1]["purpose"], "audit 7")

    def test_verify_finds_a_changed_byte(self):
        self.import_people()
        self.assertEqual(self.cloister("ledger", "verify").code, 0)
        log = self.home / "ledger" / "log"
        content = bytearray(log.read_bytes())
        content[len(content) // 2] ^= 1
        log.write_bytes(content)
        self.assertEqual(self.cloister("ledger", "verify").code, 4)

    def test_a_kept_checkpoint_finds_the_rollback_of_a_whole_home(self):
        shutil.copytree(self.home, self.folder / "old", symlinks=True)
        self.import_people()
        kept = self.folder / "checkpoint.txt"
        self.assertEqual(self.cloister("ledger", "checkpoint", "--out", kept).code, 0)
        self.assertEqual(self.cloister("ledger", "verify", "--against", kept).code, 0)
        rolled_back = self.cloister("ledger", "verify", "--against", kept, home=self.folder / "old")
        self.assertEqual(rolled_back.code, 4)
        self.assertEqual(self.cloister("ledger", "verify", home=self.folder / "old").code, 0)

    def test_an_export_verifies_without_cloister(self):
        self.import_people()
        export = self.folder / "ledger.jsonl"
        self.assertEqual(self.cloister("ledger", "export", "--out", export).code, 0)
        tools = CLOISTER.parent.parent
        verifier = [tools / "python/bin/python3", tools / "share/verify-ledger"]
        self.assertEqual(subprocess.run([*verifier, export], capture_output=True).returncode, 0)
        export.write_text(export.read_text().replace('"import\\"', '"export\\"').replace("people@1", "people@2"))
        self.assertEqual(subprocess.run([*verifier, export], capture_output=True).returncode, 4)

    def test_verifying_changes_no_byte(self):
        self.import_people()
        self.cloister("data", "list")

        def snapshot():
            files = [p for part in ("vault", "ledger") for p in (self.home / part).rglob("*") if p.is_file()]
            return {str(p): p.read_bytes() for p in [*files, self.home / "home.json"]}

        before = snapshot()
        self.assertEqual(self.cloister("data", "verify").code, 0)
        self.assertEqual(self.cloister("ledger", "verify").code, 0)
        self.assertEqual(snapshot(), before)


class ServerTest(StudioTest):
    def test_the_first_line_has_the_promised_keys(self):
        with self.server() as first:
            for key in ("url", "login", "token", "port", "pid", "home"):
                self.assertIn(key, first)
            self.assertEqual(first["url"], f"http://127.0.0.1:{first['port']}/")
            self.assertTrue(first["login"].startswith(first["url"] + "login?once="))
            self.assertGreaterEqual(len(first["token"]), 32)
            self.assertEqual(first["pid"], first["process"].pid)

    def test_commands_go_through_the_server_without_passphrase(self):
        self.import_people()
        nothing = self.file("nothing", "")
        with self.server():
            self.assertEqual(self.cloister("data", "list").code, 0)
            answer = self.cloister("data", "query", "select count(*) from people", passphrase=nothing)
            self.assertEqual(answer.code, 0, answer.err)
            self.assertEqual(answer.json["rows"], [[3]])

    def test_what_changes_authority_asks_again(self):
        nothing = self.file("nothing", "")
        fresh = self.file("fresh", "a new one\n")
        with self.server():
            self.cloister("data", "list")
            answer = self.cloister("passwd", "--new-passphrase-file", fresh, passphrase=nothing)
            self.assertEqual(answer.code, 6, answer.out)
            self.assertEqual(self.cloister("passwd", "--new-passphrase-file", fresh).code, 0)

    def test_lock_forgets_the_keys_and_unlock_brings_them_back(self):
        self.import_people()
        nothing = self.file("nothing", "")
        with self.server():
            self.cloister("data", "list")
            self.assertEqual(self.cloister("lock").json["vault"], "locked")
            self.assertEqual(self.cloister("data", "query", "from people", passphrase=nothing).code, 6)
            self.assertEqual(self.cloister("status", passphrase=nothing).json["vault"], "locked")
            self.assertEqual(self.cloister("unlock").json["vault"], "unlocked")
            self.assertEqual(self.cloister("data", "query", "from people", passphrase=nothing).code, 0)

    def test_a_second_server_on_the_same_home_is_refused(self):
        with self.server():
            answer = self.cloister("serve", timeout=40)
            self.assertEqual(answer.code, 1)
            self.assertEqual(answer.error["code"], "app.home-busy")

    def test_many_clients_at_once(self):
        self.import_people()
        with self.server():
            self.cloister("data", "list")
            answers = []

            def ask():
                answers.append(self.cloister("data", "query", "select sum(los) from people"))

            threads = [threading.Thread(target=ask) for _ in range(8)]
            for thread in threads:
                thread.start()
            for thread in threads:
                thread.join()
        self.assertEqual([a.json["rows"] for a in answers], [[[16]]] * 8)
        self.assertEqual(self.cloister("ledger", "verify").code, 0)

    def test_nonsense_on_the_socket_harms_nobody(self):
        with self.server():
            for junk in (b"", b"GET / HTTP/1.1\r\n\r\n", os.urandom(4096), b"CLF1" + b"\xff" * 12):
                with socket.socket(socket.AF_UNIX) as client:
                    client.connect(str(self.home / "run/control.sock"))
                    client.sendall(junk)
            self.assertEqual(self.cloister("data", "list").code, 0)

    def test_peer_of_another_namespace_is_refused(self):
        with self.server():
            self.cloister("data", "list")
            inside = ["unshare", "--user", "--map-root-user", "--pid", "--fork", "--mount-proc"]
            done = subprocess.run(
                [*inside, CLOISTER, "--home", self.home, "--json", "data", "list"],
                capture_output=True,
                text=True,
                stdin=subprocess.DEVNULL,
            )
            self.assertEqual(done.returncode, 3, done.stderr + done.stdout)
            self.assertIn("app.foreign-peer", done.stderr)

    def test_sigterm_in_the_middle_of_an_import_loses_nothing(self):
        self.import_people()
        rows = "id,text\n" + "".join(f"{i},{'x' * 50}\n" for i in range(400_000))
        big = self.file("big.csv", rows)
        with self.server() as first:
            self.cloister("data", "list")
            importing = threading.Thread(target=lambda: self.cloister("data", "import", big))
            importing.start()
            first["process"].terminate()
            importing.join()
        self.assertEqual(self.cloister("data", "verify").code, 0)
        self.assertEqual(self.cloister("data", "query", "select count(*) from people").json["rows"], [[3]])


class CommandLineTest(StudioTest):
    def test_help_on_every_level_has_an_example(self):
        for words in ((), ("data",), ("data", "import"), ("ledger", "verify"), ("run",)):
            with self.subTest(words):
                answer = self.cloister(*words, "--help", plain=True)
                self.assertEqual(answer.code, 0)
                self.assertIn("Example", answer.out)

    def test_a_typing_error_is_exit_2_with_a_suggestion(self):
        answer = self.cloister("data", "improt", "x")
        self.assertEqual(answer.code, 2)
        self.assertIn("data import", answer.error["hint"])
        self.assertEqual(self.cloister("data", "list", "--frmat", "x").code, 2)

    def test_a_command_of_a_later_version_is_exit_2(self):
        for words in (("train", "--dataset", "x"), ("ask", "x"), ("airlock", "list"), ("user", "list")):
            self.assertEqual(self.cloister(*words).code, 2)

    def test_json_is_exactly_one_document(self):
        self.import_people()
        json.loads(self.cloister("data", "list").out)
        json.loads(self.cloister("data", "show", "nobody").out)

    def test_errors_are_one_line_and_a_hint(self):
        answer = self.cloister("data", "show", "nobody", plain=True)
        lines = answer.err.splitlines()
        self.assertRegex(lines[0], r"^cloister: [a-z]+\.[a-z-]+: ")
        self.assertRegex(lines[1], r"^hint: ")
        self.assertEqual(len(lines), 2)

    def test_the_passphrase_from_standard_input(self):
        answer = self.cloister("data", "list", passphrase="-", given=self.PASSPHRASE + "\n")
        self.assertEqual(answer.code, 0, answer.err)

    def test_a_damaged_home_json_is_exit_4(self):
        home_json = self.home / "home.json"
        home_json.write_text(home_json.read_text()[:-5])
        self.assertEqual(self.cloister("data", "list").code, 4)
        self.assertEqual(self.cloister("data", "verify").code, 4)


class PeopleOfTheMachine(StudioTest):
    def test_names_of_the_data_are_in_no_file_of_the_home(self):
        self.import_people(content=PEOPLE * 1 + "".join(f"{i},Canary Qxzvk{i},C,1\n" for i in range(4, 3000)))
        self.cloister("data", "query", "select name from people where name = 'Canary Qxzvk77'")
        for path in self.home.rglob("*"):
            if path.is_file() and not path.is_symlink():
                content = path.read_bytes()
                self.assertNotIn(b"Qxzvk", content, path)
                self.assertNotIn(self.PASSPHRASE.encode(), content, path)


if __name__ == "__main__":
    unittest.main()
