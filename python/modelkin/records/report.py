"""Types of docs/report.schema.json, from which scripts/make-result-types makes them."""

# mypy: disable-error-code=no-any-return
from __future__ import annotations

from typing import ClassVar

from .._record import Columns, Record
from .config import ConfigRecord
from .diff import DiffRecord
from .inspect import InspectRecord
from .results import CompareRecord
from .shared import Tool
from .tokenizer import TokenizerRecord
from .trace import TraceRecord


class ReportNames(Record):
    """What the page calls the models."""

    __slots__ = ()
    _columns: ClassVar[Columns] = {
        "a": "text",
        "b": "text",
        "controls": ["text"],
    }

    @property
    def a(self) -> str:
        """A's name."""
        return self.data["a"]

    @property
    def b(self) -> str:
        """B's name."""
        return self.data["b"]

    @property
    def controls(self) -> list[str]:
        """Names of the controls."""
        return self.data["controls"]


class ReportRecord(Record):
    """Version 1.0. What the commands of these names write; null for what there is none of."""

    __slots__ = ()
    _columns: ClassVar[Columns] = {
        "schema_version": "text",
        "tool": Tool,
        "names": ReportNames,
        "trace": TraceRecord,
        "compare": CompareRecord,
        "config": ConfigRecord,
        "inspect_a": InspectRecord,
        "inspect_b": InspectRecord,
        "tokenizer": TokenizerRecord,
        "diff": DiffRecord,
    }

    @property
    def schema_version(self) -> str:
        """The version of the JSON's format."""
        return self.data["schema_version"]

    @property
    def tool(self) -> Tool:
        """The program that wrote it."""
        return Tool(self.data["tool"])

    @property
    def names(self) -> ReportNames:
        """What the page calls the models."""
        return ReportNames(self.data["names"])

    @property
    def trace(self) -> TraceRecord:
        """trace.schema.json."""
        return TraceRecord(self.data["trace"])

    @property
    def compare(self) -> CompareRecord | None:
        """results.schema.json."""
        value = self.data["compare"]
        return None if value is None else CompareRecord(value)

    @property
    def config(self) -> ConfigRecord | None:
        """config.schema.json."""
        value = self.data["config"]
        return None if value is None else ConfigRecord(value)

    @property
    def inspect_a(self) -> InspectRecord:
        """inspect.schema.json."""
        return InspectRecord(self.data["inspect_a"])

    @property
    def inspect_b(self) -> InspectRecord:
        """inspect.schema.json."""
        return InspectRecord(self.data["inspect_b"])

    @property
    def tokenizer(self) -> TokenizerRecord | None:
        """tokenizer.schema.json."""
        value = self.data["tokenizer"]
        return None if value is None else TokenizerRecord(value)

    @property
    def diff(self) -> DiffRecord | None:
        """diff.schema.json."""
        value = self.data["diff"]
        return None if value is None else DiffRecord(value)
