"""Plain words for the identifiers of the JSON."""

from __future__ import annotations

import math
import re
from collections.abc import Mapping, Sequence
from typing import Any

# docs/calibration.md: pairs of independent models, none of which was called related.
UNRELATED_PAIRS = 1045

# Of a verdict, by category or by kind: what the pill says, its sign, its colour's name, the headline
# and the sentence below. {a} and {b} are names.
VERDICTS: Mapping[str, tuple[str, str, str, str, str]] = {
    "identical": (
        "Identical",
        "\u2714",
        "same",
        "{a} and {b} are the same.",
        "All tensors have the same bytes.",
    ),
    "derived": (
        "Same lineage",
        "\u2714",
        "same",
        "{a} and {b} go back to the same trained model.",
        "One was built on the other, or both on a common ancestor.",
    ),
    "common_initialisation": (
        "Same starting point only",
        "\u25d0",
        "part",
        "{a} and {b} share a starting point; nothing shows that one took over what the other learned.",
        "That happens when two projects begin with the same random numbers, or when a little of one model is"
        " mixed into the other.",
    ),
    "common_initialisation_at_least": (
        "Same starting point at least",
        "\u25d0",
        "part",
        "{a} and {b} share a starting point; whether one is built on the other can't be told.",
        "Two projects that begin with the same random numbers look like that; so can a model that was built"
        " on the other.",
    ),
    "copied_tensors": (
        "Partly shared",
        "\u25d0",
        "part",
        "{a} and {b} have trained tensors in common.",
        "Some tensors are copies; the others show no common origin.",
    ),
    "part_of_the_model": (
        "Partly shared",
        "\u25d0",
        "part",
        "Parts of {a} and {b} go back to the same trained model.",
        "The other parts show no common origin.",
    ),
    "component_taken": (
        "One component shared",
        "\u25d0",
        "part",
        "A component of {a} and {b} goes back to the same trained model.",
        "Two projects that took the same published encoder have it in common, too. The other components show"
        " no common origin.",
    ),
    "shares_material": (
        "Partly shared",
        "\u25d0",
        "part",
        "{a} and {b} have something in common.",
        "It is less than a model that was built on the other would have.",
    ),
    "no_evidence": (
        "Nothing found",
        "\u2013",
        "none",
        "No sign of a common origin was found in {a} and {b}.",
        "This does not prove that they are independent.",
    ),
    "not_comparable": (
        "Cannot be tested",
        "\u25a8",
        "none",
        "{a} and {b} cannot be tested against each other.",
        "No test fits the two as they are.",
    ),
}

TESTS: Mapping[str, str] = {
    "residual_trace": "Hidden dimensions in the same order",
    "residual_tables": "Hidden dimensions in the same order, by tables",
    "gate_up_matching": "Neurons keep their partner (ranks)",
    "gate_up_agreement": "Neurons keep their partner (count)",
    "hidden_order": "Neurons in the same place",
    "hidden_trace": "Neurons alike, place by place",
    "expert_matching": "Experts paired the same way",
    "head_trace": "Attention heads alike",
    "unit_order": "Units in the same place",
    "undertrained_tokens": "Rare tokens' vectors alike",
    "undertrained_outputs": "Rare tokens' output vectors alike",
}
_FITTED = "_in_fitted_basis"

KINDS: Mapping[str, str] = {
    "copy": "a copy",
    "exact_cast": "stored in another type",
    "lora_merge": "an adapter merged in",
    "pruned_2_4": "pruned, 2 of 4",
    "merged": "merged of several models",
    "upcycled": "made into a mixture of experts",
    "direction_removed": "a direction removed",
    "common_initialisation": "the same random numbers at the start",
    "component_taken": "a component taken over",
    "text_replaced": "its text model replaced",
}

OUTCOMES: Mapping[str, tuple[str, str, str]] = {
    "supported": ("Supported", "\u2714", "same"),
    "related": ("Related; which was first is not shown", "\u2714", "same"),
    "partial": ("Partly supported", "\u25d0", "part"),
    "reversed": ("The other way round", "\u21c4", "part"),
    "unsupported": ("Not supported: nothing found", "\u2013", "none"),
    "untestable": ("Cannot be tested", "\u25a8", "none"),
}


def name_of_test(name: str) -> str:
    """Returns a test in plain words."""
    known = TESTS.get(name.removesuffix(_FITTED), name.replace("_", " "))
    return f"{known}, after undoing a possible rotation" if name.endswith(_FITTED) else known


def name_of_kind(kind: str) -> str:
    """Returns a kind of derivation in plain words."""
    return KINDS.get(kind, kind.replace("_", " ").replace("fine tuned", "fine-tuned"))


def name_of_model(path: str) -> str:
    """Returns the end of a path, without its revision's folder or a weights file's ending."""
    name = re.split(r"[/\\]", path.rstrip("/\\"))[-1]
    return re.sub(r"\.(safetensors|gguf|bin|pt|pth)$", "", name) or path


def names_of_models(paths: Sequence[str]) -> list[str]:
    """Returns a name for each path: its end, or as much of it as tells them apart."""
    names = [name_of_model(path) for path in paths]
    return names if len(set(names)) == len(set(paths)) else list(paths)


def p_value(log10_p: float | None, is_bound: bool | None = False) -> str:
    """Returns p in whole powers of ten, as in "p < 10^-214"; "" for none."""
    if log10_p is None:
        return ""
    if log10_p < -300:
        return "p < 10^-300"
    if log10_p > -3:
        return f"p = {10**log10_p:.2g}"
    return f"p {'<' if is_bound else '≈'} 10^{math.ceil(log10_p)}"


def number(value: Any) -> str:
    """Returns a value as people read it: 4 digits, thousands apart, a dash for None."""
    if value is None:
        return "\u2013"
    if isinstance(value, bool):
        return "yes" if value else "no"
    if isinstance(value, int):
        return f"{value:,}"
    if isinstance(value, float):
        if 0.999 < abs(value) < 1:  # which is no 1
            return next(
                text for text in (f"{value:.{digits}f}" for digits in range(4, 18)) if float(text) % 1
            )
        return f"{value:.4g}" if value == 0 or 1e-4 <= abs(value) < 1e6 else f"{value:.3g}"
    return str(value)


def share(value: float) -> str:
    """Returns a share as per cent; what is not all of it is never "100 %", nor what is there "0 %"."""
    if value <= 0 or value >= 1:
        return f"{100 * value:.0f} %"
    first = 1 if value < 0.1 else 0  # digits
    texts = (f"{100 * value:.{digits}f}" for digits in range(first, 7))
    return next((text for text in texts if 0 < float(text) < 100), "< 0.000001") + " %"


def layer_of(name: str) -> int | None:
    """Returns the first number of a tensor's name that stands alone; None without one."""
    found = re.search(r"(?:^|[._])(\d+)(?=[._]|$)", name)
    return None if found is None else int(found[1])


def module_of(name: str) -> str:
    """Returns a tensor's name with its numbers as *, without what all names begin with."""
    pattern = re.sub(r"(?<=[._])\d+(?=[._]|$)", "*", name)
    return re.sub(r"^.*?\*\.", "", pattern, count=1) if "*" in pattern else pattern
