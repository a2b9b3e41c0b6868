"""What results are made of: objects of their JSON as records, lists of objects as tables."""

from __future__ import annotations

import itertools
import json
from collections.abc import Iterator, Mapping, Sequence
from typing import TYPE_CHECKING, Any, ClassVar, Generic, TypeVar, overload

from . import _core
from ._errors import UsageError
from ._text import visible

if TYPE_CHECKING:
    import numpy
    import pandas

    Matrix = numpy.ndarray[Any, numpy.dtype[numpy.float64]]
    Indices = numpy.ndarray[Any, numpy.dtype[numpy.int64]]
else:
    Matrix = Indices = Any

Columns = Mapping[str, Any]
"""Members of an object, each ``"int"``, ``"float"``, ``"text"``, ``"bool"``, ``"any"``, a ``Record`` class,
or a list of one of these."""

_SHOWN_TEXT = 60  # characters of a value
_SHOWN_LINE = 100  # of a record


class Record:
    """An object of a result's JSON: its members as attributes, and by their names in the JSON as items.

    Two are equal if their JSON is.
    """

    __slots__ = ("_data",)
    _columns: ClassVar[Columns] = {}

    def __init__(self, data: dict[str, Any]) -> None:
        self._data = data

    @property
    def data(self) -> dict[str, Any]:
        """The object as the JSON has it, with members that this version knows nothing of."""
        return self._data

    def __getitem__(self, name: str) -> Any:
        return self.data[name]

    def __eq__(self, other: object) -> bool:
        if not isinstance(other, Record):
            return NotImplemented
        return type(other) is type(self) and self.data == other.data

    def __repr__(self) -> str:
        said = []
        for name, value in self.data.items():
            if not isinstance(value, (dict, list)):
                said.append(f"{visible(name)}={_shortened(repr(value))}")
            if sum(map(len, said)) > _SHOWN_LINE:
                said[-1] = "..."
                break
        return f"{type(self).__name__}({', '.join(said)})"


Row = TypeVar("Row", bound=Record)


class Table(Generic[Row]):
    """Rows of a result: a sequence of records, and columns by their names in the JSON.

    Libraries of data frames take it by Arrow's stream interface: ``polars.DataFrame(table)``,
    ``pyarrow.table(table)``, ``pandas.DataFrame.from_arrow(table)`` (pandas 3; ``table.to_pandas()``
    with any), ``duckdb.sql("from table")`` (1.1). It is not of ``collections.abc.Sequence``, though it has
    all methods of one: polars would take it for a list of objects.
    """

    __slots__ = ("_kind", "_rows")

    def __init__(self, rows: Sequence[dict[str, Any]], kind: type[Row]) -> None:
        self._rows = rows
        self._kind = kind

    @overload
    def __getitem__(self, index: int) -> Row: ...
    @overload
    def __getitem__(self, index: slice) -> Table[Row]: ...
    def __getitem__(self, index: int | slice) -> Row | Table[Row]:
        if isinstance(index, slice):
            return Table(self._rows[index], self._kind)
        return self._kind(self._rows[index])

    def __len__(self) -> int:
        return len(self._rows)

    def __iter__(self) -> Iterator[Row]:
        return map(self._kind, self._rows)

    def __contains__(self, row: object) -> bool:
        return any(row == each for each in self)

    def __reversed__(self) -> Iterator[Row]:
        return map(self._kind, reversed(self._rows))

    def index(self, row: Row) -> int:
        """Returns the first place of a row. Raises ValueError where it is not in the table."""
        return self._rows.index(row.data)

    def count(self, row: Row) -> int:
        """Returns how often a row is in the table."""
        return self._rows.count(row.data)

    def __eq__(self, other: object) -> bool:
        if not isinstance(other, Table):
            return NotImplemented
        return self._kind is other._kind and list(self._rows) == list(other._rows)

    @property
    def columns(self) -> list[str]:
        """The names of columns: those that the schema has, and then others that rows have."""
        further = dict.fromkeys(itertools.chain.from_iterable(self._rows))
        return list(dict.fromkeys([*self._kind._columns, *further]))

    def column(self, name: str) -> list[Any]:
        """Returns a value for each row, as the JSON has it; None where a row lacks it.

        Raises KeyError for a name that is no column.
        """
        if name not in self._kind._columns and all(name not in row for row in self._rows):
            raise KeyError(f"no column {name!r}: there are {', '.join(self.columns)}")
        return [row.get(name) for row in self._rows]

    def array(self, name: str) -> numpy.ndarray[Any, Any]:
        """Returns a column as an array: shape (rows,), or (rows, values) for lists of one length.

        Numbers with None among them are float64, and NaN there. Raises UsageError for a column that
        has neither numbers nor booleans, or lists of different lengths.
        """
        import numpy

        values = self.column(name)
        flat = [item for value in values for item in (value if isinstance(value, list) else [value])]
        if any(item is not None and not isinstance(item, (bool, int, float)) for item in flat):
            raise UsageError(f"column {name} has no numbers: column({name!r}) returns it as a list")
        lengths = {len(value) if isinstance(value, list) else -1 for value in values}
        if len(lengths) > 1:
            raise UsageError(f"column {name} has lists of different lengths")
        return numpy.asarray(values, dtype=float if not flat or None in flat else None)

    def __arrow_c_stream__(self, requested_schema: object = None) -> object:
        """Returns a capsule of Arrow's stream interface, of one batch with the JSON's names of columns.

        Whole numbers are int64 (uint64 where they are too large), others float64; objects are structs,
        and values that have no type in common are text. Columns that the schema has are there though
        the table is empty. `requested_schema` is not heeded.
        """
        rows = json.dumps(list(self._rows), ensure_ascii=False).encode("utf-8", "replace")
        columns = json.dumps(_types_of(self._kind._columns))
        return _core.arrow_stream(rows, columns.encode())

    def to_dicts(self) -> list[dict[str, Any]]:
        """Returns the rows as the JSON has them."""
        return [dict(row) for row in self._rows]

    def to_pandas(self) -> pandas.DataFrame:
        """Returns a data frame of pandas: a column for each, None where a row lacks it.

        Raises UsageError where pandas is not installed.
        """
        try:
            import pandas
        except ImportError:
            raise UsageError("to_pandas needs pandas: pip install pandas") from None
        return pandas.DataFrame(self.to_dicts(), columns=self.columns)

    def _repr_html_(self) -> str:
        from ._views import cards

        return cards.card_of_table(self)

    def __repr__(self) -> str:
        count = f"{len(self):,} row{'' if len(self) == 1 else 's'}"
        return f"<Table of {self._kind.__name__}: {count}, columns {visible(', '.join(self.columns))}>"


class TensorRow(Record):
    """A tensor of an open model."""

    __slots__ = ()
    _columns: ClassVar[Columns] = {
        "name": "text",
        "dtype": "text",
        "shape": ["int"],
        "elements": "int",
        "bytes": "int",
        "file": "text",
    }

    @property
    def name(self) -> str:
        """As the model has it."""
        return str(self._data["name"])

    @property
    def dtype(self) -> str:
        """What its numbers are stored as: ``"BF16"``, ``"Q4_K"``."""
        return str(self._data["dtype"])

    @property
    def shape(self) -> tuple[int, ...]:
        """Extents, row-major."""
        return tuple(self._data["shape"])

    @property
    def elements(self) -> int:
        """The product of the extents."""
        return int(self._data["elements"])

    @property
    def bytes(self) -> int:
        """What it takes up in its files."""
        return int(self._data["bytes"])

    @property
    def file(self) -> str:
        """The name of its file."""
        return str(self._data["file"])


def _types_of(column: Any) -> Any:
    """Returns what a column holds, as the core takes it: classes as their members."""
    if isinstance(column, Mapping):
        return {name: _types_of(member) for name, member in column.items()}
    if isinstance(column, list):
        return [_types_of(item) for item in column]
    return column if isinstance(column, str) else _types_of(column._columns)


def _shortened(text: str) -> str:
    return text if len(text) <= _SHOWN_TEXT else text[: _SHOWN_TEXT - 3] + "..."


def _array(rows: Any, kind: type, dimensions: int = 2) -> numpy.ndarray[Any, Any]:
    """Returns numbers in lists as an array of float64 or int64, NaN for null."""
    import numpy

    values: numpy.ndarray[Any, Any] = numpy.asarray(rows, dtype=kind)
    return values if values.ndim == dimensions else values.reshape((0,) * dimensions)
