"""The card of each kind of result."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import TYPE_CHECKING, Any

from . import html, maps, verdicts, words

if TYPE_CHECKING:
    from .. import results
    from .._model import Model

_MOST_ROWS = 20


def card_of(result: results.Result) -> str:
    """Returns a result as a fragment of HTML with its own style."""
    return html.fragment(_CARDS[type(result).__name__](result))


def page_of(result: results.Result) -> str:
    """Returns a result as a page by itself."""
    return html.page(repr(result).strip("<>"), card_of(result))


def card_of_model(model: Model) -> str:
    """Returns what an open model is."""
    return html.fragment(_inspect_card(model.inspection), _warnings(model.warnings))


def card_of_table(table: Any) -> str:
    return html.fragment(html.table(table))


def _head(title: str) -> str:
    return f'<div class="head">{html.text(title)}</div>'


def _count(number: int, thing: str) -> str:
    return f"{number:,} {thing}{'' if number == 1 else 's'}"


def _pair(result: Any) -> str:
    return " and ".join(words.names_of_models([record.path for record in result.inputs])[:2])


def _warnings(lines: Sequence[str]) -> str:
    return "".join(html.note("Note", line) for line in lines)


def _first_rows(rows: Sequence[Sequence[Any]], head: Sequence[str], wide: Sequence[int] = ()) -> str:
    said = html.grid(head, rows[:_MOST_ROWS], wide)
    return said + (html.paragraph(f"{_MOST_ROWS} of {len(rows):,}", "soft") if len(rows) > _MOST_ROWS else "")


def _inspect_card(result: results.InspectResult) -> str:
    parameters, memory = result.parameters, result.memory
    said = [f"{result.family or 'unknown family'}, {result.tensors:,} tensors"]
    if parameters is not None:
        said.append(f"{parameters.total:,} parameters")
        if parameters.active is not None and parameters.active != parameters.total:
            said.append(f"{parameters.active:,} active for a token")
    if memory.weight_bytes is not None:
        said.append(f"{memory.weight_bytes:,} bytes of weights")
    pieces = [_head(words.name_of_model(result.model)), html.paragraph(", ".join(said))]
    if parameters is not None:
        total = max(parameters.total, 1)
        rows = [
            (name.replace("_", " "), n, words.share(n / total)) for name, n in parameters.by_component.items()
        ]
        pieces.append(html.grid(("Component", "Parameters", "Share"), rows))
    for finding in result.findings[:_MOST_ROWS]:
        pieces.append(html.note(finding.kind.replace("_", " ").capitalize(), finding.message))
    return "".join(pieces)


def _config_card(result: results.ConfigResult) -> str:
    names = words.names_of_models(result.models)
    rows = [
        [row.key, *(words.number(value.value) for value in row.values)]
        for group in result.groups
        for row in group.rows
        if row.same is False
    ]
    return (
        _head(f"{result.summary.same} of {result.summary.compared} values are the same")
        + html.paragraph("Equal configurations are no evidence of derived weights.", "soft")
        + (html.heading("What differs") + _first_rows(rows, ["", *names]) if rows else "")
    )


def _tokenizer_card(result: results.TokenizerResult) -> str:
    tokens = result.tokens
    rows = [
        ("Tokens of A", tokens.a),
        ("Tokens of B", tokens.b),
        ("Shared, by their bytes", tokens.shared),
        ("Shared under one id", result.same_id),
        (
            "Shared of the smaller",
            "" if tokens.share_of_smaller is None else words.share(tokens.share_of_smaller),
        ),
    ]
    if result.merges is not None:
        rows.append(("Merges shared", result.merges.shared))
    names = " and ".join(words.names_of_models([result.a.file, result.b.file]))
    return (
        _head(f"Tokenizers of {names}")
        + html.grid(("", ""), [(name, words.number(value)) for name, value in rows])
        + html.paragraph("Unrelated models share tokenizers: no evidence of derived weights.", "soft")
    )


def _compare_card(result: results.CompareResult) -> str:
    summary = result.summary
    said = (
        f"{summary.compared:,} tensors compared, {summary.byte_identical:,} with the same bytes,"
        f" {summary.only_in_a:,} only in A, {summary.only_in_b:,} only in B,"
        f" {summary.shape_mismatches:,} of other shapes"
    )
    rows = [
        (
            group.role,
            group.tensors,
            _median(group.cosine_similarity),
            _median(group.shuffled_cosine),
            _median(group.rel_l2_a),
            _median(group.identical_fraction),
        )
        for group in summary.by_role
    ]
    drawn = maps.map_of_compare(result)
    title = (
        f"{_pair(result)}, tensor by tensor" if len(result.inputs) > 1 else f"{_pair(result)}, layer by layer"
    )
    return (
        _head(title)
        + html.paragraph(said)
        + (html.heading("Cosine, above that of shuffled elements") + drawn if drawn else "")
        + html.heading("By role, medians")
        + _first_rows(
            rows, ("Role", "Tensors", "Cosine", "Shuffled", "Change over size", "Identical elements")
        )
        + html.paragraph("A cosine means as much as it lies above that of shuffled elements.", "soft")
    )


def _median(spread: Any) -> float | None:
    return None if spread is None else float(spread.median)


def _trace_card(result: results.TraceResult) -> str:
    return verdicts.trace_card(result)


def _dynamics_card(result: results.DynamicsResult) -> str:
    names = words.names_of_models([record.path for record in result.inputs])
    rows = [
        [
            "outside of layers" if profile.layer is None else f"layer {profile.layer}",
            *(None if drift is None else words.share(drift) for drift in profile.drifts),
        ]
        for profile in [*result.layers, *([] if result.outside is None else [result.outside])]
    ]
    steps = [f"{a} \u2192 {b}" for a, b in zip(names, names[1:])]
    return (
        _head(f"What moved between {len(names)} checkpoints")
        + html.paragraph("Change in each step, over the size before it.", "soft")
        + html.grid(["", *steps], [[words.number(cell) for cell in row] for row in rows])
    )


def _diff_card(result: results.DiffResult) -> str:
    summary = result.summary
    same = summary.all_identical
    badge = html.pill(
        "Identical" if same else "Different", "\u2714" if same else "\u2260", "same" if same else "part"
    )
    said = f"{summary.identical:,} of {summary.tensors:,} tensors have the same bytes"
    if summary.found_elsewhere:
        said += f"; {summary.found_elsewhere:,} of A turn up in B under another name"
    drawn = maps.map_of_diff(result)
    return (
        badge
        + _head(f"{_pair(result)}, to the bit")
        + html.paragraph(said + ".")
        + (html.heading("Identical elements by module and layer") + drawn if drawn else "")
    )


def _run_card(result: results.RunResult) -> str:
    pieces = [
        _head(f"{words.name_of_model(result.inputs[0].path)}, run on {_count(len(result.texts), 'text')}")
    ]
    for one in result.texts[:_MOST_ROWS]:
        pieces.append(f"<pre>{html.text(_cut(one.text or f'{len(one.ids)} token ids'))}</pre>")
        if one.next:
            rows = [(_token(row.token, row.id), row.probability, row.logit) for row in one.next[:_MOST_ROWS]]
            pieces.append(html.grid(("Next token", "Probability", "Logit"), rows))
        if one.generated_text:
            pieces.append(html.note("Goes on", _cut(one.generated_text)))
    return "".join(pieces) + _warnings(result.notes)


def _token(token: str | None, number: int) -> str:
    return f"id {number}" if token is None else repr(token)


def _cut(content: str, most: int = 500) -> str:
    return content if len(content) <= most else content[: most - 1] + "\u2026"


def _explain_card(result: results.ExplainResult) -> str:
    formula = result.formula
    rows = [(fact.label, words.number(fact.value), fact["from"] or fact.origin) for fact in result.facts]
    return (
        _head(f"{words.name_of_model(result.inputs[0].path)}: {formula.title}")
        + "<pre>"
        + "\n".join(html.text(line) for line in formula.lines)
        + "</pre>"
        + _first_rows(rows, ("", "Value", "From"), wide=(0, 2))
        + _warnings(result.notes)
    )


def _audit_card(result: results.AuditResult) -> str:
    names = words.names_of_models([one.path for one in result.inputs])
    name_of = {one.id: name for one, name in zip(result.inputs, names)}
    known = {
        "found": ("Something found", "\u2714", "same"),
        "nothing_found": ("Nothing found", "\u2013", "none"),
    }

    def answer_of(verdict: str) -> str:
        found = words.VERDICTS.get(verdict)
        return verdict if found is None else found[0]

    rows = [
        (
            name_of.get(model.id, model.id),
            "cannot be tested" if model.trace is None else answer_of(model.trace.verdict),
            ""
            if model.trace is None or model.trace.strongest is None
            else words.p_value(model.trace.strongest.log10_p_adjusted),
            model.failure or "",
        )
        for model in result.models
    ]
    return (
        html.pill(*known.get(result.outcome, ("Cannot be tested", "\u2013", "none")))
        + _head(f"{name_of.get('b', '')} beside {_count(len(rows), 'model')}")
        + html.paragraph(result.sentence)
        + _first_rows(rows, ("Model", "Answer", "", ""), wide=(0, 3))
    )


# By outcome: what stands in the pill, its sign and its colour.
_REMADE: dict[str, tuple[str, str, str]] = {
    "identical": ("Identical", "\u2714", "same"),
    "consistent": ("Consistent", "\u2714", "related"),
    "deviates": ("Deviates", "\u2260", "part"),
}


def _remade_pill(outcome: str) -> str:
    return html.pill(*_REMADE.get(outcome, (outcome, "\u2013", "none")))


def _requant_card(result: results.RequantResult) -> str:
    summary = result.summary
    rows = [
        (
            tensor.quantised or tensor.original,
            tensor.type,
            tensor.outcome,
            tensor.blocks,
            tensor.blocks_deviating,
        )
        for tensor in result.tensors
        if tensor.outcome != "identical"
    ]
    return (
        _remade_pill(result.outcome)
        + _head(_pair(result))
        + html.paragraph(
            f"{summary.identical:,} tensors identical, {summary.consistent:,} consistent,"
            f" {summary.deviating:,} deviating; {summary.blocks_deviating:,} of {summary.blocks:,} blocks deviate."
        )
        + (_first_rows(rows, ("Tensor", "Type", "Outcome", "Blocks", "Deviating"), wide=(0,)) if rows else "")
    )


def _merge_card(result: results.MergeResult) -> str:
    summary = result.summary
    rows = [
        (tensor.name, tensor.state, tensor.elements, tensor.equal)
        for tensor in result.tensors
        if tensor.state != "equal"
    ]
    return (
        _remade_pill(result.outcome)
        + _head(f"{result.recipe.merge_method}: {', '.join(model.name for model in result.recipe.models)}")
        + html.paragraph(f"{summary.equal:,} of {summary.tensors:,} tensors come out equal to the bit.")
        + (_first_rows(rows, ("Tensor", "State", "Elements", "Equal"), wide=(0,)) if rows else "")
        + _warnings(result.recipe.warnings)
    )


def _tree_card(result: results.TreeResult) -> str:
    return _head(
        f"{words.name_of_model(result.atlas)}: {_count(len(result.models), 'model')}"
        f" in {_count(len(result.groups), 'group')}"
    )


def _check_card(result: results.CheckResult) -> str:
    pieces = [_head(f"What is claimed of {words.name_of_model(result.model)}")]
    for claim in result.claims:
        title, sign, colour = words.OUTCOMES.get(claim.outcome, (claim.outcome, "\u2013", "none"))
        kinds = ", ".join(words.name_of_kind(kind) for kind in claim.kinds)
        a, b = words.names_of_models([claim.claim.removeprefix("base_model="), result.model])
        known = words.VERDICTS.get(claim.verdict)
        said = claim.sentence if known is None else known[3].format(a=a, b=b) + " " + known[4]
        pieces.append(
            f"<p>{html.pill(title, sign, colour)} <b>{html.text(claim.claim)}</b></p>"
            + html.paragraph(said)
            + (html.paragraph(f"How they differ: {kinds}.", "soft") if kinds else "")
        )
    outcome = "The check failed" if result.failed else "The check passed"
    return "".join(pieces) + html.paragraph(
        f"{outcome}: it fails on {', '.join(result.fail_on) or 'nothing'}.", "soft"
    )


def _attest_card(result: results.AttestResult) -> str:
    claim = result.predicate.claim
    title, sign, colour = words.OUTCOMES.get(claim.outcome, (claim.outcome, "\u2013", "none"))
    signed = "Signed." if result.to_attestation() != result.to_json() else "Not signed."
    return (
        html.pill(title, sign, colour)
        + html.paragraph(f"Claim: {claim.b} is built on {claim.a}.")
        + html.paragraph(result.predicate.verdict.sentence)
        + html.paragraph(signed, "soft")
    )


def _verify_card(result: results.VerifyResult) -> str:
    right = result.confirmed
    badge = html.pill(
        "Confirmed" if right else "Not confirmed",
        "\u2714" if right else "\u2260",
        "same" if right else "part",
    )
    said = f"{result.equal:,} values are equal, {result.close:,} close, {result.different:,} differ."
    rows = [(row.place, row.recorded, row.computed) for row in result.differences]
    return (
        badge
        + html.paragraph(said)
        + (_first_rows(rows, ("Place", "Recorded", "Computed again"), wide=(1, 2)) if rows else "")
    )


def _report_card(result: results.ReportResult) -> str:
    return verdicts.trace_card(result.trace) + html.paragraph("to_html() is the whole report.", "soft")


def _sketch_card(result: results.SketchResult) -> str:
    rows = [
        (part.kind, part.role, f"{part.rows:,} x {part.columns:,}", len(part.layers), len(part.keys))
        for part in result.components
    ]
    return _head(f"The sketch of {words.name_of_model(result.name)}") + html.grid(
        ("Component", "Projected", "Of each layer", "Layers", "Spectra of keys"), rows, (1,)
    )


def _find_card(result: results.FindResult) -> str:
    pieces = [
        html.pill("Relatives found", "\u2714", "same")
        if result.relatives
        else html.pill("Nothing found", "\u2013", "none"),
        _head(f"{words.name_of_model(result.model)} among {_count(result.records, 'model')}"),
        html.paragraph(result.sentence),
        html.paragraph(result.power, "soft"),
    ]
    for title, models in (
        ("Relatives", result.relatives),
        ("Looked at, and not in the answer", result.others),
    ):
        rows = [
            (
                found.model,
                found.nominated_by,
                None if found.bits is None else found.bits.cosine,
                found.untraced if found.verdict is None else found.verdict.category.replace("_", " "),
                "" if found.verdict is None else words.p_value(found.verdict.log10_p_adjusted),
            )
            for found in models
        ]
        if rows:
            head = ("Model", "Nominated by", "Cosine", "Trace", "")
            pieces.append(html.heading(title) + _first_rows(rows, head, wide=(0, 3)))
    return "".join(pieces)


def _atlas_card(result: results.AtlasResult) -> str:
    families = sorted(result.families.items(), key=lambda item: (-item[1], item[0]))
    rows = [(family or "not known", models) for family, models in families]
    return (
        _head(f"{words.name_of_model(result.atlas)}: {_count(result.records, 'model')}")
        + html.paragraph(f"{result.bytes:,} bytes.", "soft")
        + (_first_rows(rows, ("Family", "Models")) if rows else "")
    )


_CARDS: dict[str, Callable[[Any], str]] = {
    "AtlasResult": _atlas_card,
    "AttestResult": _attest_card,
    "AuditResult": _audit_card,
    "CheckResult": _check_card,
    "CompareResult": _compare_card,
    "ConfigResult": _config_card,
    "DiffResult": _diff_card,
    "DynamicsResult": _dynamics_card,
    "ExplainResult": _explain_card,
    "FindResult": _find_card,
    "InspectResult": _inspect_card,
    "MergeResult": _merge_card,
    "ReportResult": _report_card,
    "RequantResult": _requant_card,
    "RunResult": _run_card,
    "SketchResult": _sketch_card,
    "TokenizerResult": _tokenizer_card,
    "TraceResult": _trace_card,
    "TreeResult": _tree_card,
    "VerifyResult": _verify_card,
}
