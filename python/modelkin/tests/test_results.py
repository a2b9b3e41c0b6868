"""Results: their JSON by attributes, equality, pickling, files."""

from __future__ import annotations

import json
import pickle
import subprocess
import sys
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Any

import pytest

import modelkin as mk
from modelkin.results import (
    CompareResult,
    DiffResult,
    Record,
    ReportResult,
    Result,
    RunResult,
    Table,
    TraceResult,
)


def members(record: Record) -> Iterator[tuple[str, Any]]:
    """Every property of a record, of what it has, and of the first rows of its tables."""
    for name in type(record)._columns:
        value = getattr(record, name if hasattr(record, name) else f"{name}_")
        yield name, value
        for each in value if isinstance(value, list) else [value]:
            if isinstance(each, Table) and each:
                each = each[0]
            if isinstance(each, Record):
                yield from members(each)


def test_every_member_of_the_schemas_is_an_attribute(results: Mapping[str, Result]) -> None:
    counted = {name: sum(1 for _ in members(result)) for name, result in results.items()}
    assert min(counted.values()) >= 5
    assert counted["trace"] > 200


def test_json_has_no_member_without_an_attribute(results: Mapping[str, Result]) -> None:
    for result in results.values():
        assert list(result.data) == list(result._columns)
        for _, value in members(result):
            if isinstance(value, Record):
                assert set(value.data) <= set(value._columns), type(value)


def test_attributes_are_the_json(results: Mapping[str, Result]) -> None:
    trace = results["trace"]
    assert isinstance(trace, TraceResult)
    data = json.loads(trace.to_json())
    assert trace.verdict.category == data["verdict"]["category"] == "derived"
    assert trace.sentence == data["verdict"]["sentence"]
    assert [test.name for test in trace.tests] == [row["name"] for row in data["tests"]]
    assert trace.kinds[0].figures == data["relation"]["kinds"][0]["figures"]
    assert trace.heritage[3].from_ == data["heritage"][3]["from"]
    assert trace.tests[0]["log10_p"] == data["tests"][0]["log10_p"]
    assert trace.data == data


def test_words_of_each_kind(results: Mapping[str, Result]) -> None:
    assert repr(results["diff"]) == "<DiffResult: dense-a ~ dense-a-tuned, 1 of 39 tensors identical>"
    assert "derived" in repr(results["trace"]) and "no_evidence" in repr(results["trace of strangers"])
    for result in results.values():
        assert "\n" not in repr(result)
        assert str(result).endswith("\n") and not str(result).startswith(("{", "<Res"))


def test_convenience(results: Mapping[str, Result], models: Path) -> None:
    diff = results["diff"]
    assert isinstance(diff, DiffResult) and not diff.all_identical
    assert mk.diff(models / "dense-a", models / "dense-a").all_identical
    assert results["check"].data["failed"] is True
    stranger = results["trace of strangers"]
    assert isinstance(stranger, TraceResult)
    assert stranger.relation is None and len(stranger.kinds) == 0


def test_results_are_equal_whatever_the_threads(models: Path) -> None:
    a, b = models / "dense-a", models / "dense-a-tuned"
    one, two = mk.diff(a, b, threads=1), mk.diff(a, b, threads=2)
    assert one.to_json() != two.to_json()
    assert one == two and hash(one) == hash(two) and len({one, two}) == 1
    other = mk.diff(a, models / "dense-b")
    assert one != other and one != mk.inspect(a) and one != one.data


def test_pickling(results: Mapping[str, Result]) -> None:
    for result in results.values():
        again = pickle.loads(pickle.dumps(result))
        assert type(again) is type(result) and again == result
        assert (again.to_json(), str(again)) == (result.to_json(), str(result))
    row = results["diff"].tensors[0]  # type: ignore[attr-defined]
    assert pickle.loads(pickle.dumps(row)) == row


def test_from_json(results: Mapping[str, Result], tmp_path: Path) -> None:
    for name, result in results.items():
        path = tmp_path / f"{name}.json"
        path.write_text(result.to_json(), encoding="utf-8")
        for source in (path, str(path), result.to_json()):
            again = type(result).from_json(source)
            assert again == result and again.to_json() == result.to_json()
        assert type(Result.from_json(path)) is type(result)
        assert str(again) == repr(result)


def test_another_kind_of_result_is_refused(results: Mapping[str, Result], tmp_path: Path) -> None:
    with pytest.raises(mk.UsageError, match="the text is of modelkin diff, not of modelkin trace"):
        TraceResult.from_json(results["diff"].to_json())
    for text in ("{}", "[]", "[1", '{"run": 3}', "{" * 100_000):
        with pytest.raises(mk.UsageError, match="the text is no"):
            TraceResult.from_json(text)
    with pytest.raises(mk.UsageError, match="x.json is of"):
        path = tmp_path / "x.json"
        path.write_text(results["trace"].to_json(), encoding="utf-8")
        CompareResult.from_json(path)
    with pytest.raises(OSError):
        TraceResult.from_json(tmp_path / "absent")


def test_json_of_the_program(models: Path, tmp_path: Path) -> None:
    path = tmp_path / "trace.json"
    command = ["trace", models / "dense-a", models / "dense-b", "--quick", "-o", path, "-q"]
    subprocess.run([sys.executable, "-m", "modelkin", *map(str, command)], check=True)
    written = TraceResult.from_json(path)
    assert written == mk.trace(models / "dense-a", models / "dense-b", effort="quick")


def test_matrices(results: Mapping[str, Result]) -> None:
    numpy = pytest.importorskip("numpy", reason="matrices are arrays of NumPy")
    run = results["run"]
    assert isinstance(run, RunResult)
    tokens = len(run.texts[0].ids)
    layers = len(run.layers)
    assert run.hidden.shape[:2] == (layers + 1, tokens) and run.hidden.dtype == numpy.float64
    assert run.logits is not None and run.logits.shape[0] == tokens
    assert run.logits.tolist() == run.data["logits"]
    router = next(layer.router for layer in run.layers if layer.router is not None)
    assert router.choices.shape == (tokens, router.experts_per_token) == router.weights.shape
    assert router.choices.dtype == numpy.int64
    trace = results["trace"]
    assert isinstance(trace, TraceResult)
    assert trace.layer_map.z.shape == (len(trace.layer_map.layers_a), len(trace.layer_map.layers_b))


def test_matrices_that_were_not_asked_for(models: Path) -> None:
    pytest.importorskip("numpy", reason="matrices are arrays of NumPy")
    run = mk.run(models / "dense-a", ids=[1, 2, 3])
    assert run.hidden.shape == (0, 0, 0)
    assert run.logits is None and run.final is None


def test_report(results: Mapping[str, Result]) -> None:
    report = results["report"]
    assert isinstance(report, ReportResult)
    assert report.to_markdown() == str(report) and "# dense-a and dense-a-tuned" in report.to_markdown()
    assert report.trace.verdict.category == "derived"
    assert report.compare is not None and len(report.compare.tensors) == 39
    with pytest.raises(mk.UsageError, match="Markdown"):
        ReportResult.from_json(report.to_json()).to_markdown()


def test_importing_leaves_numpy_alone() -> None:
    program = "import sys, modelkin; print({'numpy', 'pandas', 'matplotlib'} & set(sys.modules))"
    found = subprocess.run([sys.executable, "-c", program], check=True, capture_output=True, text=True)
    assert found.stdout.strip() == "set()"
