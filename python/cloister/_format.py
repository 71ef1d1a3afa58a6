# SPDX-License-Identifier: Apache-2.0
"""Tables as text and HTML, no more than a screen. Everything that comes from data is escaped."""

from __future__ import annotations

import html
from collections.abc import Sequence
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    import pyarrow

ROWS_SHOWN = 10
COLUMNS_SHOWN = 20
_WIDTH = 100
_CELL_WIDTH = 32

_BADGES = {
    "direct-identifier": "■ direct identifier",
    "quasi-identifier": "◧ quasi-identifier",
    "sensitive": "◈ sensitive",
}


def badge(class_name: str | None) -> str:
    """The badge of a class: its shape and its words; none for ordinary data."""
    return _BADGES.get(class_name or "", "")


def count(number: int, noun: str) -> str:
    """
    >>> count(13583, "row"), count(1, "column")
    ('13,583 rows', '1 column')
    """
    return f"{number:,} {noun}{'' if number == 1 else 's'}"


def cell(value: Any) -> str:
    """One value, short, on one line, without control characters (a terminal would obey them).

    >>> cell(None), cell(1234.5), cell(0.1 + 0.2), cell("a\\nb")
    ('', '1234.5', '0.3', 'a\\\\nb')
    """
    if value is None:
        return ""
    if isinstance(value, bool):
        return str(value).lower()
    text = f"{value:.6g}" if isinstance(value, float) and abs(value) < 1e6 else str(value)
    if len(text) > _CELL_WIDTH:
        text = text[: _CELL_WIDTH - 1] + "…"
    return "".join(c if c.isprintable() else c.encode("unicode_escape").decode("ascii") for c in text)


def rows_of(table: pyarrow.Table, rows: int = ROWS_SHOWN) -> list[list[str]]:
    """The first rows, formatted, of the first columns."""
    shown = table.slice(0, rows)
    columns = [[cell(value) for value in column.to_pylist()] for column in shown.columns[:COLUMNS_SHOWN]]
    return [list(row) for row in zip(*columns, strict=True)]


def is_numeric(kind: pyarrow.DataType) -> bool:
    """Whether a column stands on the right."""
    import pyarrow

    types = pyarrow.types
    return bool(types.is_integer(kind) or types.is_floating(kind) or types.is_decimal(kind))


def text_table(names: Sequence[str], rows: Sequence[Sequence[str]], numeric: Sequence[bool]) -> str:
    """Aligned columns, as many as fit; the last line tells how many do not."""
    names = [cell(name) for name in names]
    widths = [max([len(name), *(len(row[i]) for row in rows)]) for i, name in enumerate(names[:COLUMNS_SHOWN])]
    fitting, used = 0, 0
    for width in widths:
        if fitting and used + width + 2 > _WIDTH:
            break
        fitting, used = fitting + 1, used + width + 2

    def line(values: Sequence[str]) -> str:
        cells = [
            values[i].rjust(widths[i]) if numeric[i] else values[i].ljust(widths[i])
            for i in range(min(fitting, len(values)))
        ]
        return "  ".join(cells).rstrip()

    lines = [line(names), *(line(row) for row in rows)]
    if fitting < len(names):
        lines.append(f"… {count(len(names) - fitting, 'more column')}")
    return "\n".join(lines)


def html_table(names: Sequence[str], rows: Sequence[Sequence[str]], numeric: Sequence[bool]) -> str:
    """A plain table; styles are the page's."""

    def row_html(values: Sequence[str], tag: str) -> str:
        cells = (
            f'<{tag} style="text-align: {"right" if numeric[i] else "left"}">{html.escape(value)}</{tag}>'
            for i, value in enumerate(values[:COLUMNS_SHOWN])
        )
        return f"<tr>{''.join(cells)}</tr>"

    head = row_html([cell(name) for name in names], "th")
    body = "".join(row_html(row, "td") for row in rows)
    more = f"<p>… {count(len(names) - COLUMNS_SHOWN, 'more column')}</p>" if len(names) > COLUMNS_SHOWN else ""
    return f"<table><thead>{head}</thead><tbody>{body}</tbody></table>{more}"


def arrow_text(table: pyarrow.Table) -> str:
    """The first rows of a table as text."""
    return text_table(table.column_names, rows_of(table), [is_numeric(kind) for kind in table.schema.types])


def arrow_html(table: pyarrow.Table) -> str:
    """The first rows of a table as HTML."""
    return html_table(table.column_names, rows_of(table), [is_numeric(kind) for kind in table.schema.types])
