# SPDX-License-Identifier: Apache-2.0
"""What the suites of the package share: a fake door with one dataset behind it."""

import datetime
import decimal
import os
import unittest

from fake_door import FakeDoor

from support import pinned

pinned.use()

import pyarrow  # noqa: E402

PATIENTS = pyarrow.table(
    {
        "id": pyarrow.array([1, 2, 3], pyarrow.int64()),
        "ward": ["north", None, "süd"],
        "born": pyarrow.array([datetime.date(1980, 1, 2), None, datetime.date(2001, 3, 4)]),
        "cost": pyarrow.array([decimal.Decimal("1.50"), decimal.Decimal("2.25"), None], pyarrow.decimal128(10, 2)),
    }
)
TYPES = {"id": "BIGINT", "ward": "VARCHAR", "born": "DATE", "cost": "DECIMAL(10,2)"}


def stream_of(table):
    sink = pyarrow.BufferOutputStream()
    with pyarrow.ipc.new_stream(sink, table.schema) as writer:
        writer.write_table(table)
    return sink.getvalue().to_pybytes()


class DoorTestCase(unittest.TestCase):
    def setUp(self):
        self.door = self.enterContext(FakeDoor())
        self.door.add("patients", stream_of(PATIENTS), 3, TYPES)
        os.environ["CLOISTER_DOOR"] = self.door.path
        self.addCleanup(os.environ.pop, "CLOISTER_DOOR", None)

    def last(self):
        return self.door.said[-1]
