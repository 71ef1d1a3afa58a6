# SPDX-License-Identifier: Apache-2.0
"""Imports through the real worker, as the vault would ask for them."""

import json
import os
import pathlib
import tempfile
import unittest

from support import pinned

pinned.use()
import pyarrow  # noqa: E402
import pyarrow.ipc  # noqa: E402
import pyarrow.parquet  # noqa: E402
from worker_client import Failure, Sealed, Worker  # noqa: E402

KEY = bytes(range(32))


def sealed_memory(table):
    """A table as cloister.save sends it: an Arrow stream in sealed memory."""
    descriptor = os.memfd_create("save", os.MFD_CLOEXEC | os.MFD_ALLOW_SEALING)
    with os.fdopen(os.dup(descriptor), "wb") as file, pyarrow.ipc.new_stream(file, table.schema) as stream:
        stream.write_table(table, max_chunksize=5000)
    seal(descriptor)
    return descriptor


def seal(descriptor):
    import fcntl

    fcntl.fcntl(descriptor, fcntl.F_ADD_SEALS, 0x1 | 0x2 | 0x4 | 0x8)


class Imports(unittest.TestCase):
    def setUp(self):
        self.folder = pathlib.Path(self.enterContext(tempfile.TemporaryDirectory()))
        self.sources = pathlib.Path(self.enterContext(tempfile.TemporaryDirectory()))

    def source(self, name, content):
        path = self.sources / name
        path.write_bytes(content if isinstance(content, bytes) else content.encode())
        return path

    def take(self, path, **options):
        for old in self.folder.glob("*"):
            old.unlink() if old.is_file() else None
        with Worker(self.folder) as worker:
            return worker.import_file(path, KEY, **options)

    def rows(self, sql="FROM t", **options):
        with Worker(self.folder) as worker:
            return worker.query(sql, [Sealed("t", self.folder / "data.duckdb", KEY)], **options)[1]

    def save(self, table, **options):
        descriptor = sealed_memory(table)
        try:
            return self.take(f"/proc/self/fd/{descriptor}", form="arrow", file_name="saved", **options)
        finally:
            os.close(descriptor)

    def test_parquet_keeps_its_types_and_nested_values(self):
        table = pyarrow.table(
            {
                "i": pyarrow.array([1, None, 3], pyarrow.int16()),
                "l": [[1, 2], [], None],
                "s": [{"x": 1.5, "y": "a"}, None, {"x": None, "y": "c"}],
                "t": pyarrow.array([0, 1, None], pyarrow.timestamp("us")),
            }
        )
        pyarrow.parquet.write_table(table, self.sources / "a.parquet")
        reply = self.take(self.sources / "a.parquet")
        self.assertEqual([c["type"] for c in reply["columns"]][:2], ["SMALLINT", "BIGINT[]"])
        rows = self.rows()
        self.assertEqual(rows[0], [1, [1, 2], {"x": 1.5, "y": "a"}, "1970-01-01T00:00:00"])
        self.assertEqual(rows[1][2], None)

    def test_arrow_comes_back_as_it_was_saved(self):
        table = pyarrow.table(
            {
                "number": pyarrow.array(range(20_000), pyarrow.int32()),
                "text": [f"täxt {i % 7}" if i % 5 else None for i in range(20_000)],
                "word": pyarrow.array([f"w{i % 3}" for i in range(20_000)]).dictionary_encode(),
                "big": pyarrow.array([str(i) for i in range(20_000)], pyarrow.large_string()),
                "list": [[i, i + 1] for i in range(20_000)],
                "day": pyarrow.array([i % 1000 for i in range(20_000)], pyarrow.date32()),
                "flag": [i % 2 == 0 for i in range(20_000)],
            }
        )
        reply = self.save(table)
        self.assertEqual(reply["rows"], 20_000)
        with Worker(self.folder) as worker:
            tables = [Sealed("t", self.folder / "data.duckdb", KEY)]
            _, descriptor = worker.query("FROM t", tables, limit=10**6, arrow=True)
            with pyarrow.memory_map(f"/proc/self/fd/{descriptor}") as memory:
                back = pyarrow.ipc.open_stream(memory).read_all()
            os.close(descriptor)
        back.validate(full=True)
        for name in table.column_names:
            self.assertEqual(back.column(name).to_pylist(), table.column(name).to_pylist(), name)

    def test_arrow_that_lies_is_refused(self):
        good = pyarrow.table({"s": ["ab", "cd"]})
        data = bytearray()
        descriptor = sealed_memory(good)
        data += os.pread(descriptor, 1 << 20, 0)
        os.close(descriptor)
        position = bytes(data).index(b"abcd")
        cases = {
            "invalid UTF-8": bytes(data[:position] + b"\xff\xfe" + data[position + 2 :]),
            "a cut stream": bytes(data[: len(data) // 2]),
            "no stream": b"id,name\n1,2\n",
            "nothing but an end": b"\xff\xff\xff\xff\0\0\0\0",
        }
        for what, content in cases.items():
            with self.subTest(what):
                made = os.memfd_create("save", os.MFD_ALLOW_SEALING)
                os.write(made, content)
                seal(made)
                with self.assertRaises(Failure) as caught:
                    self.take(f"/proc/self/fd/{made}", form="arrow", file_name="saved")
                self.assertEqual(caught.exception.code, "data.not-a-table")
                os.close(made)

    def test_arrow_in_memory_that_can_still_change_is_refused(self):
        made = os.memfd_create("save", os.MFD_ALLOW_SEALING)
        os.write(made, b"anything")
        with self.assertRaises(Failure) as caught:
            self.take(f"/proc/self/fd/{made}", form="arrow", file_name="saved")
        self.assertEqual(caught.exception.code, "io.not-sealed")
        os.close(made)

    def test_arrow_is_appended_by_name(self):
        self.save(pyarrow.table({"a": pyarrow.array([1], pyarrow.int64()), "b": ["x"]}))
        (self.folder / "data.duckdb").rename(self.sources / "old.duckdb")
        old = Sealed("old", self.sources / "old.duckdb", KEY)
        self.save(pyarrow.table({"b": ["y"], "a": pyarrow.array([2], pyarrow.int32())}), append_to=old)
        self.assertEqual(self.rows(), [[1, "x"], [2, "y"]])
        with self.assertRaises(Failure) as caught:
            self.save(pyarrow.table({"b": ["y"], "a": [2.5]}), append_to=old)
        self.assertEqual(caught.exception.code, "data.columns-differ")

    def test_lines_of_json(self):
        lines = [{"id": i, "tags": ["a"] if i % 2 else None} for i in range(100)]
        self.take(self.source("a.ndjson", "\n".join(json.dumps(line) for line in lines)))
        self.assertEqual(self.rows("SELECT count(*), count(tags), max(id) FROM t"), [[100, 50, 99]])
        with self.assertRaises(Failure) as caught:
            self.take(self.source("b.ndjson", '{"a": 1}\n{"a": SECRET}\n'))
        self.assertNotIn("SECRET", str(caught.exception))

    def test_no_byte_of_a_value_is_readable_in_the_file(self):
        self.take(self.source("a.csv", "name\n" + "CANARY-77\n" * 50_000))
        content = (self.folder / "data.duckdb").read_bytes()
        self.assertNotIn(b"CANARY", content)
        self.assertNotIn(KEY, content)
        self.assertEqual(sorted(p.name for p in self.folder.iterdir() if p.is_file()), ["data.duckdb"])

    def test_memory_stays_bounded_for_a_file_larger_than_it(self):
        path = self.sources / "large.csv"
        row = ",".join(str(i * 1_000_003) for i in range(20)) + ",some text that differs {}\n"
        with open(path, "w") as file:
            file.write(",".join(f"c{i}" for i in range(21)) + "\n")
            file.writelines(row.format(i) for i in range(1_200_000))
        limit = 128 << 20  # of the engine; the process has buffers of the reader beside it
        self.assertGreater(path.stat().st_size, limit + (64 << 20))
        seen = []
        with Worker(self.folder, memory_mib=limit >> 20) as worker:

            def peak(_):
                status = pathlib.Path(f"/proc/{worker.process.pid}/status").read_text()
                seen.append(int(status.split("VmHWM:")[1].split()[0]) << 10)

            reply = worker.import_file(path, KEY, progress=peak)
        self.assertEqual(reply["rows"], 1_200_000)
        self.assertLess(max(seen), 2 * limit + (128 << 20))

    def test_a_cancel_ends_an_import(self):
        path = self.source("a.csv", "a,b\n" + "1,some words\n" * 3_000_000)
        with Worker(self.folder) as worker:

            def cancel(_):
                worker.send({"type": "cancel"})

            with self.assertRaises(Failure) as caught:
                worker.import_file(path, KEY, progress=cancel)
            self.assertEqual(caught.exception.code, "data.cancelled")

    def test_a_worker_ends_when_its_socket_closes(self):
        path = self.source("a.csv", "a,b\n" + "1,some words\n" * 3_000_000)
        worker = Worker(self.folder)
        with open(path, "rb") as file:
            header = {"type": "import", "file_name": "a.csv", "format": "", "types": []}
            worker.send(header, KEY, [file.fileno()])
        worker.close()
        self.assertIsNotNone(worker.process.returncode)

    def test_what_is_not_a_request_ends_the_worker(self):
        for header in ({"type": "erase"}, {"type": "import"}, {"type": "query", "sql": 1}):
            with Worker(self.folder) as worker:
                with self.assertRaises(Failure) as caught:
                    worker.request(header)
                self.assertEqual(caught.exception.code, "wire.bad-message")


if __name__ == "__main__":
    unittest.main()
