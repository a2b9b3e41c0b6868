"""Types of docs/sketch.schema.json, from which scripts/make-result-types makes them."""

# mypy: disable-error-code=no-any-return
from __future__ import annotations

from typing import ClassVar, Literal

from .._record import Columns, Record, Table

SketchComponentKind = Literal["text", "vision", "audio", "projector", "prediction"]


class SketchComponentLayer(Record):
    """Ascending by layer."""

    __slots__ = ()
    _columns: ClassVar[Columns] = {
        "layer": "int",
        "bits": "text",
        "attention_norm": ["int"],
        "mlp_norm": ["int"],
    }

    @property
    def layer(self) -> int:
        """Its number."""
        return self.data["layer"]

    @property
    def bits(self) -> str:
        """512 bits, likewise."""
        return self.data["bits"]

    @property
    def attention_norm(self) -> list[int] | None:
        """Codes of the norm before attention; null where it says nothing."""
        return self.data["attention_norm"]

    @property
    def mlp_norm(self) -> list[int] | None:
        """The same before the MLP."""
        return self.data["mlp_norm"]


class SketchComponentKey(Record):
    """Of keys, with the norm before them."""

    __slots__ = ()
    _columns: ClassVar[Columns] = {
        "layer": "int",
        "values": ["int"],
    }

    @property
    def layer(self) -> int:
        """Its number."""
        return self.data["layer"]

    @property
    def values(self) -> list[int]:
        """Codes: docs/atlas.md."""
        return self.data["values"]


class SketchComponentRouter(Record):
    """Of routers, with the norm before them."""

    __slots__ = ()
    _columns: ClassVar[Columns] = {
        "layer": "int",
        "values": ["int"],
    }

    @property
    def layer(self) -> int:
        """Its number."""
        return self.data["layer"]

    @property
    def values(self) -> list[int]:
        """Codes: docs/atlas.md."""
        return self.data["values"]


class SketchComponent(Record):
    """Of the model."""

    __slots__ = ()
    _columns: ClassVar[Columns] = {
        "kind": "text",
        "role": "text",
        "rows": "int",
        "columns": "int",
        "effective_values": "int",
        "nameless": "bool",
        "bits": "text",
        "layers": [SketchComponentLayer],
        "keys": [SketchComponentKey],
        "routers": [SketchComponentRouter],
    }

    @property
    def kind(self) -> SketchComponentKind:
        """What of the model it is."""
        return self.data["kind"]

    @property
    def role(self) -> str:
        """What was projected: self_attn.o_proj, or unknown."""
        return self.data["role"]

    @property
    def rows(self) -> int:
        """Of each such matrix."""
        return self.data["rows"]

    @property
    def columns(self) -> int:
        """Of each such matrix."""
        return self.data["columns"]

    @property
    def effective_values(self) -> int:
        """How many independent values the projected matrix is worth."""
        return self.data["effective_values"]

    @property
    def nameless(self) -> bool:
        """Whether no name tells a layer, so that matrices of one shape were taken."""
        return self.data["nameless"]

    @property
    def bits(self) -> str:
        """4,096 bits as hexadecimal digits of their bytes, bit 0 the lowest of the first byte."""
        return self.data["bits"]

    @property
    def layers(self) -> Table[SketchComponentLayer]:
        """Ascending by layer."""
        return Table(self.data["layers"], SketchComponentLayer)

    @property
    def keys(self) -> Table[SketchComponentKey]:
        """Of keys, with the norm before them."""
        return Table(self.data["keys"], SketchComponentKey)

    @property
    def routers(self) -> Table[SketchComponentRouter]:
        """Of routers, with the norm before them."""
        return Table(self.data["routers"], SketchComponentRouter)


class SketchRecord(Record):
    """JSON output of ``modelkin sketch``, version 1."""

    __slots__ = ()
    _columns: ClassVar[Columns] = {
        "sketch_version": "int",
        "name": "text",
        "location": "text",
        "family": "text",
        "sizes": "any",
        "base_models": ["text"],
        "files": "text",
        "content": "text",
        "vocabulary": "text",
        "untrained_rows": "text",
        "components": [SketchComponent],
    }

    @property
    def sketch_version(self) -> Literal[1]:
        """Of the sketch's rules: docs/atlas.md."""
        return self.data["sketch_version"]

    @property
    def name(self) -> str:
        """What the model is called."""
        return self.data["name"]

    @property
    def location(self) -> str:
        """Where it was read."""
        return self.data["location"]

    @property
    def family(self) -> str:
        """model_type of its config.json; empty where there is none."""
        return self.data["family"]

    @property
    def sizes(self) -> dict[str, int]:
        """Those that are known."""
        return self.data["sizes"]

    @property
    def base_models(self) -> list[str]:
        """That its card declares."""
        return self.data["base_models"]

    @property
    def files(self) -> str:
        """First 8 bytes of the SHA-256 of each file's header, as hexadecimal digits, the last of the 8
        first.
        """
        return self.data["files"]

    @property
    def content(self) -> str:
        """SHA-256 of the digests of headers and of the values that were projected."""
        return self.data["content"]

    @property
    def vocabulary(self) -> str | None:
        """MinHash of the tokenizer's vocabulary, a byte for each of 128 hash functions; null where no
        tokenizer was read.
        """
        return self.data["vocabulary"]

    @property
    def untrained_rows(self) -> str | None:
        """512 bits of the embedding's rows of bytes that no text has; null where there are none."""
        return self.data["untrained_rows"]

    @property
    def components(self) -> Table[SketchComponent]:
        """Of the model."""
        return Table(self.data["components"], SketchComponent)
