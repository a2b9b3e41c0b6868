"""What results look like: cards, pages, plots."""

from __future__ import annotations

import html.parser
import importlib
import json
import subprocess
import sys
from collections.abc import Callable, Mapping
from pathlib import Path
from typing import Any

import pytest

import modelkin as mk
from modelkin import results as results_module
from modelkin._views import cards, words
from modelkin.results import (
    CheckResult,
    CompareResult,
    DiffResult,
    DynamicsResult,
    InspectResult,
    Result,
    Table,
    TensorRow,
    TraceResult,
)

_EMPTY = {"meta", "rect", "br"}
_ALLOWED = set(
    "html head meta title style body div span p b i br h4 pre code table thead tbody tr th td svg rect text"
    " details summary".split()
)
_HOSTILE = "\"><script>alert(1)</script><img src=x onerror=alert(1)>\u202e\x1b[31m'&</style>"


class Reader(html.parser.HTMLParser):
    """Holds HTML to what is allowed: known elements, closed in order, no handlers, nothing fetched."""

    def __init__(self) -> None:
        super().__init__()
        self.open: list[str] = []
        self.text = ""

    def handle_starttag(self, tag: str, attributes: list[tuple[str, str | None]]) -> None:
        assert tag in _ALLOWED, tag
        for name, value in attributes:
            assert not name.startswith("on") and name not in ("href", "src"), (tag, name)
            assert "url(" not in (value or "")
        if tag not in _EMPTY or tag == "rect":
            self.open.append(tag)

    def handle_startendtag(self, tag: str, attributes: list[tuple[str, str | None]]) -> None:
        assert tag in _ALLOWED, tag

    def handle_endtag(self, tag: str) -> None:
        assert self.open and self.open.pop() == tag, (tag, self.open)

    def handle_data(self, data: str) -> None:
        self.text += "" if self.open[-1:] == ["style"] else data


def read(markup: str) -> str:
    """Returns the text of HTML that keeps the rules."""
    reader = Reader()
    reader.feed(markup)
    reader.close()
    assert not reader.open
    return reader.text


def hostile(value: Any) -> Any:
    """Returns JSON with every text a hostile one, but for words that requests know."""
    known = {"a", "b", "control_1", "derived", "drifted", "identical", "supported", "unsupported", "path"}
    if isinstance(value, dict):
        return {name: hostile(member) for name, member in value.items()}
    if isinstance(value, list):
        return [hostile(item) for item in value]
    return _HOSTILE + value if isinstance(value, str) and value not in known else value


def test_every_result_is_html(results: Mapping[str, Result]) -> None:
    for name, result in results.items():
        read(result._repr_html_())
        if name not in ("report", "audit"):  # the program's own pages
            page = result.to_html()
            assert page.startswith("<!doctype html>") and "default-src 'none'" in page
            read(page)


def test_every_kind_of_result_has_a_card() -> None:
    kinds = {
        name
        for name, kind in vars(results_module).items()
        if isinstance(kind, type) and name.endswith("Result")
    } - {"Result"}
    assert set(cards._CARDS) == kinds
    assert {kind.__name__ for kind in results_module._KINDS} == kinds


def test_names_in_results_are_hostile(results: Mapping[str, Result]) -> None:
    for result in results.values():
        data = hostile(result.data)
        text = read(type(result)(json.dumps(data))._repr_html_())
        assert "\u202e" not in text and "\x1b" not in text
        assert "\u202e" not in repr(type(result)(json.dumps(data)))


def test_tables_and_models(results: Mapping[str, Result], models: Path) -> None:
    compare = results["compare"]
    assert isinstance(compare, CompareResult)
    text = read(compare.tensors._repr_html_())
    assert "39 rows, of which these are the first 20" in text and "model.embed_tokens.weight" in text
    assert "0 rows" in read(compare.tensors[:0]._repr_html_())
    assert "<script>" in read(Table([{"name": _HOSTILE, "new": {_HOSTILE: 1}}], TensorRow)._repr_html_())
    with mk.open(models / "moe-c") as model:
        assert "routed experts" in read(model._repr_html_())
    assert "closed" in read(model._repr_html_())


def test_verdicts_in_plain_words(results: Mapping[str, Result]) -> None:
    text = read(results["trace"]._repr_html_())
    assert "Same lineage" in text and "dense-a and dense-a-tuned go back to the same trained model." in text
    assert "Neurons keep their partner" in text and "unrelated models (dense-b)" in text
    assert "What changed, layer by layer" in text
    text = read(results["trace of strangers"]._repr_html_())
    assert "Nothing found" in text and "does not prove that they are independent" in text
    check = results["check"]
    assert isinstance(check, CheckResult)
    text = read(check._repr_html_())
    assert "Related" in text and "Not supported" in text and "The check failed" in text


def test_every_word_of_the_schema_has_a_plain_one(results: Mapping[str, Result]) -> None:
    trace = results["trace"]
    assert isinstance(trace, TraceResult)
    for category in ("identical", "derived", "shares_material", "no_evidence", "not_comparable"):
        data = json.loads(trace.to_json())
        data["verdict"]["category"] = category
        text = read(TraceResult(json.dumps(data))._repr_html_())
        assert words.VERDICTS[category][0] in text and category not in ("", text)
    assert all(test.name.removesuffix("_in_fitted_basis") in words.TESTS for test in trace.tests)


def test_a_common_start_is_said_to_be_all_only_where_it_is(results: Mapping[str, Result]) -> None:
    trace = results["trace"]
    assert isinstance(trace, TraceResult)
    data = json.loads(trace.to_json())
    data["verdict"].update(category="shares_material", kind="common_initialisation")
    for retained, deviations, pill in ((0.9, -0.5, "at least"), (None, 0.0, "at least"), (0.4, -9.0, "only")):
        data["verdict"]["shares"].update(retained=retained, retained_deviations=deviations)
        assert f"Same starting point {pill}" in read(TraceResult(json.dumps(data))._repr_html_())


def test_without_an_unrelated_model_chance_stands_beside_the_pair(results: Mapping[str, Result]) -> None:
    trace = results["trace"]
    assert isinstance(trace, TraceResult)
    assert "by chance alone" not in read(trace._repr_html_())
    data = json.loads(trace.to_json())
    for test in data["tests"]:
        test["control_effects"] = []
    assert "by chance alone, calculated" in read(TraceResult(json.dumps(data))._repr_html_())


def test_maps_have_a_cell_for_each_layer(results: Mapping[str, Result]) -> None:
    diff = results["diff"]
    assert isinstance(diff, DiffResult)
    markup = diff._repr_html_()
    assert "self_attn.q_proj.weight, layer 3: " in markup
    assert markup.count("<title>") == sum(
        words.layer_of(row.b.name) is not None for row in diff.tensors if row.b
    )


@pytest.mark.parametrize(
    ("value", "said"),
    [
        (0.0, "0 %"),
        (1.0, "100 %"),
        (0.999, "99.9 %"),
        (0.0001, "0.01 %"),
        (0.5, "50 %"),
        (1e-12, "< 0.000001 %"),
    ],
)
def test_shares(value: float, said: str) -> None:
    assert words.share(value) == said


@pytest.mark.parametrize(
    ("log10_p", "bound", "said"),
    [
        (-4794.9, False, "p < 10^-300"),
        (-214.8, True, "p < 10^-214"),
        (-12.5, False, "p \u2248 10^-12"),
        (-0.3, False, "p = 0.5"),
    ],
)
def test_chances(log10_p: float, bound: bool, said: str) -> None:
    assert words.p_value(log10_p, bound) == said


def test_numbers_that_are_nearly_one() -> None:
    assert [words.number(value) for value in (0.99996, 1.0, None, 12345, True)] == [
        "0.99996",
        "1",
        "\u2013",
        "12,345",
        "yes",
    ]


@pytest.mark.parametrize("library", ["matplotlib", "plotly"])
def test_plots(results: Mapping[str, Result], models: Path, library: str) -> None:
    pytest.importorskip(library, reason="draws plots")
    if library == "matplotlib":
        importlib.import_module("matplotlib").use("agg")
    trace, compare, diff, series = (results[name] for name in ("trace", "compare", "diff", "series"))
    assert isinstance(trace, TraceResult) and isinstance(compare, CompareResult)
    assert isinstance(diff, DiffResult) and isinstance(series, DynamicsResult)
    a, tuned, b = (models / name for name in ("dense-a", "dense-a-tuned", "dense-b"))
    merge = mk.trace(a, tuned, parents=[a, b], permutations=1000)
    drawn = [
        trace.plot.tests(library=library),
        trace.plot.p_values(library=library),
        trace.plot.kinds(library=library),
        trace.plot.layers(library=library),
        merge.plot.parents(library=library),
        compare.plot.layers(library=library),
        compare.plot.layers("rel_l2_a", roles="self_attn.q_proj.weight", library=library),
        diff.plot.layers(library=library),
        series.plot.movement(library=library),
        series.plot.steps(library=library),
    ]
    if library == "plotly":
        assert all(len(figure.data) > 0 and figure.layout.title.text for figure in drawn)
        return
    from matplotlib import pyplot

    assert all(axes.get_title(loc="left") and axes.has_data() for axes in drawn)
    assert len(drawn[5].lines) == 10  # nine roles, and shuffled elements
    for axes in drawn:
        axes.get_figure().canvas.draw()
    _, own = pyplot.subplots()
    assert diff.plot.layers(ax=own) is own
    pyplot.close("all")


def test_plots_that_can_not_be_drawn(results: Mapping[str, Result]) -> None:
    trace, compare = results["trace of strangers"], results["compare"]
    assert isinstance(trace, TraceResult) and isinstance(compare, CompareResult)
    refused: list[tuple[Callable[[], Any], str]] = [
        (lambda: trace.plot.kinds(), "nothing is known of how B was made"),
        (lambda: trace.plot.parents(), r"trace with parents=\[...\]"),
        (lambda: trace.plot.tests(library="gnuplot"), "library is matplotlib or plotly, not 'gnuplot'"),
        (lambda: compare.plot.layers("nonsense"), "metric is a column of tensors, not 'nonsense'"),
        (lambda: compare.plot.layers("role"), "column role has no numbers"),
        (lambda: compare.plot.layers(roles=["x"]), "roles in layers are .*, not x"),
    ]
    for draw, message in refused:
        with pytest.raises(mk.UsageError, match=message):
            draw()


def test_without_a_library_that_draws(results: Mapping[str, Result], tmp_path: Path) -> None:
    path = tmp_path / "trace.json"
    path.write_text(results["trace"].to_json(), encoding="utf-8")
    program = (
        "import sys; sys.modules['matplotlib'] = sys.modules['plotly'] = None\n"
        "import modelkin.results as r\n"
        "try: r.TraceResult.from_json(sys.argv[1]).plot.tests()\n"
        "except r.UsageError as error: print(error)"
    )
    found = subprocess.run(
        [sys.executable, "-c", program, str(path)], check=True, capture_output=True, text=True
    )
    assert found.stdout.strip() == (
        "plots need matplotlib or plotly: pip install matplotlib, or modelkin[plot]"
    )


def test_an_inspection_of_nothing_is_html() -> None:
    inspection = InspectResult(
        json.dumps(
            {
                "model": "x",
                "family": None,
                "tensors": 0,
                "parameters": None,
                "memory": {"weight_bytes": None},
                "findings": [],
            }
        )
    )
    assert "unknown family, 0 tensors" in read(inspection._repr_html_())
