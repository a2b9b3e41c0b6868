"""Types of docs/tree.schema.json, from which scripts/make-result-types makes them."""

# mypy: disable-error-code=no-any-return
from __future__ import annotations

from typing import Any, ClassVar, Literal

from .._record import Columns, Record, Table
from .shared import Tool


class TreeModel(Record):
    """All, or those of the groups that were asked for; edges and groups count them from 0."""

    __slots__ = ()
    _columns: ClassVar[Columns] = {
        "model": "text",
        "location": "text",
        "family": "text",
        "parameters": "int",
        "bytes": "int",
        "layers": "int",
        "width": "int",
        "base_models": ["text"],
        "compared": "bool",
        "relatives": "int",
        "repeated_layers": "int",
        "group": "int",
    }

    @property
    def model(self) -> str:
        """What the atlas calls it."""
        return self.data["model"]

    @property
    def location(self) -> str:
        """Where it was read from."""
        return self.data["location"]

    @property
    def family(self) -> str:
        """model_type of its config.json; empty where there is none."""
        return self.data["family"]

    @property
    def parameters(self) -> int | None:
        """Parameters; null where that is not known."""
        return self.data["parameters"]

    @property
    def bytes(self) -> int | None:
        """Bytes of its weights as they are stored; null where that is not known."""
        return self.data["bytes"]

    @property
    def layers(self) -> int | None:
        """Layers of the language model; null where that is not known."""
        return self.data["layers"]

    @property
    def width(self) -> int | None:
        """Width of the residual stream; null where that is not known."""
        return self.data["width"]

    @property
    def base_models(self) -> list[str]:
        """That its card declares, whether or not the atlas has them."""
        return self.data["base_models"]

    @property
    def compared(self) -> bool:
        """Whether its bits were compared with any other record's: those of a shape that no other has were
        not, nor of layers that are mostly alike.
        """
        return self.data["compared"]

    @property
    def relatives(self) -> int:
        """Pairs that its components are shown in, those that are no edges of the tree included."""
        return self.data["relatives"]

    @property
    def repeated_layers(self) -> int:
        """Pairs of its own layers whose bits agree."""
        return self.data["repeated_layers"]

    @property
    def group(self) -> int:
        """Of `groups`."""
        return self.data["group"]


class TreeGroup(Record):
    """Models that are joined by nearest relatives, largest first."""

    __slots__ = ()
    _columns: ClassVar[Columns] = {
        "models": "int",
        "root": "int",
        "root_basis": "text",
    }

    @property
    def models(self) -> int:
        """Models of the group."""
        return self.data["models"]

    @property
    def root(self) -> int:
        """The model that the others are shown below."""
        return self.data["root"]

    @property
    def root_basis(self) -> Literal["declared", "centre", "none"]:
        """declared: cards lead there from the centre. centre: the model that is nearest to all of its
        relatives, which seldom is what they were made from. none: two models, or one.
        """
        return self.data["root_basis"]


TreeEdgeBitsComponent = Literal["text", "vision", "audio", "projector", "prediction"]


class TreeEdgeBits(Record):
    """What the bits of the two have in common; null where they have no component of one shape."""

    __slots__ = ()
    _columns: ClassVar[Columns] = {
        "component": "text",
        "agreements": "int",
        "bits": "int",
        "log10_p": "float",
        "cosine": "float",
        "cosine_low": "float",
        "cosine_high": "float",
        "shown": "bool",
    }

    @property
    def component(self) -> TreeEdgeBitsComponent:
        """Whose bits these are: text, vision, audio, projector or prediction."""
        return self.data["component"]

    @property
    def agreements(self) -> int:
        """Bits that agree."""
        return self.data["agreements"]

    @property
    def bits(self) -> int:
        """Bits that were compared."""
        return self.data["bits"]

    @property
    def log10_p(self) -> float | None:
        """Between strangers, of this pair alone, as log10; null where it is 0 in double precision. At most
        0.
        """
        return self.data["log10_p"]

    @property
    def cosine(self) -> float:
        """What agreements say of the cosine of the projected weights in place."""
        return self.data["cosine"]

    @property
    def cosine_low(self) -> float:
        """The lower end of its interval at 95 %."""
        return self.data["cosine_low"]

    @property
    def cosine_high(self) -> float:
        """The upper end."""
        return self.data["cosine_high"]

    @property
    def shown(self) -> bool:
        """Whether so many agree that no two strangers' would, but for the error rate over all pairs."""
        return self.data["shown"]


class TreeEdgeDeclared(Record):
    """What the cards of the two say of each other."""

    __slots__ = ()
    _columns: ClassVar[Columns] = {
        "model": "int",
        "base": "int",
    }

    @property
    def model(self) -> int:
        """Whose card declares it."""
        return self.data["model"]

    @property
    def base(self) -> int:
        """What it names."""
        return self.data["base"]


class TreeEdgeDirection(Record):
    """Which was made from which."""

    __slots__ = ()
    _columns: ClassVar[Columns] = {
        "basis": "text",
        "sign": "text",
        "from": "int",
        "to": "int",
    }

    @property
    def basis(self) -> Literal["declared", "sign", "none"]:
        """declared: by a card. sign: by `sign`, which has an error rate. none: nothing tells."""
        return self.data["basis"]

    @property
    def sign(self) -> Literal["repeated_layers"] | None:
        """What the weights hint at, even beside a declaration that says otherwise: layers of the later one
        repeat one another. Null where there is no sign.
        """
        return self.data["sign"]

    @property
    def from_(self) -> int | None:
        """The model that was first; null where nothing tells."""
        return self.data["from"]

    @property
    def to(self) -> int | None:
        """The model that was made from it; null where nothing tells."""
        return self.data["to"]


class TreeEdge(Record):
    """Nearest relatives, further ones and what is declared: each pair of models once."""

    __slots__ = ()
    _columns: ClassVar[Columns] = {
        "a": "int",
        "b": "int",
        "role": "text",
        "bits": TreeEdgeBits,
        "declared": [TreeEdgeDeclared],
        "by_last_part": "bool",
        "direction": TreeEdgeDirection,
    }

    @property
    def a(self) -> int:
        """One model, of `models`."""
        return self.data["a"]

    @property
    def b(self) -> int:
        """The other, of a larger number."""
        return self.data["b"]

    @property
    def role(self) -> Literal["nearest", "further", "declared"]:
        """nearest: of the forest that each group's nearest relatives make. further: shown beside it, by
        another component or because one of the two lies between the other and a third. declared: in the
        tree because a card says so alone.
        """
        return self.data["role"]

    @property
    def bits(self) -> TreeEdgeBits | None:
        """What the bits of the two have in common; null where they have no component of one shape."""
        value = self.data["bits"]
        return None if value is None else TreeEdgeBits(value)

    @property
    def declared(self) -> Table[TreeEdgeDeclared]:
        """What the cards of the two say of each other."""
        return Table(self.data["declared"], TreeEdgeDeclared)

    @property
    def by_last_part(self) -> bool:
        """Whether the base was known by the last part of its path alone."""
        return self.data["by_last_part"]

    @property
    def direction(self) -> TreeEdgeDirection:
        """Which was made from which."""
        return TreeEdgeDirection(self.data["direction"])


class TreeBetween(Record):
    """Models that lie between two of their nearest relatives: merges of both, or steps on the way from one
    to the other.
    """

    __slots__ = ()
    _columns: ClassVar[Columns] = {
        "model": "int",
        "a": "int",
        "b": "int",
        "log10_p": "float",
        "share": "float",
    }

    @property
    def model(self) -> int:
        """The model."""
        return self.data["model"]

    @property
    def a(self) -> int:
        """One of the two."""
        return self.data["a"]

    @property
    def b(self) -> int:
        """The other."""
        return self.data["b"]

    @property
    def log10_p(self) -> float:
        """That it drifted away from both on its own, as log10; at most this. At most 0."""
        return self.data["log10_p"]

    @property
    def share(self) -> float:
        """How much of its squared distance to the nearer one the two explain: 1 for a weighted mean. From
        0 to 1.
        """
        return self.data["share"]


class TreeContradiction(Record):
    """Where cards and weights, or cards and cards, say different things."""

    __slots__ = ()
    _columns: ClassVar[Columns] = {
        "kind": "text",
        "edge": "int",
        "sentence": "text",
    }

    @property
    def kind(self) -> Literal["no_agreement", "circle", "direction"]:
        """no_agreement: declared, comparable, and bits are those of strangers. circle: each declares the
        other. direction: a sign says the other way round.
        """
        return self.data["kind"]

    @property
    def edge(self) -> int:
        """Of `edges`."""
        return self.data["edge"]

    @property
    def sentence(self) -> str:
        """The same in words."""
        return self.data["sentence"]


class TreeRecord(Record):
    """JSON output of ``modelkin atlas tree``, version 1.0."""

    __slots__ = ()
    _columns: ClassVar[Columns] = {
        "schema_version": "text",
        "tool": Tool,
        "atlas": "text",
        "of": "text",
        "sentence": "text",
        "error_rate": "float",
        "compared_pairs": "int",
        "shown_pairs": "int",
        "between_tests": "int",
        "unmatched_declarations": "int",
        "models": [TreeModel],
        "groups": [TreeGroup],
        "edges": [TreeEdge],
        "between": [TreeBetween],
        "contradictions": [TreeContradiction],
        "run": "any",
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
    def of(self) -> str | None:
        """The model whose groups these are, as the user named it; null for all."""
        return self.data["of"]

    @property
    def sentence(self) -> str:
        """The answer in words."""
        return self.data["sentence"]

    @property
    def error_rate(self) -> float:
        """The chance, at most, that any two strangers come to be shown as relatives. It is not the chance
        that two so shown are strangers. At most 0.5.
        """
        return self.data["error_rate"]

    @property
    def compared_pairs(self) -> int:
        """Pairs of components of one shape, of the whole atlas: what the error rate is divided by."""
        return self.data["compared_pairs"]

    @property
    def shown_pairs(self) -> int:
        """Those of them that are shown, of the whole atlas."""
        return self.data["shown_pairs"]

    @property
    def between_tests(self) -> int:
        """Tests of models between two of their nearest relatives: what the error rate is divided by for
        `between`.
        """
        return self.data["between_tests"]

    @property
    def unmatched_declarations(self) -> int:
        """Declared base models that no record of the atlas is called."""
        return self.data["unmatched_declarations"]

    @property
    def models(self) -> Table[TreeModel]:
        """All, or those of the groups that were asked for; edges and groups count them from 0."""
        return Table(self.data["models"], TreeModel)

    @property
    def groups(self) -> Table[TreeGroup]:
        """Models that are joined by nearest relatives, largest first."""
        return Table(self.data["groups"], TreeGroup)

    @property
    def edges(self) -> Table[TreeEdge]:
        """Nearest relatives, further ones and what is declared: each pair of models once."""
        return Table(self.data["edges"], TreeEdge)

    @property
    def between(self) -> Table[TreeBetween]:
        """Models that lie between two of their nearest relatives: merges of both, or steps on the way from
        one to the other.
        """
        return Table(self.data["between"], TreeBetween)

    @property
    def contradictions(self) -> Table[TreeContradiction]:
        """Where cards and weights, or cards and cards, say different things."""
        return Table(self.data["contradictions"], TreeContradiction)

    @property
    def run(self) -> dict[str, Any]:
        """How the numbers were made; the only part that may differ between runs on the same atlas."""
        return self.data["run"]
