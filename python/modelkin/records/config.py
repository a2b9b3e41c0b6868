"""Types of docs/config.schema.json, from which scripts/make-result-types makes them."""

# mypy: disable-error-code=no-any-return
from __future__ import annotations

from typing import Any, ClassVar, Literal

from .._record import Columns, Record, Table
from .shared import Tool


class ConfigSummary(Record):
    """Over the rows that count: not derived, and said or defaulted for all models."""

    __slots__ = ()
    _columns: ClassVar[Columns] = {
        "compared": "int",
        "same": "int",
    }

    @property
    def compared(self) -> int:
        """Rows that count."""
        return self.data["compared"]

    @property
    def same(self) -> int:
        """Of those, with one value in all models."""
        return self.data["same"]


class ConfigGroupRowValue(Record):
    """A value for each model, in their order."""

    __slots__ = ()
    _columns: ClassVar[Columns] = {
        "value": "any",
        "source": "text",
    }

    @property
    def value(self) -> Any:
        """As config.json has it; null also where absent."""
        return self.data["value"]

    @property
    def source(self) -> Literal["config", "default", "derived", "absent"]:
        """Said by config.json, the family's default, computed of other values, or said nowhere."""
        return self.data["source"]


class ConfigGroupRowCommon(Record):
    """Public base models that have the shared value, of those that say anything about the key; null where
    values differ or the key is not recorded.
    """

    __slots__ = ()
    _columns: ClassVar[Columns] = {
        "models": "int",
        "of": "int",
    }

    @property
    def models(self) -> int:
        """Models with the shared value."""
        return self.data["models"]

    @property
    def of(self) -> int:
        """Models that say anything about the key."""
        return self.data["of"]


class ConfigGroupRow(Record):
    """A row a key."""

    __slots__ = ()
    _columns: ClassVar[Columns] = {
        "key": "text",
        "derived": "bool",
        "same": "bool",
        "values": [ConfigGroupRowValue],
        "common": ConfigGroupRowCommon,
    }

    @property
    def key(self) -> str:
        """The key of config.json, or the name of what is computed."""
        return self.data["key"]

    @property
    def derived(self) -> bool:
        """Follows from other values, or is no property that is counted."""
        return self.data["derived"]

    @property
    def same(self) -> bool | None:
        """Null for rows that do not count."""
        return self.data["same"]

    @property
    def values(self) -> Table[ConfigGroupRowValue]:
        """A value for each model, in their order."""
        return Table(self.data["values"], ConfigGroupRowValue)

    @property
    def common(self) -> ConfigGroupRowCommon | None:
        """Public base models that have the shared value, of those that say anything about the key; null
        where values differ or the key is not recorded.
        """
        value = self.data["common"]
        return None if value is None else ConfigGroupRowCommon(value)


class ConfigGroup(Record):
    """Keys of config.json that belong together."""

    __slots__ = ()
    _columns: ClassVar[Columns] = {
        "name": "text",
        "compared": "int",
        "same": "int",
        "rows": [ConfigGroupRow],
    }

    @property
    def name(self) -> str:
        """What the keys are about."""
        return self.data["name"]

    @property
    def compared(self) -> int:
        """Rows of the group that count."""
        return self.data["compared"]

    @property
    def same(self) -> int:
        """Of those, with one value in all models."""
        return self.data["same"]

    @property
    def rows(self) -> Table[ConfigGroupRow]:
        """A row a key."""
        return Table(self.data["rows"], ConfigGroupRow)


class ConfigRecord(Record):
    """JSON output of ``modelkin config``, version 1.0."""

    __slots__ = ()
    _columns: ClassVar[Columns] = {
        "schema_version": "text",
        "tool": Tool,
        "models": ["text"],
        "summary": ConfigSummary,
        "groups": [ConfigGroup],
        "findings": ["any"],
        "is_evidence_of_derivation": "bool",
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
    def models(self) -> list[str]:
        """The models as the user named them."""
        return self.data["models"]

    @property
    def summary(self) -> ConfigSummary:
        """Over the rows that count: not derived, and said or defaulted for all models."""
        return ConfigSummary(self.data["summary"])

    @property
    def groups(self) -> Table[ConfigGroup]:
        """Keys of config.json that belong together."""
        return Table(self.data["groups"], ConfigGroup)

    @property
    def findings(self) -> list[dict[str, Any]]:
        """What config.json and the family do not agree on, or leave open."""
        return self.data["findings"]

    @property
    def is_evidence_of_derivation(self) -> Literal[False]:
        """Always false: equal configurations show nothing about weights."""
        return self.data["is_evidence_of_derivation"]
