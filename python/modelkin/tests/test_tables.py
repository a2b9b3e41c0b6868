"""Tables: rows, columns, and libraries of data frames by Arrow's interface."""

from __future__ import annotations

import gc
import threading
from collections.abc import Iterator, Mapping
from typing import Any

import pytest

import modelkin as mk
from modelkin.results import CompareResult, Record, Result, Table, TensorRow, TraceResult


def tables(record: Record) -> Iterator[Table[Any]]:
    """All tables of a record, and those of the first row of each."""
    for name in type(record)._columns:
        value = getattr(record, name if hasattr(record, name) else f"{name}_")
        for each in value if isinstance(value, list) else [value]:
            if isinstance(each, Table):
                yield each
                each = each[0] if each else None
            if isinstance(each, Record):
                yield from tables(each)


@pytest.fixture(scope="module")
def all_tables(results: Mapping[str, Result]) -> list[Table[Any]]:
    found = [table for result in results.values() for table in tables(result)]
    assert len(found) > 100
    return [*found, *(table[:0] for table in found)]


@pytest.fixture
def tests(results: Mapping[str, Result]) -> Table[Any]:
    trace = results["trace"]
    assert isinstance(trace, TraceResult)
    return trace.tests


def a_table(rows: list[dict[str, Any]]) -> Table[Any]:
    return Table(rows, TensorRow)


def test_rows(tests: Table[Any]) -> None:
    assert tests[0].name == "residual_trace" and tests[-1] == tests[len(tests) - 1]
    assert [row.name for row in tests] == tests.column("name")
    assert tests[1:3].column("name") == tests.column("name")[1:3]
    assert tests[2] in tests and tests.index(tests[2]) == 2 and tests.count(tests[2]) == 1
    assert [row.name for row in reversed(tests)] == tests.column("name")[::-1]
    assert tests == tests[:] and tests != tests[1:]
    with pytest.raises(IndexError):
        tests[len(tests)]


def test_columns(tests: Table[Any]) -> None:
    assert tests.columns == list(tests.to_dicts()[0])
    with pytest.raises(KeyError, match="no column 'nonsense': there are name, hypothesis"):
        tests.column("nonsense")
    assert tests[:0].columns == tests.columns and tests[:0].column("name") == []


def test_a_column_that_the_schema_does_not_have() -> None:
    table = a_table([{"name": "x"}, {"name": "y", "new": 3}])
    assert table.columns == ["name", "dtype", "shape", "elements", "bytes", "file", "new"]
    assert table.column("new") == [None, 3] and table.column("dtype") == [None, None]


def test_columns_as_arrays(results: Mapping[str, Result]) -> None:
    numpy = pytest.importorskip("numpy", reason="arrays are NumPy's")
    compare = results["compare"]
    assert isinstance(compare, CompareResult)
    cosines = compare.tensors.array("cosine_similarity")
    assert cosines.shape == (len(compare.tensors),) and cosines.dtype == numpy.float64
    assert compare.tensors.array("layer").dtype == numpy.float64  # None outside of layers
    assert compare.tensors.array("elements").dtype == numpy.int64
    explained = results["explain gqa"].worked_token.gqa.keys  # type: ignore[attr-defined]
    assert explained.array("shares").ndim == 2
    for name, message in (("role", "has no numbers"), ("shape", "different lengths")):
        with pytest.raises(mk.UsageError, match=message):
            compare.tensors.array(name)


def test_pyarrow(all_tables: list[Table[Any]]) -> None:
    pyarrow = pytest.importorskip("pyarrow", reason="takes tables by Arrow's interface")
    for table in all_tables:
        read = pyarrow.table(table)
        read.validate(full=True)
        assert read.column_names == table.columns and read.num_rows == len(table)
        for name, values in zip(read.column_names, read.columns):
            if not pyarrow.types.is_nested(values.type) and pyarrow.types.is_string(values.type) is False:
                assert values.to_pylist() == table.column(name)


def test_types(tests: Table[Any]) -> None:
    pyarrow = pytest.importorskip("pyarrow", reason="takes tables by Arrow's interface")
    for table in (tests, tests[:0]):
        types = {field.name: str(field.type) for field in pyarrow.table(table).schema}
        assert (types["name"], types["n"], types["effect"], types["strong"]) == (
            "string",
            "int64",
            "double",
            "bool",
        )
        assert types["control_effects"].startswith("list<item: double")


def test_polars(all_tables: list[Table[Any]]) -> None:
    polars = pytest.importorskip("polars", reason="takes tables by Arrow's interface")
    for table in all_tables:
        frame = polars.DataFrame(table)
        assert frame.columns == table.columns and len(frame) == len(table)


def test_pandas(all_tables: list[Table[Any]]) -> None:
    pandas = pytest.importorskip("pandas", minversion="2.2", reason="takes tables by Arrow's interface")
    for table in all_tables:
        frames = [table.to_pandas()]
        if hasattr(pandas.DataFrame, "from_arrow"):
            pytest.importorskip("pyarrow", reason="pandas reads Arrow by it")
            frames.append(pandas.DataFrame.from_arrow(table))
        for frame in frames:
            assert list(frame.columns) == table.columns and len(frame) == len(table)


def test_duckdb(all_tables: list[Table[Any]]) -> None:
    duckdb = pytest.importorskip("duckdb", minversion="1.1", reason="takes tables by Arrow's interface")
    for given in all_tables:
        assert len(duckdb.sql("select * from given").fetchall()) == len(given)


def test_values_that_ask_for_wider_types() -> None:
    pyarrow = pytest.importorskip("pyarrow", reason="takes tables by Arrow's interface")
    rows: list[dict[str, Any]] = [
        {
            "elements": 1,
            "name": "\u2603 \x00",
            "big": 2**63,
            "mixed": 1,
            "deep": {"x": [1, None]},
            "sign": -1,
        },
        {"elements": 2.5, "name": None, "big": 1, "mixed": "one", "deep": None, "sign": 2**64 - 1},
        {"elements": None, "shape": [1, None, 2], "mixed": [True], "deep": {"y": {"z": True}, "x": []}},
    ]
    read = pyarrow.table(a_table(rows))
    read.validate(full=True)
    assert read["elements"].to_pylist() == [1.0, 2.5, None]
    assert read["name"].to_pylist() == ["\u2603 \x00", None, None]
    assert str(read.schema.field("big").type) == "uint64" and read["big"].to_pylist() == [2**63, 1, None]
    assert read["mixed"].to_pylist() == ["1", "one", "[true]"]
    assert read["deep"].to_pylist() == [{"x": [1, None], "y": None}, None, {"x": [], "y": {"z": True}}]
    assert read["sign"].to_pylist() == [-1.0, 2.0**64, None]
    assert read["shape"].to_pylist() == [None, None, [1, None, 2]]
    assert read["dtype"].to_pylist() == [None] * 3


def test_half_of_a_character_is_replaced() -> None:
    pyarrow = pytest.importorskip("pyarrow", reason="takes tables by Arrow's interface")
    assert pyarrow.table(a_table([{"name": "\ud800"}]))["name"].to_pylist() == ["?"]


def test_what_is_no_number_in_json() -> None:
    with pytest.raises(mk.UsageError, match="no rows as JSON"):
        a_table([{"elements": float("nan")}]).__arrow_c_stream__()


def test_streams_are_released_late_or_never(tests: Table[Any]) -> None:
    pyarrow = pytest.importorskip("pyarrow", reason="takes tables by Arrow's interface")
    capsules = [tests.__arrow_c_stream__() for _ in range(10)]
    del capsules
    reader = pyarrow.RecordBatchReader.from_stream(tests)
    batch = reader.read_next_batch()
    with pytest.raises(StopIteration):
        reader.read_next_batch()
    names = batch.column("name")
    del reader, batch
    gc.collect()
    assert names.to_pylist() == tests.column("name")
    pyarrow.RecordBatchReader.from_stream(tests)  # which nobody reads


def test_threads(tests: Table[Any]) -> None:
    pyarrow = pytest.importorskip("pyarrow", reason="takes tables by Arrow's interface")
    expected = pyarrow.table(tests)
    found: list[bool] = []

    def read() -> None:
        found.extend(pyarrow.table(tests).equals(expected) for _ in range(20))

    threads = [threading.Thread(target=read) for _ in range(4)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert found == [True] * 80
