# SPDX-License-Identifier: Apache-2.0
"""tools/verify-ledger on exports and proofs that the product wrote, untouched and changed in every way."""

import json
import os
import random
import shutil
import subprocess
import sys
import tempfile
import unittest
from pathlib import Path

from support import pinned

SOURCE = Path(os.environ["CLOISTER_SOURCE_DIR"])
TOOL = SOURCE / "tools" / "verify-ledger"
DRIVER = Path(os.environ["CLOISTER_BIN_DIR"]) / "ledger-driver"
VECTORS = SOURCE / "tests" / "vectors" / "ledger"
ENTRIES = 300


def run(*words, python=pinned.PYTHON):
    return subprocess.run([python, TOOL, *words], capture_output=True, text=True, timeout=60, stdin=subprocess.DEVNULL)


def in_process(function_of_tool):
    """Runs many verifications in one process of the pinned Python, which has PyNaCl."""
    script = (
        "import importlib.machinery, importlib.util, json, sys\n"
        f"loader = importlib.machinery.SourceFileLoader('verify_ledger', {str(TOOL)!r})\n"
        "spec = importlib.util.spec_from_loader('verify_ledger', loader)\n"
        "tool = importlib.util.module_from_spec(spec); sys.dont_write_bytecode = True; loader.exec_module(tool)\n"
        "import io, contextlib\n"
        "def status(*words):\n"
        "    sys.argv = ['verify-ledger', '--json', *map(str, words)]\n"
        "    with contextlib.redirect_stdout(io.StringIO()) as out:\n"
        "        code = tool.main()\n"
        "    return code, json.loads(out.getvalue())\n"
    )
    with tempfile.NamedTemporaryFile("w", suffix=".py") as file:
        file.write(script + function_of_tool)
        file.flush()
        done = subprocess.run([pinned.PYTHON, file.name], capture_output=True, text=True, timeout=300)
    if done.returncode:
        raise AssertionError(done.stderr[-2000:])
    return json.loads(done.stdout)


class LedgerTest(unittest.TestCase):
    @classmethod
    def setUpClass(cls):
        cls.folder = Path(tempfile.mkdtemp(prefix="cloister-ledger-"))
        cls.addClassCleanup(shutil.rmtree, cls.folder)
        subprocess.run([DRIVER, cls.folder / "made", str(ENTRIES)], check=True)
        cls.made = cls.folder / "made"
        cls.export = cls.made / "export.jsonl"
        cls.key = json.loads((cls.made / "keys.json").read_text())["first_epoch"]

    def check(self, code, *words):
        done = run("--json", *words)
        self.assertEqual(done.returncode, code, done.stdout + done.stderr)
        return json.loads(done.stdout)

    def changed(self, name, change):
        path = self.folder / f"changed-{name}"
        path.write_bytes(change((self.made / name).read_bytes()))
        return path


class ExportTest(LedgerTest):
    def test_an_export_verifies(self):
        report = self.check(0, self.export)
        self.assertTrue(report["ok"])
        self.assertEqual((report["kind"], report["entries"], report["first_bad"]), ("export", ENTRIES, -1))
        self.assertEqual((report["checkpoint"]["epoch"], report["checkpoint"]["size"]), (2, ENTRIES))
        self.assertEqual(report["clock_backwards"], 1)
        self.assertEqual(report["key"], self.key)

    def test_a_person_sees_what_was_verified(self):
        done = run(self.export)
        self.assertEqual(done.returncode, 0)
        self.assertIn(f"{ENTRIES} entries of cloister/0123456789abcdef", done.stdout)
        self.assertIn(self.key, done.stdout)

    def test_kept_checkpoints_are_continued(self):
        self.check(0, self.export, "--against", self.made / "early-checkpoint")
        self.check(0, self.export, "--against", self.made / "checkpoint", "--key", self.key)

    def test_another_key_is_found(self):
        other = self.key[:-4] + "AAAA"
        self.assertIn("--key", self.check(4, self.export, "--key", other)["problem"])

    def test_an_older_export_is_found_by_a_kept_checkpoint(self):
        older = self.folder / "older"
        subprocess.run([DRIVER, older, "200"], check=True)
        self.check(0, older / "export.jsonl")
        report = self.check(4, older / "export.jsonl", "--against", self.made / "checkpoint")
        self.assertIn("older", report["problem"])

    def test_another_history_is_found_by_a_kept_checkpoint(self):
        other = self.folder / "other"
        subprocess.run([DRIVER, other, str(ENTRIES)], check=True)  # other salts
        self.check(4, other / "export.jsonl", "--against", self.made / "early-checkpoint")

    def test_lines_dropped_doubled_or_exchanged_are_found_at_their_place(self):
        lines = self.export.read_bytes().splitlines(keepends=True)
        for what, wrong in {
            "dropped": [*lines[:11], *lines[12:]],
            "doubled": [*lines[:11], lines[10], *lines[11:]],
            "exchanged": [*lines[:11], lines[12], lines[11], *lines[13:]],
        }.items():
            with self.subTest(what):
                report = self.check(4, self.changed("export.jsonl", lambda _, w=wrong: b"".join(w)))
                self.assertIn(report["first_bad"], (10, 11))

    def test_the_end_is_authenticated(self):
        for what, change in {
            "last line dropped": lambda b: b[: b.rstrip(b"\n").rfind(b"\n") + 1],
            "last byte dropped": lambda b: b[:-1],
            "a byte more": lambda b: b + b"\n",
            "a line more": lambda b: b + b.splitlines(keepends=True)[-1],
            "empty": lambda b: b"",
        }.items():
            with self.subTest(what):
                self.check(4, self.changed("export.jsonl", change))

    def test_a_changed_value_is_found_at_its_entry(self):
        def change(data):
            lines = data.splitlines(keepends=True)
            lines[43] = lines[43].replace(b'"decision":"allow"', b'"decision":"denye"')
            return b"".join(lines)

        data = self.export.read_bytes()
        self.assertNotEqual(change(data), data)
        report = self.check(4, self.changed("export.jsonl", change))
        self.assertFalse(report["ok"])

    def test_every_byte_of_a_small_export_and_a_proof(self):
        small = VECTORS / "valid"
        found = in_process(
            f"""
import pathlib, tempfile
tried, missed = 0, []
with tempfile.TemporaryDirectory() as folder:
    path = pathlib.Path(folder) / 'file'
    for name in ('export.jsonl', 'proof-2.json'):
        data = pathlib.Path({str(small)!r}, name).read_bytes()
        path.write_bytes(data)
        assert status(path)[0] == 0, status(path)
        for at in range(len(data)):
            changed = bytearray(data)
            changed[at] ^= 1 << at % 7
            # White space between the parts of a proof has no meaning: a person may have edited it.
            path.write_bytes(changed)
            code, report = status(path)
            tried += 1
            if code != 4:
                missed.append([name, at, code])
print(json.dumps([tried, missed]))
"""
        )
        self.assertGreater(found[0], 3000)
        self.assertEqual(found[1], [])


class ProofTest(LedgerTest):
    def test_proofs_verify_and_show_the_entry(self):
        proofs = sorted(self.made.glob("proof-*.json"))
        self.assertGreater(len(proofs), 5)
        for path in proofs:
            report = self.check(0, path, "--key", self.key)
            self.assertEqual(report["entry"]["detail"]["rows"], int(path.stem.split("-")[1]))

    def test_a_proof_may_be_laid_out_for_people(self):
        self.check(0, self.changed("proof-0.json", lambda b: json.dumps(json.loads(b), indent=2).encode()))

    def test_a_proof_of_another_entry_is_found(self):
        proof, other = (json.loads((self.made / f"proof-{n}.json").read_text()) for n in (0, 43))
        for field in ("sequence", "entry", "salt", "body_hash", "tlog_proof"):
            with self.subTest(field):
                wrong = {**proof, field: other[field]}
                self.check(4, self.changed("proof-0.json", lambda _, w=wrong: json.dumps(w).encode()))

    def test_a_path_cut_or_longer_is_found(self):
        proof = json.loads((self.made / "proof-0.json").read_text())
        lines = proof["tlog_proof"].split("\n")
        for wrong in (lines[:2] + lines[3:], lines[:3] + lines[2:], lines[:2] + lines[3:4] + lines[2:3] + lines[4:]):
            text = json.dumps({**proof, "tlog_proof": "\n".join(wrong)})
            self.check(4, self.changed("proof-0.json", lambda _, t=text: t.encode()))


class VectorsTest(unittest.TestCase):
    def test_every_invalid_export_and_proof_is_found(self):
        tried = 0
        for case in json.loads((VECTORS / "invalid.json").read_text()):
            if case["file"].startswith("ledger/"):
                continue
            data = (VECTORS / "valid" / case["file"]).read_text(encoding="utf-8")
            if "cut" in case:
                data = data.encode()[: case["cut"]].decode()
            if "replace" in case:
                self.assertIn(case["replace"][0], data)
                data = data.replace(*case["replace"], 1)
            data += case.get("append", "")
            with self.subTest(case["name"]), tempfile.TemporaryDirectory() as folder:
                path = Path(folder) / "file"
                path.write_text(data, encoding="utf-8")
                self.assertEqual(run(path).returncode, 4)
                tried += 1
        self.assertGreater(tried, 12)


class UsageTest(LedgerTest):
    def test_wrong_usage_is_2(self):
        self.assertEqual(run().returncode, 2)
        self.assertEqual(run(self.folder / "nowhere").returncode, 2)
        self.assertEqual(run(self.export, "--against", self.folder / "nowhere").returncode, 2)
        self.assertEqual(run(self.export, "--against", self.export).returncode, 2)

    def test_something_else_is_never_verified(self):
        random.seed(3)
        for data in (b"", b"{}", b"[]", b"\0" * 100, random.randbytes(500), b'{"format":"cloister-ledger-export/1"}\n'):
            self.check(4, self.changed("export.jsonl", lambda _, d=data: d))

    def test_without_pynacl_it_says_what_to_install(self):
        done = run(self.export, python=[sys.executable, "-S"][0])
        if done.returncode == 0:
            self.skipTest("this Python has PyNaCl")
        self.assertEqual(done.returncode, 2)
        self.assertIn("pip install pynacl", done.stderr)

    def test_the_tool_is_short_enough_to_read(self):
        self.assertLess(len(TOOL.read_text().splitlines()), 300)


if __name__ == "__main__":
    unittest.main()
