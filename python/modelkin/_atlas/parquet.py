"""Atlases in Parquet: docs/atlas.md, "Parquet". Needs pyarrow."""

from __future__ import annotations

import contextlib
import json
import os
import secrets
from collections.abc import Iterator
from typing import Any

from .. import _core
from .._errors import InputError, IoError, UsageError
from .rows import AT_ONCE, SIZES, batches_of, row_of

RECORD = "record"
_HELD_TO = ("name", "location", "family", "content")  # columns that say what the record says
_MOST_ROW_BYTES = 16_384  # of a record's column, decoded, on average: a record has 8 KiB at most
_COMPONENT_BITS = 512  # bytes
_COMPONENT_TEXTS = ("kind", "role")
_COMPONENT_NUMBERS = ("rows", "columns", "effective_values")


def pyarrow() -> Any:
    """Returns pyarrow with its Parquet. Raises UsageError where it is not installed."""
    try:
        import pyarrow
        import pyarrow.parquet
    except ImportError:
        raise UsageError("Parquet needs pyarrow: pip install 'modelkin[parquet]'") from None
    return pyarrow


def schema() -> Any:
    """Returns the columns of an atlas."""
    arrow = pyarrow()
    component = [(name, arrow.string()) for name in _COMPONENT_TEXTS]
    component += [(name, arrow.uint64()) for name in _COMPONENT_NUMBERS]
    component += [("nameless", arrow.bool_()), ("bits", arrow.binary(_COMPONENT_BITS))]
    columns = [(name, arrow.string()) for name in _HELD_TO]
    columns += [(name, arrow.uint64()) for name in SIZES]
    columns += [
        ("base_models", arrow.list_(arrow.string())),
        ("sketch_version", arrow.int32()),
        ("components", arrow.list_(arrow.struct(component))),
        (RECORD, arrow.binary()),
    ]
    return arrow.schema(columns)


def _component(found: dict[str, Any]) -> dict[str, Any]:
    row = {name: found[name] for name in (*_COMPONENT_TEXTS, *_COMPONENT_NUMBERS, "nameless")}
    row["bits"] = bytes.fromhex(found["bits"])
    return row


def _batch(arrow: Any, records: list[tuple[bytes, str]], columns: Any) -> Any:
    rows = []
    for record, line in records:
        components = [_component(component) for component in json.loads(line)["components"]]
        rows.append({**row_of(line), "components": components, RECORD: record})
    return arrow.RecordBatch.from_pylist(rows, schema=columns)


def stream_of(call: _core.Call, atlas: str) -> Any:
    """Returns a reader of the atlas's records, a thousand at a time."""
    arrow, columns = pyarrow(), schema()
    batches = (_batch(arrow, records, columns) for records in batches_of(call, atlas))
    return arrow.RecordBatchReader.from_batches(columns, batches)


def write(call: _core.Call, atlas: str, file: str, *, force: bool) -> int:
    """Writes the atlas's records to a file, which appears whole or not at all. Returns how many."""
    arrow = pyarrow()
    if not force and os.path.lexists(file):
        raise UsageError(f"{file}: there is a file already: force=True writes in its place", file=file)
    rows = 0
    try:
        with (
            _appearing(file, force) as output,
            arrow.parquet.ParquetWriter(
                output, schema(), compression="zstd", use_dictionary=["family"], write_statistics=True
            ) as writer,
        ):
            for batch in stream_of(call, atlas):
                writer.write_batch(batch, row_group_size=AT_ONCE)
                rows += batch.num_rows
    except OSError as error:
        raise IoError(f"{file}: {error.strerror or error}", file=file) from None
    return rows


@contextlib.contextmanager
def _appearing(file: str, force: bool) -> Iterator[Any]:
    """Gives an open file that is put in its place at the end, and taken away where something fails."""
    folder, name = os.path.split(file)
    partial = os.path.join(folder or ".", f"{name}.partial-{secrets.token_hex(8)}")
    try:
        with open(partial, "xb") as output:
            yield output
            output.flush()
            os.fsync(output.fileno())
        if force:
            os.replace(partial, file)
        else:
            os.link(partial, file)  # fails where another file came meanwhile
    finally:
        with contextlib.suppress(FileNotFoundError):
            os.unlink(partial)


def read(file: str, at_once: int) -> Iterator[tuple[list[bytes], list[str]]]:
    """Returns the records of a file and what errors call them, some at a time.

    Raises InputError for a file that is no Parquet or has no records, and for a row that says something
    else than its record.
    """
    arrow = pyarrow()
    if not os.path.isfile(file):
        raise InputError(f"{file}: there is no such file", file=file)
    try:
        with arrow.parquet.ParquetFile(file) as opened:
            columns = _columns_of(arrow, opened, file)
            first = 1
            for batch in opened.iter_batches(batch_size=at_once, columns=columns):
                labels = [f"{file} row {first + i}" for i in range(batch.num_rows)]
                records = batch.column(columns.index(RECORD)).to_pylist()
                _require_records(records, labels, file)
                _require_same(batch, columns, records, labels, file)
                yield records, labels
                first += batch.num_rows
    except (arrow.ArrowException, OSError) as error:
        said = str(error).splitlines()[0] if str(error) else type(error).__name__
        raise InputError(f"{file}: is no Parquet that can be read: {said}", file=file) from None


def _columns_of(arrow: Any, opened: Any, file: str) -> list[str]:
    """Returns the columns that are read. Raises InputError where there is no `record` of bytes."""
    found = opened.schema_arrow
    types = {field.name: field.type for field in found}
    if len(types) < len(found):
        raise InputError(f"{file}: two of its columns have one name", file=file)
    binary = types.get(RECORD)
    if binary is None:
        raise InputError(
            f"{file}: has no column `{RECORD}`: only Parquet of an atlas can be imported", file=file
        )
    kinds = arrow.types
    if not (kinds.is_binary(binary) or kinds.is_large_binary(binary) or kinds.is_binary_view(binary)):
        raise InputError(f"{file}: its column `{RECORD}` holds {binary}, not bytes", file=file)
    for i in range(opened.metadata.num_row_groups):
        group = opened.metadata.row_group(i)
        for j in range(group.num_columns):
            chunk = group.column(j)
            most = 4096 + _MOST_ROW_BYTES * group.num_rows
            if chunk.path_in_schema == RECORD and chunk.total_uncompressed_size > most:
                raise InputError(f"{file}: row group {i} has records of more than 8,192 bytes", file=file)
    texts = [name for name in _HELD_TO if name in types]
    for name in texts:
        if not _is_text(arrow, types[name]):
            raise InputError(f"{file}: its column `{name}` holds {types[name]}, not text", file=file)
    return [*texts, RECORD]


def _is_text(arrow: Any, kind: Any) -> bool:
    if arrow.types.is_dictionary(kind):
        kind = kind.value_type
    return bool(
        arrow.types.is_string(kind) or arrow.types.is_large_string(kind) or arrow.types.is_string_view(kind)
    )


def _require_records(records: list[Any], labels: list[str], file: str) -> None:
    for record, label in zip(records, labels):
        if record is None:
            raise InputError(f"{label}: has no record", file=file)


def _require_same(batch: Any, columns: list[str], records: list[bytes], labels: list[str], file: str) -> None:
    """Raises InputError where a column says something else than the record: who changed it would find
    nothing of the change in the atlas.
    """
    said = {name: batch.column(i).to_pylist() for i, name in enumerate(columns) if name != RECORD}
    for i, line in enumerate(_core.record_lines(records, labels)):
        found = json.loads(line)
        for name, values in said.items():
            if values[i] != found[name]:
                raise InputError(
                    f"{labels[i]}: its {name} is {values[i]!r}, and its record says {found[name]!r}:"
                    " what is imported is the record",
                    file=file,
                )
