# SPDX-License-Identifier: Apache-2.0
"""Tables in and out of sealed memory files, as Arrow IPC streams, without a copy where they are large."""

from __future__ import annotations

import fcntl
import mmap
import os
from typing import TYPE_CHECKING, Any

from cloister._errors import Error

if TYPE_CHECKING:
    import pyarrow

_SEALS = fcntl.F_SEAL_WRITE | fcntl.F_SEAL_SHRINK | fcntl.F_SEAL_GROW | fcntl.F_SEAL_SEAL
_COPIED_BYTES_MAX = 64 << 10  # below that a copy is cheaper than a mapping, and needs no descriptor
_ROWS_OF_BATCH = 122_880  # a row group of the engine


def open_table(descriptor: int) -> pyarrow.Table:
    """The table in a memory file that another process sealed; takes the descriptor over."""
    import pyarrow

    try:
        # SECURITY: nothing is mapped that could still change under us (test: test_refuses_memory_without_seals).
        if not is_sealed(descriptor):
            raise Error("the answer came in a memory file that can still change", code="cloister.not-sealed")
        size = os.fstat(descriptor).st_size
        content: bytes | mmap.mmap
        if size <= _COPIED_BYTES_MAX:
            content = os.pread(descriptor, size, 0)
        else:
            content = mmap.mmap(descriptor, size, flags=mmap.MAP_SHARED, prot=mmap.PROT_READ)
    finally:
        os.close(descriptor)
    try:
        with pyarrow.ipc.open_stream(pyarrow.py_buffer(content)) as stream:
            return stream.read_all()
    except (pyarrow.ArrowException, OSError) as error:
        raise Error("the answer is not a table", code="cloister.bad-table", kind="integrity") from error


def is_sealed(descriptor: int) -> bool:
    """Whether nobody can change, grow or shrink the memory file any more."""
    try:
        return fcntl.fcntl(descriptor, fcntl.F_GET_SEALS) & _SEALS == _SEALS
    except OSError:  # not a memory file at all
        return False


def sealed_stream(table: pyarrow.Table) -> int:
    """A sealed memory file with the table; the descriptor belongs to the caller."""
    import pyarrow

    descriptor = os.memfd_create("table", os.MFD_CLOEXEC | os.MFD_ALLOW_SEALING)
    try:
        with (
            open(descriptor, "wb", closefd=False) as file,
            pyarrow.PythonFile(file, mode="w") as sink,
            pyarrow.ipc.new_stream(sink, table.schema) as writer,
        ):
            writer.write_table(table, max_chunksize=_ROWS_OF_BATCH)
        os.lseek(descriptor, 0, os.SEEK_SET)
        fcntl.fcntl(descriptor, fcntl.F_ADD_SEALS, _SEALS)
    except BaseException:
        os.close(descriptor)
        raise
    return descriptor


def table_of(data: Any) -> pyarrow.Table:
    """A pyarrow table of what people hold: pandas, polars, pyarrow, or anything that speaks Arrow's C stream."""
    import pyarrow

    if isinstance(data, pyarrow.Table):
        table = data
    elif isinstance(data, pyarrow.RecordBatch):
        table = pyarrow.Table.from_batches([data])
    elif _is_pandas(data):
        table = _from_pandas(data)
    elif type(data).__module__.split(".")[0] == "polars" and hasattr(data, "collect"):
        table = data.collect().to_arrow()
    elif hasattr(data, "__arrow_c_stream__"):
        table = pyarrow.table(data)
    else:
        raise TypeError(f"a {type(data).__name__} is not a table: give a pandas or polars DataFrame or a pyarrow Table")
    _check_names(table.column_names)
    return _plain(table)


def _check_names(names: list[str]) -> None:
    if not names:
        raise Error("a table without columns cannot be saved", code="cloister.bad-table", kind="usage")
    if len({name.lower() for name in names}) != len(names):  # the engine's names have no case
        raise Error("two columns have the same name", code="cloister.bad-table", hint="rename one", kind="usage")


def _is_pandas(data: Any) -> bool:
    return type(data).__module__.split(".")[0] == "pandas" and hasattr(data, "columns") and hasattr(data, "index")


def _from_pandas(frame: Any) -> pyarrow.Table:
    """An index with a name is a column; one without a name is a matter of pandas alone."""
    import pyarrow

    if any(name is not None for name in frame.index.names):
        frame = frame.reset_index()
    frame = frame.rename(columns=str)
    _check_names(list(frame.columns))
    return pyarrow.Table.from_pandas(frame, preserve_index=False)


def _plain(table: pyarrow.Table) -> pyarrow.Table:
    """Columns in the types that travel: no dictionaries, views or extension types; no metadata of other tools."""
    import pyarrow

    fields, columns = [], []
    for field, column in zip(table.schema, table.columns, strict=True):
        target = _plain_type(field.type)
        if isinstance(field.type, pyarrow.BaseExtensionType):
            storage = [chunk.storage for chunk in column.chunks]
            column = pyarrow.chunked_array(storage, type=field.type.storage_type)
        if pyarrow.types.is_dictionary(column.type):
            decoded = [chunk.dictionary.cast(target).take(chunk.indices) for chunk in column.chunks]
            column = pyarrow.chunked_array(decoded, type=target)
        columns.append(column if column.type == target else column.cast(target))
        fields.append(pyarrow.field(field.name, target))
    return pyarrow.Table.from_arrays(columns, schema=pyarrow.schema(fields))


def _plain_type(kind: pyarrow.DataType) -> pyarrow.DataType:
    import pyarrow

    types = pyarrow.types
    if isinstance(kind, pyarrow.BaseExtensionType):
        return _plain_type(kind.storage_type)
    if types.is_dictionary(kind) or types.is_run_end_encoded(kind):
        return _plain_type(kind.value_type)
    if types.is_null(kind):
        return pyarrow.string()
    if types.is_string_view(kind):
        return pyarrow.large_string()
    if types.is_binary_view(kind):
        return pyarrow.large_binary()
    if types.is_float16(kind):
        return pyarrow.float32()
    if types.is_decimal256(kind):
        return pyarrow.decimal128(38, min(kind.scale, 38))
    if types.is_list(kind):
        return pyarrow.list_(_plain_type(kind.value_type))
    if types.is_large_list(kind):
        return pyarrow.large_list(_plain_type(kind.value_type))
    if types.is_struct(kind):
        return pyarrow.struct([(field.name, _plain_type(field.type)) for field in kind])
    return kind
