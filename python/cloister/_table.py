# SPDX-License-Identifier: Apache-2.0
"""A table that came through the door."""

from __future__ import annotations

import html
from typing import TYPE_CHECKING, Any

from cloister import _format

if TYPE_CHECKING:
    import pandas
    import polars
    import pyarrow


class Table:
    """The result of a query, or rows of a dataset. Displays well; converts without a detour through text.

    >>> table = cloister.query("select ward, avg(los) as days from patients group by ward")  # doctest: +SKIP
    >>> table.columns                                                                      # doctest: +SKIP
    ['ward', 'days']
    >>> frame = table.to_pandas()                                                          # doctest: +SKIP

    It speaks Arrow's C stream: `polars.DataFrame(table)` and `pyarrow.table(table)` work as they are.
    """

    def __init__(self, arrow: pyarrow.Table, *, truncated: bool = False, title: str = "") -> None:
        self._arrow = arrow
        self._title = title
        self.truncated = truncated
        """Whether a limit left out rows."""

    @property
    def columns(self) -> list[str]:
        """The names of the columns."""
        return list(self._arrow.column_names)

    @property
    def rows(self) -> int:
        """The number of rows."""
        return int(self._arrow.num_rows)

    @property
    def shape(self) -> tuple[int, int]:
        """Rows and columns, as in pandas."""
        return self.rows, len(self._arrow.column_names)

    def __len__(self) -> int:
        return self.rows

    def head(self, rows: int = 5) -> Table:
        """The first rows."""
        return Table(self._arrow.slice(0, max(rows, 0)), truncated=rows < self.rows, title=self._title)

    def to_arrow(self) -> pyarrow.Table:
        """The table as it came, exact in every type; large ones lie in memory that is mapped, not copied."""
        return self._arrow

    def to_pandas(self) -> pandas.DataFrame:
        """A pandas DataFrame.

        Dates become datetime64, intervals without months timedelta64, decimals int64 where they are whole and fit, else
        float64. `to_arrow()` keeps all as it came.
        """
        frame: pandas.DataFrame = _without_intervals(_without_decimals(self._arrow)).to_pandas(date_as_object=False)
        return frame

    def to_polars(self) -> polars.DataFrame:
        """A polars DataFrame."""
        import polars

        frame = polars.from_arrow(_without_intervals(self._arrow))
        assert isinstance(frame, polars.DataFrame)
        return frame

    def __arrow_c_stream__(self, requested_schema: Any = None) -> Any:
        return self._arrow.__arrow_c_stream__(requested_schema)

    def __repr__(self) -> str:
        return f"{self._caption()}\n{_format.arrow_text(self._arrow)}"

    def _repr_html_(self) -> str:
        return f"<div><p>{html.escape(self._caption())}</p>{_format.arrow_html(self._arrow)}</div>"

    def _caption(self) -> str:
        size = f"{_format.count(self.rows, 'row')} × {_format.count(len(self.columns), 'column')}"
        parts = [self._title or "table", size]
        if self.rows > _format.ROWS_SHOWN:
            parts.append(f"the first {_format.ROWS_SHOWN}:")
        elif self.truncated:
            parts.append("there are more")
        return " · ".join(parts)


def _without_decimals(table: pyarrow.Table) -> pyarrow.Table:
    """Sums of integers come as decimals of 38 digits: whole numbers for pandas, not objects."""
    import pyarrow

    for index, field in enumerate(table.schema):
        if not pyarrow.types.is_decimal(field.type):
            continue
        column = table.column(index)
        try:
            target = pyarrow.int64() if field.type.scale == 0 else pyarrow.float64()
            column = column.cast(target)
        except pyarrow.ArrowInvalid:  # larger than 64 bits
            column = column.cast(pyarrow.float64())
        table = table.set_column(index, field.name, column)
    return table


def _without_intervals(table: pyarrow.Table) -> pyarrow.Table:
    """The engine's intervals have months, days and a time: as durations, or as texts where there are months."""
    import pyarrow

    for index, field in enumerate(table.schema):
        if field.type != pyarrow.month_day_nano_interval():
            continue
        values = table.column(index).to_pylist()
        if all(value is None or value.months == 0 for value in values):
            spans = [None if v is None else v.days * 86_400_000_000 + v.nanoseconds // 1000 for v in values]
            column = pyarrow.array(spans, pyarrow.duration("us"))
        else:
            texts = [
                None if v is None else f"{v.months} months {v.days} days {v.nanoseconds / 1e9:g} s" for v in values
            ]
            column = pyarrow.array(texts, pyarrow.string())
        table = table.set_column(index, field.name, column)
    return table
