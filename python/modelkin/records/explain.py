"""Types of docs/explain.schema.json, from which scripts/make-result-types makes them."""

# mypy: disable-error-code=no-any-return
from __future__ import annotations

from typing import ClassVar, Literal

from .._record import Columns, Record, Table
from .shared import Input, Tool


class ExplainFormula(Record):
    """``ExplainFormula`` of the JSON."""

    __slots__ = ()
    _columns: ClassVar[Columns] = {
        "kind": "text",
        "title": "text",
        "lines": ["text"],
        "sources": ["text"],
    }

    @property
    def kind(self) -> str:
        """Such as sigmoid_with_correction_bias, rope_yarn, grouped_query, clamped_swiglu."""
        return self.data["kind"]

    @property
    def title(self) -> str:
        """Title."""
        return self.data["title"]

    @property
    def lines(self) -> list[str]:
        """Lines."""
        return self.data["lines"]

    @property
    def sources(self) -> list[str]:
        """Sources."""
        return self.data["sources"]


class ExplainFact(Record):
    """``ExplainFact`` of the JSON."""

    __slots__ = ()
    _columns: ClassVar[Columns] = {
        "name": "text",
        "label": "text",
        "value": "any",
        "origin": "text",
        "from": "text",
    }

    @property
    def name(self) -> str:
        """Name."""
        return self.data["name"]

    @property
    def label(self) -> str:
        """Label."""
        return self.data["label"]

    @property
    def value(self) -> bool | float | str | None:
        """Value."""
        return self.data["value"]

    @property
    def origin(self) -> Literal["config", "family", "tensor", "computed"]:
        """Origin."""
        return self.data["origin"]

    @property
    def from_(self) -> str | None:
        """The key of config.json, the tensors, or how it is computed; null for a family's default."""
        return self.data["from"]


class ExplainTensor(Record):
    """``ExplainTensor`` of the JSON."""

    __slots__ = ()
    _columns: ClassVar[Columns] = {
        "part": "text",
        "stored_name": "text",
        "is_part_of_stored": "bool",
        "shape": ["int"],
        "dtype": "text",
    }

    @property
    def part(self) -> str:
        """Part."""
        return self.data["part"]

    @property
    def stored_name(self) -> str:
        """Stored name."""
        return self.data["stored_name"]

    @property
    def is_part_of_stored(self) -> bool:
        """The shape is that of a part of the stored tensor."""
        return self.data["is_part_of_stored"]

    @property
    def shape(self) -> list[int]:
        """Shape."""
        return self.data["shape"]

    @property
    def dtype(self) -> str:
        """Dtype."""
        return self.data["dtype"]


class ExplainRangeAll(Record):
    """``ExplainRangeAll`` of the JSON."""

    __slots__ = ()
    _columns: ClassVar[Columns] = {
        "smallest": "float",
        "mean": "float",
        "largest": "float",
    }

    @property
    def smallest(self) -> float | None:
        """Smallest."""
        return self.data["smallest"]

    @property
    def mean(self) -> float | None:
        """Mean."""
        return self.data["mean"]

    @property
    def largest(self) -> float | None:
        """Largest."""
        return self.data["largest"]


class ExplainRangeLayer(Record):
    """``ExplainRangeLayer`` of the JSON."""

    __slots__ = ()
    _columns: ClassVar[Columns] = {
        "layer": "int",
        "smallest": "float",
        "mean": "float",
        "largest": "float",
    }

    @property
    def layer(self) -> int:
        """Layer."""
        return self.data["layer"]

    @property
    def smallest(self) -> float | None:
        """Smallest."""
        return self.data["smallest"]

    @property
    def mean(self) -> float | None:
        """Mean."""
        return self.data["mean"]

    @property
    def largest(self) -> float | None:
        """Largest."""
        return self.data["largest"]


class ExplainRange(Record):
    """``ExplainRange`` of the JSON."""

    __slots__ = ()
    _columns: ClassVar[Columns] = {
        "label": "text",
        "all": ExplainRangeAll,
        "layers": [ExplainRangeLayer],
    }

    @property
    def label(self) -> str:
        """Label."""
        return self.data["label"]

    @property
    def all(self) -> ExplainRangeAll:
        """All."""
        return ExplainRangeAll(self.data["all"])

    @property
    def layers(self) -> Table[ExplainRangeLayer]:
        """Layers."""
        return Table(self.data["layers"], ExplainRangeLayer)


class ExplainLayer(Record):
    """Runs of layers that are alike in this respect."""

    __slots__ = ()
    _columns: ClassVar[Columns] = {
        "first": "int",
        "last": "int",
        "kind": "text",
    }

    @property
    def first(self) -> int:
        """First."""
        return self.data["first"]

    @property
    def last(self) -> int:
        """Last."""
        return self.data["last"]

    @property
    def kind(self) -> str:
        """Kind."""
        return self.data["kind"]


class ExplainFrequency(Record):
    """Of rope, for each pair of dims: radians a token, and tokens for a whole turn."""

    __slots__ = ()
    _columns: ClassVar[Columns] = {
        "unscaled": "float",
        "scaled": "float",
        "unscaled_turn_tokens": "float",
        "scaled_turn_tokens": "float",
    }

    @property
    def unscaled(self) -> float | None:
        """Unscaled."""
        return self.data["unscaled"]

    @property
    def scaled(self) -> float | None:
        """Scaled."""
        return self.data["scaled"]

    @property
    def unscaled_turn_tokens(self) -> float | None:
        """Unscaled turn tokens."""
        return self.data["unscaled_turn_tokens"]

    @property
    def scaled_turn_tokens(self) -> float | None:
        """Scaled turn tokens."""
        return self.data["scaled_turn_tokens"]


class ExplainWorkedTokenRouterExpert(Record):
    """The chosen by weight, then the others by what is compared."""

    __slots__ = ()
    _columns: ClassVar[Columns] = {
        "expert": "int",
        "group": "int",
        "logit": "float",
        "score": "float",
        "bias": "float",
        "choosing": "float",
        "picks": ["float"],
        "weight": "float",
        "missed_by": "float",
    }

    @property
    def expert(self) -> int:
        """Expert."""
        return self.data["expert"]

    @property
    def group(self) -> int:
        """Group."""
        return self.data["group"]

    @property
    def logit(self) -> float | None:
        """Logit."""
        return self.data["logit"]

    @property
    def score(self) -> float | None:
        """A sigmoid, or a share of a softmax over all."""
        return self.data["score"]

    @property
    def bias(self) -> float | None:
        """Bias."""
        return self.data["bias"]

    @property
    def choosing(self) -> float | None:
        """What is compared; null in a group that is left out."""
        return self.data["choosing"]

    @property
    def picks(self) -> list[float]:
        """SparseMixer: shares of its two softmaxes."""
        return self.data["picks"]

    @property
    def weight(self) -> float | None:
        """Null for those not chosen."""
        return self.data["weight"]

    @property
    def missed_by(self) -> float | None:
        """Missed by."""
        return self.data["missed_by"]


class ExplainWorkedTokenRouterGroup(Record):
    """``ExplainWorkedTokenRouterGroup`` of the JSON."""

    __slots__ = ()
    _columns: ClassVar[Columns] = {
        "score": "float",
        "kept": "bool",
    }

    @property
    def score(self) -> float | None:
        """Score."""
        return self.data["score"]

    @property
    def kept(self) -> bool:
        """Kept."""
        return self.data["kept"]


class ExplainWorkedTokenRouter(Record):
    """``ExplainWorkedTokenRouter`` of the JSON."""

    __slots__ = ()
    _columns: ClassVar[Columns] = {
        "experts": [ExplainWorkedTokenRouterExpert],
        "chosen": "int",
        "groups": [ExplainWorkedTokenRouterGroup],
        "weight_sum": "float",
    }

    @property
    def experts(self) -> Table[ExplainWorkedTokenRouterExpert]:
        """The chosen by weight, then the others by what is compared."""
        return Table(self.data["experts"], ExplainWorkedTokenRouterExpert)

    @property
    def chosen(self) -> int:
        """Chosen."""
        return self.data["chosen"]

    @property
    def groups(self) -> Table[ExplainWorkedTokenRouterGroup]:
        """Groups."""
        return Table(self.data["groups"], ExplainWorkedTokenRouterGroup)

    @property
    def weight_sum(self) -> float | None:
        """Weight sum."""
        return self.data["weight_sum"]


class ExplainWorkedTokenRopePair(Record):
    """``ExplainWorkedTokenRopePair`` of the JSON."""

    __slots__ = ()
    _columns: ClassVar[Columns] = {
        "pair": "int",
        "dims": ["int"],
        "angle": "float",
        "cosine": "float",
        "sine": "float",
        "before": ["float"],
        "after": ["float"],
    }

    @property
    def pair(self) -> int:
        """Pair."""
        return self.data["pair"]

    @property
    def dims(self) -> list[int]:
        """Dims."""
        return self.data["dims"]

    @property
    def angle(self) -> float | None:
        """Angle."""
        return self.data["angle"]

    @property
    def cosine(self) -> float | None:
        """With the multiplier, as sine."""
        return self.data["cosine"]

    @property
    def sine(self) -> float | None:
        """Sine."""
        return self.data["sine"]

    @property
    def before(self) -> list[float | None]:
        """Before."""
        return self.data["before"]

    @property
    def after(self) -> list[float | None]:
        """After."""
        return self.data["after"]


class ExplainWorkedTokenRope(Record):
    """``ExplainWorkedTokenRope`` of the JSON."""

    __slots__ = ()
    _columns: ClassVar[Columns] = {
        "head": "int",
        "multiplier": "float",
        "pairs": [ExplainWorkedTokenRopePair],
    }

    @property
    def head(self) -> int:
        """Head."""
        return self.data["head"]

    @property
    def multiplier(self) -> float | None:
        """Of cosines and sines."""
        return self.data["multiplier"]

    @property
    def pairs(self) -> Table[ExplainWorkedTokenRopePair]:
        """Pairs."""
        return Table(self.data["pairs"], ExplainWorkedTokenRopePair)


class ExplainWorkedTokenGqaKey(Record):
    """``ExplainWorkedTokenGqaKey`` of the JSON."""

    __slots__ = ()
    _columns: ClassVar[Columns] = {
        "position": "int",
        "id": "int",
        "product": "float",
        "score": "float",
        "shares": ["float"],
    }

    @property
    def position(self) -> int:
        """Position."""
        return self.data["position"]

    @property
    def id(self) -> int:
        """Id."""
        return self.data["id"]

    @property
    def product(self) -> float | None:
        """Scaled, before a soft cap."""
        return self.data["product"]

    @property
    def score(self) -> float | None:
        """Score."""
        return self.data["score"]

    @property
    def shares(self) -> list[float]:
        """Of each head of the group."""
        return self.data["shares"]


class ExplainWorkedTokenGqa(Record):
    """``ExplainWorkedTokenGqa`` of the JSON."""

    __slots__ = ()
    _columns: ClassVar[Columns] = {
        "head": "int",
        "kv_head": "int",
        "first_head_of_group": "int",
        "keys": [ExplainWorkedTokenGqaKey],
        "sink": "float",
        "sink_shares": ["float"],
    }

    @property
    def head(self) -> int:
        """Head."""
        return self.data["head"]

    @property
    def kv_head(self) -> int:
        """Kv head."""
        return self.data["kv_head"]

    @property
    def first_head_of_group(self) -> int:
        """First head of group."""
        return self.data["first_head_of_group"]

    @property
    def keys(self) -> Table[ExplainWorkedTokenGqaKey]:
        """Keys."""
        return Table(self.data["keys"], ExplainWorkedTokenGqaKey)

    @property
    def sink(self) -> float | None:
        """Sink."""
        return self.data["sink"]

    @property
    def sink_shares(self) -> list[float]:
        """Sink shares."""
        return self.data["sink_shares"]


class ExplainWorkedTokenSwigluLargest(Record):
    """``ExplainWorkedTokenSwigluLargest`` of the JSON."""

    __slots__ = ()
    _columns: ClassVar[Columns] = {
        "unit": "int",
        "gate": "float",
        "activated": "float",
        "up": "float",
        "product": "float",
    }

    @property
    def unit(self) -> int:
        """Unit."""
        return self.data["unit"]

    @property
    def gate(self) -> float | None:
        """Gate."""
        return self.data["gate"]

    @property
    def activated(self) -> float | None:
        """Activated."""
        return self.data["activated"]

    @property
    def up(self) -> float | None:
        """Up."""
        return self.data["up"]

    @property
    def product(self) -> float | None:
        """Product."""
        return self.data["product"]


class ExplainWorkedTokenSwiglu(Record):
    """``ExplainWorkedTokenSwiglu`` of the JSON."""

    __slots__ = ()
    _columns: ClassVar[Columns] = {
        "part": "text",
        "expert": "int",
        "weight": "float",
        "units": "int",
        "largest": [ExplainWorkedTokenSwigluLargest],
        "share_of_largest": "float",
        "small_units": "int",
    }

    @property
    def part(self) -> str:
        """Part."""
        return self.data["part"]

    @property
    def expert(self) -> int | None:
        """Expert."""
        return self.data["expert"]

    @property
    def weight(self) -> float | None:
        """Weight."""
        return self.data["weight"]

    @property
    def units(self) -> int:
        """Units."""
        return self.data["units"]

    @property
    def largest(self) -> Table[ExplainWorkedTokenSwigluLargest]:
        """Largest."""
        return Table(self.data["largest"], ExplainWorkedTokenSwigluLargest)

    @property
    def share_of_largest(self) -> float | None:
        """Of the sum of squared products."""
        return self.data["share_of_largest"]

    @property
    def small_units(self) -> int:
        """Whose product is below a hundredth of the largest."""
        return self.data["small_units"]


class ExplainWorkedToken(Record):
    """``ExplainWorkedToken`` of the JSON."""

    __slots__ = ()
    _columns: ClassVar[Columns] = {
        "layer": "int",
        "token": "int",
        "ids": ["int"],
        "tokens": ["text"],
        "router": ExplainWorkedTokenRouter,
        "rope": ExplainWorkedTokenRope,
        "gqa": ExplainWorkedTokenGqa,
        "swiglu": [ExplainWorkedTokenSwiglu],
    }

    @property
    def layer(self) -> int:
        """Layer."""
        return self.data["layer"]

    @property
    def token(self) -> int:
        """The position, from 0."""
        return self.data["token"]

    @property
    def ids(self) -> list[int]:
        """Ids."""
        return self.data["ids"]

    @property
    def tokens(self) -> list[str] | None:
        """Tokens."""
        return self.data["tokens"]

    @property
    def router(self) -> ExplainWorkedTokenRouter | None:
        """Router."""
        value = self.data["router"]
        return None if value is None else ExplainWorkedTokenRouter(value)

    @property
    def rope(self) -> ExplainWorkedTokenRope | None:
        """Rope."""
        value = self.data["rope"]
        return None if value is None else ExplainWorkedTokenRope(value)

    @property
    def gqa(self) -> ExplainWorkedTokenGqa | None:
        """Gqa."""
        value = self.data["gqa"]
        return None if value is None else ExplainWorkedTokenGqa(value)

    @property
    def swiglu(self) -> Table[ExplainWorkedTokenSwiglu] | None:
        """Swiglu."""
        value = self.data["swiglu"]
        return None if value is None else Table(value, ExplainWorkedTokenSwiglu)


class ExplainRun(Record):
    """``ExplainRun`` of the JSON."""

    __slots__ = ()
    _columns: ClassVar[Columns] = {
        "command": "text",
        "arguments": ["text"],
        "threads": "int",
        "simd_target": "text",
    }

    @property
    def command(self) -> str:
        """Command."""
        return self.data["command"]

    @property
    def arguments(self) -> list[str]:
        """Arguments."""
        return self.data["arguments"]

    @property
    def threads(self) -> int:
        """Threads."""
        return self.data["threads"]

    @property
    def simd_target(self) -> str:
        """Simd target."""
        return self.data["simd_target"]


class ExplainRecord(Record):
    """JSON output of ``modelkin explain``, version 1.0. One part of one model: its formula, its numbers
    and where each comes from, and one token followed through it.
    """

    __slots__ = ()
    _columns: ClassVar[Columns] = {
        "schema_version": "text",
        "tool": Tool,
        "inputs": [Input],
        "topic": "text",
        "family": "text",
        "present": "bool",
        "formula": ExplainFormula,
        "facts": [ExplainFact],
        "tensors": [ExplainTensor],
        "ranges": [ExplainRange],
        "layers": [ExplainLayer],
        "frequencies": [ExplainFrequency],
        "notes": ["text"],
        "worked_token": ExplainWorkedToken,
        "run": ExplainRun,
    }

    @property
    def schema_version(self) -> str:
        """Schema version."""
        return self.data["schema_version"]

    @property
    def tool(self) -> Tool:
        """Tool."""
        return Tool(self.data["tool"])

    @property
    def inputs(self) -> Table[Input]:
        """Inputs."""
        return Table(self.data["inputs"], Input)

    @property
    def topic(self) -> Literal["router", "rope", "gqa", "swiglu"]:
        """Topic."""
        return self.data["topic"]

    @property
    def family(self) -> str:
        """Family."""
        return self.data["family"]

    @property
    def present(self) -> bool:
        """Whether the model has the part; if not, formula says what it has instead."""
        return self.data["present"]

    @property
    def formula(self) -> ExplainFormula:
        """Formula."""
        return ExplainFormula(self.data["formula"])

    @property
    def facts(self) -> Table[ExplainFact]:
        """Facts."""
        return Table(self.data["facts"], ExplainFact)

    @property
    def tensors(self) -> Table[ExplainTensor]:
        """Tensors."""
        return Table(self.data["tensors"], ExplainTensor)

    @property
    def ranges(self) -> Table[ExplainRange]:
        """Ranges."""
        return Table(self.data["ranges"], ExplainRange)

    @property
    def layers(self) -> Table[ExplainLayer]:
        """Runs of layers that are alike in this respect."""
        return Table(self.data["layers"], ExplainLayer)

    @property
    def frequencies(self) -> Table[ExplainFrequency]:
        """Of rope, for each pair of dims: radians a token, and tokens for a whole turn."""
        return Table(self.data["frequencies"], ExplainFrequency)

    @property
    def notes(self) -> list[str]:
        """Notes."""
        return self.data["notes"]

    @property
    def worked_token(self) -> ExplainWorkedToken | None:
        """Worked token."""
        value = self.data["worked_token"]
        return None if value is None else ExplainWorkedToken(value)

    @property
    def run(self) -> ExplainRun:
        """Run."""
        return ExplainRun(self.data["run"])
