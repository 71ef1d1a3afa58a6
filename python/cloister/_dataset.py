# SPDX-License-Identifier: Apache-2.0
"""Datasets as code in a cell sees them: what was granted, never a file."""

from __future__ import annotations

import html
from collections.abc import Iterator, Sequence
from typing import TYPE_CHECKING, Any, overload

from cloister import _door, _format
from cloister._arrow import open_table
from cloister._errors import Error, NotFound, entry
from cloister._table import Table

if TYPE_CHECKING:
    import pandas
    import polars
    import pyarrow


class Dataset:
    """One version of a dataset. Nothing is read before it is asked for.

    >>> patients = cloister.dataset("patients")                    # doctest: +SKIP
    >>> patients.columns                                           # doctest: +SKIP
    ['id', 'age', 'ward', 'los']
    >>> frame = patients.to_pandas(columns=["age", "los"])         # doctest: +SKIP
    """

    def __init__(self, info: dict[str, Any]) -> None:
        self.name = str(info["dataset"])
        self.version = int(info["version"])
        self.rows = int(info["rows"])
        self.created = str(info.get("created", ""))
        self.class_name: str | None = info.get("class")
        columns = info["columns"]
        self._types: dict[str, str] | None = None
        if isinstance(columns, list):
            self._types = {str(column["name"]): str(column["type"]) for column in columns}
        self._column_count = len(columns) if isinstance(columns, list) else int(columns)
        self._head: Table | None = None

    @property
    @entry
    def types(self) -> dict[str, str]:
        """The columns with their types, as the engine names them."""
        if self._types is None:
            self._types = describe(self._reference())._types or {}
        return dict(self._types)

    @property
    @entry
    def columns(self) -> list[str]:
        """The names of the columns."""
        return list(self.types)

    @property
    def shape(self) -> tuple[int, int]:
        """Rows and columns, as in pandas."""
        return self.rows, self._column_count

    def __len__(self) -> int:
        return self.rows

    @entry
    def to_arrow(self, columns: Sequence[str] | None = None) -> pyarrow.Table:
        """All permitted rows as a pyarrow Table."""
        return self._read(columns, None).to_arrow()

    @entry
    def to_pandas(self, columns: Sequence[str] | None = None) -> pandas.DataFrame:
        """All permitted rows as a pandas DataFrame."""
        return self._read(columns, None).to_pandas()

    @entry
    def to_polars(self, columns: Sequence[str] | None = None) -> polars.DataFrame:
        """All permitted rows as a polars DataFrame."""
        return self._read(columns, None).to_polars()

    @entry
    def head(self, rows: int = 5) -> Table:
        """The first rows, as a table that displays well."""
        return self._read(None, max(rows, 0))

    def __repr__(self) -> str:
        table = self._first_rows()
        if table is None:
            return self._caption()
        return f"{self._caption()}\n{_format.arrow_text(table.to_arrow())}"

    def _repr_html_(self) -> str:
        table = self._first_rows()
        rows = "" if table is None else _format.arrow_html(table.to_arrow())
        return f"<div><p>{html.escape(self._caption())}</p>{rows}</div>"

    def _reference(self) -> str:
        return f"{self.name}@{self.version}"

    def _read(self, columns: Sequence[str] | None, limit: int | None) -> Table:
        fields: dict[str, Any] = {}
        if isinstance(columns, str):
            raise TypeError("columns is a list of names")
        if columns is not None:
            fields["columns"] = list(columns)
        if limit is not None:
            fields["limit"] = limit
        reply = _door.ask("read", dataset=self._reference(), **fields)
        return table_of_reply(reply, title=self.name)

    def _first_rows(self) -> Table | None:
        """Rows for the display, asked for once; none where they are not granted."""
        if self._head is None:
            try:
                self._head = self._read(None, 5)
            except Error:
                return None
        return self._head

    def _caption(self) -> str:
        rows, columns = _format.count(self.rows, "row"), _format.count(self._column_count, "column")
        parts = [self.name, f"version {self.version}", f"{rows} × {columns}", _format.badge(self.class_name)]
        return " · ".join(part for part in parts if part)


class Datasets(Sequence[Dataset]):
    """The datasets that this cell may see; by number or by name.

    >>> cloister.datasets()["patients"].rows   # doctest: +SKIP
    13583
    """

    def __init__(self, items: Sequence[Dataset]) -> None:
        self._items = list(items)

    def __len__(self) -> int:
        return len(self._items)

    def __iter__(self) -> Iterator[Dataset]:
        return iter(self._items)

    @overload
    def __getitem__(self, key: int | str) -> Dataset: ...
    @overload
    def __getitem__(self, key: slice) -> Datasets: ...

    @entry
    def __getitem__(self, key: int | str | slice) -> Dataset | Datasets:
        if isinstance(key, slice):
            return Datasets(self._items[key])
        if isinstance(key, int):
            return self._items[key]
        for item in self._items:
            if item.name.lower() == key.lower():
                return item
        raise NotFound(f"'{key}' is not among the datasets of this cell", code="cloister.dataset-not-found")

    def __contains__(self, key: object) -> bool:
        return any(item is key or item.name == key for item in self._items)

    def __repr__(self) -> str:
        if not self._items:
            return self._caption()
        return f"{self._caption()}\n{_format.text_table(*self._as_rows())}"

    def _repr_html_(self) -> str:
        table = _format.html_table(*self._as_rows()) if self._items else ""
        return f"<div><p>{html.escape(self._caption())}</p>{table}</div>"

    def _caption(self) -> str:
        if not self._items:
            return "no dataset was granted to this cell (hint: cloister run --dataset NAME FILE.py)"
        return _format.count(len(self._items), "dataset")

    def _as_rows(self) -> tuple[list[str], list[list[str]], list[bool]]:
        names = ["dataset", "version", "rows", "columns", "class"]
        rows = [
            [i.name, str(i.version), f"{i.rows:,}", f"{i.shape[1]:,}", _format.badge(i.class_name)]
            for i in self._items[:200]
        ]
        return names, rows, [False, True, True, True, False]


def describe(name: str) -> Dataset:
    """One dataset by its name, or one version by `name@3`."""
    return Dataset(_door.ask("describe", dataset=name).header)


def table_of_reply(reply: _door.Reply, title: str = "") -> Table:
    """The table that came with an answer."""
    if reply.descriptor < 0:
        raise Error("the answer came without its table", code="cloister.bad-table")
    return Table(open_table(reply.descriptor), truncated=bool(reply.header.get("truncated")), title=title)
