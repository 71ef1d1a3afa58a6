# SPDX-License-Identifier: Apache-2.0
"""The package that kernels import, against a fake door, with the pinned pyarrow, pandas and polars."""

import datetime
import decimal
import os
import pickle
import socket
import threading
import unittest
from concurrent import futures
from pathlib import Path

from door_case import PATIENTS, TYPES, DoorTestCase, stream_of
from fake_door import SEALS

from support import pinned

pinned.use()

import pandas  # noqa: E402
import polars  # noqa: E402
import pyarrow  # noqa: E402

import cloister  # noqa: E402


class Reading(DoorTestCase):
    def test_lists_datasets(self):
        self.door.add("labs", stream_of(PATIENTS), 1_234_567, TYPES)
        found = cloister.datasets()
        self.assertEqual([d.name for d in found], ["patients", "labs"])
        self.assertEqual(len(found), 2)
        self.assertEqual(found["LABS"].rows, 1_234_567)
        self.assertEqual(found[0].shape, (3, 4))
        self.assertIn("labs", found)
        with self.assertRaises(cloister.NotFound):
            found["nowhere"]

    def test_columns_of_a_listed_dataset_are_asked_for_once(self):
        dataset = cloister.datasets()[0]
        self.assertEqual(dataset.columns, ["id", "ward", "born", "cost"])
        self.assertEqual(dataset.types["cost"], "DECIMAL(10,2)")
        self.assertEqual([r["message"] for r in self.door.said], ["datasets", "describe"])

    def test_arrow_is_exact(self):
        self.assertTrue(cloister.dataset("patients").to_arrow().equals(PATIENTS))

    def test_reads_name_the_version_that_was_described(self):
        dataset = cloister.dataset("patients")
        dataset.to_arrow(columns=["id", "ward"])
        self.assertEqual(self.last(), {"message": "read", "dataset": "patients@1", "columns": ["id", "ward"]})
        dataset.head(2)
        self.assertEqual(self.last(), {"message": "read", "dataset": "patients@1", "limit": 2})

    def test_columns_must_be_a_list(self):
        with self.assertRaises(TypeError):
            cloister.dataset("patients").to_arrow(columns="id")

    def test_pandas_gets_its_own_types(self):
        frame = cloister.dataset("patients").to_pandas()
        self.assertEqual(frame["born"].dtype.kind, "M")
        self.assertEqual(frame["cost"].dtype, "float64")
        self.assertEqual(frame["cost"].sum(), 3.75)
        frame.loc[0, "id"] = 7  # the frame is the caller's own, not the mapped memory
        self.assertEqual(frame["id"].sum(), 12)

    def test_whole_decimals_become_integers_where_they_fit(self):
        wide = pyarrow.decimal128(38, 0)
        table = pyarrow.table({"sum": pyarrow.array([decimal.Decimal(5), None, decimal.Decimal(7)], wide)})
        self.door.add("small", stream_of(table), 3, {})
        self.assertEqual(cloister.query("small").to_pandas()["sum"].dropna().tolist(), [5, 7])
        table = pyarrow.table({"sum": pyarrow.array([decimal.Decimal(10**30)], wide)})
        self.door.add("large", stream_of(table), 1, {})
        self.assertEqual(cloister.query("large").to_pandas()["sum"].tolist(), [1e30])
        self.assertEqual(cloister.query("large").to_arrow()["sum"].to_pylist(), [decimal.Decimal(10**30)])

    def test_intervals_become_durations(self):
        kind = pyarrow.month_day_nano_interval()
        days = pyarrow.table({"stay": pyarrow.array([(0, 2, 3_600_000_000_000), None], kind)})
        self.door.add("days", stream_of(days), 2, {})
        table = cloister.query("days")
        self.assertEqual(table.to_pandas()["stay"].iloc[0], pandas.Timedelta(days=2, hours=1))
        self.assertEqual(table.to_polars()["stay"].to_list(), [datetime.timedelta(days=2, hours=1), None])
        months = pyarrow.table({"stay": pyarrow.array([(1, 2, 0), None], kind)})
        self.door.add("months", stream_of(months), 2, {})
        self.assertEqual(cloister.query("months").to_polars()["stay"].to_list(), ["1 months 2 days 0 s", None])

    def test_polars(self):
        frame = cloister.query("patients").to_polars()
        self.assertIsInstance(frame, polars.DataFrame)
        self.assertEqual(frame["ward"].to_list(), ["north", None, "süd"])
        self.assertEqual(polars.DataFrame(cloister.query("patients")).shape, (3, 4))

    def test_large_tables_are_mapped_not_copied(self):
        table = pyarrow.table({"x": pyarrow.array(range(1_000_000), pyarrow.int64())})
        self.door.add("large", stream_of(table), 1_000_000, {"x": "BIGINT"})
        before = pyarrow.total_allocated_bytes()
        read = cloister.dataset("large").to_arrow()
        self.assertLess(pyarrow.total_allocated_bytes() - before, 1_000_000)
        self.assertEqual(read["x"][999_999].as_py(), 999_999)
        with open("/proc/self/maps") as maps:
            self.assertIn("memfd:answer", maps.read())

    def test_no_descriptor_is_left_open(self):
        before = len(os.listdir("/proc/self/fd"))
        for _ in range(20):
            cloister.query("patients")
            with self.assertRaises(cloister.Denied):
                cloister.query("secrets")
        self.assertLessEqual(len(os.listdir("/proc/self/fd")), before + 2)  # the fake's own threads may lag

    def test_refuses_memory_without_seals(self):
        for missing in (1, 2, 4, 8):
            self.door.seals = SEALS & ~missing
            with self.assertRaises(cloister.Error) as caught:
                cloister.query("patients")
            self.assertEqual(caught.exception.code, "cloister.not-sealed")

    def test_refuses_what_is_not_a_table(self):
        for content in (b"", b"not arrow", stream_of(PATIENTS)[:200], os.urandom(100_000)):
            self.door.add("broken", content, 0, {})
            with self.assertRaises(cloister.Error) as caught:
                cloister.query("broken")
            self.assertEqual(caught.exception.code, "cloister.bad-table")

    def test_many_threads(self):
        results = []
        threads = [threading.Thread(target=lambda: results.append(cloister.query("patients").rows)) for _ in range(32)]
        for thread in threads:
            thread.start()
        for thread in threads:
            thread.join()
        self.assertEqual(results, [3] * 32)

    def test_forked_processes_have_connections_of_their_own(self):
        cloister.query("patients")
        reader, writer = os.pipe()
        child = os.fork()
        if child == 0:
            code = 1
            try:
                os.write(writer, str(cloister.query("patients").rows).encode())
                code = 0
            finally:
                os._exit(code)
        os.close(writer)
        with open(reader) as file:
            self.assertEqual(file.read(), "3")
        self.assertEqual(os.waitpid(child, 0)[1], 0)


class Errors(DoorTestCase):
    def code_of(self, error):
        self.door.error = error
        with self.assertRaises(cloister.Error) as caught:
            cloister.datasets()
        return type(caught.exception), caught.exception.code

    def test_kinds_become_classes(self):
        common = {"message": "m", "hint": ""}
        denied = {"code": "policy.denied", "kind": "denied", **common}
        self.assertEqual(self.code_of(denied), (cloister.Denied, "policy.denied"))
        locked = {"code": "vault.locked", "kind": "locked", **common}
        self.assertEqual(self.code_of(locked), (cloister.Locked, "vault.locked"))
        missing = {"code": "vault.dataset-not-found", "kind": "failed", **common}
        self.assertEqual(self.code_of(missing), (cloister.NotFound, "vault.dataset-not-found"))
        other = {"code": "data.sql", "kind": "failed", **common}
        self.assertEqual(self.code_of(other), (cloister.Error, "data.sql"))
        self.assertEqual(self.code_of({}), (cloister.Error, "cloister.error"))

    def test_one_line_with_code_and_hint(self):
        with self.assertRaises(cloister.Denied) as caught:
            cloister.dataset("secrets")
        line = "policy.denied: this cell was not granted the dataset 'secrets' "
        line += "(hint: cloister run --dataset secrets FILE.py)"
        self.assertEqual(str(caught.exception), line)
        self.assertEqual(caught.exception.hint, "cloister run --dataset secrets FILE.py")
        self.assertEqual(caught.exception._render_traceback_(), [f"cloister.Denied: {line}"])
        self.door.error = {"code": "a.b", "message": "two\nlines\x07", "hint": "", "kind": "failed"}
        with self.assertRaises(cloister.Error) as caught:
            cloister.datasets()
        self.assertNotIn("\n", str(caught.exception))

    def test_errors_cross_processes(self):
        with self.assertRaises(cloister.Denied) as caught:
            cloister.dataset("secrets")
        copy = pickle.loads(pickle.dumps(caught.exception))
        self.assertIs(type(copy), cloister.Denied)
        self.assertEqual((str(copy), copy.kind), (str(caught.exception), "denied"))

    def test_answers_that_are_none(self):
        frame = b"CLF1" + (2).to_bytes(4, "big") + bytes(8)
        for raw in (b"", b"CLF1", b"x" * 40, frame, frame + b"[]", frame + b"{}"[:1], frame[:8] + b"\xff" * 8):
            self.door.raw = raw
            with self.assertRaises(cloister.Error) as caught:
                cloister.datasets()
            self.assertEqual(caught.exception.code, "cloister.door-closed", raw)

    def test_the_frame_of_the_specification(self):
        vector = "434c46310000001600000000000000007b226d657373616765223a226461746173657473227d"
        page = (Path(os.environ["CLOISTER_SOURCE_DIR"]) / "docs/formats/frames.md").read_text()
        self.assertIn(vector, page.replace(" ", ""))
        listener = self.enterContext(socket.socket(socket.AF_UNIX))
        path = self.door.path + ".raw"
        listener.bind(path)
        listener.listen()
        os.environ["CLOISTER_DOOR"] = path
        with futures.ThreadPoolExecutor(1) as pool:
            asked = pool.submit(cloister.datasets)
            connection, _ = listener.accept()
            with connection:
                self.assertEqual(connection.recv(1000).hex(), vector)
            self.assertEqual(asked.exception(10).code, "cloister.door-closed")

    def test_without_a_door(self):
        del os.environ["CLOISTER_DOOR"]
        with self.assertRaises(cloister.Error) as caught:
            cloister.datasets()
        self.assertEqual((caught.exception.code, caught.exception.hint), ("cloister.no-door", "cloister run FILE.py"))
        os.environ["CLOISTER_DOOR"] = "/nowhere/door"
        with self.assertRaises(cloister.Error) as caught:
            cloister.datasets()
        self.assertEqual(caught.exception.code, "cloister.door-closed")

    def test_a_statement_that_does_not_fit(self):
        with self.assertRaises(cloister.Error) as caught:
            cloister.query("x" * (3 << 20))
        self.assertEqual(caught.exception.code, "cloister.too-large")
        self.assertEqual(self.door.said, [])


class Saving(DoorTestCase):
    def saved(self, data):
        cloister.save(data, "cohort")
        self.assertEqual(self.door.saved_seals & SEALS, SEALS)
        return cloister.query("cohort").to_arrow()

    def test_round_trips(self):
        self.assertTrue(self.saved(PATIENTS).equals(PATIENTS))
        self.assertTrue(self.saved(cloister.query("patients")).equals(PATIENTS))
        self.assertEqual(self.last()["sql"], "cohort")

    def test_pandas_index(self):
        frame = pandas.DataFrame({"a": [1, 2, 3]})
        self.assertEqual(self.saved(frame[frame.a > 1]).column_names, ["a"])
        named = frame.set_index(pandas.Index(["x", "y", "z"], name="key"))
        self.assertEqual(self.saved(named).column_names, ["key", "a"])
        grouped = frame.assign(b=[1, 1, 2]).groupby(["b", "a"]).size().to_frame("n")
        self.assertEqual(self.saved(grouped).column_names, ["b", "a", "n"])

    def test_types_that_do_not_travel_are_converted(self):
        frame = pandas.DataFrame({"c": pandas.Categorical(["u", "v", "u"]), "n": [None, None, None], 3: [1, 2, 3]})
        table = self.saved(frame)
        self.assertEqual(table.column_names, ["c", "n", "3"])
        self.assertTrue(pyarrow.types.is_string(table.schema.field("c").type) or
                        pyarrow.types.is_large_string(table.schema.field("c").type))  # fmt: skip
        self.assertEqual(table["c"].to_pylist(), ["u", "v", "u"])
        self.assertEqual(table["n"].null_count, 3)
        self.assertIsNone(table.schema.metadata)
        views = pyarrow.table({"s": pyarrow.array(["a", None], pyarrow.string_view())})
        self.assertEqual(self.saved(views).schema.field("s").type, pyarrow.large_string())
        nested = pyarrow.table({"l": pyarrow.array([["a"], None]).cast(pyarrow.list_(pyarrow.string()))})
        self.assertEqual(self.saved(nested)["l"].to_pylist(), [["a"], None])

    def test_polars_frames(self):
        frame = polars.DataFrame({"a": [1, 2], "s": ["x", None]}).with_columns(
            c=polars.Series(["p", "q"]).cast(polars.Categorical)
        )
        self.assertEqual(self.saved(frame).to_pydict(), {"a": [1, 2], "s": ["x", None], "c": ["p", "q"]})
        self.assertEqual(self.saved(frame.lazy().select("a")).to_pydict(), {"a": [1, 2]})

    def test_refuses_what_is_not_a_table(self):
        for wrong in ([1, 2], {"a": [1]}, "text", 5, None):
            with self.assertRaises(TypeError):
                cloister.save(wrong, "cohort")
        for columns in (["a", "a"], ["a", "A"], []):
            with self.assertRaises(cloister.Error) as caught:
                cloister.save(pandas.DataFrame([[1] * len(columns)], columns=columns), "cohort")
            self.assertEqual(caught.exception.code, "cloister.bad-table")
        self.assertEqual(self.door.said, [])


if __name__ == "__main__":
    unittest.main()
