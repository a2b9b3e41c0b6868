"""What became of models that were to be sketched."""

from __future__ import annotations

import json
import warnings
from collections.abc import Iterable, Sequence
from typing import Any, ClassVar

from .._errors import ModelWarning
from .._record import Columns, Record, Table
from .._text import visible


class SketchOutcome(Record):
    """What became of one model, as ``modelkin atlas add --json`` and ``atlas build --json`` say it."""

    __slots__ = ()
    _columns: ClassVar[Columns] = {"model": "text", "outcome": "text", "name": "text", "error": "text"}

    @property
    def model(self) -> str:
        """As it was named."""
        return str(self._data["model"])

    @property
    def outcome(self) -> str:
        """``"added"``, ``"replaced"``, ``"skipped"`` (its record was there) or ``"failed"``."""
        return str(self._data["outcome"])

    @property
    def name(self) -> str | None:
        """What its record calls it; None where there is none, or it was not looked into."""
        name = self._data["name"]
        return None if name is None else str(name)

    @property
    def error(self) -> str | None:
        """Why it was not sketched; None where it was."""
        error = self._data["error"]
        return None if error is None else str(error)


def outcome(model: str, what: str, *, name: str | None = None, error: str | None = None) -> dict[str, Any]:
    """Returns an outcome as its JSON has it."""
    return {"model": model, "outcome": what, "name": name, "error": error}


def outcomes_of(lines: Iterable[str]) -> list[dict[str, Any]]:
    return [json.loads(line) for line in lines]


def told(rows: Sequence[dict[str, Any]]) -> Table[SketchOutcome]:
    """Returns outcomes as a table; warns of those that failed, in one line."""
    failed = [row for row in rows if row["outcome"] == "failed"]
    if failed:
        warnings.warn(
            visible(
                f"{len(failed):,} of {len(rows):,} models could not be sketched, the first because of"
                f" {failed[0]['error']}"
            ),
            ModelWarning,
            stacklevel=3,
        )
    return Table(rows, SketchOutcome)
