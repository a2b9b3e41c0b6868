"""Types of docs/verify.schema.json, from which scripts/make-result-types makes them."""

# mypy: disable-error-code=no-any-return
from __future__ import annotations

from typing import ClassVar

from .._record import Columns, Record, Table


class VerifyDifference(Record):
    """The first 50 of the different."""

    __slots__ = ()
    _columns: ClassVar[Columns] = {
        "place": "text",
        "recorded": "text",
        "computed": "text",
    }

    @property
    def place(self) -> str:
        """Such as tensors[3].cosine_similarity."""
        return self.data["place"]

    @property
    def recorded(self) -> str:
        """The file's value, as JSON; empty where it has none."""
        return self.data["recorded"]

    @property
    def computed(self) -> str:
        """The value that was computed again, as JSON; empty where there is none."""
        return self.data["computed"]


class VerifyRecord(Record):
    """Values of a file of results beside those of the same request made again."""

    __slots__ = ()
    _columns: ClassVar[Columns] = {
        "confirmed": "bool",
        "equal": "int",
        "close": "int",
        "different": "int",
        "differences": [VerifyDifference],
    }

    @property
    def confirmed(self) -> bool:
        """Whether no value differs; else the program's exit code is 1."""
        return self.data["confirmed"]

    @property
    def equal(self) -> int:
        """Values that are the same."""
        return self.data["equal"]

    @property
    def close(self) -> int:
        """Numbers that are as near as another order of summation leaves them: docs/numerics.md."""
        return self.data["close"]

    @property
    def different(self) -> int:
        """Values that differ, or that one side lacks."""
        return self.data["different"]

    @property
    def differences(self) -> Table[VerifyDifference]:
        """The first 50 of the different."""
        return Table(self.data["differences"], VerifyDifference)
