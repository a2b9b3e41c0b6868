"""The card of a verdict: of trace, and of a report."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

from . import html, maps, words

if TYPE_CHECKING:
    from ..records.trace import TraceRecord, TraceTest, TraceVerdictShares

_MOST_ROWS = 6  # of the figure
_BEYOND_DOUBT = 3.0  # standard errors, as the verdict has it
_FROM_NOTHING_TO_THE_SAME = ("share", "cosine")  # names of effects with these words


def names(result: TraceRecord) -> list[str]:
    """Returns the inputs' names: A, B, then controls and parents."""
    return words.names_of_models([record.path for record in result.inputs])


def references(result: TraceRecord) -> str:
    """Returns what effects of unrelated models are called: by the controls' names."""
    named = zip(names(result), result.inputs)
    return (
        f"unrelated models ({', '.join(name for name, record in named if record.id.startswith('control'))})"
    )


def verdict_words(result: TraceRecord) -> tuple[str, str, str, str, str]:
    """Returns the words of a verdict: pill, sign, colour, headline, sentence."""
    verdict = result.verdict
    kind: str = verdict.kind or verdict.category
    if kind == "common_initialisation" and _may_be_more(verdict.shares):
        kind = "common_initialisation_at_least"
    known = words.VERDICTS.get(kind) or words.VERDICTS.get(verdict.category)
    title, sign, colour, headline, sentence = known or (
        str(verdict.category).replace("_", " "),
        "\u2013",
        "none",
        "{a} and {b}",
        verdict.sentence,
    )
    a, b = names(result)[:2]
    return title, sign, colour, headline.format(a=a, b=b), sentence


def _may_be_more(shares: TraceVerdictShares) -> bool:
    """Returns whether what units learned can't tell a common start from a derivation."""
    if shares.retained_deviations is None:
        return False
    return shares.retained is None or shares.retained_deviations > -_BEYOND_DOUBT


def shown_tests(result: TraceRecord) -> list[TraceTest]:
    """Returns the tests whose effects go from nothing to the same: of two in two bases the stronger."""
    best: dict[str, TraceTest] = {}
    for test in result.tests:
        bounded = any(word in (test.effect_name or "") for word in _FROM_NOTHING_TO_THE_SAME)
        if test.effect is None or not bounded:
            continue
        name = re.sub("_in_fitted_basis$", "", test.name)
        if name not in best or test.effect > (best[name].effect or 0.0):
            best[name] = test
    return list(best.values())


def trace_card(result: TraceRecord) -> str:
    """Returns the verdict, what the models have in common, how they differ, and where."""
    title, sign, colour, headline, sentence = verdict_words(result)
    pieces = [html.pill(title, sign, colour), f'<div class="head">{html.text(headline)}</div>']
    if result.verdict.category == "derived":
        sentence += (
            f" Unrelated models do not look like this: 0 of {words.UNRELATED_PAIRS:,} unrelated pairs of"
            " (small) test models were called related."
        )
    pieces.append(html.paragraph(sentence))
    if result.verdict.category in ("no_evidence", "not_comparable"):
        pieces.append(html.paragraph(result.verdict.sentence, "soft"))
    pieces += [_components(result), _figure(result, colour), _differences(result), _first(result)]
    pieces += [html.note("Not shown", " ".join(result.verdict.limits)), _map(result), _how_sure(result)]
    return "".join(pieces)


def _components(result: TraceRecord) -> str:
    """Returns what each component comes to, where there are several."""
    if len(result.components) < 2:
        return ""
    rows = []
    for part in result.components:
        if part.a is None or part.b is None:
            said = "only in B" if part.a is None else "only in A"
        else:
            kinds = (
                [] if part.relation is None else [words.name_of_kind(one.kind) for one in part.relation.kinds]
            )
            said = ", ".join([part.verdict.category.replace("_", " "), *kinds])
        rows.append([part.component, said])
    return html.heading("By component") + html.grid(("", ""), rows)


def _figure(result: TraceRecord, colour: str) -> str:
    """Returns a row for each kind of evidence: this pair's dot, unrelated models' capsule."""
    tests = shown_tests(result)[:_MOST_ROWS]
    if not tests:
        return ""
    key = f'<b style="color:var(--{colour})">\u25cf</b> this pair '
    if any(test.control_effects for test in tests):
        key += f'<b style="color:var(--grey)">\u25cf</b> {html.text(references(result))}'
    elif any(_chance(test) is not None for test in tests):
        key += '<b style="color:var(--grey)">\u25cf</b> by chance alone, calculated: unrelated models can have more'
    rows = "".join(_bar(test, colour) for test in tests)
    scale = '<div class="row soft"><span>nothing</span><span>the same</span></div>'
    return (
        html.heading("What the two models have in common")
        + f'<p class="soft">{key}</p><div class="bars">{rows}{scale}</div>'
    )


def _bar(test: TraceTest, colour: str) -> str:
    effect = test.effect or 0.0
    said = words.share(effect) if "share" in (test.effect_name or "") else f"{effect:.3f}"
    capsule = ""
    if test.control_effects:
        low, high = (100 * _within(end) for end in (min(test.control_effects), max(test.control_effects)))
        capsule = f'<i class="others" style="left:{low:.2f}%;width:calc({high - low:.2f}% + 10px)"></i>'
    chance = _chance(test)
    if chance is not None:
        capsule = f'<i class="others" style="left:{100 * _within(chance):.2f}%;width:10px"></i>'
    dot = f'<i class="dot {colour}" style="left:{100 * _within(effect):.2f}%"></i>'
    return (
        f'<div class="row"><span>{html.text(words.name_of_test(test.name))}</span><b>{said}</b></div>'
        f'<div class="bar"><i class="line"></i>{capsule}{dot}</div>'
    )


def _chance(test: TraceTest) -> float | None:
    """Returns what models with nothing in common have on average; nothing where unrelated ones are shown,
    and in a fitted basis, where they have more."""
    return None if test.control_effects or test.caveat else test.effect_by_chance


def _within(value: float) -> float:
    return min(1.0, max(0.0, value))


def _differences(result: TraceRecord) -> str:
    relation = result.relation
    if relation is None or not relation.kinds:
        return ""
    said = " ".join(
        words.name_of_kind(kind.kind).capitalize() + f" ({kind.evidence})." for kind in relation.kinds
    )
    return html.note("How they differ", said)


def _first(result: TraceRecord) -> str:
    relation = result.relation
    if relation is None:
        return ""
    a, b = names(result)[:2]
    who = {"a_to_b": a, "b_to_a": b}
    if relation.direction in who:
        return html.note(f"Which came first? {who[relation.direction]}", "No other order explains the facts.")
    if relation.signs_point in who:
        said = "; ".join(
            f"{sign.evidence} (pointed right in {sign.cases - sign.wrong} of {sign.cases} test cases)"
            for sign in relation.signs
        )
        return html.note(
            "Which came first? Not proven", f"Signs point to {who[relation.signs_point]}: {said}."
        )
    return html.note(
        "Which came first? Not shown", "Nothing points to either, or signs contradict each other."
    )


def _map(result: TraceRecord) -> str:
    drawn = maps.map_of_trace(result)
    return html.heading("What changed, layer by layer") + drawn if drawn else ""


def _how_sure(result: TraceRecord) -> str:
    """Returns the tests that were run, folded."""
    rows = [
        (
            words.name_of_test(test.name),
            words.number(test.effect),
            test.effect_name or "",
            words.p_value(test.log10_p_adjusted, test.log10_p_is_bound),
            "strong" if test.strong else "",
        )
        for test in result.tests
        if test.skipped is None
    ]
    if not rows:
        return ""
    head = ("Test of independence", "Effect", "of", "Chance, corrected", "")
    return f"<details><summary>How sure is this? {len(rows)} tests</summary>{html.grid(head, rows)}</details>"
