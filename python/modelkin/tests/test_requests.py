"""Requests give the program's JSON, to the byte."""

from __future__ import annotations

import inspect as python_inspect
import json
import re
import subprocess
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

import modelkin as mk

from .conftest import PROGRAM, run_program

Ask = Callable[[Path], Any]

# Of each command whose JSON records its arguments, calls that use each kind of option.
CALLS: dict[str, list[Ask]] = {
    "compare": [
        lambda demo: mk.compare(demo / "dense-a", demo / "dense-a-tuned"),
        lambda demo: mk.compare(
            demo / "dense-a",
            demo / "dense-b",
            controls=[demo / "moe-c"],
            layers=[0, (1, 1)],
            include=["*proj*", "*norm*"],
            exclude="*k_proj*",
            quantiles=False,
            digest=True,
            by_name=True,
            threads=1,
        ),
        lambda demo: mk.compare(demo / "dense-a", within=True, digest=False),
        lambda demo: mk.compare(
            demo / "dense-a", demo / "dense-a-tuned", functional=True, texts=["Once", "upon"], bytes=True
        ),
    ],
    "trace": [
        lambda demo: mk.trace(demo / "dense-a", demo / "dense-a-tuned"),
        lambda demo: mk.trace(demo / "dense-a", demo / "dense-b", controls=[demo / "moe-c"], effort="quick"),
        lambda demo: mk.trace(
            demo / "dense-a",
            demo / "dense-a-tuned",
            parents=[demo / "dense-a", demo / "dense-b"],
            rows=64,
            units=16,
            permutations=1000,
            seed=7,
            heritage="drawn",
            fingerprints=True,
        ),
        lambda demo: mk.trace(demo / "dense-a", demo / "dense-a-tuned", demo / "dense-a", series=True),
    ],
    "diff": [
        lambda demo: mk.diff(demo / "dense-a", demo / "dense-a-tuned"),
        lambda demo: mk.diff(
            demo / "dense-a", demo / "dense-b", layers="0", by_value=True, digest=False, threads=2
        ),
    ],
    "merge": [
        lambda demo: mk.merge(demo / "merge.yml", compare=demo / "dense-a"),
        lambda demo: mk.merge(
            demo / "merge.yml",
            compare=demo / "dense-a",
            models={"dense-a": demo / "dense-b"},
            digest=False,
            threads=1,
        ),
    ],
    "requant": [
        lambda demo: mk.requant(demo / "dense-a", demo / "dense-a"),
        lambda demo: mk.requant(
            demo / "dense-a-tuned", demo / "dense-a", include="*norm*", by_name=True, digest=False, threads=1
        ),
    ],
    "run": [
        lambda demo: mk.run(demo / "moe-c", "Once", bytes=True, top=3, generate=4),
        lambda demo: mk.run(demo / "dense-a", ids=[[1, 2, 3], [4]], arrays=True),
        lambda demo: mk.run(demo / "vision-d", image=[demo / "images.npy"] * 2, arrays=True, threads=1),
    ],
    "explain": [
        lambda demo: mk.explain("router", demo / "moe-c"),
        lambda demo: mk.explain("rope", demo / "moe-c", ids=[5, 6, 7, 8], token=2, head=1),
        lambda demo: mk.explain("gqa", demo / "dense-a", layer=1, texts="Once", bytes=True),
    ],
    "report": [
        lambda demo: mk.report(
            demo / "dense-a", demo / "dense-a-tuned", controls=demo / "dense-b", permutations=1000
        ),
        lambda demo: mk.report(demo / "dense-a", demo / "moe-c", effort="quick"),
    ],
    "audit": [
        lambda demo: mk.audit(
            demo / "dense-a-tuned", against=[demo / "dense-a", demo / "moe-c"], permutations=1000
        ),
        lambda demo: mk.audit(
            demo / "dense-b", against=demo / "dense-a", controls=demo / "dense-a-again", effort="quick"
        ),
    ],
    "check": [
        lambda demo: mk.check(
            demo / "dense-a-tuned", claims={"base_model": demo / "dense-a"}, permutations=1000
        ),
        lambda demo: mk.check(
            demo / "dense-b",
            claims=f"base_model={demo / 'dense-a'}",
            effort="quick",
            fail_on="reversed",
            seed=3,
            permutations=1000,
        ),
    ],
}

SERIAL = [(command, number) for command, calls in CALLS.items() for number in range(len(calls))]


def arguments_of(result: Any) -> list[str]:
    """Returns the program's arguments that a result records; a report has them in its parts."""
    data = json.loads(result.to_json())
    return list(data["run"]["arguments"] if "run" in data else data["trace"]["run"]["arguments"])


@pytest.mark.parametrize(("command", "number"), SERIAL)
def test_json_is_the_programs(demo: Path, command: str, number: int) -> None:
    result = CALLS[command][number](demo)
    arguments = arguments_of(result)
    assert arguments[0] == command
    done = subprocess.run([*PROGRAM, *arguments], capture_output=True, text=True, check=False, timeout=300)
    assert done.returncode in (0, 1), done.stderr
    assert result.to_json() == done.stdout


def test_json_that_records_no_arguments_is_the_programs(demo: Path) -> None:
    dense, moe = demo / "dense-a", demo / "moe-c"
    pairs: list[tuple[Any, list[str | Path]]] = [
        (mk.inspect(dense), ["inspect", dense]),
        (mk.inspect(moe / "config.json", partial=True), ["inspect", moe / "config.json", "--partial"]),
        (mk.inspect(mk.open(moe)), ["inspect", moe]),
        (mk.config(dense, moe), ["config", dense, moe]),
        (mk.config(dense, demo / "dense-b", moe), ["config", dense, demo / "dense-b", moe]),
        (mk.tokenizer(dense, moe), ["tokenizer", dense, moe]),
        (mk.sketch(moe, name="x", threads=1), ["sketch", moe, "--name", "x"]),
    ]
    for result, arguments in pairs:
        assert result.to_json() == run_program(*arguments, "--json")


def test_verify_agrees(a: Path, tuned: Path, tmp_path: Path) -> None:
    traced = mk.trace(a, tuned, threads=1, permutations=1000)
    file = tmp_path / "trace.json"
    file.write_text(traced.to_json())
    assert mk.verify(file).to_json() == run_program("verify", file, "--json")
    again = json.loads(mk.verify(traced).to_json())
    assert again["different"] == 0 and again["equal"] > 100
    elsewhere = json.loads(mk.verify(traced, inputs={"b": a}).to_json())
    assert elsewhere["different"] > 0


KEY = """-----BEGIN PRIVATE KEY-----
MC4CAQAwBQYDK2VwBCIEIJ1hsZ3v/VpguoRK9JLsLMREScVpezJpGXA7rAMcrn9g
-----END PRIVATE KEY-----
"""
PUBLIC_KEY = """-----BEGIN PUBLIC KEY-----
MCowBQYDK2VwAyEA11qYAYKxCrfVS/7TyWQHOg7hcvPapiMlrwIaaPcHURo=
-----END PUBLIC KEY-----
"""


def test_attestations_are_the_programs(a: Path, tuned: Path, tmp_path: Path) -> None:
    key, public, file = (tmp_path / name for name in ("key.pem", "public.pem", "att.json"))
    key.write_text(KEY)
    public.write_text(PUBLIC_KEY)
    plain = mk.attest(a, tuned, effort="quick")
    assert plain.to_json() == run_program("attest", a, tuned, "--quick", "--json")
    assert plain.predicate.claim.outcome == "related"
    assert plain.subject[0].name == "dense-a-tuned"
    signed = mk.attest(a, tuned, effort="quick", key=key)
    assert signed.to_json() == plain.to_json()
    file.write_text(signed.to_attestation())
    found = mk.verify(file, public_key=public)
    assert found.to_json() == run_program("verify", file, "--public-key", public, "--json")
    assert found.attestation is not None
    assert (found.attestation.signature, found.attestation.evidence_holds) == ("holds", True)
    assert mk.verify(signed, public_key=public).to_json() == found.to_json()
    assert mk.verify(plain, public_key=public, signature_only=True).confirmed is False
    with pytest.raises(mk.UsageError, match="signature_only takes a key"):
        mk.verify(file, signature_only=True)
    with pytest.raises(mk.UsageError, match="is no attestation"):
        mk.verify(mk.diff(a, tuned), public_key=public)


def test_claims_of_files(a: Path, tuned: Path, tmp_path: Path) -> None:
    card = tmp_path / "README.md"
    card.write_text("---\nbase_model: org/dense-a\nbase_model_relation: finetune\n---\n")
    checked = mk.check(tuned, claims=str(card), claim_at={"org/dense-a": a}, effort="quick")
    assert [(claim.name, claim.relation, claim.outcome) for claim in checked.claims] == [
        ("org/dense-a", "finetune", "related")
    ]
    with pytest.raises(mk.UsageError, match="claims nothing"):
        mk.check(tuned)


# Options of the program that are no keywords, and why.
NOT_KEYWORDS = {
    "help": "docstrings",
    "json": "to_json()",
    "csv": "tables",
    "markdown": "to_markdown()",
    "format": "to_html(), to_markdown(), to_json()",
    "output": "results are returned",
    "force": "results are returned",
    "quiet": "nothing is printed",
    "by-layer": "str() is without",
    "color": "str() is without",
    "details": "str() is without",
    "stat": "str() is without",
    "exit-code": "results are returned",
    "plan": "the program's",
    "offline": "HF_HUB_OFFLINE=1",
    "simd": "of the whole process",
    "families": "a document",
    "model1": "the first argument",
    "model2": "the second argument",
    "quick": 'effort="quick"',
    "page": "to_html()",
    "traces": "mk.trace",
    "npy": "arrays=True",
    "model": "explain's second argument",
    "from": "requant's second argument",
}
# Keywords whose names are not the option's own.
KEYWORD_OF = {
    "component": "components",
    "control": "controls",
    "text": "texts",
    "claim": "claims",
    "input": "inputs",
    "no-digest": "digest",
    "no-quantiles": "quantiles",
    "rank": "engine",
    "world": "workers",
}


def keywords_of(function: Callable[..., Any]) -> set[str]:
    return {
        name
        for name, parameter in python_inspect.signature(function).parameters.items()
        if parameter.kind is not parameter.VAR_POSITIONAL
    }


def options_of(*command: str) -> set[str]:
    return set(re.findall(r"^ +(?:-\w, )?--([\w-]+)", run_program(*command, "--help"), re.MULTILINE))


@pytest.mark.parametrize(
    "command",
    [
        "inspect",
        "config",
        "tokenizer",
        "compare",
        "trace",
        "diff",
        "merge",
        "requant",
        "run",
        "explain",
        "report",
        "audit",
        "check",
        "attest",
        "verify",
        "sketch",
    ],
)
def test_keywords_are_the_programs_options(command: str) -> None:
    options = options_of(command)
    assert len(options) > 3
    wanted = {KEYWORD_OF.get(option, option.replace("-", "_")) for option in options - set(NOT_KEYWORDS)}
    assert wanted <= keywords_of(getattr(mk, command))


# Options of `modelkin atlas` that are no keywords, besides the above, and why.
NOT_KEYWORDS_OF_ATLAS = {
    "list": "models is a list",
    "rank": "workers",
    "world": "workers",
}


@pytest.mark.parametrize("action", ["add", "find", "remove", "stats", "check", "export", "import", "build"])
def test_keywords_are_the_atlas_options(action: str) -> None:
    options = options_of("atlas", action)
    functions: dict[str, Callable[..., Any]] = {"import": mk.atlas.Atlas.import_, "build": mk.atlas.build}
    function = functions.get(action) or getattr(mk.atlas.Atlas, action)
    left_out = {*NOT_KEYWORDS, *NOT_KEYWORDS_OF_ATLAS, *(["base"] if action == "build" else [])}
    assert "help" in options
    assert {option.replace("-", "_") for option in options - left_out} <= keywords_of(function)


# Actions of `modelkin atlas` that Python has not, and why.
NOT_METHODS = {"serve": "the program's"}


def test_every_action_of_the_atlas_is_a_method() -> None:
    listed = run_program("atlas", "--help").split("Actions:")[1].split("\n\n")[0]
    actions = set(re.findall(r"^  (\w+) ", listed, re.MULTILINE))
    assert {"add", "find", "build", "import"} <= actions
    for action in actions - set(NOT_METHODS):
        place = mk.atlas if action == "build" else mk.atlas.Atlas
        assert hasattr(place, action) or hasattr(place, f"{action}_"), action


def test_wrong_values_name_the_keyword(a: Path, tuned: Path) -> None:
    wrong: list[tuple[str, Callable[[], Any]]] = [
        ("effort", lambda: mk.trace(a, tuned, effort="much")),  # type: ignore
        ("heritage", lambda: mk.trace(a, tuned, heritage="some")),  # type: ignore
        ("rows", lambda: mk.trace(a, tuned, rows=3)),
        ("permutations", lambda: mk.trace(a, tuned, permutations=10)),
        ("seed", lambda: mk.trace(a, tuned, seed=-1)),
        ("threads", lambda: mk.compare(a, tuned, threads=0)),
        ("layers", lambda: mk.compare(a, tuned, layers=[])),
        ("layers", lambda: mk.compare(a, tuned, layers=[(1, 2, 3)])),  # type: ignore[list-item]
        ("include", lambda: mk.compare(a, tuned, include=[3])),  # type: ignore[list-item]
        ("texts", lambda: mk.compare(a, tuned, texts="Once")),
        ("top", lambda: mk.run(a, "Once", bytes=True, top=0)),
        ("topic", lambda: mk.explain("norm", a)),  # type: ignore
        ("fail_on", lambda: mk.check(a, claims={"base_model": tuned}, fail_on="never")),  # type: ignore
        ("claim", lambda: mk.check(a, claims="dense-a")),
        ("parents", lambda: mk.trace(a, tuned, parents=[a])),
        ("progress", lambda: mk.diff(a, tuned, progress="yes")),  # type: ignore[arg-type]
        ("config", lambda: mk.config(a)),
        ("path", lambda: mk.inspect(b"dense-a")),  # type: ignore
    ]
    for keyword, call in wrong:
        with pytest.raises(mk.UsageError, match=keyword):
            call()


def test_a_key_map_may_be_a_mapping_or_a_file(a: Path, tuned: Path, tmp_path: Path) -> None:
    names = {"model.layers.0.*": "model.layers.1.*", "model.layers.1.*": "model.layers.0.*"}
    file = tmp_path / "map.json"
    file.write_text(json.dumps(names))
    by_mapping, by_file = mk.compare(a, tuned, key_map=names), mk.compare(a, tuned, key_map=file)
    without_run = [
        {key: value for key, value in json.loads(result.to_json()).items() if key != "run"}
        for result in (by_mapping, by_file)
    ]
    assert without_run[0] == without_run[1]
    plain = json.loads(mk.compare(a, tuned).to_json())
    assert without_run[0]["tensors"] != plain["tensors"]


def test_messages_name_keywords(a: Path, tuned: Path) -> None:
    calls: list[tuple[str, Callable[[], object]]] = [
        ("there is no text: give texts or ids", lambda: mk.run(a)),
        (r"layer 99: the model's last layer", lambda: mk.explain("gqa", a, layer=99)),
        (r"within=True", lambda: mk.compare(a)),
        (r"controls needs two models", lambda: mk.compare(a, within=True, controls=tuned)),
        (r"inputs z", lambda: mk.verify(mk.diff(a, tuned), inputs={"z": a})),
        (r"an id in ids is a whole number", lambda: mk.run(a, ids=[-1])),
    ]
    for message, call in calls:
        with pytest.raises(mk.UsageError, match=message):
            call()
