"""Types of docs/atlas.schema.json, from which scripts/make-result-types makes them."""

# mypy: disable-error-code=no-any-return
from __future__ import annotations

from typing import ClassVar, Literal

from .._record import Columns, Record, Table
from .shared import Tool

AtlasPlaceComponent = Literal["text", "vision", "audio", "projector", "prediction"]


class AtlasPlace(Record):
    """What was projected, and of how many models: bits are compared where these are equal."""

    __slots__ = ()
    _columns: ClassVar[Columns] = {
        "component": "text",
        "role": "text",
        "rows": "int",
        "columns": "int",
        "records": "int",
    }

    @property
    def component(self) -> AtlasPlaceComponent:
        """What of the model it is."""
        return self.data["component"]

    @property
    def role(self) -> Literal["attention_output", "other"]:
        """What was projected."""
        return self.data["role"]

    @property
    def rows(self) -> int:
        """Of each matrix."""
        return self.data["rows"]

    @property
    def columns(self) -> int:
        """Of each matrix."""
        return self.data["columns"]

    @property
    def records(self) -> int:
        """Models."""
        return self.data["records"]


class AtlasRecord(Record):
    """JSON output of ``modelkin atlas stats``, version 1.0."""

    __slots__ = ()
    _columns: ClassVar[Columns] = {
        "schema_version": "text",
        "tool": Tool,
        "atlas": "text",
        "records": "int",
        "bytes": "int",
        "families": "any",
        "places": [AtlasPlace],
        "sketch_versions": "any",
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
    def atlas(self) -> str:
        """The atlas, as the user named it."""
        return self.data["atlas"]

    @property
    def records(self) -> int:
        """Models in it."""
        return self.data["records"]

    @property
    def bytes(self) -> int:
        """Of its file, and of what lies beside it."""
        return self.data["bytes"]

    @property
    def families(self) -> dict[str, int]:
        """Models by family."""
        return self.data["families"]

    @property
    def places(self) -> Table[AtlasPlace]:
        """What was projected, and of how many models: bits are compared where these are equal."""
        return Table(self.data["places"], AtlasPlace)

    @property
    def sketch_versions(self) -> dict[str, int]:
        """Models by version of their sketch."""
        return self.data["sketch_versions"]
