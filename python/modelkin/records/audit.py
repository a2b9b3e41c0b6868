"""Types of docs/audit.schema.json, from which scripts/make-result-types makes them."""

# mypy: disable-error-code=no-any-return
from __future__ import annotations

from typing import ClassVar, Literal

from .._record import Columns, Record, Table
from .shared import Input, Tool

AuditModelTraceVerdict = Literal["identical", "derived", "shares_material", "no_evidence", "not_comparable"]


AuditModelTraceComponentComponent = Literal["text", "vision", "audio", "projector", "prediction"]


AuditModelTraceComponentVerdict = Literal[
    "identical",
    "derived",
    "shares_material",
    "no_evidence",
    "not_comparable",
]


class AuditModelTraceComponent(Record):
    """What each component comes to, the text models first."""

    __slots__ = ()
    _columns: ClassVar[Columns] = {
        "component": "text",
        "verdict": "text",
        "kinds": ["text"],
    }

    @property
    def component(self) -> AuditModelTraceComponentComponent:
        """Which of the models that a checkpoint holds."""
        return self.data["component"]

    @property
    def verdict(self) -> AuditModelTraceComponentVerdict:
        """Of the component; not_comparable where a single model has it."""
        return self.data["verdict"]

    @property
    def kinds(self) -> list[str]:
        """How one was made from the other: the names of docs/kinship.md."""
        return self.data["kinds"]


AuditModelTraceSignName = Literal[
    "cast",
    "quantised",
    "pruned",
    "merged",
    "vocabulary_extended",
    "layers_duplicated",
    "upcycled",
    "decayed_rows",
]


class AuditModelTraceSign(Record):
    """What one order is more likely to leave than the other, what later step turns it round, and how often
    it was wrong in the recipes of docs/kinship.md.
    """

    __slots__ = ()
    _columns: ClassVar[Columns] = {
        "name": "text",
        "direction": "text",
        "evidence": "text",
        "turned_by": "text",
        "wrong": "int",
        "cases": "int",
    }

    @property
    def name(self) -> AuditModelTraceSignName:
        """What was seen, in a word."""
        return self.data["name"]

    @property
    def direction(self) -> Literal["a_to_b", "b_to_a"]:
        """The order that it is a sign of."""
        return self.data["direction"]

    @property
    def evidence(self) -> str:
        """What was seen."""
        return self.data["evidence"]

    @property
    def turned_by(self) -> str:
        """What would make it point the other way."""
        return self.data["turned_by"]

    @property
    def wrong(self) -> int:
        """Recipes of docs/kinship.md in which it pointed the wrong way."""
        return self.data["wrong"]

    @property
    def cases(self) -> int:
        """Recipes in which it pointed anywhere."""
        return self.data["cases"]


AuditModelTraceShared = Literal[
    "common_initialisation",
    "copied_tensors",
    "part_of_the_model",
    "component_taken",
]


AuditModelTraceSharesOf = Literal["text", "vision", "audio", "projector", "prediction"]


class AuditModelTraceShares(Record):
    """How much of the candidate goes back to the reference."""

    __slots__ = ()
    _columns: ClassVar[Columns] = {
        "mlps": "int",
        "mlps_linked": "int",
        "mlp_parameters": "float",
        "layers": "int",
        "layers_linked": "int",
        "layer_share": "float",
        "tensor_share": "float",
        "learned_ratio": "float",
        "unit_cosine": "float",
        "retained": "float",
        "retained_error": "float",
        "retained_deviations": "float",
    }

    @property
    def mlps(self) -> int:
        """Of B, that were matched."""
        return self.data["mlps"]

    @property
    def mlps_linked(self) -> int:
        """Of those, that have their units in common with an MLP of A."""
        return self.data["mlps_linked"]

    @property
    def mlp_parameters(self) -> float | None:
        """Share of the matched MLPs' parameters that is in linked ones. From 0 to 1."""
        return self.data["mlp_parameters"]

    @property
    def layers(self) -> int:
        """Layers of B."""
        return self.data["layers"]

    @property
    def layers_linked(self) -> int:
        """Of those, whose attention and norms go back to a layer of A."""
        return self.data["layers_linked"]

    @property
    def layer_share(self) -> float | None:
        """layers_linked over layers. From 0 to 1."""
        return self.data["layer_share"]

    @property
    def tensor_share(self) -> float | None:
        """Of tensors of unknown layout, whose units are in place. From 0 to 1."""
        return self.data["tensor_share"]

    @property
    def learned_ratio(self) -> float | None:
        """Median over linked MLPs: see docs/lineage.md."""
        return self.data["learned_ratio"]

    @property
    def unit_cosine(self) -> float | None:
        """Median over linked MLPs of their units' mean cosine."""
        return self.data["unit_cosine"]

    @property
    def retained(self) -> float | None:
        """Of what one model learned, and not everybody would, how much the other has: docs/lineage.md,
        "Learned, or only started alike".
        """
        return self.data["retained"]

    @property
    def retained_error(self) -> float | None:
        """The standard error of `retained`, which takes units, their two weights and MLPs for independent."""
        return self.data["retained_error"]

    @property
    def retained_deviations(self) -> float | None:
        """By how many standard errors `retained` exceeds 0.95; 3 make it a derivation."""
        return self.data["retained_deviations"]


class AuditModelTraceStrongest(Record):
    """The most significant of the strong tests; null where none is."""

    __slots__ = ()
    _columns: ClassVar[Columns] = {
        "test": "text",
        "log10_p_adjusted": "float",
        "effect": "float",
    }

    @property
    def test(self) -> str:
        """Its name, of docs/lineage.md."""
        return self.data["test"]

    @property
    def log10_p_adjusted(self) -> float | None:
        """Corrected for tests, looks, components and all comparisons. At most 0."""
        return self.data["log10_p_adjusted"]

    @property
    def effect(self) -> float | None:
        """Its effect."""
        return self.data["effect"]


class AuditModelTrace(Record):
    """What its trace came to, in which A is the reference, B the candidate; null where it was not traced."""

    __slots__ = ()
    _columns: ClassVar[Columns] = {
        "verdict": "text",
        "sentence": "text",
        "components": [AuditModelTraceComponent],
        "direction": "text",
        "signs_point": "text",
        "signs": [AuditModelTraceSign],
        "kinds": ["text"],
        "shared": "text",
        "shares_of": "text",
        "shares": AuditModelTraceShares,
        "strongest": AuditModelTraceStrongest,
    }

    @property
    def verdict(self) -> AuditModelTraceVerdict:
        """The category of trace's verdict."""
        return self.data["verdict"]

    @property
    def sentence(self) -> str:
        """The verdict in words."""
        return self.data["sentence"]

    @property
    def components(self) -> Table[AuditModelTraceComponent]:
        """What each component comes to, the text models first."""
        return Table(self.data["components"], AuditModelTraceComponent)

    @property
    def direction(self) -> Literal["unknown", "a_to_b", "b_to_a"]:
        """Who was first, where all facts agree. Signs have no say."""
        return self.data["direction"]

    @property
    def signs_point(self) -> Literal["none", "a_to_b", "b_to_a"]:
        """Who was first by the signs, if none contradicts another."""
        return self.data["signs_point"]

    @property
    def signs(self) -> Table[AuditModelTraceSign]:
        """What one order is more likely to leave than the other, what later step turns it round, and how
        often it was wrong in the recipes of docs/kinship.md.
        """
        return Table(self.data["signs"], AuditModelTraceSign)

    @property
    def kinds(self) -> list[str]:
        """How one was made from the other, all that apply: the names of docs/kinship.md."""
        return self.data["kinds"]

    @property
    def shared(self) -> AuditModelTraceShared | None:
        """Of shares_material: what is; else null."""
        return self.data["shared"]

    @property
    def shares_of(self) -> AuditModelTraceSharesOf:
        """The component that shares and strongest are of: the first that goes back to the reference's,
        else the first.
        """
        return self.data["shares_of"]

    @property
    def shares(self) -> AuditModelTraceShares:
        """How much of the candidate goes back to the reference."""
        return AuditModelTraceShares(self.data["shares"])

    @property
    def strongest(self) -> AuditModelTraceStrongest | None:
        """The most significant of the strong tests; null where none is."""
        value = self.data["strongest"]
        return None if value is None else AuditModelTraceStrongest(value)


class AuditModel(Record):
    """The references, in the order of the list."""

    __slots__ = ()
    _columns: ClassVar[Columns] = {
        "id": "text",
        "outcome": "text",
        "failure": "text",
        "smallest_share": "float",
        "trace": AuditModelTrace,
    }

    @property
    def id(self) -> str:
        """Of its input: reference_1 and on."""
        return self.data["id"]

    @property
    def outcome(self) -> Literal["found", "nothing_found", "untestable"]:
        """What was found of it."""
        return self.data["outcome"]

    @property
    def failure(self) -> str | None:
        """Why it could not be opened or read; null where it could."""
        return self.data["failure"]

    @property
    def smallest_share(self) -> float | None:
        """The share of the reference's weights that a plain mixture would have had to hold to be found 9
        times in 10, simulated; of several components the largest of theirs. Null where something was
        found, or nothing was simulated. From 0 to 1.
        """
        return self.data["smallest_share"]

    @property
    def trace(self) -> AuditModelTrace | None:
        """What its trace came to, in which A is the reference, B the candidate; null where it was not
        traced.
        """
        value = self.data["trace"]
        return None if value is None else AuditModelTrace(value)


AuditRunRequestComponent = Literal["text", "vision", "audio", "projector", "prediction"]


class AuditRunRequest(Record):
    """What was asked for, all that numbers depend on but the inputs: modelkin verify asks again."""

    __slots__ = ()
    _columns: ClassVar[Columns] = {
        "kind": "text",
        "partial": "bool",
        "components": ["text"],
        "base": "text",
        "effort": "text",
        "most_rows": "int",
        "most_units": "int",
        "fingerprints": "text",
        "heritage": "text",
        "seed": "int",
        "permutations": "int",
        "comparisons": "int",
    }

    @property
    def kind(self) -> Literal["audit"]:
        """What was asked for."""
        return self.data["kind"]

    @property
    def partial(self) -> bool:
        """Whether missing files and tensors were let pass."""
        return self.data["partial"]

    @property
    def components(self) -> list[AuditRunRequestComponent] | None:
        """Components that alone were looked at, if such were named."""
        return self.data.get("components")

    @property
    def base(self) -> str | None:
        """The model that adapters were opened with, if one was named."""
        return self.data.get("base")

    @property
    def effort(self) -> Literal["auto", "full", "quick"]:
        """How much was to be looked at."""
        return self.data["effort"]

    @property
    def most_rows(self) -> int:
        """Rows of weights and tables at most; 0: as effort says."""
        return self.data["most_rows"]

    @property
    def most_units(self) -> int:
        """Hidden units of an MLP at most; 0: as effort says."""
        return self.data["most_units"]

    @property
    def fingerprints(self) -> Literal["none", "whole_models", "all"]:
        """Whether published fingerprints and spectra were asked for: of no models, of those that are
        looked at as a whole, of all.
        """
        return self.data["fingerprints"]

    @property
    def heritage(self) -> Literal["auto", "all", "drawn"]:
        """Which tensors' heritage was asked for."""
        return self.data["heritage"]

    @property
    def seed(self) -> int:
        """Of all random numbers."""
        return self.data["seed"]

    @property
    def permutations(self) -> int:
        """Random orders that a test draws at least."""
        return self.data["permutations"]

    @property
    def comparisons(self) -> int:
        """Pairs of models that one answer is made of, as of an audit: p-values are corrected for so many."""
        return self.data["comparisons"]


class AuditRun(Record):
    """How the numbers were made; the only part that may differ between runs on the same inputs."""

    __slots__ = ()
    _columns: ClassVar[Columns] = {
        "command": "text",
        "arguments": ["text"],
        "threads": "int",
        "simd_target": "text",
        "request": AuditRunRequest,
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

    @property
    def request(self) -> AuditRunRequest:
        """What was asked for, all that numbers depend on but the inputs: modelkin verify asks again."""
        return AuditRunRequest(self.data["request"])


class AuditRecord(Record):
    """JSON output of ``modelkin audit``, version 1.0."""

    __slots__ = ()
    _columns: ClassVar[Columns] = {
        "schema_version": "text",
        "tool": Tool,
        "inputs": [Input],
        "outcome": "text",
        "sentence": "text",
        "found": "int",
        "nothing_found": "int",
        "untestable": "int",
        "smallest_share": "float",
        "models": [AuditModel],
        "run": AuditRun,
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
        """The candidate (b), controls, and the references, as in results.schema.json; of a reference that
        could not be opened its id and path alone.
        """
        return Table(self.data["inputs"], Input)

    @property
    def outcome(self) -> Literal["found", "nothing_found", "untestable"]:
        """found: something was found of a reference. nothing_found: of none of those that could be tested.
        untestable: none could be.
        """
        return self.data["outcome"]

    @property
    def sentence(self) -> str:
        """The answer in a sentence that may be quoted."""
        return self.data["sentence"]

    @property
    def found(self) -> int:
        """References that something was found of."""
        return self.data["found"]

    @property
    def nothing_found(self) -> int:
        """References that nothing was found of."""
        return self.data["nothing_found"]

    @property
    def untestable(self) -> int:
        """References that no test could be run of, that were mostly not read, or that could not be opened."""
        return self.data["untestable"]

    @property
    def smallest_share(self) -> float | None:
        """The largest smallest_share of all models that nothing was found of; null where there is none, or
        one of them was not simulated. From 0 to 1.
        """
        return self.data["smallest_share"]

    @property
    def models(self) -> Table[AuditModel]:
        """The references, in the order of the list."""
        return Table(self.data["models"], AuditModel)

    @property
    def run(self) -> AuditRun:
        """How the numbers were made; the only part that may differ between runs on the same inputs."""
        return AuditRun(self.data["run"])
