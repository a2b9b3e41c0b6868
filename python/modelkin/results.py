"""What requests found."""

from __future__ import annotations

import json
from collections.abc import Sequence
from typing import Any, Generic, TypeVar

Row = TypeVar("Row")


class Result:
    """What a request found: the program's JSON, by attributes."""

    def __init__(self, json_text: str, text: str) -> None:
        self._json = json_text
        self._text = text
        self.data = json.loads(json_text)

    def to_json(self) -> str:
        return self._json

    def __str__(self) -> str:
        return self._text


class TensorRow: ...


class Table(Sequence[Row], Generic[Row]):
    def __init__(self, rows: list[dict[str, Any]], kind: type[Row]) -> None:
        self._rows = rows

    def __getitem__(self, index):
        return self._rows[index]

    def __len__(self) -> int:
        return len(self._rows)


class InspectResult(Result): ...


class ConfigResult(Result): ...


class TokenizerResult(Result): ...


class CompareResult(Result): ...


class TraceResult(Result): ...


class DynamicsResult(Result): ...


class DiffResult(Result): ...


class RunResult(Result): ...


class ExplainResult(Result): ...


class CheckResult(Result): ...


class VerifyResult(Result): ...


class ReportResult(Result):
    def __init__(self, json_text: str, markdown: str, page: str) -> None:
        super().__init__(json_text, markdown)
        self._page = page
