"""Types of docs/explain.schema.json, from which scripts/make-result-types makes them."""

# mypy: disable-error-code=no-any-return
from __future__ import annotations

from typing import ClassVar, Literal

from .._record import Columns, Record, Table
from .shared import Input, Tool


class ExplainFormula(Record):
    """How the part computes."""

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
        """The kind in words."""
        return self.data["title"]

    @property
    def lines(self) -> list[str]:
        """The formula, line by line."""
        return self.data["lines"]

    @property
    def sources(self) -> list[str]:
        """Publications."""
        return self.data["sources"]


class ExplainFact(Record):
    """The part's numbers and settings, and where each comes from."""

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
        """An identifier: experts_per_token."""
        return self.data["name"]

    @property
    def label(self) -> str:
        """The same in words."""
        return self.data["label"]

    @property
    def value(self) -> bool | float | str | None:
        """A number, text or whether; null for none."""
        return self.data["value"]

    @property
    def origin(self) -> Literal["config", "family", "tensor", "computed"]:
        """config.json, a rule of the family, a tensor, or computed of others."""
        return self.data["origin"]

    @property
    def from_(self) -> str | None:
        """The key of config.json, the tensors, or how it is computed; null for a family's default."""
        return self.data["from"]


class ExplainTensor(Record):
    """The part's tensors in the layer."""

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
        """What it is in the part: router, gate."""
        return self.data["part"]

    @property
    def stored_name(self) -> str:
        """Its name in the file."""
        return self.data["stored_name"]

    @property
    def is_part_of_stored(self) -> bool:
        """The shape is that of a part of the stored tensor."""
        return self.data["is_part_of_stored"]

    @property
    def shape(self) -> list[int]:
        """Extents, outputs by inputs."""
        return self.data["shape"]

    @property
    def dtype(self) -> str:
        """What its values are stored as."""
        return self.data["dtype"]


class ExplainRangeAll(Record):
    """Over all layers."""

    __slots__ = ()
    _columns: ClassVar[Columns] = {
        "smallest": "float",
        "mean": "float",
        "largest": "float",
    }

    @property
    def smallest(self) -> float | None:
        """The least value."""
        return self.data["smallest"]

    @property
    def mean(self) -> float | None:
        """The mean of values."""
        return self.data["mean"]

    @property
    def largest(self) -> float | None:
        """The greatest value."""
        return self.data["largest"]


class ExplainRangeLayer(Record):
    """Of each layer that has it."""

    __slots__ = ()
    _columns: ClassVar[Columns] = {
        "layer": "int",
        "smallest": "float",
        "mean": "float",
        "largest": "float",
    }

    @property
    def layer(self) -> int:
        """The layer's number."""
        return self.data["layer"]

    @property
    def smallest(self) -> float | None:
        """The least value."""
        return self.data["smallest"]

    @property
    def mean(self) -> float | None:
        """The mean of values."""
        return self.data["mean"]

    @property
    def largest(self) -> float | None:
        """The greatest value."""
        return self.data["largest"]


class ExplainRange(Record):
    """Values of one kind of tensor, by layer."""

    __slots__ = ()
    _columns: ClassVar[Columns] = {
        "label": "text",
        "all": ExplainRangeAll,
        "layers": [ExplainRangeLayer],
    }

    @property
    def label(self) -> str:
        """What the values are."""
        return self.data["label"]

    @property
    def all(self) -> ExplainRangeAll:
        """Over all layers."""
        return ExplainRangeAll(self.data["all"])

    @property
    def layers(self) -> Table[ExplainRangeLayer]:
        """Of each layer that has it."""
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
        """The run's first layer."""
        return self.data["first"]

    @property
    def last(self) -> int:
        """The run's last layer."""
        return self.data["last"]

    @property
    def kind(self) -> str:
        """Such as experts, dense, window of 128."""
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
        """Radians a token, without the model's scaling."""
        return self.data["unscaled"]

    @property
    def scaled(self) -> float | None:
        """Radians a token, as the model has it."""
        return self.data["scaled"]

    @property
    def unscaled_turn_tokens(self) -> float | None:
        """Tokens for a whole turn, without scaling."""
        return self.data["unscaled_turn_tokens"]

    @property
    def scaled_turn_tokens(self) -> float | None:
        """Tokens for a whole turn."""
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
        """The expert's number."""
        return self.data["expert"]

    @property
    def group(self) -> int:
        """The group that it is in."""
        return self.data["group"]

    @property
    def logit(self) -> float | None:
        """The router's output."""
        return self.data["logit"]

    @property
    def score(self) -> float | None:
        """A sigmoid, or a share of a softmax over all."""
        return self.data["score"]

    @property
    def bias(self) -> float | None:
        """Added to the score to choose by; null without one."""
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
        """How far below the last chosen it is; null for the chosen."""
        return self.data["missed_by"]


class ExplainWorkedTokenRouterGroup(Record):
    """Groups of experts; empty where all are kept."""

    __slots__ = ()
    _columns: ClassVar[Columns] = {
        "score": "float",
        "kept": "bool",
    }

    @property
    def score(self) -> float | None:
        """The sum of the group's two largest scores."""
        return self.data["score"]

    @property
    def kept(self) -> bool:
        """Whether its experts may be chosen."""
        return self.data["kept"]


class ExplainWorkedTokenRouter(Record):
    """Of router: what it gives each expert."""

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
        """Experts that are chosen."""
        return self.data["chosen"]

    @property
    def groups(self) -> Table[ExplainWorkedTokenRouterGroup]:
        """Groups of experts; empty where all are kept."""
        return Table(self.data["groups"], ExplainWorkedTokenRouterGroup)

    @property
    def weight_sum(self) -> float | None:
        """Sum of the chosen experts' weights."""
        return self.data["weight_sum"]


class ExplainWorkedTokenRopePair(Record):
    """Pairs of dims that turn together."""

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
        """The pair's number."""
        return self.data["pair"]

    @property
    def dims(self) -> list[int]:
        """The two dims of the head."""
        return self.data["dims"]

    @property
    def angle(self) -> float | None:
        """Radians at the token's position."""
        return self.data["angle"]

    @property
    def cosine(self) -> float | None:
        """With the multiplier, as sine."""
        return self.data["cosine"]

    @property
    def sine(self) -> float | None:
        """Of the angle, with the multiplier."""
        return self.data["sine"]

    @property
    def before(self) -> list[float | None]:
        """The query's two values as they come in."""
        return self.data["before"]

    @property
    def after(self) -> list[float | None]:
        """The same, turned."""
        return self.data["after"]


class ExplainWorkedTokenRope(Record):
    """Of rope: how a head's query is turned."""

    __slots__ = ()
    _columns: ClassVar[Columns] = {
        "head": "int",
        "multiplier": "float",
        "pairs": [ExplainWorkedTokenRopePair],
    }

    @property
    def head(self) -> int:
        """The query head, from 0."""
        return self.data["head"]

    @property
    def multiplier(self) -> float | None:
        """Of cosines and sines."""
        return self.data["multiplier"]

    @property
    def pairs(self) -> Table[ExplainWorkedTokenRopePair]:
        """Pairs of dims that turn together."""
        return Table(self.data["pairs"], ExplainWorkedTokenRopePair)


class ExplainWorkedTokenGqaKey(Record):
    """Positions that the token attends to."""

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
        """From 0."""
        return self.data["position"]

    @property
    def id(self) -> int:
        """The token id there."""
        return self.data["id"]

    @property
    def product(self) -> float | None:
        """Scaled, before a soft cap."""
        return self.data["product"]

    @property
    def score(self) -> float | None:
        """The product, below the soft cap where there is one."""
        return self.data["score"]

    @property
    def shares(self) -> list[float]:
        """Of each head of the group."""
        return self.data["shares"]


class ExplainWorkedTokenGqa(Record):
    """Of gqa: what a head attends to."""

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
        """The query head, from 0."""
        return self.data["head"]

    @property
    def kv_head(self) -> int:
        """The key and value head that it shares."""
        return self.data["kv_head"]

    @property
    def first_head_of_group(self) -> int:
        """The query head of the first share in a row."""
        return self.data["first_head_of_group"]

    @property
    def keys(self) -> Table[ExplainWorkedTokenGqaKey]:
        """Positions that the token attends to."""
        return Table(self.data["keys"], ExplainWorkedTokenGqaKey)

    @property
    def sink(self) -> float | None:
        """The sink's score; null without one."""
        return self.data["sink"]

    @property
    def sink_shares(self) -> list[float]:
        """Of each head of the group; empty without a sink."""
        return self.data["sink_shares"]


class ExplainWorkedTokenSwigluLargest(Record):
    """Those of the largest products."""

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
        """The unit's number."""
        return self.data["unit"]

    @property
    def gate(self) -> float | None:
        """What the activation function is applied to."""
        return self.data["gate"]

    @property
    def activated(self) -> float | None:
        """The same after it."""
        return self.data["activated"]

    @property
    def up(self) -> float | None:
        """What that is multiplied by; null without a gate."""
        return self.data["up"]

    @property
    def product(self) -> float | None:
        """What goes into the down projection."""
        return self.data["product"]


class ExplainWorkedTokenSwiglu(Record):
    """Of swiglu: the hidden units of each MLP that the token passes."""

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
        """The MLP: mlp.experts.3."""
        return self.data["part"]

    @property
    def expert(self) -> int | None:
        """The expert's number; null for none."""
        return self.data["expert"]

    @property
    def weight(self) -> float | None:
        """That the router gives the expert; null for none."""
        return self.data["weight"]

    @property
    def units(self) -> int:
        """Hidden units."""
        return self.data["units"]

    @property
    def largest(self) -> Table[ExplainWorkedTokenSwigluLargest]:
        """Those of the largest products."""
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
    """One token followed through the part; null where the model does not have it."""

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
        """The layer that it is followed through."""
        return self.data["layer"]

    @property
    def token(self) -> int:
        """The position, from 0."""
        return self.data["token"]

    @property
    def ids(self) -> list[int]:
        """The text's token ids."""
        return self.data["ids"]

    @property
    def tokens(self) -> list[str] | None:
        """What each id stands for; null where nothing says."""
        return self.data["tokens"]

    @property
    def router(self) -> ExplainWorkedTokenRouter | None:
        """Of router: what it gives each expert."""
        value = self.data["router"]
        return None if value is None else ExplainWorkedTokenRouter(value)

    @property
    def rope(self) -> ExplainWorkedTokenRope | None:
        """Of rope: how a head's query is turned."""
        value = self.data["rope"]
        return None if value is None else ExplainWorkedTokenRope(value)

    @property
    def gqa(self) -> ExplainWorkedTokenGqa | None:
        """Of gqa: what a head attends to."""
        value = self.data["gqa"]
        return None if value is None else ExplainWorkedTokenGqa(value)

    @property
    def swiglu(self) -> Table[ExplainWorkedTokenSwiglu] | None:
        """Of swiglu: the hidden units of each MLP that the token passes."""
        value = self.data["swiglu"]
        return None if value is None else Table(value, ExplainWorkedTokenSwiglu)


class ExplainRun(Record):
    """How the numbers were made; the only part that may differ between runs on the same inputs."""

    __slots__ = ()
    _columns: ClassVar[Columns] = {
        "command": "text",
        "arguments": ["text"],
        "threads": "int",
        "simd_target": "text",
    }

    @property
    def command(self) -> str:
        """The command's name."""
        return self.data["command"]

    @property
    def arguments(self) -> list[str]:
        """The program's arguments, the command first."""
        return self.data["arguments"]

    @property
    def threads(self) -> int:
        """Threads that shared the work; numbers do not depend on them."""
        return self.data["threads"]

    @property
    def simd_target(self) -> str:
        """The instruction set that was used, as of Highway's names."""
        return self.data["simd_target"]


class ExplainRecord(Record):
    """One part of one model: its formula, its numbers and where each comes from, and one token followed
    through it.
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
        """The version of the JSON's format."""
        return self.data["schema_version"]

    @property
    def tool(self) -> Tool:
        """The program that wrote it."""
        return Tool(self.data["tool"])

    @property
    def inputs(self) -> Table[Input]:
        """The model; as in results.schema.json."""
        return Table(self.data["inputs"], Input)

    @property
    def topic(self) -> Literal["router", "rope", "gqa", "swiglu", "encoder"]:
        """The part that is explained."""
        return self.data["topic"]

    @property
    def family(self) -> str:
        """Name in docs/families.md; empty of an encoder of a family that is not known."""
        return self.data["family"]

    @property
    def present(self) -> bool:
        """Whether the model has the part; if not, formula says what it has instead."""
        return self.data["present"]

    @property
    def formula(self) -> ExplainFormula:
        """How the part computes."""
        return ExplainFormula(self.data["formula"])

    @property
    def facts(self) -> Table[ExplainFact]:
        """The part's numbers and settings, and where each comes from."""
        return Table(self.data["facts"], ExplainFact)

    @property
    def tensors(self) -> Table[ExplainTensor]:
        """The part's tensors in the layer."""
        return Table(self.data["tensors"], ExplainTensor)

    @property
    def ranges(self) -> Table[ExplainRange]:
        """Values of one kind of tensor, by layer."""
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
        """Lines on what is odd or left out."""
        return self.data["notes"]

    @property
    def worked_token(self) -> ExplainWorkedToken | None:
        """One token followed through the part; null where the model does not have it."""
        value = self.data["worked_token"]
        return None if value is None else ExplainWorkedToken(value)

    @property
    def run(self) -> ExplainRun:
        """How the numbers were made; the only part that may differ between runs on the same inputs."""
        return ExplainRun(self.data["run"])
