"""Types of docs/trace.schema.json, from which scripts/make-result-types makes them."""

# mypy: disable-error-code=no-any-return
from __future__ import annotations

from typing import ClassVar, Literal

from .._record import Columns, Matrix, Record, Table, _array
from .shared import Input, Tool

TraceVerdictCategory = Literal["identical", "derived", "shares_material", "no_evidence", "not_comparable"]


TraceVerdictKind = Literal["common_initialisation", "copied_tensors", "part_of_the_model", "component_taken"]


class TraceVerdictShares(Record):
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


class TraceVerdict(Record):
    """What all tests come to, of all components. Evidence names the component where there are several;
    shares and limits are those of the first.
    """

    __slots__ = ()
    _columns: ClassVar[Columns] = {
        "category": "text",
        "sentence": "text",
        "kind": "text",
        "evidence": ["text"],
        "shares": TraceVerdictShares,
        "limits": ["text"],
    }

    @property
    def category(self) -> TraceVerdictCategory:
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
    def kind(self) -> TraceVerdictKind | None:
        """Of shares_material; else null."""
        return self.data["kind"]

    @property
    def evidence(self) -> list[str]:
        """What it rests on, a line each."""
        return self.data["evidence"]

    @property
    def shares(self) -> TraceVerdictShares:
        """How much of B goes back to A."""
        return TraceVerdictShares(self.data["shares"])

    @property
    def limits(self) -> list[str]:
        """What weights can't show, and values that are not finite."""
        return self.data["limits"]


TraceComponentKind = Literal["text", "vision", "audio", "projector", "prediction"]


class TraceSide(Record):
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
    def component(self) -> TraceComponentKind:
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


TraceRelationKindKind = Literal[
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


class TraceRelationKind(Record):
    """All that apply: docs/kinship.md."""

    __slots__ = ()
    _columns: ClassVar[Columns] = {
        "kind": "text",
        "evidence": "text",
        "figures": "any",
        "roles": ["text"],
    }

    @property
    def kind(self) -> TraceRelationKindKind:
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


class TraceRelationFact(Record):
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


TraceRelationSignName = Literal[
    "cast",
    "quantised",
    "pruned",
    "merged",
    "vocabulary_extended",
    "layers_duplicated",
    "upcycled",
    "decayed_rows",
]


class TraceRelationSign(Record):
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
    def name(self) -> TraceRelationSignName:
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


class TraceRelation(Record):
    """How B was made from A, by the first component that goes back to A; null without evidence of a shared
    origin, and for a quick trace.
    """

    __slots__ = ()
    _columns: ClassVar[Columns] = {
        "kinds": [TraceRelationKind],
        "direction": "text",
        "facts": [TraceRelationFact],
        "signs_point": "text",
        "signs": [TraceRelationSign],
        "shown_by": "text",
        "not_in_b": ["text"],
    }

    @property
    def kinds(self) -> Table[TraceRelationKind]:
        """All that apply: docs/kinship.md."""
        return Table(self.data["kinds"], TraceRelationKind)

    @property
    def direction(self) -> Literal["unknown", "a_to_b", "b_to_a"]:
        """Who was first, where all facts agree. Signs have no say."""
        return self.data["direction"]

    @property
    def facts(self) -> Table[TraceRelationFact]:
        """What only one order explains, whatever was done later. Nothing is known today that is."""
        return Table(self.data["facts"], TraceRelationFact)

    @property
    def signs_point(self) -> Literal["none", "a_to_b", "b_to_a"]:
        """Who was first by the signs, if none contradicts another."""
        return self.data["signs_point"]

    @property
    def signs(self) -> Table[TraceRelationSign]:
        """What one order is more likely to leave than the other, what later step turns it round, and how
        often it was wrong in the recipes of docs/kinship.md.
        """
        return Table(self.data["signs"], TraceRelationSign)

    @property
    def shown_by(self) -> Literal["stored_basis", "fitted_basis"]:
        """The basis of residual coordinates in which tests show it."""
        return self.data["shown_by"]

    @property
    def not_in_b(self) -> list[str]:
        """Tensors of A that nothing in B comes from."""
        return self.data["not_in_b"]


class TraceTest(Record):
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


class TracePower(Record):
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


TraceHiddenBasisMap = Literal["identity", "permutation", "signed_permutation", "rotation"]


class TraceHiddenBasis(Record):
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
    def map(self) -> TraceHiddenBasisMap | None:
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


TraceHeritageClass = Literal[
    "identical",
    "cast",
    "quantised",
    "sparse_edit",
    "low_rank_edit",
    "transformed",
    "drifted",
    "unrelated",
    "added",
    "undecided",
]


class TraceGrid(Record):
    """Values that a tensor's lie on."""

    __slots__ = ()
    _columns: ClassVar[Columns] = {
        "grid": "text",
        "bits": "int",
        "block_rows": "int",
        "block_columns": "int",
        "form": "text",
        "form_block": "text",
        "rms_steps": "float",
        "within_half_step": "float",
        "other_has_one": "bool",
    }

    @property
    def grid(self) -> Literal["int", "fp8_e4m3", "fp8_e5m2", "stored", "levels"]:
        """Integers, 8-bit floats, the stored form, or a list of levels."""
        return self.data["grid"]

    @property
    def bits(self) -> int:
        """Of a value on it."""
        return self.data["bits"]

    @property
    def block_rows(self) -> int | None:
        """null: all."""
        return self.data["block_rows"]

    @property
    def block_columns(self) -> int | None:
        """null: all."""
        return self.data["block_columns"]

    @property
    def form(self) -> str | None:
        """The form that the weight is stored in, by its own name, of "stored"."""
        return self.data["form"]

    @property
    def form_block(self) -> str | None:
        """What one of its scales is for."""
        return self.data["form_block"]

    @property
    def rms_steps(self) -> float | None:
        """Root mean square distance of the other model's values, in steps of the grid: 0.29 after rounding
        to the nearest. null: not known.
        """
        return self.data["rms_steps"]

    @property
    def within_half_step(self) -> float:
        """Of the other model's values, those that would be rounded to these."""
        return self.data["within_half_step"]

    @property
    def other_has_one(self) -> bool:
        """Whether the other model's tensor lies on a grid as well."""
        return self.data["other_has_one"]


class TraceHeritageChange(Record):
    """Singular values of B - A; null where it was not looked at."""

    __slots__ = ()
    _columns: ClassVar[Columns] = {
        "largest_over_noise": "float",
        "rank": "int",
        "last_over_noise": "float",
        "last_over_next": "float",
        "residue": "float",
    }

    @property
    def largest_over_noise(self) -> float | None:
        """The largest singular value over that of independent noise of the same size: about 1 for added
        noise, far more for what was learned.
        """
        return self.data["largest_over_noise"]

    @property
    def rank(self) -> int | None:
        """Of a change of low rank; null for another."""
        return self.data["rank"]

    @property
    def last_over_noise(self) -> float | None:
        """The smallest singular value that counts over what rounding alone could give."""
        return self.data["last_over_noise"]

    @property
    def last_over_next(self) -> float | None:
        """The same over the next one."""
        return self.data["last_over_next"]

    @property
    def residue(self) -> float | None:
        """Share of the change's squares that the rank leaves."""
        return self.data["residue"]


class TraceHeritage(Record):
    """What became of each tensor of B; empty without evidence of a shared origin."""

    __slots__ = ()
    _columns: ClassVar[Columns] = {
        "tensor": "text",
        "from": "text",
        "class": "text",
        "note": "text",
        "moved": "bool",
        "rotated": "bool",
        "equal_share": "float",
        "relative_change": "float",
        "correlation": "float",
        "baseline_correlation": "float",
        "zeroed": "int",
        "cast_type": "text",
        "grid": TraceGrid,
        "grid_of_a": TraceGrid,
        "change": TraceHeritageChange,
    }

    @property
    def tensor(self) -> str:
        """B's name."""
        return self.data["tensor"]

    @property
    def from_(self) -> str | None:
        """A's name of what it comes from; null for nothing."""
        return self.data["from"]

    @property
    def class_(self) -> TraceHeritageClass:
        """identical: A's values. cast: rounded to another type. quantised: rounded to a grid. sparse_edit:
        half or more are A's. low_rank_edit: changed by a low rank. transformed: A's after scales or a
        rotation. drifted: alike, changed all over. unrelated: no more alike than chance. added: A has
        nothing there. undecided: too small, constant, or not drawn.
        """
        return self.data["class"]

    @property
    def note(self) -> str | None:
        """What else is to be said; null for nothing."""
        return self.data["note"]

    @property
    def moved(self) -> bool:
        """Units, experts, heads, tokens or coordinates are in another order."""
        return self.data["moved"]

    @property
    def rotated(self) -> bool:
        """A's values went through a rotation, or through scales of norms."""
        return self.data["rotated"]

    @property
    def equal_share(self) -> float | None:
        """Share of elements with A's value."""
        return self.data["equal_share"]

    @property
    def relative_change(self) -> float | None:
        """|B - A| / |A|, Euclidean."""
        return self.data["relative_change"]

    @property
    def correlation(self) -> float | None:
        """With the means of columns taken away."""
        return self.data["correlation"]

    @property
    def baseline_correlation(self) -> float | None:
        """Of each row with A's row before it."""
        return self.data["baseline_correlation"]

    @property
    def zeroed(self) -> int | None:
        """Elements that are 0 on one side alone."""
        return self.data["zeroed"]

    @property
    def cast_type(self) -> str | None:
        """The type that one was rounded to, of cast; else null."""
        return self.data["cast_type"]

    @property
    def grid(self) -> TraceGrid | None:
        """The grid that B's values lie on; null for none."""
        value = self.data["grid"]
        return None if value is None else TraceGrid(value)

    @property
    def grid_of_a(self) -> TraceGrid | None:
        """The grid that A's values lie on; null for none."""
        value = self.data["grid_of_a"]
        return None if value is None else TraceGrid(value)

    @property
    def change(self) -> TraceHeritageChange | None:
        """Singular values of B - A; null where it was not looked at."""
        value = self.data["change"]
        return None if value is None else TraceHeritageChange(value)


TraceCopiesKindKind = Literal[
    "learned",
    "few_values",
    "in_control",
    "standard_table",
    "bookkeeping",
    "buffer",
    "like_a_table",
]


TraceCopiesKindTable = Literal[
    "ramp",
    "scaled_rates",
    "sinusoids",
    "window",
    "filter_bank",
    "blur_kernel",
    "alibi",
    "relative_places",
    "codes",
    "noise_schedule",
    "recurrence",
]


class TraceCopiesKind(Record):
    """Of the identical, why they are evidence or not."""

    __slots__ = ()
    _columns: ClassVar[Columns] = {
        "kind": "text",
        "table": "text",
        "tensors": "int",
        "first": "text",
    }

    @property
    def kind(self) -> TraceCopiesKindKind:
        """Why they are evidence (learned) or not."""
        return self.data["kind"]

    @property
    def table(self) -> TraceCopiesKindTable | None:
        """Of standard_table; else null."""
        return self.data["table"]

    @property
    def tensors(self) -> int:
        """Tensors of the kind."""
        return self.data["tensors"]

    @property
    def first(self) -> str:
        """B's name of one of them."""
        return self.data["first"]


class TraceCopies(Record):
    """Tensors of the same bytes in both."""

    __slots__ = ()
    _columns: ClassVar[Columns] = {
        "compared": "int",
        "not_compared": "int",
        "identical": "int",
        "learned": "int",
        "learned_elements": "int",
        "all_identical": "bool",
        "kinds": [TraceCopiesKind],
    }

    @property
    def compared(self) -> int:
        """Pairs of the same name, type and shape whose bytes were compared."""
        return self.data["compared"]

    @property
    def not_compared(self) -> int:
        """Such pairs that were not: of large models one expert of each layer is, and the others where it
        is the same.
        """
        return self.data["not_compared"]

    @property
    def identical(self) -> int:
        """Of those, with the same bytes."""
        return self.data["identical"]

    @property
    def learned(self) -> int:
        """Of those, whose values training made: no formula or format gives them, and no control has them
        too.
        """
        return self.data["learned"]

    @property
    def learned_elements(self) -> int:
        """Elements of the learned."""
        return self.data["learned_elements"]

    @property
    def all_identical(self) -> bool:
        """Whether every tensor of either model is stored with the same bytes in the other."""
        return self.data["all_identical"]

    @property
    def kinds(self) -> Table[TraceCopiesKind]:
        """Of the identical, why they are evidence or not."""
        return Table(self.data["kinds"], TraceCopiesKind)


class TraceLayerMap(Record):
    """Which layer of A each layer of B goes back to."""

    __slots__ = ()
    _columns: ClassVar[Columns] = {
        "layers_a": ["int"],
        "layers_b": ["int"],
        "z": [["float"]],
        "fitted_basis": "bool",
        "threshold": "float",
        "source": ["int"],
        "dropped": ["int"],
        "duplicated": ["int"],
    }

    @property
    def layers_a(self) -> list[int]:
        """Numbers of A's layers."""
        return self.data["layers_a"]

    @property
    def layers_b(self) -> list[int]:
        """Numbers of B's layers."""
        return self.data["layers_b"]

    @property
    def z(self) -> Matrix:
        """A row for each of layers_a. Null where two layers have nothing to compare."""
        return _array(self.data["z"], float)

    @property
    def fitted_basis(self) -> bool:
        """A's coordinates were fitted to B's: then z is not standard normal for strangers, and no test."""
        return self.data["fitted_basis"]

    @property
    def threshold(self) -> float:
        """Cells above it count."""
        return self.data["threshold"]

    @property
    def source(self) -> list[int | None]:
        """A layer of A for each of layers_b."""
        return self.data["source"]

    @property
    def dropped(self) -> list[int]:
        """Layers of A that no layer of B goes back to, by MLPs and the map; empty unless all layers of B
        have a source.
        """
        return self.data["dropped"]

    @property
    def duplicated(self) -> list[int]:
        """And those that several go back to."""
        return self.data["duplicated"]


class TraceResidualByRole(Record):
    """Description: all share one permutation, and can't be combined as if independent."""

    __slots__ = ()
    _columns: ClassVar[Columns] = {
        "role": "text",
        "tensors": "int",
        "z": "float",
    }

    @property
    def role(self) -> str:
        """What the tensors are in a layer."""
        return self.data["role"]

    @property
    def tensors(self) -> int:
        """Pairs of the role."""
        return self.data["tensors"]

    @property
    def z(self) -> float | None:
        """How far beyond chance they agree, in standard deviations."""
        return self.data["z"]


class TraceResidualLeftOut(Record):
    """Tensors that it could not take."""

    __slots__ = ()
    _columns: ClassVar[Columns] = {
        "tensor": "text",
        "reason": "text",
    }

    @property
    def tensor(self) -> str:
        """Its name."""
        return self.data["tensor"]

    @property
    def reason(self) -> str:
        """Why."""
        return self.data["reason"]


class TraceResidual(Record):
    """What the test of residual coordinates was made of."""

    __slots__ = ()
    _columns: ClassVar[Columns] = {
        "by_role": [TraceResidualByRole],
        "left_out": [TraceResidualLeftOut],
    }

    @property
    def by_role(self) -> Table[TraceResidualByRole]:
        """Description: all share one permutation, and can't be combined as if independent."""
        return Table(self.data["by_role"], TraceResidualByRole)

    @property
    def left_out(self) -> Table[TraceResidualLeftOut]:
        """Tensors that it could not take."""
        return Table(self.data["left_out"], TraceResidualLeftOut)


class TraceMlp(Record):
    """MLPs of B, each with the most similar of A."""

    __slots__ = ()
    _columns: ClassVar[Columns] = {
        "b": "text",
        "a": "text",
        "similarity": "float",
        "skipped": "text",
        "gated": "bool",
        "units_a": "int",
        "units_b": "int",
        "matched": "int",
        "agreed": "int",
        "agreement": "float",
        "expected_agreed": "float",
        "spearman": "float",
        "log10_p": "float",
        "in_place": "int",
        "order_spearman": "float",
        "order_log10_p": "float",
        "trace_z": "float",
        "trace_log10_p": "float",
        "unit_cosine": "float",
        "learned_ratio": "float",
    }

    @property
    def b(self) -> str:
        """B's MLP, by the name that its tensors begin with."""
        return self.data["b"]

    @property
    def a(self) -> str:
        """The most similar of A."""
        return self.data["a"]

    @property
    def similarity(self) -> float | None:
        """Mean of the cosines of what both have, -1 to 1."""
        return self.data["similarity"]

    @property
    def skipped(self) -> str | None:
        """Why they were not matched; null where they were."""
        return self.data["skipped"]

    @property
    def gated(self) -> bool:
        """Whether there is a gate beside up."""
        return self.data["gated"]

    @property
    def units_a(self) -> int:
        """Hidden units of A's."""
        return self.data["units_a"]

    @property
    def units_b(self) -> int:
        """Hidden units of B's."""
        return self.data["units_b"]

    @property
    def matched(self) -> int:
        """Units that were matched."""
        return self.data["matched"]

    @property
    def agreed(self) -> int:
        """Units with the same partner by both weights."""
        return self.data["agreed"]

    @property
    def agreement(self) -> float | None:
        """Of the side with fewer units, the share that both matchings give the same partner; null where
        they were not matched. From 0 to 1.
        """
        return self.data["agreement"]

    @property
    def expected_agreed(self) -> float:
        """By chance."""
        return self.data["expected_agreed"]

    @property
    def spearman(self) -> float | None:
        """Of the two matchings, as ranks."""
        return self.data["spearman"]

    @property
    def log10_p(self) -> float | None:
        """Of that correlation, base 10."""
        return self.data["log10_p"]

    @property
    def in_place(self) -> int | None:
        """Units whose partner has the same number; null where widths differ."""
        return self.data["in_place"]

    @property
    def order_spearman(self) -> float | None:
        """Of units' numbers and their partners'."""
        return self.data["order_spearman"]

    @property
    def order_log10_p(self) -> float | None:
        """Of that correlation, base 10."""
        return self.data["order_log10_p"]

    @property
    def trace_z(self) -> float | None:
        """How far units of one number are alike beyond chance, in standard deviations."""
        return self.data["trace_z"]

    @property
    def trace_log10_p(self) -> float | None:
        """p of that, base 10."""
        return self.data["trace_log10_p"]

    @property
    def unit_cosine(self) -> float | None:
        """Mean cosine of units and their partners."""
        return self.data["unit_cosine"]

    @property
    def learned_ratio(self) -> float | None:
        """Relations between units that are in common, over the units that are: docs/lineage.md."""
        return self.data["learned_ratio"]


class TraceEffortAtMost(Record):
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


class TraceEffort(Record):
    """How much was looked at. What was drawn depends on the seed, on names and on shapes alone."""

    __slots__ = ()
    _columns: ClassVar[Columns] = {
        "asked": "text",
        "whole": "bool",
        "looks": "int",
        "looks_planned": "int",
        "settled": "bool",
        "at_most": TraceEffortAtMost,
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
    def at_most(self) -> TraceEffortAtMost:
        """What the last look took at most; null for all."""
        return TraceEffortAtMost(self.data["at_most"])

    @property
    def weight_rows(self) -> int:
        """That residual_trace took; 0 where it took all."""
        return self.data["weight_rows"]

    @property
    def table_rows(self) -> int:
        """That residual_tables took; 0 where it took all."""
        return self.data["table_rows"]


class TraceDetails(Record):
    """More about a component that is not the first, as at the top."""

    __slots__ = ()
    _columns: ClassVar[Columns] = {
        "hidden_basis": TraceHiddenBasis,
        "heritage": [TraceHeritage],
        "copies": TraceCopies,
        "layer_map": TraceLayerMap,
        "residual": TraceResidual,
        "mlps": [TraceMlp],
        "effort": TraceEffort,
    }

    @property
    def hidden_basis(self) -> TraceHiddenBasis | None:
        """A's residual coordinates fitted to B's by tokens or layers; null where models as stored show a
        derivation.
        """
        value = self.data["hidden_basis"]
        return None if value is None else TraceHiddenBasis(value)

    @property
    def heritage(self) -> Table[TraceHeritage]:
        """What became of each tensor of B; empty without evidence of a shared origin."""
        return Table(self.data["heritage"], TraceHeritage)

    @property
    def copies(self) -> TraceCopies:
        """Tensors of the same bytes in both."""
        return TraceCopies(self.data["copies"])

    @property
    def layer_map(self) -> TraceLayerMap:
        """Which layer of A each layer of B goes back to."""
        return TraceLayerMap(self.data["layer_map"])

    @property
    def residual(self) -> TraceResidual:
        """What the test of residual coordinates was made of."""
        return TraceResidual(self.data["residual"])

    @property
    def mlps(self) -> Table[TraceMlp]:
        """MLPs of B, each with the most similar of A."""
        return Table(self.data["mlps"], TraceMlp)

    @property
    def effort(self) -> TraceEffort:
        """How much was looked at. What was drawn depends on the seed, on names and on shapes alone."""
        return TraceEffort(self.data["effort"])


class TraceComponent(Record):
    """Each component of B beside that of A which it is compared with, the text models first; then those
    that a single model has, which are not_comparable. All that follows after components, but relation,
    is of the first.
    """

    __slots__ = ()
    _columns: ClassVar[Columns] = {
        "component": "text",
        "a": TraceSide,
        "b": TraceSide,
        "verdict": TraceVerdict,
        "relation": TraceRelation,
        "tests": [TraceTest],
        "power": TracePower,
        "details": TraceDetails,
    }

    @property
    def component(self) -> TraceComponentKind:
        """Which of the models that a checkpoint holds: text, an encoder of images or sound, what joins
        them, or heads that predict further tokens.
        """
        return self.data["component"]

    @property
    def a(self) -> TraceSide | None:
        """A's; null where only B has it."""
        value = self.data["a"]
        return None if value is None else TraceSide(value)

    @property
    def b(self) -> TraceSide | None:
        """B's; null where only A has it."""
        value = self.data["b"]
        return None if value is None else TraceSide(value)

    @property
    def verdict(self) -> TraceVerdict:
        """What all tests come to, of all components. Evidence names the component where there are several;
        shares and limits are those of the first.
        """
        return TraceVerdict(self.data["verdict"])

    @property
    def relation(self) -> TraceRelation | None:
        """How B was made from A, by the first component that goes back to A; null without evidence of a
        shared origin, and for a quick trace.
        """
        value = self.data["relation"]
        return None if value is None else TraceRelation(value)

    @property
    def tests(self) -> Table[TraceTest]:
        """Tests of independent initialisation, corrected for all components."""
        return Table(self.data["tests"], TraceTest)

    @property
    def power(self) -> TracePower | None:
        """For no_evidence of models that are not mostly packed; else null. Where verdict.sentence says
        that a part was not read, of what was read alone. Shares t of A in t A + (1 - t) B that would
        have been strong evidence with this probability: as it is, with hidden units renumbered, and
        with residual coordinates renumbered as well, if these are found: the last alone where widths
        differ.
        """
        value = self.data["power"]
        return None if value is None else TracePower(value)

    @property
    def details(self) -> TraceDetails | None:
        """What stands at the top of the results for the first; null of that one, of a component that a
        single model has, and on the page.
        """
        value = self.data["details"]
        return None if value is None else TraceDetails(value)


TraceMergeMethod = Literal["linear", "slerp", "task_arithmetic", "dare", "ties"]


class TraceMergeWeight(Record):
    """Of each parent; for slerp 1 - t and t."""

    __slots__ = ()
    _columns: ClassVar[Columns] = {
        "mean": "float",
        "low": "float",
        "high": "float",
        "tensors_low": "float",
        "tensors_high": "float",
    }

    @property
    def mean(self) -> float:
        """Mean over tensors, by how much each tells."""
        return self.data["mean"]

    @property
    def low(self) -> float | None:
        """Of a 95 % interval, if tensors were mixed alike."""
        return self.data["low"]

    @property
    def high(self) -> float | None:
        """Of the same interval."""
        return self.data["high"]

    @property
    def tensors_low(self) -> float:
        """Smallest weight of one tensor."""
        return self.data["tensors_low"]

    @property
    def tensors_high(self) -> float:
        """Largest weight of one tensor."""
        return self.data["tensors_high"]


class TraceMergeTensor(Record):
    """The fit of each tensor."""

    __slots__ = ()
    _columns: ClassVar[Columns] = {
        "tensor": "text",
        "weights": ["float"],
        "explained": "float",
        "residual": "float",
    }

    @property
    def tensor(self) -> str:
        """B's name."""
        return self.data["tensor"]

    @property
    def weights(self) -> list[float]:
        """Of each parent."""
        return self.data["weights"]

    @property
    def explained(self) -> float | None:
        """Share that the mixture explains of what differs from the best single parent; null where there is
        hardly anything to explain.
        """
        return self.data["explained"]

    @property
    def residual(self) -> float | None:
        """|B - mixture| / |B|."""
        return self.data["residual"]


class TraceMerge(Record):
    """B as a mixture of --parents."""

    __slots__ = ()
    _columns: ClassVar[Columns] = {
        "skipped": "text",
        "method": "text",
        "is_merge": "bool",
        "weights": [TraceMergeWeight],
        "explained": "float",
        "residual": "float",
        "common_residual": "float",
        "tensors": [TraceMergeTensor],
    }

    @property
    def skipped(self) -> str | None:
        """Why there is no fit; null where there is."""
        return self.data["skipped"]

    @property
    def method(self) -> TraceMergeMethod:
        """How parents were mixed."""
        return self.data["method"]

    @property
    def is_merge(self) -> bool:
        """Whether it counts as a merge: docs/kinship.md."""
        return self.data["is_merge"]

    @property
    def weights(self) -> Table[TraceMergeWeight]:
        """Of each parent; for slerp 1 - t and t."""
        return Table(self.data["weights"], TraceMergeWeight)

    @property
    def explained(self) -> float | None:
        """Median over tensors of what the mixture explains: 1 for all."""
        return self.data["explained"]

    @property
    def residual(self) -> float | None:
        """Median over tensors of |B - mixture| / |B|."""
        return self.data["residual"]

    @property
    def common_residual(self) -> float | None:
        """|B - mixture| / |B| with the same weights for all tensors."""
        return self.data["common_residual"]

    @property
    def tensors(self) -> Table[TraceMergeTensor]:
        """The fit of each tensor."""
        return Table(self.data["tensors"], TraceMergeTensor)


class TraceDescriptionsFingerprintControl(Record):
    """Of A and B, each with each control."""

    __slots__ = ()
    _columns: ClassVar[Columns] = {
        "control": "text",
        "with": "text",
        "value": "float",
    }

    @property
    def control(self) -> str:
        """An id of inputs."""
        return self.data["control"]

    @property
    def with_(self) -> Literal["a", "b"]:
        """The model that the control is beside."""
        return self.data["with"]

    @property
    def value(self) -> float | None:
        """Of that pair."""
        return self.data["value"]


class TraceDescriptionsFingerprint(Record):
    """Figures that others have published."""

    __slots__ = ()
    _columns: ClassVar[Columns] = {
        "name": "text",
        "source": "text",
        "caveat": "text",
        "value": "float",
        "controls": [TraceDescriptionsFingerprintControl],
    }

    @property
    def name(self) -> str:
        """In a word."""
        return self.data["name"]

    @property
    def source(self) -> str:
        """The publication."""
        return self.data["source"]

    @property
    def caveat(self) -> str | None:
        """What is known against it; null for nothing."""
        return self.data["caveat"]

    @property
    def value(self) -> float | None:
        """Of A and B; null where it is not defined."""
        return self.data["value"]

    @property
    def controls(self) -> Table[TraceDescriptionsFingerprintControl]:
        """Of A and B, each with each control."""
        return Table(self.data["controls"], TraceDescriptionsFingerprintControl)


class TraceTokenTable(Record):
    """What rows of tokens have in common, in one table."""

    __slots__ = ()
    _columns: ClassVar[Columns] = {
        "skipped": "text",
        "shared_tokens": "int",
        "zero_rows": "int",
        "undertrained": "int",
        "undertrained_common": "int",
        "undertrained_expected": "float",
        "undertrained_jaccard": "float",
        "norm_correlation": "float",
    }

    @property
    def skipped(self) -> str | None:
        """Why there is nothing; null where there is."""
        return self.data["skipped"]

    @property
    def shared_tokens(self) -> int:
        """Tokens with a row in both."""
        return self.data["shared_tokens"]

    @property
    def zero_rows(self) -> int:
        """Of those, with a row of zeros in A or B: left out."""
        return self.data["zero_rows"]

    @property
    def undertrained(self) -> int:
        """Tokens of the shortest rows, that training hardly saw."""
        return self.data["undertrained"]

    @property
    def undertrained_common(self) -> int | None:
        """Of those, the same in both."""
        return self.data["undertrained_common"]

    @property
    def undertrained_expected(self) -> float | None:
        """By chance."""
        return self.data["undertrained_expected"]

    @property
    def undertrained_jaccard(self) -> float | None:
        """Common over union."""
        return self.data["undertrained_jaccard"]

    @property
    def norm_correlation(self) -> float | None:
        """Spearman's, of row norms."""
        return self.data["norm_correlation"]


class TraceDescriptionsTokensControl(Record):
    """The same of A and B, each with each control."""

    __slots__ = ()
    _columns: ClassVar[Columns] = {
        "control": "text",
        "with": "text",
        "embedding": TraceTokenTable,
        "unembedding": TraceTokenTable,
    }

    @property
    def control(self) -> str:
        """An id of inputs."""
        return self.data["control"]

    @property
    def with_(self) -> Literal["a", "b"]:
        """The model that the control is beside."""
        return self.data["with"]

    @property
    def embedding(self) -> TraceTokenTable:
        """Of the embedding."""
        return TraceTokenTable(self.data["embedding"])

    @property
    def unembedding(self) -> TraceTokenTable:
        """Of the output table."""
        return TraceTokenTable(self.data["unembedding"])


class TraceDescriptionsTokens(Record):
    """What rows of tokens have in common; about training data."""

    __slots__ = ()
    _columns: ClassVar[Columns] = {
        "embedding": TraceTokenTable,
        "unembedding": TraceTokenTable,
        "controls": [TraceDescriptionsTokensControl],
    }

    @property
    def embedding(self) -> TraceTokenTable:
        """Of the embedding."""
        return TraceTokenTable(self.data["embedding"])

    @property
    def unembedding(self) -> TraceTokenTable:
        """Of the output table."""
        return TraceTokenTable(self.data["unembedding"])

    @property
    def controls(self) -> Table[TraceDescriptionsTokensControl]:
        """The same of A and B, each with each control."""
        return Table(self.data["controls"], TraceDescriptionsTokensControl)


class TraceRouter(Record):
    """A's, one a layer."""

    __slots__ = ()
    _columns: ClassVar[Columns] = {
        "tensor": "text",
        "layer": "int",
        "skipped": "text",
        "experts": "int",
        "norms": ["float"],
        "norm_variation": "float",
        "effective_rank": "float",
        "mean_cosine": "float",
        "largest_cosine": "float",
        "expert_similarity": "float",
        "bias_mean": "float",
        "bias_sd": "float",
        "bias_min": "float",
        "bias_max": "float",
    }

    @property
    def tensor(self) -> str:
        """Its name."""
        return self.data["tensor"]

    @property
    def layer(self) -> int | None:
        """Its layer; null where none is known."""
        return self.data["layer"]

    @property
    def skipped(self) -> str | None:
        """Why there is nothing; null where there is."""
        return self.data["skipped"]

    @property
    def experts(self) -> int:
        """Experts, a row each."""
        return self.data["experts"]

    @property
    def norms(self) -> list[float] | None:
        """Euclidean norms of the rows, ascending."""
        return self.data["norms"]

    @property
    def norm_variation(self) -> float | None:
        """Standard deviation of norms over their mean."""
        return self.data["norm_variation"]

    @property
    def effective_rank(self) -> float | None:
        """exp of the entropy of squared singular values; from 1 to the number of experts."""
        return self.data["effective_rank"]

    @property
    def mean_cosine(self) -> float | None:
        """Mean cosine of two rows."""
        return self.data["mean_cosine"]

    @property
    def largest_cosine(self) -> float | None:
        """The largest magnitude of a cosine of two rows."""
        return self.data["largest_cosine"]

    @property
    def expert_similarity(self) -> float | None:
        """Mean cosine over pairs of the layer's experts of weights summed over hidden units."""
        return self.data["expert_similarity"]

    @property
    def bias_mean(self) -> float | None:
        """Of the correction bias; null without one."""
        return self.data["bias_mean"]

    @property
    def bias_sd(self) -> float | None:
        """Standard deviation of the correction bias."""
        return self.data["bias_sd"]

    @property
    def bias_min(self) -> float | None:
        """The least correction bias."""
        return self.data["bias_min"]

    @property
    def bias_max(self) -> float | None:
        """The greatest correction bias."""
        return self.data["bias_max"]


class TraceDescriptionsRoutersPair(Record):
    """Layers with a router in both."""

    __slots__ = ()
    _columns: ClassVar[Columns] = {
        "layer_a": "int",
        "layer_b": "int",
        "norm_correlation": "float",
    }

    @property
    def layer_a(self) -> int:
        """A's layer."""
        return self.data["layer_a"]

    @property
    def layer_b(self) -> int:
        """B's layer."""
        return self.data["layer_b"]

    @property
    def norm_correlation(self) -> float | None:
        """Of sorted row norms: high for strangers too."""
        return self.data["norm_correlation"]


class TraceDescriptionsRouters(Record):
    """What routers look like."""

    __slots__ = ()
    _columns: ClassVar[Columns] = {
        "a": [TraceRouter],
        "b": [TraceRouter],
        "pairs": [TraceDescriptionsRoutersPair],
    }

    @property
    def a(self) -> Table[TraceRouter]:
        """A's, one a layer."""
        return Table(self.data["a"], TraceRouter)

    @property
    def b(self) -> Table[TraceRouter]:
        """B's, one a layer."""
        return Table(self.data["b"], TraceRouter)

    @property
    def pairs(self) -> Table[TraceDescriptionsRoutersPair]:
        """Layers with a router in both."""
        return Table(self.data["pairs"], TraceDescriptionsRoutersPair)


class TraceSpectra(Record):
    """A's, one a matrix."""

    __slots__ = ()
    _columns: ClassVar[Columns] = {
        "tensor": "text",
        "skipped": "text",
        "stable_rank": "float",
        "effective_rank": "float",
        "largest_over_edge": "float",
        "above_edge": "int",
        "alpha": "float",
        "alpha_x_min": "float",
        "alpha_distance": "float",
        "alpha_tail": "int",
    }

    @property
    def tensor(self) -> str:
        """The matrix's name."""
        return self.data["tensor"]

    @property
    def skipped(self) -> str | None:
        """Why there is nothing; null where there is."""
        return self.data["skipped"]

    @property
    def stable_rank(self) -> float | None:
        """Sum of squared singular values over the largest one squared."""
        return self.data["stable_rank"]

    @property
    def effective_rank(self) -> float | None:
        """exp of the entropy of squared singular values."""
        return self.data["effective_rank"]

    @property
    def largest_over_edge(self) -> float | None:
        """The largest singular value over that of independent entries."""
        return self.data["largest_over_edge"]

    @property
    def above_edge(self) -> int | None:
        """Singular values beyond that."""
        return self.data["above_edge"]

    @property
    def alpha(self) -> float | None:
        """Exponent of a power law fitted to the largest squared singular values."""
        return self.data["alpha"]

    @property
    def alpha_x_min(self) -> float | None:
        """Where its tail begins."""
        return self.data["alpha_x_min"]

    @property
    def alpha_distance(self) -> float | None:
        """Kolmogorov and Smirnov's, of the fit."""
        return self.data["alpha_distance"]

    @property
    def alpha_tail(self) -> int | None:
        """Values in the tail."""
        return self.data["alpha_tail"]


class TraceDescriptionsSpectraControl(Record):
    """Each control's."""

    __slots__ = ()
    _columns: ClassVar[Columns] = {
        "control": "text",
        "spectra": [TraceSpectra],
    }

    @property
    def control(self) -> str:
        """An id of inputs."""
        return self.data["control"]

    @property
    def spectra(self) -> Table[TraceSpectra]:
        """One a matrix."""
        return Table(self.data["spectra"], TraceSpectra)


class TraceDescriptionsSpectra(Record):
    """Singular values of attention and MLP weights, of up to eight layers."""

    __slots__ = ()
    _columns: ClassVar[Columns] = {
        "a": [TraceSpectra],
        "b": [TraceSpectra],
        "controls": [TraceDescriptionsSpectraControl],
    }

    @property
    def a(self) -> Table[TraceSpectra]:
        """A's, one a matrix."""
        return Table(self.data["a"], TraceSpectra)

    @property
    def b(self) -> Table[TraceSpectra]:
        """B's, one a matrix."""
        return Table(self.data["b"], TraceSpectra)

    @property
    def controls(self) -> Table[TraceDescriptionsSpectraControl]:
        """Each control's."""
        return Table(self.data["controls"], TraceDescriptionsSpectraControl)


class TraceDescriptions(Record):
    """Published fingerprints, spectra, routers and tokens: figures without a null distribution, beside
    those of controls. Null where they were not asked for (--fingerprints, report), and for a quick
    trace.
    """

    __slots__ = ()
    _columns: ClassVar[Columns] = {
        "left_out": "text",
        "fingerprints": [TraceDescriptionsFingerprint],
        "tokens": TraceDescriptionsTokens,
        "routers": TraceDescriptionsRouters,
        "spectra": TraceDescriptionsSpectra,
    }

    @property
    def left_out(self) -> str | None:
        """Why there are no fingerprints and spectra, and how to ask for them; null where there are."""
        return self.data["left_out"]

    @property
    def fingerprints(self) -> Table[TraceDescriptionsFingerprint]:
        """Figures that others have published."""
        return Table(self.data["fingerprints"], TraceDescriptionsFingerprint)

    @property
    def tokens(self) -> TraceDescriptionsTokens:
        """What rows of tokens have in common; about training data."""
        return TraceDescriptionsTokens(self.data["tokens"])

    @property
    def routers(self) -> TraceDescriptionsRouters:
        """What routers look like."""
        return TraceDescriptionsRouters(self.data["routers"])

    @property
    def spectra(self) -> TraceDescriptionsSpectra:
        """Singular values of attention and MLP weights, of up to eight layers."""
        return TraceDescriptionsSpectra(self.data["spectra"])


class TraceControl(Record):
    """A and B, each beside each control."""

    __slots__ = ()
    _columns: ClassVar[Columns] = {
        "control": "text",
        "with": "text",
        "category": "text",
        "related": "bool",
        "tests": [TraceTest],
    }

    @property
    def control(self) -> str:
        """An id of inputs."""
        return self.data["control"]

    @property
    def with_(self) -> Literal["a", "b"]:
        """The model that the control is beside."""
        return self.data["with"]

    @property
    def category(self) -> str:
        """The verdict's, of that pair."""
        return self.data["category"]

    @property
    def related(self) -> bool:
        """Derived itself, or of the same start, and so left out."""
        return self.data["related"]

    @property
    def tests(self) -> Table[TraceTest]:
        """The tests of that pair."""
        return Table(self.data["tests"], TraceTest)


class TraceNonFinite(Record):
    """Tensors with NaN or infinite values, which tests leave out; none of a quick trace."""

    __slots__ = ()
    _columns: ClassVar[Columns] = {
        "model": "text",
        "tensor": "text",
        "nan": "int",
        "infinite": "int",
    }

    @property
    def model(self) -> Literal["a", "b"]:
        """The model that it is in."""
        return self.data["model"]

    @property
    def tensor(self) -> str:
        """Its name."""
        return self.data["tensor"]

    @property
    def nan(self) -> int:
        """Values that are NaN."""
        return self.data["nan"]

    @property
    def infinite(self) -> int:
        """Values that are infinite."""
        return self.data["infinite"]


class TraceResidualTensor(Record):
    """The same tensor by tensor."""

    __slots__ = ()
    _columns: ClassVar[Columns] = {
        "a": "text",
        "b": "text",
        "z": "float",
        "tensors": "int",
    }

    @property
    def a(self) -> str:
        """A's name."""
        return self.data["a"]

    @property
    def b(self) -> str:
        """B's name."""
        return self.data["b"]

    @property
    def z(self) -> float | None:
        """How far beyond chance they agree, in standard deviations."""
        return self.data["z"]

    @property
    def tensors(self) -> int:
        """Experts of the layer that were taken together, of which a and b are the first; else 1."""
        return self.data["tensors"]


class TraceExpert(Record):
    """Layers with experts in both."""

    __slots__ = ()
    _columns: ClassVar[Columns] = {
        "layer_a": "int",
        "layer_b": "int",
        "agreed": "int",
        "in_place": "int",
        "source": ["int"],
    }

    @property
    def layer_a(self) -> int:
        """A's layer."""
        return self.data["layer_a"]

    @property
    def layer_b(self) -> int:
        """B's layer."""
        return self.data["layer_b"]

    @property
    def agreed(self) -> int:
        """Experts of B that router and weights give the same expert of A."""
        return self.data["agreed"]

    @property
    def in_place(self) -> int:
        """Experts that go back to that of their own number."""
        return self.data["in_place"]

    @property
    def source(self) -> list[int | None]:
        """An expert of A for each of B, by weights."""
        return self.data["source"]


class TraceUnitOrder(Record):
    """Tensors of unknown layout, axis by axis."""

    __slots__ = ()
    _columns: ClassVar[Columns] = {
        "tensor": "text",
        "axis": "int",
        "units": "int",
        "in_place": "int",
        "log10_p": "float",
    }

    @property
    def tensor(self) -> str:
        """B's name."""
        return self.data["tensor"]

    @property
    def axis(self) -> int:
        """From 0."""
        return self.data["axis"]

    @property
    def units(self) -> int:
        """Extent of the axis."""
        return self.data["units"]

    @property
    def in_place(self) -> int:
        """Units whose most similar one has the same number."""
        return self.data["in_place"]

    @property
    def log10_p(self) -> float:
        """Of that many by chance, base 10. At most 0."""
        return self.data["log10_p"]


class TraceNamesGiven(Record):
    """To tensors whose names tell nothing, by shape and values."""

    __slots__ = ()
    _columns: ClassVar[Columns] = {
        "from": "text",
        "to": "text",
    }

    @property
    def from_(self) -> str:
        """The name in the file."""
        return self.data["from"]

    @property
    def to(self) -> str:
        """The name that it was given."""
        return self.data["to"]


TraceRunRequestComponent = Literal["text", "vision", "audio", "projector", "prediction"]


class TraceRunRequest(Record):
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
    def components(self) -> list[TraceRunRequestComponent] | None:
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


class TraceRun(Record):
    """How the numbers were made; the only part that may differ between runs on the same inputs."""

    __slots__ = ()
    _columns: ClassVar[Columns] = {
        "command": "text",
        "arguments": ["text"],
        "threads": "int",
        "simd_target": "text",
        "request": TraceRunRequest,
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
    def request(self) -> TraceRunRequest:
        """What was asked for, all that numbers depend on but the inputs: modelkin verify asks again."""
        return TraceRunRequest(self.data["request"])


class TraceRecord(Record):
    """JSON output of ``modelkin trace``, version 1.8."""

    __slots__ = ()
    _columns: ClassVar[Columns] = {
        "schema_version": "text",
        "tool": Tool,
        "inputs": [Input],
        "verdict": TraceVerdict,
        "components": [TraceComponent],
        "relation": TraceRelation,
        "hidden_basis": TraceHiddenBasis,
        "merge": TraceMerge,
        "descriptions": TraceDescriptions,
        "heritage": [TraceHeritage],
        "tests": [TraceTest],
        "controls": [TraceControl],
        "power": TracePower,
        "non_finite": [TraceNonFinite],
        "copies": TraceCopies,
        "layer_map": TraceLayerMap,
        "residual": TraceResidual,
        "residual_tensors": [TraceResidualTensor],
        "mlps": [TraceMlp],
        "experts": [TraceExpert],
        "unit_order": [TraceUnitOrder],
        "names_given": [TraceNamesGiven],
        "seed": "int",
        "quick": "bool",
        "effort": TraceEffort,
        "run": TraceRun,
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
        """A, B, then controls and parents; as in results.schema.json."""
        return Table(self.data["inputs"], Input)

    @property
    def verdict(self) -> TraceVerdict:
        """What all tests come to, of all components. Evidence names the component where there are several;
        shares and limits are those of the first.
        """
        return TraceVerdict(self.data["verdict"])

    @property
    def components(self) -> Table[TraceComponent]:
        """Each component of B beside that of A which it is compared with, the text models first; then
        those that a single model has, which are not_comparable. All that follows after components, but
        relation, is of the first.
        """
        return Table(self.data["components"], TraceComponent)

    @property
    def relation(self) -> TraceRelation | None:
        """How B was made from A, by the first component that goes back to A; null without evidence of a
        shared origin, and for a quick trace.
        """
        value = self.data["relation"]
        return None if value is None else TraceRelation(value)

    @property
    def hidden_basis(self) -> TraceHiddenBasis | None:
        """A's residual coordinates fitted to B's by tokens or layers; null where models as stored show a
        derivation.
        """
        value = self.data["hidden_basis"]
        return None if value is None else TraceHiddenBasis(value)

    @property
    def merge(self) -> TraceMerge | None:
        """B as a mixture of --parents."""
        value = self.data["merge"]
        return None if value is None else TraceMerge(value)

    @property
    def descriptions(self) -> TraceDescriptions | None:
        """Published fingerprints, spectra, routers and tokens: figures without a null distribution, beside
        those of controls. Null where they were not asked for (--fingerprints, report), and for a quick
        trace.
        """
        value = self.data["descriptions"]
        return None if value is None else TraceDescriptions(value)

    @property
    def heritage(self) -> Table[TraceHeritage]:
        """What became of each tensor of B; empty without evidence of a shared origin."""
        return Table(self.data["heritage"], TraceHeritage)

    @property
    def tests(self) -> Table[TraceTest]:
        """Tests of independent initialisation: docs/lineage.md."""
        return Table(self.data["tests"], TraceTest)

    @property
    def controls(self) -> Table[TraceControl]:
        """A and B, each beside each control."""
        return Table(self.data["controls"], TraceControl)

    @property
    def power(self) -> TracePower | None:
        """For no_evidence of models that are not mostly packed; else null. Where verdict.sentence says
        that a part was not read, of what was read alone. Shares t of A in t A + (1 - t) B that would
        have been strong evidence with this probability: as it is, with hidden units renumbered, and
        with residual coordinates renumbered as well, if these are found: the last alone where widths
        differ.
        """
        value = self.data["power"]
        return None if value is None else TracePower(value)

    @property
    def non_finite(self) -> Table[TraceNonFinite]:
        """Tensors with NaN or infinite values, which tests leave out; none of a quick trace."""
        return Table(self.data["non_finite"], TraceNonFinite)

    @property
    def copies(self) -> TraceCopies:
        """Tensors of the same bytes in both."""
        return TraceCopies(self.data["copies"])

    @property
    def layer_map(self) -> TraceLayerMap:
        """Which layer of A each layer of B goes back to."""
        return TraceLayerMap(self.data["layer_map"])

    @property
    def residual(self) -> TraceResidual:
        """What the test of residual coordinates was made of."""
        return TraceResidual(self.data["residual"])

    @property
    def residual_tensors(self) -> Table[TraceResidualTensor]:
        """The same tensor by tensor."""
        return Table(self.data["residual_tensors"], TraceResidualTensor)

    @property
    def mlps(self) -> Table[TraceMlp]:
        """MLPs of B, each with the most similar of A."""
        return Table(self.data["mlps"], TraceMlp)

    @property
    def experts(self) -> Table[TraceExpert]:
        """Layers with experts in both."""
        return Table(self.data["experts"], TraceExpert)

    @property
    def unit_order(self) -> Table[TraceUnitOrder]:
        """Tensors of unknown layout, axis by axis."""
        return Table(self.data["unit_order"], TraceUnitOrder)

    @property
    def names_given(self) -> Table[TraceNamesGiven]:
        """To tensors whose names tell nothing, by shape and values."""
        return Table(self.data["names_given"], TraceNamesGiven)

    @property
    def seed(self) -> int:
        """Of all random numbers."""
        return self.data["seed"]

    @property
    def quick(self) -> bool:
        """Whether quick was asked for."""
        return self.data["quick"]

    @property
    def effort(self) -> TraceEffort:
        """How much was looked at. What was drawn depends on the seed, on names and on shapes alone."""
        return TraceEffort(self.data["effort"])

    @property
    def run(self) -> TraceRun:
        """How the numbers were made; the only part that may differ between runs on the same inputs."""
        return TraceRun(self.data["run"])
