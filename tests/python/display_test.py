# SPDX-License-Identifier: Apache-2.0
"""What people see of the package: outputs of a run, texts and HTML of its objects."""

import unittest

from door_case import PATIENTS, TYPES, DoorTestCase, stream_of

from support import pinned

pinned.use()

import pandas  # noqa: E402
import polars  # noqa: E402
import pyarrow  # noqa: E402

import cloister  # noqa: E402


class Displaying(DoorTestCase):
    def shown(self, *things):
        self.door.outputs.clear()
        cloister.display(*things)
        return list(self.door.outputs)

    def test_tables(self):
        for thing in (
            cloister.query("patients"),
            pandas.DataFrame({"a": ["<b>"]}),
            polars.DataFrame({"a": ["<b>"]}),
            PATIENTS,
        ):
            outputs = self.shown(thing)
            self.assertEqual([mime for mime, _ in outputs], ["text/html", "text/plain"], type(thing))
            self.assertIn(b"<table", outputs[0][1])
            self.assertNotIn(b"<b>", outputs[0][1])

    def test_texts_and_others(self):
        self.assertEqual(self.shown("grün", 5), [("text/plain", "grün".encode()), ("text/plain", b"5")])
        self.assertEqual(self.shown(pandas.DataFrame)[0][0], "text/plain")

    def test_figures(self):
        from matplotlib import pyplot

        figure, axes = pyplot.subplots()
        axes.plot([1, 2, 3])
        for thing in (figure, axes, pyplot):
            outputs = self.shown(thing)
            self.assertEqual([mime for mime, _ in outputs], ["image/png"])
            self.assertTrue(outputs[0][1].startswith(b"\x89PNG\r\n"))
        pyplot.close(figure)

    def test_things_that_speak_for_themselves(self):
        class Chart:
            def _repr_mimebundle_(self, include=None, exclude=None):
                return {"application/json": {"a": 1}}, {}

            def _repr_svg_(self):
                return "<svg/>"

        self.assertEqual(self.shown(Chart())[:2], [("application/json", b'{"a": 1}'), ("image/svg+xml", b"<svg/>")])

    def test_an_output_that_is_too_large(self):
        with self.assertRaises(cloister.Error) as caught:
            cloister.display("x" * (17 << 20))
        self.assertEqual(caught.exception.code, "cloister.too-large")


class Representations(DoorTestCase):
    def test_dataset(self):
        text = repr(cloister.dataset("patients"))
        self.assertIn("patients · version 1 · 3 rows × 4 columns", text)
        self.assertIn("north", text)
        html = cloister.dataset("patients")._repr_html_()
        self.assertIn("<p>patients · version 1", html)
        self.assertIn("<td", html)

    def test_a_dataset_whose_rows_are_denied_still_shows(self):
        dataset = cloister.datasets()[0]
        del self.door.tables["patients"]
        self.assertEqual(repr(dataset), "patients · version 1 · 3 rows × 4 columns")

    def test_badges(self):
        self.door.add("p", stream_of(PATIENTS), 1, TYPES, **{"class": "direct-identifier"})
        self.assertIn("■ direct identifier", repr(cloister.datasets()))

    def test_no_datasets(self):
        self.door.infos.clear()
        self.assertIn("cloister run --dataset NAME", repr(cloister.datasets()))
        self.assertNotIn("<table", cloister.datasets()._repr_html_())

    def test_no_more_than_a_screen(self):
        wide = pyarrow.table({f"column_{i}": list(range(1000)) for i in range(300)})
        self.door.add("wide", stream_of(wide), 1000, {})
        text = repr(cloister.query("wide"))
        self.assertLess(len(text.splitlines()), 20)
        self.assertLess(max(len(line) for line in text.splitlines()), 110)
        self.assertRegex(text, r"… \d+ more columns")
        self.assertIn("1,000 rows × 300 columns · the first 10:", text)
        self.assertLess(len(cloister.query("wide")._repr_html_()), 20_000)

    def test_values_cannot_drive_a_terminal_or_a_page(self):
        evil = pyarrow.table({"<script>": ["\x1b]0;x\x07\r\n", "<img src=x onerror=alert(1)>"]})
        self.door.add("evil", stream_of(evil), 2, {})
        table = cloister.query("evil")
        self.assertNotIn("\x1b", repr(table))
        self.assertIn("\\x1b", repr(table))
        self.assertNotIn("<script>", table._repr_html_())
        self.assertNotIn("<img", table._repr_html_())


if __name__ == "__main__":
    unittest.main()
