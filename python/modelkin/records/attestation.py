"""Types of docs/attestation.schema.json, from which scripts/make-result-types makes them."""

# mypy: disable-error-code=no-any-return
from __future__ import annotations

from typing import Any, ClassVar, Literal

from .._record import Columns, Record, Table


class AttestationSubjectDigest(Record):
    """By algorithm."""

    __slots__ = ()
    _columns: ClassVar[Columns] = {
        "sha256": "text",
        "gitCommit": "text",
    }

    @property
    def sha256(self) -> str | None:
        """64 hexadecimal digits."""
        return self.data.get("sha256")

    @property
    def gitCommit(self) -> str | None:
        """The hub's commit."""
        return self.data.get("gitCommit")


class AttestationSubject(Record):
    """B, by its digest as OpenSSF model signing has it, or its commit at a hub; then each of its files of
    weights by itself.
    """

    __slots__ = ()
    _columns: ClassVar[Columns] = {
        "name": "text",
        "uri": "text",
        "digest": AttestationSubjectDigest,
    }

    @property
    def name(self) -> str:
        """Of the model or file."""
        return self.data["name"]

    @property
    def uri(self) -> str | None:
        """Where the model was at a hub."""
        return self.data.get("uri")

    @property
    def digest(self) -> AttestationSubjectDigest:
        """By algorithm."""
        return AttestationSubjectDigest(self.data["digest"])


AttestationPredicateClaimOutcome = Literal[
    "supported",
    "related",
    "partial",
    "reversed",
    "unsupported",
    "untestable",
]


class AttestationPredicateClaim(Record):
    """What was tested."""

    __slots__ = ()
    _columns: ClassVar[Columns] = {
        "text": "text",
        "a": "text",
        "b": "text",
        "outcome": "text",
    }

    @property
    def text(self) -> Literal["B is built on A"]:
        """The claim."""
        return self.data["text"]

    @property
    def a(self) -> str:
        """A's name."""
        return self.data["a"]

    @property
    def b(self) -> str:
        """B's name."""
        return self.data["b"]

    @property
    def outcome(self) -> AttestationPredicateClaimOutcome:
        """What becomes of the claim: docs/report.md. related: which of the two was first is not shown."""
        return self.data["outcome"]


AttestationVerdictCategory = Literal[
    "identical",
    "derived",
    "shares_material",
    "no_evidence",
    "not_comparable",
]


AttestationVerdictKind = Literal[
    "common_initialisation",
    "copied_tensors",
    "part_of_the_model",
    "component_taken",
]


class AttestationVerdictShares(Record):
    """How much of B goes back to A."""

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


class AttestationVerdict(Record):
    """What all tests come to, of all components. Evidence names the component where there are several;
    shares and limits are those of the first.
    """

    __slots__ = ()
    _columns: ClassVar[Columns] = {
        "category": "text",
        "sentence": "text",
        "kind": "text",
        "evidence": ["text"],
        "shares": AttestationVerdictShares,
        "limits": ["text"],
    }

    @property
    def category(self) -> AttestationVerdictCategory:
        """identical: the same bytes. derived: one is built on the other, or both on the same trained
        model. shares_material: less than that, as kind says. no_evidence: nothing found.
        not_comparable: no test could be run.
        """
        return self.data["category"]

    @property
    def sentence(self) -> str:
        """The verdict in a sentence."""
        return self.data["sentence"]

    @property
    def kind(self) -> AttestationVerdictKind | None:
        """Of shares_material; else null."""
        return self.data["kind"]

    @property
    def evidence(self) -> list[str]:
        """What it rests on, a line each."""
        return self.data["evidence"]

    @property
    def shares(self) -> AttestationVerdictShares:
        """How much of B goes back to A."""
        return AttestationVerdictShares(self.data["shares"])

    @property
    def limits(self) -> list[str]:
        """What weights can't show, and values that are not finite."""
        return self.data["limits"]


AttestationRelationKindKind = Literal[
    "copy",
    "exact_cast",
    "quantised",
    "fine_tuned",
    "noise_added",
    "lora_merge",
    "pruned",
    "pruned_2_4",
    "merged",
    "upcycled",
    "layers_dropped",
    "layers_duplicated",
    "layers_reordered",
    "direction_removed",
    "experts_dropped",
    "experts_merged",
    "vocabulary_extended",
    "vocabulary_reordered",
    "hidden_units_permuted",
    "hidden_units_sign_flipped",
    "experts_permuted",
    "heads_permuted",
    "residual_permuted",
    "residual_rotated",
    "width_pruned",
    "width_extended",
    "scaled",
    "shifted",
    "attention_disguised",
    "renamed",
    "rotary_layout",
    "common_initialisation",
    "component_taken",
    "text_replaced",
]


class AttestationRelationKind(Record):
    """All that apply: docs/kinship.md."""

    __slots__ = ()
    _columns: ClassVar[Columns] = {
        "kind": "text",
        "evidence": "text",
        "figures": "any",
        "roles": ["text"],
    }

    @property
    def kind(self) -> AttestationRelationKindKind:
        """A name of docs/kinship.md."""
        return self.data["kind"]

    @property
    def evidence(self) -> str:
        """What it was found by."""
        return self.data["evidence"]

    @property
    def figures(self) -> dict[str, float | None]:
        """Numbers of it, by name."""
        return self.data["figures"]

    @property
    def roles(self) -> list[str]:
        """Of tensors that it was found in; empty for more than 12."""
        return self.data["roles"]


class AttestationRelationFact(Record):
    """What only one order explains, whatever was done later. Nothing is known today that is."""

    __slots__ = ()
    _columns: ClassVar[Columns] = {
        "name": "text",
        "direction": "text",
        "evidence": "text",
    }

    @property
    def name(self) -> str:
        """What it is, in a word."""
        return self.data["name"]

    @property
    def direction(self) -> Literal["a_to_b", "b_to_a"]:
        """The order that it shows."""
        return self.data["direction"]

    @property
    def evidence(self) -> str:
        """What was seen."""
        return self.data["evidence"]


AttestationRelationSignName = Literal[
    "cast",
    "quantised",
    "pruned",
    "merged",
    "vocabulary_extended",
    "layers_duplicated",
    "upcycled",
    "decayed_rows",
]


class AttestationRelationSign(Record):
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
    def name(self) -> AttestationRelationSignName:
        """What it is, in a word."""
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


class AttestationRelation(Record):
    """How B was made from A, by the first component that goes back to A; null without evidence of a shared
    origin, and for a quick trace.
    """

    __slots__ = ()
    _columns: ClassVar[Columns] = {
        "kinds": [AttestationRelationKind],
        "direction": "text",
        "facts": [AttestationRelationFact],
        "signs_point": "text",
        "signs": [AttestationRelationSign],
        "shown_by": "text",
        "not_in_b": ["text"],
    }

    @property
    def kinds(self) -> Table[AttestationRelationKind]:
        """All that apply: docs/kinship.md."""
        return Table(self.data["kinds"], AttestationRelationKind)

    @property
    def direction(self) -> Literal["unknown", "a_to_b", "b_to_a"]:
        """Who was first, where all facts agree. Signs have no say."""
        return self.data["direction"]

    @property
    def facts(self) -> Table[AttestationRelationFact]:
        """What only one order explains, whatever was done later. Nothing is known today that is."""
        return Table(self.data["facts"], AttestationRelationFact)

    @property
    def signs_point(self) -> Literal["none", "a_to_b", "b_to_a"]:
        """Who was first by the signs, if none contradicts another."""
        return self.data["signs_point"]

    @property
    def signs(self) -> Table[AttestationRelationSign]:
        """What one order is more likely to leave than the other, what later step turns it round, and how
        often it was wrong in the recipes of docs/kinship.md.
        """
        return Table(self.data["signs"], AttestationRelationSign)

    @property
    def shown_by(self) -> Literal["stored_basis", "fitted_basis"]:
        """The basis of residual coordinates in which tests show it."""
        return self.data["shown_by"]

    @property
    def not_in_b(self) -> list[str]:
        """Tensors of A that nothing in B comes from."""
        return self.data["not_in_b"]


AttestationComponentKind = Literal["text", "vision", "audio", "projector", "prediction"]


class AttestationSide(Record):
    """A component of one model."""

    __slots__ = ()
    _columns: ClassVar[Columns] = {
        "component": "text",
        "prefix": "text",
        "family": "text",
        "tensors": "int",
        "elements": "int",
    }

    @property
    def component(self) -> AttestationComponentKind:
        """Which of the models that a checkpoint holds: text, an encoder of images or sound, what joins
        them, or heads that predict further tokens.
        """
        return self.data["component"]

    @property
    def prefix(self) -> str:
        """What names of all its tensors begin with; empty where they have no such beginning in common."""
        return self.data["prefix"]

    @property
    def family(self) -> str | None:
        """Name in docs/families.md; null where it is not known."""
        return self.data["family"]

    @property
    def tensors(self) -> int:
        """Its tensors."""
        return self.data["tensors"]

    @property
    def elements(self) -> int:
        """Their elements."""
        return self.data["elements"]


class AttestationTest(Record):
    """A test of independent initialisation."""

    __slots__ = ()
    _columns: ClassVar[Columns] = {
        "name": "text",
        "hypothesis": "text",
        "symmetry_group": "text",
        "assumption": "text",
        "skipped": "text",
        "statistic_name": "text",
        "statistic": "float",
        "n": "int",
        "log10_p": "float",
        "log10_p_is_bound": "bool",
        "p_method": "text",
        "log10_p_adjusted": "float",
        "effect_name": "text",
        "effect": "float",
        "effect_by_chance": "float",
        "least_effect": "float",
        "caveat": "text",
        "control_effects": ["float"],
        "strong": "bool",
    }

    @property
    def name(self) -> str:
        """A name of docs/lineage.md."""
        return self.data["name"]

    @property
    def hypothesis(self) -> str:
        """That a small p rejects."""
        return self.data["hypothesis"]

    @property
    def symmetry_group(self) -> str:
        """What is in random order under it."""
        return self.data["symmetry_group"]

    @property
    def assumption(self) -> str:
        """What has to hold for p to be one."""
        return self.data["assumption"]

    @property
    def skipped(self) -> str | None:
        """Why the test was not run; the numbers are then null."""
        return self.data["skipped"]

    @property
    def statistic_name(self) -> str | None:
        """What statistic is."""
        return self.data["statistic_name"]

    @property
    def statistic(self) -> float | None:
        """The number that is tested."""
        return self.data["statistic"]

    @property
    def n(self) -> int | None:
        """Units in random order, or pairs of rankings."""
        return self.data["n"]

    @property
    def log10_p(self) -> float | None:
        """p as a power of ten, before correction. At most 0."""
        return self.data["log10_p"]

    @property
    def log10_p_is_bound(self) -> bool | None:
        """p is this or smaller."""
        return self.data["log10_p_is_bound"]

    @property
    def p_method(self) -> Literal["monte_carlo", "importance", "bound", "fisher"] | None:
        """How p was found."""
        return self.data["p_method"]

    @property
    def log10_p_adjusted(self) -> float | None:
        """By Holm, over the tests that were run. At most 0."""
        return self.data["log10_p_adjusted"]

    @property
    def effect_name(self) -> str | None:
        """What effect is."""
        return self.data["effect_name"]

    @property
    def effect(self) -> float | None:
        """How much the models have in common by this test."""
        return self.data["effect"]

    @property
    def effect_by_chance(self) -> float | None:
        """The effect of this pair on average over the orders that the null hypothesis allows: what is left
        of it by chance. Unrelated models can have more. null of what is no share or likeness.
        """
        return self.data["effect_by_chance"]

    @property
    def least_effect(self) -> float:
        """That counts as strong."""
        return self.data["least_effect"]

    @property
    def caveat(self) -> str | None:
        """Why p is not to be taken for one."""
        return self.data["caveat"]

    @property
    def control_effects(self) -> list[float]:
        """Of A and B, each with each control, where defined."""
        return self.data["control_effects"]

    @property
    def strong(self) -> bool:
        """Whether it is strong evidence: p below 1e-6 after correction, with an effect above that of every
        control.
        """
        return self.data["strong"]


class AttestationPower(Record):
    """For no_evidence of models that are not mostly packed; else null. Where verdict.sentence says that a
    part was not read, of what was read alone. Shares t of A in t A + (1 - t) B that would have been
    strong evidence with this probability: as it is, with hidden units renumbered, and with residual
    coordinates renumbered as well, if these are found: the last alone where widths differ.
    """

    __slots__ = ()
    _columns: ClassVar[Columns] = {
        "smallest_share": "float",
        "probability": "float",
        "residual_trace": "float",
        "gate_up_agreement": "float",
        "gate_up_agreement_in_fitted_basis": "float",
        "tensors": "int",
        "mlps": "int",
    }

    @property
    def smallest_share(self) -> float | None:
        """The smallest share that would have been found as it is. From 0 to 1."""
        return self.data["smallest_share"]

    @property
    def probability(self) -> float:
        """With which it would have been found."""
        return self.data["probability"]

    @property
    def residual_trace(self) -> float | None:
        """Found by residual_trace: as it is. From 0 to 1."""
        return self.data["residual_trace"]

    @property
    def gate_up_agreement(self) -> float | None:
        """Found by gate_up_agreement: with hidden units renumbered. From 0 to 1."""
        return self.data["gate_up_agreement"]

    @property
    def gate_up_agreement_in_fitted_basis(self) -> float | None:
        """And with residual coordinates renumbered as well. From 0 to 1."""
        return self.data["gate_up_agreement_in_fitted_basis"]

    @property
    def tensors(self) -> int:
        """That the simulation took."""
        return self.data["tensors"]

    @property
    def mlps(self) -> int:
        """MLPs that the simulation took."""
        return self.data["mlps"]


class AttestationEffortAtMost(Record):
    """What the last look took at most; null for all."""

    __slots__ = ()
    _columns: ClassVar[Columns] = {
        "rows": "int",
        "units": "int",
        "mlps": "int",
        "sums": "int",
        "layers": "int",
        "tokens": "int",
    }

    @property
    def rows(self) -> int | None:
        """Of weights in residual_trace, and of tables in residual_tables, but at least 8 of each layer and
        role.
        """
        return self.data["rows"]

    @property
    def units(self) -> int | None:
        """Hidden units of each MLP of B."""
        return self.data["units"]

    @property
    def mlps(self) -> int | None:
        """MLPs of B."""
        return self.data["mlps"]

    @property
    def sums(self) -> int | None:
        """Residual coordinates that MLPs are found by; 0: by routers and layers."""
        return self.data["sums"]

    @property
    def layers(self) -> int | None:
        """Layers whose attention is read as a whole."""
        return self.data["layers"]

    @property
    def tokens(self) -> int | None:
        """Rows of an embedding."""
        return self.data["tokens"]


class AttestationEffort(Record):
    """How much was looked at. What was drawn depends on the seed, on names and on shapes alone."""

    __slots__ = ()
    _columns: ClassVar[Columns] = {
        "asked": "text",
        "whole": "bool",
        "looks": "int",
        "looks_planned": "int",
        "settled": "bool",
        "at_most": AttestationEffortAtMost,
        "weight_rows": "int",
        "table_rows": "int",
    }

    @property
    def asked(self) -> Literal["auto", "full", "quick"]:
        """What was asked for."""
        return self.data["asked"]

    @property
    def whole(self) -> bool:
        """All of both models was taken."""
        return self.data["whole"]

    @property
    def looks(self) -> int:
        """How often the models were looked at."""
        return self.data["looks"]

    @property
    def looks_planned(self) -> int:
        """p-values are corrected for so many. From 1 to 3."""
        return self.data["looks_planned"]

    @property
    def settled(self) -> bool:
        """False where another look, --effort full, could change what is said."""
        return self.data["settled"]

    @property
    def at_most(self) -> AttestationEffortAtMost:
        """What the last look took at most; null for all."""
        return AttestationEffortAtMost(self.data["at_most"])

    @property
    def weight_rows(self) -> int:
        """That residual_trace took; 0 where it took all."""
        return self.data["weight_rows"]

    @property
    def table_rows(self) -> int:
        """That residual_tables took; 0 where it took all."""
        return self.data["table_rows"]


AttestationHiddenBasisMap = Literal["identity", "permutation", "signed_permutation", "rotation"]


class AttestationHiddenBasis(Record):
    """A's residual coordinates fitted to B's by tokens or layers; null where models as stored show a
    derivation.
    """

    __slots__ = ()
    _columns: ClassVar[Columns] = {
        "skipped": "text",
        "map": "text",
        "fitted_to": "text",
        "coordinates_dropped": "int",
        "coordinates_added": "int",
        "fitted_rows": "int",
        "held_out_rows": "int",
        "cosine": "float",
        "shuffled_cosine": "float",
        "tokens_by_string": "bool",
    }

    @property
    def skipped(self) -> str | None:
        """Why none was fitted; null where one was."""
        return self.data["skipped"]

    @property
    def map(self) -> AttestationHiddenBasisMap | None:
        """What takes A's coordinates to B's; null where none was fitted."""
        return self.data["map"]

    @property
    def fitted_to(self) -> Literal["tokens", "layers"]:
        """Rows of shared tokens, or where they tell less sums over the rows of layers' tensors."""
        return self.data["fitted_to"]

    @property
    def coordinates_dropped(self) -> int | None:
        """Of A, that B lacks."""
        return self.data["coordinates_dropped"]

    @property
    def coordinates_added(self) -> int | None:
        """Of B, that A lacks."""
        return self.data["coordinates_added"]

    @property
    def fitted_rows(self) -> int:
        """Rows that it was fitted to."""
        return self.data["fitted_rows"]

    @property
    def held_out_rows(self) -> int:
        """Rows that it was tried on."""
        return self.data["held_out_rows"]

    @property
    def cosine(self) -> float | None:
        """Mean over rows held out. High for strangers of one text too: no evidence by itself."""
        return self.data["cosine"]

    @property
    def shuffled_cosine(self) -> float | None:
        """The same of rows that do not belong together."""
        return self.data["shuffled_cosine"]

    @property
    def tokens_by_string(self) -> bool:
        """Whether tokens were matched by what they stand for, not by their ids."""
        return self.data["tokens_by_string"]


class AttestationPredicateComponent(Record):
    """Each component of B beside that of A which it is compared with, the text models first; then those
    that a single model has.
    """

    __slots__ = ()
    _columns: ClassVar[Columns] = {
        "component": "text",
        "a": AttestationSide,
        "b": AttestationSide,
        "verdict": AttestationVerdict,
        "relation": AttestationRelation,
        "tests": [AttestationTest],
        "power": AttestationPower,
        "effort": AttestationEffort,
        "hidden_basis": AttestationHiddenBasis,
    }

    @property
    def component(self) -> AttestationComponentKind:
        """Which of the models that a checkpoint holds: text, an encoder of images or sound, what joins
        them, or heads that predict further tokens.
        """
        return self.data["component"]

    @property
    def a(self) -> AttestationSide | None:
        """A's; null where only B has it."""
        value = self.data["a"]
        return None if value is None else AttestationSide(value)

    @property
    def b(self) -> AttestationSide | None:
        """B's; null where only A has it."""
        value = self.data["b"]
        return None if value is None else AttestationSide(value)

    @property
    def verdict(self) -> AttestationVerdict:
        """What all tests come to, of all components. Evidence names the component where there are several;
        shares and limits are those of the first.
        """
        return AttestationVerdict(self.data["verdict"])

    @property
    def relation(self) -> AttestationRelation | None:
        """How B was made from A, by the first component that goes back to A; null without evidence of a
        shared origin, and for a quick trace.
        """
        value = self.data["relation"]
        return None if value is None else AttestationRelation(value)

    @property
    def tests(self) -> Table[AttestationTest]:
        """Tests of independent initialisation, corrected for all components."""
        return Table(self.data["tests"], AttestationTest)

    @property
    def power(self) -> AttestationPower | None:
        """For no_evidence of models that are not mostly packed; else null. Where verdict.sentence says
        that a part was not read, of what was read alone. Shares t of A in t A + (1 - t) B that would
        have been strong evidence with this probability: as it is, with hidden units renumbered, and
        with residual coordinates renumbered as well, if these are found: the last alone where widths
        differ.
        """
        value = self.data["power"]
        return None if value is None else AttestationPower(value)

    @property
    def effort(self) -> AttestationEffort | None:
        """How much of it was looked at; null of one that a single model has."""
        value = self.data["effort"]
        return None if value is None else AttestationEffort(value)

    @property
    def hidden_basis(self) -> AttestationHiddenBasis | None:
        """A's residual coordinates fitted to B's; null where models as stored show a derivation, and of
        one that a single model has.
        """
        value = self.data["hidden_basis"]
        return None if value is None else AttestationHiddenBasis(value)


class AttestationModelSerialization(Record):
    """How the digest was made, as signatures of model signing record it; null where no file was digested."""

    __slots__ = ()
    _columns: ClassVar[Columns] = {
        "method": "text",
        "hash_type": "text",
        "allow_symlinks": "bool",
        "ignore_paths": ["text"],
    }

    @property
    def method(self) -> Literal["files"]:
        """Files as a whole."""
        return self.data["method"]

    @property
    def hash_type(self) -> Literal["sha256"]:
        """The digest of each file."""
        return self.data["hash_type"]

    @property
    def allow_symlinks(self) -> bool:
        """Whether symbolic links were followed to files."""
        return self.data["allow_symlinks"]

    @property
    def ignore_paths(self) -> list[str]:
        """Paths within the model that were left out, with all in them."""
        return self.data["ignore_paths"]


class AttestationModelResource(Record):
    """Each file, in the order in which the model's digest takes them; null where no file was digested."""

    __slots__ = ()
    _columns: ClassVar[Columns] = {
        "name": "text",
        "algorithm": "text",
        "digest": "text",
    }

    @property
    def name(self) -> str:
        """Path within the model; . of a model that is one file."""
        return self.data["name"]

    @property
    def algorithm(self) -> Literal["sha256"]:
        """Of the digest."""
        return self.data["algorithm"]

    @property
    def digest(self) -> str:
        """64 hexadecimal digits."""
        return self.data["digest"]


class AttestationModel(Record):
    """B, which the attestation is about."""

    __slots__ = ()
    _columns: ClassVar[Columns] = {
        "name": "text",
        "uri": "text",
        "commit": "text",
        "extent": "text",
        "sha256": "text",
        "weights": ["text"],
        "serialization": AttestationModelSerialization,
        "resources": [AttestationModelResource],
    }

    @property
    def name(self) -> str:
        """The folder's or file's name; org/name of a hub. It proves nothing."""
        return self.data["name"]

    @property
    def uri(self) -> str | None:
        """Where it was at a hub, hf://org/name@COMMIT; null of models of a machine."""
        return self.data["uri"]

    @property
    def commit(self) -> str | None:
        """The hub's commit; null of models of a machine."""
        return self.data["commit"]

    @property
    def extent(self) -> Literal["folder", "file", "files"] | None:
        """folder: all of the folder. file: the model is one file. files: those that an index, or the first
        of several files, names. null where no file was digested.
        """
        return self.data["extent"]

    @property
    def sha256(self) -> str | None:
        """The model's digest, as OpenSSF model signing has it; null where no file was digested."""
        return self.data["sha256"]

    @property
    def weights(self) -> list[str]:
        """Those of the files that the trace read weights from."""
        return self.data["weights"]

    @property
    def serialization(self) -> AttestationModelSerialization | None:
        """How the digest was made, as signatures of model signing record it; null where no file was
        digested.
        """
        value = self.data["serialization"]
        return None if value is None else AttestationModelSerialization(value)

    @property
    def resources(self) -> Table[AttestationModelResource] | None:
        """Each file, in the order in which the model's digest takes them; null where no file was digested."""
        value = self.data["resources"]
        return None if value is None else Table(value, AttestationModelResource)


AttestationPredicateRunRequestComponent = Literal["text", "vision", "audio", "projector", "prediction"]


class AttestationPredicateRunRequest(Record):
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
    def kind(self) -> Literal["trace"]:
        """What was asked for."""
        return self.data["kind"]

    @property
    def partial(self) -> bool:
        """Whether missing files and tensors were let pass."""
        return self.data["partial"]

    @property
    def components(self) -> list[AttestationPredicateRunRequestComponent] | None:
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


class AttestationPredicateRun(Record):
    """How the numbers were made, and what verify asks for again."""

    __slots__ = ()
    _columns: ClassVar[Columns] = {
        "command": "text",
        "threads": "int",
        "simd_target": "text",
        "request": AttestationPredicateRunRequest,
    }

    @property
    def command(self) -> str:
        """The command's name."""
        return self.data["command"]

    @property
    def threads(self) -> int:
        """Threads that shared the work; numbers do not depend on them."""
        return self.data["threads"]

    @property
    def simd_target(self) -> str:
        """The instruction set that was used, as of Highway's names."""
        return self.data["simd_target"]

    @property
    def request(self) -> AttestationPredicateRunRequest:
        """What was asked for, all that numbers depend on but the inputs: modelkin verify asks again."""
        return AttestationPredicateRunRequest(self.data["request"])


class AttestationPredicate(Record):
    """What is said of B."""

    __slots__ = ()
    _columns: ClassVar[Columns] = {
        "schema_version": "text",
        "tool": "any",
        "claim": AttestationPredicateClaim,
        "verdict": AttestationVerdict,
        "relation": AttestationRelation,
        "components": [AttestationPredicateComponent],
        "seed": "int",
        "inputs": ["any"],
        "model": AttestationModel,
        "base": AttestationModel,
        "run": AttestationPredicateRun,
    }

    @property
    def schema_version(self) -> str:
        """The version of the JSON's format."""
        return self.data["schema_version"]

    @property
    def tool(self) -> dict[str, Any]:
        """The program that wrote it."""
        return self.data["tool"]

    @property
    def claim(self) -> AttestationPredicateClaim:
        """What was tested."""
        return AttestationPredicateClaim(self.data["claim"])

    @property
    def verdict(self) -> AttestationVerdict:
        """What all tests come to, of all components. Evidence names the component where there are several;
        shares and limits are those of the first.
        """
        return AttestationVerdict(self.data["verdict"])

    @property
    def relation(self) -> AttestationRelation | None:
        """How B was made from A, by the first component that goes back to A; null without evidence of a
        shared origin, and for a quick trace.
        """
        value = self.data["relation"]
        return None if value is None else AttestationRelation(value)

    @property
    def components(self) -> Table[AttestationPredicateComponent]:
        """Each component of B beside that of A which it is compared with, the text models first; then
        those that a single model has.
        """
        return Table(self.data["components"], AttestationPredicateComponent)

    @property
    def seed(self) -> int:
        """Of all random numbers."""
        return self.data["seed"]

    @property
    def inputs(self) -> list[dict[str, Any]]:
        """A, B, then controls and parents, with what was read of each; as in results.schema.json."""
        return self.data["inputs"]

    @property
    def model(self) -> AttestationModel:
        """B, which the attestation is about."""
        return AttestationModel(self.data["model"])

    @property
    def base(self) -> AttestationModel:
        """A."""
        return AttestationModel(self.data["base"])

    @property
    def run(self) -> AttestationPredicateRun:
        """How the numbers were made, and what verify asks for again."""
        return AttestationPredicateRun(self.data["run"])


class AttestationRecord(Record):
    """An in-toto Statement, version 1. Signed, it is the payload of a DSSE envelope."""

    __slots__ = ()
    _columns: ClassVar[Columns] = {
        "_type": "text",
        "predicateType": "text",
        "subject": [AttestationSubject],
        "predicate": AttestationPredicate,
    }

    @property
    def _type(self) -> Literal["https://in-toto.io/Statement/v1"]:
        """in-toto's."""
        return self.data["_type"]

    @property
    def predicateType(self) -> Literal["https://modelkin/attestation/v1"]:
        """What tells the predicate from others."""
        return self.data["predicateType"]

    @property
    def subject(self) -> Table[AttestationSubject]:
        """B, by its digest as OpenSSF model signing has it, or its commit at a hub; then each of its files
        of weights by itself.
        """
        return Table(self.data["subject"], AttestationSubject)

    @property
    def predicate(self) -> AttestationPredicate:
        """What is said of B."""
        return AttestationPredicate(self.data["predicate"])
