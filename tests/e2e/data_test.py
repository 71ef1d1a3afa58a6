# SPDX-License-Identifier: Apache-2.0
"""Datasets through the command line: the promises of interfaces.md, wrong input included."""

import json
import os
import pathlib
import unittest

from studio import PEOPLE, StudioTest


class ImportTest(StudioTest):
    def test_import_answers_with_the_promised_keys(self):
        result = self.import_people()
        for key in ("dataset", "version", "rows", "columns", "bytes_in", "bytes_stored", "root", "seconds"):
            self.assertIn(key, result)
        self.assertEqual((result["dataset"], result["version"], result["rows"]), ("people", 1, 3))
        self.assertEqual([c["name"] for c in result["columns"]], ["id", "name", "ward", "los"])
        self.assertIsNone(result["columns"][0]["class"])

    def test_the_end_of_an_import_reminds_of_the_source(self):
        path = self.file("people.csv", PEOPLE)
        answer = self.cloister("data", "import", path, plain=True)
        self.assertEqual(answer.code, 0, answer.err)
        self.assertIn("plain text", answer.err)
        self.assertTrue(path.exists())

    def test_remove_source_unlinks_what_was_imported(self):
        path = self.file("people.csv", PEOPLE)
        answer = self.cloister("data", "import", path, "--remove-source")
        self.assertEqual(answer.code, 0, answer.err)
        self.assertFalse(path.exists())

    def test_remove_source_refuses_a_link(self):
        path = self.file("people.csv", PEOPLE)
        link = self.folder / "link.csv"
        link.symlink_to(path)
        answer = self.cloister("data", "import", link, "--remove-source")
        self.assertNotEqual(answer.code, 0)
        self.assertTrue(path.exists())

    def test_a_bad_row_refuses_the_import_with_line_and_column(self):
        rows = "a,b\n" + "".join(f"{i},{i}\n" for i in range(40)) + "41,42,43,44\n"
        answer = self.cloister("data", "import", self.file("bad.csv", rows))
        self.assertEqual(answer.code, 1, answer.out)
        self.assertIn("42", answer.error["message"])
        self.assertEqual(self.cloister("data", "list").json["datasets"], [])

    def test_a_refused_import_leaves_nothing_behind(self):
        answer = self.cloister("data", "import", self.file("empty.csv", ""))
        self.assertEqual(answer.code, 1, answer.out)
        self.assertEqual(os.listdir(self.home / "vault" / "staging"), [])
        self.assertEqual(self.cloister("data", "verify").code, 0)

    def test_the_same_name_again_needs_append(self):
        self.import_people()
        answer = self.cloister("data", "import", self.folder / "people.csv", "--name", "people")
        self.assertEqual(answer.code, 1)
        self.assertIn("--append", answer.error["hint"])

    def test_append_makes_a_new_version_and_keeps_the_old_one(self):
        self.import_people()
        more = self.file("more.csv", "id,name,ward,los\n4,Edith Clarke,B,2\n")
        answer = self.cloister("data", "import", more, "--name", "people", "--append")
        self.assertEqual(answer.code, 0, answer.err)
        self.assertEqual((answer.json["version"], answer.json["rows"]), (2, 4))
        old = self.cloister("data", "query", "select count(*) from people@1").json
        new = self.cloister("data", "query", "select count(*) from people").json
        self.assertEqual((old["rows"], new["rows"]), ([[3]], [[4]]))
        versions = self.cloister("data", "versions", "people").json["versions"]
        self.assertEqual([v["version"] for v in versions], [1, 2])
        self.assertEqual(versions[1]["lineage"], ["people@1"])

    def test_a_folder_is_not_a_file(self):
        answer = self.cloister("data", "import", self.folder)
        self.assertEqual(answer.code, 1)
        self.assertIn("not a regular file", answer.error["message"])

    def test_ndjson_and_parquet(self):
        lines = self.file("events.ndjson", '{"a": 1, "b": "x"}\n{"a": 2, "b": null}\n')
        self.assertEqual(self.cloister("data", "import", lines).json["rows"], 2)
        script = self.folder / "write.py"
        script.write_text(
            "import pyarrow as pa, pyarrow.parquet as pq, sys\npq.write_table(pa.table({'n': [1, 2, 3]}), sys.argv[1])"
        )
        python = pathlib.Path(os.environ["CLOISTER_BIN_DIR"]).parent / "python/bin/python3"
        target = self.folder / "numbers.parquet"
        os.spawnv(os.P_WAIT, python, [str(python), str(script), str(target)])
        answer = self.cloister("data", "import", target)
        self.assertEqual(answer.json["rows"], 3, answer.err)


class QueryTest(StudioTest):
    def test_query_answers_with_the_promised_keys(self):
        self.import_people()
        answer = self.cloister("data", "query", "select ward, count(*) n from people group by ward order by ward").json
        self.assertEqual([c["name"] for c in answer["columns"]], ["ward", "n"])
        self.assertEqual(answer["rows"], [["A", 2], ["B", 1]])
        self.assertEqual((answer["row_count"], answer["truncated"]), (2, False))

    def test_limit_truncates_and_says_so(self):
        self.import_people()
        answer = self.cloister("data", "query", "from people", "--limit", "2").json
        self.assertEqual((len(answer["rows"]), answer["truncated"]), (2, True))

    def test_whatever_writes_is_denied(self):
        self.import_people()
        for statement in (
            "drop table people",
            "insert into people values (9, 'x', 'y', 1)",
            "create table t as select 1",
            "set memory_limit='1GB'; select 1",
            "copy people to '/tmp/people.csv'",
            "attach '/tmp/x.db'",
            "pragma database_list",
            "install httpfs",
            "explain analyze create table t as select 1",
        ):
            with self.subTest(statement):
                self.assertEqual(self.cloister("data", "query", statement).code, 3)

    def test_files_of_the_host_cannot_be_read(self):
        for statement in (
            "select * from read_csv('/etc/passwd')",
            "select * from '/etc/passwd'",
            "select * from read_text('/proc/self/environ')",
            "select * from glob('/*')",
        ):
            with self.subTest(statement):
                answer = self.cloister("data", "query", statement)
                self.assertNotEqual(answer.code, 0, answer.out)
                self.assertNotIn("root:", answer.out)

    def test_a_missing_dataset_is_named(self):
        answer = self.cloister("data", "query", "select * from nobody")
        self.assertEqual(answer.code, 1)
        self.assertIn("nobody", answer.error["message"])

    def test_csv_for_a_program_is_recorded_as_a_release(self):
        self.import_people()
        answer = self.cloister(
            "data", "query", "select id, name from people order by id", "--format", "csv", plain=True
        )
        self.assertEqual(answer.out.splitlines()[1], "1,Ada Lovelace")
        kinds = [e["kind"] for e in self.cloister("ledger", "show").json["entries"]]
        self.assertIn("release", kinds)

    def test_the_ledger_has_the_statement_without_its_values(self):
        self.import_people()
        self.cloister("data", "query", "select * from people where name = 'Ada Lovelace' and los > 1234")
        text = json.dumps(self.cloister("ledger", "show", "--kind", "query").json)
        self.assertIn("where name = ?", text)
        self.assertNotIn("Ada", text)
        self.assertNotIn("1234", text)


class CatalogueTest(StudioTest):
    def test_list_show_rename_rm(self):
        self.import_people()
        self.assertEqual(self.cloister("data", "list").json["datasets"][0]["dataset"], "people")
        self.assertEqual(self.cloister("data", "rename", "people", "cohort").code, 0)
        self.assertEqual(self.cloister("data", "show", "cohort").json["rows"], 3)
        self.assertEqual(self.cloister("data", "show", "people").code, 1)
        self.assertEqual(self.cloister("data", "rm", "cohort").code, 0)
        self.assertEqual(self.cloister("data", "list").json["datasets"], [])

    def test_shred_makes_a_dataset_unreadable_for_good(self):
        self.import_people()
        self.import_people("kept")
        self.assertEqual(self.cloister("data", "shred", "people").code, 0)
        self.assertEqual(self.cloister("data", "query", "select * from people").code, 1)
        self.assertEqual(self.cloister("data", "query", "select count(*) from kept").json["rows"], [[3]])
        self.assertEqual(self.cloister("data", "verify").code, 0)

    def test_verify_names_file_and_block_of_a_flipped_bit(self):
        self.import_people()
        sealed = max(self.home.glob("vault/datasets/*/data.duckdb"), key=os.path.getsize)
        content = bytearray(sealed.read_bytes())
        content[len(content) // 2] ^= 1
        sealed.chmod(0o600)
        sealed.write_bytes(content)
        answer = self.cloister("data", "verify")
        self.assertEqual(answer.code, 4)
        damage = answer.json["damage"][0]
        self.assertTrue(damage["file"].endswith("data.duckdb"))
        self.assertGreaterEqual(damage["block"], 0)
        self.assertEqual(self.cloister("data", "query", "from people").code, 4)


if __name__ == "__main__":
    unittest.main()
