"""Records of an atlas as rows: what Parquet, Arrow and tables have of them."""

from __future__ import annotations

import json
from collections.abc import Iterator
from typing import Any, ClassVar

from .. import _core
from .._record import Columns, Record

AT_ONCE = 1000  # records that are in memory
SIZES = ("parameters", "bytes", "layers", "width", "heads", "groups", "experts", "vocabulary")


class AtlasRow(Record):
    """A model of an atlas, without its bits."""

    __slots__ = ()
    _columns: ClassVar[Columns] = {
        "name": "text",
        "location": "text",
        "family": "text",
        "content": "text",
        **dict.fromkeys(SIZES, "int"),
        "base_models": ["text"],
        "sketch_version": "int",
    }

    @property
    def name(self) -> str:
        """What the model is called."""
        return str(self._data["name"])

    @property
    def location(self) -> str:
        """Where it was read: ``hf://org/name@commit``, or an absolute path."""
        return str(self._data["location"])

    @property
    def family(self) -> str:
        """model_type of its config.json; ``""`` where there is none."""
        return str(self._data["family"])

    @property
    def content(self) -> str:
        """SHA-256 of the digests of its headers and of the values that were projected."""
        return str(self._data["content"])

    @property
    def parameters(self) -> int | None:
        """Values of its tensors; None where that is not known."""
        return self._size("parameters")

    @property
    def bytes(self) -> int | None:
        """Of its files."""
        return self._size("bytes")

    @property
    def layers(self) -> int | None:
        """Its depth."""
        return self._size("layers")

    @property
    def width(self) -> int | None:
        """Of the residual stream."""
        return self._size("width")

    @property
    def heads(self) -> int | None:
        """Of queries."""
        return self._size("heads")

    @property
    def groups(self) -> int | None:
        """Of keys and values."""
        return self._size("groups")

    @property
    def experts(self) -> int | None:
        """Of a layer."""
        return self._size("experts")

    @property
    def vocabulary(self) -> int | None:
        """Tokens."""
        return self._size("vocabulary")

    @property
    def base_models(self) -> list[str]:
        """That its card declares."""
        return list(self._data["base_models"])

    @property
    def sketch_version(self) -> int:
        """Of the sketch's rules: docs/atlas.md."""
        return int(self._data["sketch_version"])

    def _size(self, name: str) -> int | None:
        value = self._data[name]
        return None if value is None else int(value)


def row_of(line: str) -> dict[str, Any]:
    """Returns what a row has of a record's line of JSON; None for sizes that are not known."""
    found = json.loads(line)
    row = {name: found[name] for name in ("name", "location", "family", "content")}
    row.update({name: found["sizes"].get(name) for name in SIZES})
    row.update(base_models=found["base_models"], sketch_version=found["sketch_version"])
    return row


def batches_of(call: _core.Call, atlas: str, at_once: int = AT_ONCE) -> Iterator[list[tuple[bytes, str]]]:
    """Returns records and their lines of JSON in the order in which they are exported, some at a time.

    Raises InputError where a record was taken away meanwhile.
    """
    order = _core.atlas_order(call, atlas)
    for first in range(0, len(order), at_once):
        yield _core.atlas_records(call, atlas, order[first : first + at_once])
