"""Types of docs/check.schema.json, from which scripts/make-result-types makes them."""

# mypy: disable-error-code=no-any-return
from __future__ import annotations

from typing import ClassVar, Literal

from .._record import Columns, Record, Table
from .shared import Tool

CheckClaimOutcome = Literal["supported", "related", "partial", "reversed", "unsupported", "untestable"]


CheckClaimVerdict = Literal["identical", "derived", "shares_material", "no_evidence", "not_comparable"]


CheckClaimComponentComponent = Literal["text", "vision", "audio", "projector", "prediction"]


CheckClaimComponentVerdict = Literal[
    "identical",
    "derived",
    "shares_material",
    "no_evidence",
    "not_comparable",
]


class CheckClaimComponent(Record):
    """What each component comes to, the text models first."""

    __slots__ = ()
    _columns: ClassVar[Columns] = {
        "component": "text",
        "verdict": "text",
        "kinds": ["text"],
    }

    @property
    def component(self) -> CheckClaimComponentComponent:
        """Which of the models that a checkpoint holds."""
        return self.data["component"]

    @property
    def verdict(self) -> CheckClaimComponentVerdict:
        """Of the component; not_comparable where a single model has it."""
        return self.data["verdict"]

    @property
    def kinds(self) -> list[str]:
        """How one was made from the other: the names of docs/kinship.md."""
        return self.data["kinds"]


CheckClaimSignName = Literal[
    "cast",
    "quantised",
    "pruned",
    "merged",
    "vocabulary_extended",
    "layers_duplicated",
    "upcycled",
    "decayed_rows",
]


class CheckClaimSign(Record):
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
    def name(self) -> CheckClaimSignName:
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


class CheckClaim(Record):
    """Each claim, in the order given, and what weights say of it. In a claim's trace A is the claimed
    base, B the model.
    """

    __slots__ = ()
    _columns: ClassVar[Columns] = {
        "claim": "text",
        "name": "text",
        "source": "text",
        "relation": "text",
        "relation_agrees": "bool",
        "outcome": "text",
        "verdict": "text",
        "sentence": "text",
        "components": [CheckClaimComponent],
        "direction": "text",
        "signs_point": "text",
        "signs": [CheckClaimSign],
        "kinds": ["text"],
    }

    @property
    def claim(self) -> str:
        """base_model=PLACE: where the base was opened."""
        return self.data["claim"]

    @property
    def name(self) -> str:
        """What the base is called where it is claimed, such as org/name."""
        return self.data["name"]

    @property
    def source(self) -> str | None:
        """The card or bill of materials that claims it; null where the caller does."""
        return self.data["source"]

    @property
    def relation(self) -> Literal["finetune", "adapter", "merge", "quantized"] | None:
        """How the source says that the model was made; null where it does not."""
        return self.data["relation"]

    @property
    def relation_agrees(self) -> bool | None:
        """Whether the kinds that were found are what the relation says; null where one of the two does not
        say.
        """
        return self.data["relation_agrees"]

    @property
    def outcome(self) -> CheckClaimOutcome:
        """supported: identical, or a fact says that the model was made from the base. related: which of
        the two was first is not shown. partial: some is shared, or only a common start. reversed: the
        base was made from the model. unsupported: nothing found. untestable: no test could be run.
        """
        return self.data["outcome"]

    @property
    def verdict(self) -> CheckClaimVerdict:
        """The category of trace's verdict."""
        return self.data["verdict"]

    @property
    def sentence(self) -> str:
        """The verdict in words."""
        return self.data["sentence"]

    @property
    def components(self) -> Table[CheckClaimComponent]:
        """What each component comes to, the text models first."""
        return Table(self.data["components"], CheckClaimComponent)

    @property
    def direction(self) -> Literal["unknown", "a_to_b", "b_to_a"]:
        """Who was first, where all facts agree. Signs have no say."""
        return self.data["direction"]

    @property
    def signs_point(self) -> Literal["none", "a_to_b", "b_to_a"]:
        """Who was first by the signs, if none contradicts another."""
        return self.data["signs_point"]

    @property
    def signs(self) -> Table[CheckClaimSign]:
        """What one order is more likely to leave than the other, what later step turns it round, and how
        often it was wrong in the recipes of docs/kinship.md.
        """
        return Table(self.data["signs"], CheckClaimSign)

    @property
    def kinds(self) -> list[str]:
        """How one was made from the other, all that apply: the names of docs/kinship.md."""
        return self.data["kinds"]


CheckFailOn = Literal[
    "supported",
    "related",
    "partial",
    "reversed",
    "unsupported",
    "untestable",
    "contradicted",
]


class CheckRun(Record):
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


class CheckRecord(Record):
    """JSON output of ``modelkin check``, version 1.3."""

    __slots__ = ()
    _columns: ClassVar[Columns] = {
        "schema_version": "text",
        "tool": Tool,
        "model": "text",
        "claims": [CheckClaim],
        "fail_on": ["text"],
        "failed": "bool",
        "run": CheckRun,
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
    def model(self) -> str:
        """The model whose origin is claimed, as the user named it."""
        return self.data["model"]

    @property
    def claims(self) -> Table[CheckClaim]:
        """Each claim, in the order given, and what weights say of it. In a claim's trace A is the claimed
        base, B the model.
        """
        return Table(self.data["claims"], CheckClaim)

    @property
    def fail_on(self) -> list[CheckFailOn]:
        """Outcomes that make the check fail; contradicted: that relation_agrees is false."""
        return self.data["fail_on"]

    @property
    def failed(self) -> bool:
        """Whether a claim has one of these outcomes, or is contradicted where that fails; the program's
        exit code is then 1.
        """
        return self.data["failed"]

    @property
    def run(self) -> CheckRun:
        """How the numbers were made; the only part that may differ between runs on the same inputs."""
        return CheckRun(self.data["run"])
