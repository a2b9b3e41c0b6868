"""Types of docs/dossier.schema.json, from which scripts/make-result-types makes them."""

# mypy: disable-error-code=no-any-return
from __future__ import annotations

from typing import ClassVar, Literal

from .._record import Columns, Record, Table
from .shared import Tool


class DossierParty(Record):
    """The first dossier."""

    __slots__ = ()
    _columns: ClassVar[Columns] = {
        "path": "text",
        "root": "text",
        "tensors": "int",
        "residual": "int",
        "mlps": "int",
        "blocks": "int",
        "not_finite": "int",
    }

    @property
    def path(self) -> str:
        """The dossier's file, as the user named it."""
        return self.data["path"]

    @property
    def root(self) -> str:
        """The root of the commitment that the dossier says it is of."""
        return self.data["root"]

    @property
    def tensors(self) -> int:
        """Tensors that were committed to."""
        return self.data["tensors"]

    @property
    def residual(self) -> int:
        """Residual coordinates: the length of a row before it was projected."""
        return self.data["residual"]

    @property
    def mlps(self) -> int:
        """MLPs and experts of the model, by the dossier's word, of which the seed draws."""
        return self.data["mlps"]

    @property
    def blocks(self) -> int:
        """Blocks of units that the dossier tells of: MLPs, heads of layers, experts of layers."""
        return self.data["blocks"]

    @property
    def not_finite(self) -> int:
        """Of these, blocks whose weights are not finite by the dossier's word, so that nothing of them is
        compared.
        """
        return self.data["not_finite"]


class DossierSeed(Record):
    """Where draws and projections come from."""

    __slots__ = ()
    _columns: ClassVar[Columns] = {
        "text": "text",
        "beacon": "text",
        "agreed": "text",
        "is_agreed": "bool",
    }

    @property
    def text(self) -> str:
        """The seed of both dossiers."""
        return self.data["text"]

    @property
    def beacon(self) -> str:
        """The public text that the user gave; empty for none."""
        return self.data["beacon"]

    @property
    def agreed(self) -> str:
        """The seed that follows from both roots and the beacon."""
        return self.data["agreed"]

    @property
    def is_agreed(self) -> bool:
        """Whether the dossiers have that one. Else somebody may have chosen theirs."""
        return self.data["is_agreed"]


class DossierVerdict(Record):
    """What the dossiers show, if they are honest."""

    __slots__ = ()
    _columns: ClassVar[Columns] = {
        "category": "text",
        "sentence": "text",
        "not_comparable": "text",
        "warnings": ["text"],
    }

    @property
    def category(self) -> Literal["shares_material", "no_evidence", "not_comparable"]:
        """shares_material: consistent with a common origin, which may be a common start alone.
        no_evidence: nothing was found, which is no proof of independence. not_comparable: no test could
        be run.
        """
        return self.data["category"]

    @property
    def sentence(self) -> str:
        """The same in words."""
        return self.data["sentence"]

    @property
    def not_comparable(self) -> str | None:
        """Why nothing could be compared; null where something was."""
        return self.data["not_comparable"]

    @property
    def warnings(self) -> list[str]:
        """What takes a dossier's worth away, in sentences."""
        return self.data["warnings"]


DossierTestName = Literal[
    "gate_up_matching",
    "gate_up_agreement",
    "hidden_order",
    "hidden_trace",
    "head_matching",
    "expert_matching",
]


class DossierTest(Record):
    """Tests of independent initialisation: docs/dossier.md, "The tests"."""

    __slots__ = ()
    _columns: ClassVar[Columns] = {
        "name": "text",
        "skipped": "text",
        "statistic": "float",
        "units": "int",
        "log10_p": "float",
        "p_is_bound": "bool",
        "log10_p_adjusted": "float",
        "effect": "float",
        "least_effect": "float",
        "strong": "bool",
    }

    @property
    def name(self) -> DossierTestName:
        """Which test."""
        return self.data["name"]

    @property
    def skipped(self) -> str | None:
        """Why it was not run; null where it was."""
        return self.data["skipped"]

    @property
    def statistic(self) -> float | None:
        """Mean Spearman correlation, units that agree, or z; null where it was not run."""
        return self.data["statistic"]

    @property
    def units(self) -> int:
        """MLPs that were combined, or units that were matched."""
        return self.data["units"]

    @property
    def log10_p(self) -> float | None:
        """Logarithm of p to the base 10. At most 0."""
        return self.data["log10_p"]

    @property
    def p_is_bound(self) -> bool:
        """Whether p is this or smaller."""
        return self.data["p_is_bound"]

    @property
    def log10_p_adjusted(self) -> float | None:
        """The same, corrected by Holm for the number of tests that were run. At most 0."""
        return self.data["log10_p_adjusted"]

    @property
    def effect(self) -> float | None:
        """Share of units that agree or are in place, or mean z."""
        return self.data["effect"]

    @property
    def least_effect(self) -> float:
        """Effect that strong evidence asks for."""
        return self.data["least_effect"]

    @property
    def strong(self) -> bool:
        """Whether it is strong evidence: a corrected p under 1e-6 and that effect."""
        return self.data["strong"]


class DossierPair(Record):
    """Each block of B, and that of A whose sums are most similar."""

    __slots__ = ()
    _columns: ClassVar[Columns] = {
        "kind": "text",
        "a": "text",
        "b": "text",
        "similarity": "float",
        "skipped": "text",
        "counts": "bool",
        "units_a": "int",
        "units_b": "int",
        "agreed": "int",
        "expected": "float",
        "in_place": "int",
    }

    @property
    def kind(self) -> Literal["hidden", "heads", "experts"]:
        """What units it has."""
        return self.data["kind"]

    @property
    def a(self) -> str:
        """A's block."""
        return self.data["a"]

    @property
    def b(self) -> str:
        """B's block."""
        return self.data["b"]

    @property
    def similarity(self) -> float | None:
        """How alike their sums over units are: the largest of the cosines by either weight, and of the sum
        of both over the square root of 2.
        """
        return self.data["similarity"]

    @property
    def skipped(self) -> str | None:
        """Why its units were not matched; null where they were."""
        return self.data["skipped"]

    @property
    def counts(self) -> bool:
        """Whether tests count it: it is the first of B's blocks in its order of units."""
        return self.data["counts"]

    @property
    def units_a(self) -> int:
        """Units of A that took part."""
        return self.data["units_a"]

    @property
    def units_b(self) -> int:
        """Units of B that took part."""
        return self.data["units_b"]

    @property
    def agreed(self) -> int:
        """Units that both weights match with the same partner."""
        return self.data["agreed"]

    @property
    def expected(self) -> float | None:
        """How many do by chance."""
        return self.data["expected"]

    @property
    def in_place(self) -> int:
        """Units that the first weight matches with the one in their place, where both models have as many."""
        return self.data["in_place"]


class DossierRun(Record):
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


class DossierRecord(Record):
    """JSON output of ``modelkin dossier compare``, version 1.0."""

    __slots__ = ()
    _columns: ClassVar[Columns] = {
        "schema_version": "text",
        "tool": Tool,
        "a": DossierParty,
        "b": DossierParty,
        "seed": DossierSeed,
        "dimensions": "int",
        "verdict": DossierVerdict,
        "smallest_share": "float",
        "tests": [DossierTest],
        "pairs": [DossierPair],
        "run": DossierRun,
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
    def a(self) -> DossierParty:
        """The first dossier."""
        return DossierParty(self.data["a"])

    @property
    def b(self) -> DossierParty:
        """The second dossier."""
        return DossierParty(self.data["b"])

    @property
    def seed(self) -> DossierSeed:
        """Where draws and projections come from."""
        return DossierSeed(self.data["seed"])

    @property
    def dimensions(self) -> int:
        """Numbers that each row was projected to. From 8 to 64."""
        return self.data["dimensions"]

    @property
    def verdict(self) -> DossierVerdict:
        """What the dossiers show, if they are honest."""
        return DossierVerdict(self.data["verdict"])

    @property
    def smallest_share(self) -> float | None:
        """Share of A's weights in renumbered hidden units of B that would have been found with a
        probability of 0.9; null where something was found, or it was not simulated. From 0 to 1.
        """
        return self.data["smallest_share"]

    @property
    def tests(self) -> Table[DossierTest]:
        """Tests of independent initialisation: docs/dossier.md, "The tests"."""
        return Table(self.data["tests"], DossierTest)

    @property
    def pairs(self) -> Table[DossierPair]:
        """Each block of B, and that of A whose sums are most similar."""
        return Table(self.data["pairs"], DossierPair)

    @property
    def run(self) -> DossierRun:
        """How the numbers were made; the only part that may differ between runs on the same inputs."""
        return DossierRun(self.data["run"])
