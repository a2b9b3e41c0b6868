"""Arguments of wrong types, each of which a UsageError names."""

from __future__ import annotations

import os
from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np
import pytest

import modelkin as mk
from modelkin.results import Result

loose: Any = mk  # no checker of types looks at its arguments
SURROGATE = "\ud800"
ODD_PATH = os.fsdecode(b"/tmp/\xff")

WRONG: list[tuple[str, Callable[..., Any], dict[str, Any]]] = [
    *((f"{name} is True or False", mk.compare, {name: "no"}) for name in ("within", "functional", "by_name")),
    *((f"{name} is True or False", mk.compare, {name: 0}) for name in ("quantiles", "digest")),
    *((f"{name} is True or False", mk.diff, {name: None}) for name in ("by_value", "digest")),
    *((f"{name} is True or False", mk.trace, {name: "x"}) for name in ("fingerprints", "series")),
    *((f"{name} is text", mk.trace, {name: None}) for name in ("effort", "heritage")),
    *((f"{name} is a whole number", mk.trace, {name: None}) for name in ("seed", "permutations")),
    ("seed is a whole number", mk.trace, {"seed": True}),
    ("resume is a path", mk.trace, {"resume": 5}),
    ("resume is a path", mk.report, {"resume": b"x"}),
    ("a control is a path", mk.compare, {"controls": None}),
    ("a parent is a path", mk.trace, {"parents": 5}),
    *(("key_map is", mk.diff, {"key_map": wrong}) for wrong in (5, [("a", "b")], b"file", {"a": 3})),
    *(
        ("layer", mk.diff, {"layers": wrong})
        for wrong in (1.5, -1, [()], [(1, 2, 3)], b"0", True, "", 10**30)
    ),
    *(("include is", mk.diff, {"include": wrong}) for wrong in (5, b"x", [5], SURROGATE)),
]


@pytest.mark.parametrize(("message", "ask", "options"), WRONG)
def test_wrong_options_of_two_models(
    message: str, ask: Callable[..., Any], options: dict[str, Any], a: Path, tuned: Path
) -> None:
    with pytest.raises(mk.UsageError, match=message):
        ask(a, tuned, **options)


def test_wrong_arguments_of_other_requests(a: Path, tuned: Path) -> None:
    array = np.zeros(3, np.float32)
    wrong: list[tuple[str, Callable[[], object]]] = [
        ("ids is a list", lambda: loose.run(a, ids=5)),
        ("ids is a list", lambda: loose.run(a, ids="12")),
        ("an id in ids", lambda: loose.run(a, ids=[None])),
        ("not both", lambda: loose.run(a, ids=[1, [2]])),
        ("texts is text", lambda: loose.run(a, 5)),
        ("texts is no text", lambda: loose.run(a, SURROGATE)),
        ("bytes is True or False", lambda: loose.run(a, "a", bytes=1)),
        ("top is a whole number", lambda: loose.run(a, ids=[1], top=None)),
        ("topic is text", lambda: loose.explain(5, a)),
        ("nothing to check", lambda: loose.check(tuned, claims={"base_model": []})),
        ("claims is text", lambda: loose.check(tuned, claims=5)),
        ("fail_on is text", lambda: loose.check(tuned, claims={"base_model": a}, fail_on=5)),
        ("results is", lambda: loose.verify(None)),
        ("results is a path", lambda: loose.verify(5)),
        ("inputs maps", lambda: loose.verify("x.json", inputs=[a])),
        ("is no JSON", lambda: loose.verify(mk.DiffResult("garbage"))),
        ("is no JSON", lambda: loose.verify(mk.DiffResult('{"x": NaN}'))),
        ("not UTF-8", lambda: loose.inspect(ODD_PATH)),
        ("zero byte", lambda: loose.inspect(f"{a}\0x")),
        ("name is text", lambda: loose.open({"w": array}, name=5)),
        ("a model is a path", lambda: loose.inspect(dict)),
        ("from_json takes", lambda: loose.results.Result.from_json(3)),
        ("is no JSON", lambda: Result.from_json("[" * 200_000)),
    ]
    for message, ask in wrong:
        with pytest.raises(mk.UsageError, match=message):
            ask()


def test_a_file_that_is_no_text_is_no_result(tmp_path: Path) -> None:
    file = tmp_path / "results.json"
    file.write_bytes(b"\xff{}")
    with pytest.raises(mk.UsageError, match="is no JSON"):
        Result.from_json(file)


def test_numbers_of_numpy_are_numbers(a: Path, tuned: Path) -> None:
    assert loose.run(a, ids=np.array([[1, 2], [3, 4]])) == loose.run(a, ids=[[1, 2], [3, 4]])
    assert loose.run(a, ids=(list(each) for each in ([1], [2, 3]))) == loose.run(a, ids=[[1], [2, 3]])
    assert loose.diff(a, tuned, layers=np.arange(2), threads=np.int64(1)) == loose.diff(
        a, tuned, layers="0-1"
    )


def test_a_series_takes_no_options_of_a_pair(a: Path, tuned: Path) -> None:
    for options in ({"seed": 4}, {"rows": 64}, {"effort": "full"}, {"fingerprints": True}, {"controls": a}):
        with pytest.raises(mk.UsageError, match="only partial, base, components, threads and progress"):
            loose.trace(a, tuned, a, series=True, **options)


def test_a_model_stays_where_it_was_opened(
    a: Path, tuned: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    (tmp_path / "model").symlink_to(tuned)
    monkeypatch.chdir(a.parent)
    with mk.open("dense-a") as model:
        assert model.location == "dense-a"
        monkeypatch.chdir(tmp_path)
        assert mk.diff(model, a).summary.all_identical


def test_a_model_that_is_partial_is_asked_about_as_one(a: Path) -> None:
    with mk.open(a, partial=True) as model:
        with pytest.raises(mk.UsageError, match="opened with partial=True"):
            mk.diff(model, a)
        assert mk.diff(model, a, partial=True).summary.all_identical


def test_names_in_messages_are_printable() -> None:
    with pytest.raises(mk.UsageError) as caught:
        mk.open({"\x1b[31m\u202e\n": None})
    assert str(caught.value).isprintable()
    with pytest.warns(mk.ModelWarning) as warned:
        mk.open({"w": np.zeros(3, np.float32), "\x1b\u202e._extra_state": None})
    assert all(str(warning.message).isprintable() for warning in warned)
