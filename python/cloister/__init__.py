# SPDX-License-Identifier: Apache-2.0
"""Data for code in a sealed cell.

Code in a cell sees no file of a dataset. It asks through the cell's one socket; policy decides, and permitted rows come
back as Arrow tables. What was not granted raises `cloister.Denied` with a hint how to get it.

    import cloister

    cloister.datasets()                                   # what this cell may see
    frame = cloister.dataset("patients").to_pandas()
    table = cloister.query("select ward, avg(los) from patients group by ward")
    cloister.save(frame[frame.age > 64], "cohort")        # a new encrypted dataset
    cloister.display(table)                               # an output of this run
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from cloister import _door
from cloister._dataset import Dataset, Datasets, describe, table_of_reply
from cloister._errors import Denied, Error, Locked, NotFound, entry, install_hooks
from cloister._table import Table

if TYPE_CHECKING:
    import pandas
    import polars
    import pyarrow

__all__ = [
    "Dataset",
    "Datasets",
    "Denied",
    "Error",
    "Locked",
    "NotFound",
    "Table",
    "dataset",
    "datasets",
    "display",
    "query",
    "save",
]


@entry
def datasets() -> Datasets:
    """The datasets that this cell may see.

    >>> [d.name for d in cloister.datasets()]   # doctest: +SKIP
    ['labs', 'patients']
    """
    return Datasets([Dataset(info) for info in _door.ask("datasets").header["datasets"]])


@entry
def dataset(name: str) -> Dataset:
    """One dataset: its newest version, or version 3 by `name@3`.

    >>> cloister.dataset("patients").to_pandas()   # doctest: +SKIP

    Raises Denied when it was not granted to this cell, NotFound when there is none of that name.
    """
    return describe(name)


@entry
def query(sql: str) -> Table:
    """The result of one read-only statement over the granted datasets, which are tables by their names.

    >>> cloister.query("select ward, avg(los) as days from patients group by ward").to_pandas()   # doctest: +SKIP
    """
    return table_of_reply(_door.ask("query", sql=sql), title="query")


@entry
def save(data: pandas.DataFrame | polars.DataFrame | pyarrow.Table | Table, name: str) -> Dataset:
    """A new encrypted dataset made of a table; its lineage is recorded.

    A pandas index with a name becomes a column; one without a name is left out.

    >>> cloister.save(frame, "cohort").rows   # doctest: +SKIP
    1204
    """
    import os

    from cloister._arrow import sealed_stream, table_of

    descriptor = sealed_stream(table_of(data))
    try:
        return Dataset(_door.ask("save", name=name, descriptor=descriptor).header)
    finally:
        os.close(descriptor)


@entry
def display(*things: Any) -> None:
    """Shows tables, figures, texts and whatever has a representation for notebooks as outputs of this run.

    >>> cloister.display(frame.describe())        # doctest: +SKIP
    >>> cloister.display(plt.gcf())               # doctest: +SKIP
    """
    from cloister._display import show

    for thing in things:
        show(thing)


install_hooks()
