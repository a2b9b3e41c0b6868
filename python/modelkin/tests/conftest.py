"""Models that tests make themselves."""

from __future__ import annotations

import os
import subprocess
import sys
from collections.abc import Iterator, Mapping
from pathlib import Path

import pytest

import modelkin as mk
from modelkin.results import Result

PROGRAM = [sys.executable, "-m", "modelkin"]


def run_program(*arguments: str | Path, code: int = 0) -> str:
    """Runs the program of the package. Returns its standard output; fails for another exit code."""
    done = subprocess.run(
        [*PROGRAM, *map(str, arguments)], capture_output=True, text=True, check=False, timeout=300
    )
    assert done.returncode == code, done.stderr
    return done.stdout


@pytest.fixture(scope="session")
def demo(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A folder with dense-a, dense-a-tuned, dense-b and moe-c."""
    folder = tmp_path_factory.mktemp("models") / "demo"
    run_program("demo", "--keep", folder)
    return folder


@pytest.fixture(scope="session")
def models(demo: Path) -> Path:
    return demo


@pytest.fixture(scope="session")
def atlas(models: Path, tmp_path_factory: pytest.TempPathFactory) -> mk.atlas.Atlas:
    """An atlas of dense-a, dense-b and moe-c, which no test changes."""
    made = mk.atlas.open(tmp_path_factory.mktemp("atlas") / "models.atlas", create=True)
    made.add([models / name for name in ("dense-a", "dense-b", "moe-c")])
    return made


@pytest.fixture(scope="session")
def results(models: Path, atlas: mk.atlas.Atlas) -> Mapping[str, Result]:
    """A result of each request, by its name."""
    a, tuned, b, experts = (models / name for name in ("dense-a", "dense-a-tuned", "dense-b", "moe-c"))
    ids = [3, 1, 4, 1, 5, 9, 2, 6]
    return {
        "inspect": mk.inspect(experts),
        "config": mk.config(a, tuned, experts),
        "tokenizer": mk.tokenizer(a, b),
        "compare": mk.compare(a, tuned, controls=b, within=True),
        "trace": mk.trace(a, tuned, controls=b, permutations=1000),
        "trace of strangers": mk.trace(a, b, permutations=1000),
        "series": mk.trace(a, tuned, b, series=True),
        "diff": mk.diff(a, tuned),
        "requant": mk.requant(tuned, a),
        "merge": mk.merge(models / "merge.yml", compare=a),
        "run": mk.run(experts, ids=ids, arrays=True, generate=2),
        "run on images": mk.run(models / "vision-d", image=models / "images.npy", arrays=True),
        **{
            f"explain {topic}": mk.explain(topic, experts, ids=ids)
            for topic in ("router", "rope", "gqa", "swiglu")
        },
        "audit": mk.audit(tuned, against=[a, b, models / "absent"], permutations=1000),
        "check": mk.check(tuned, claims={"base_model": [a, b]}, permutations=1000),
        "attest": mk.attest(a, tuned, effort="quick"),
        "verify": mk.verify(mk.diff(a, tuned)),
        "report": mk.report(a, tuned, permutations=1000),
        "sketch": mk.sketch(experts),
        "find": atlas.find(tuned, permutations=1000),
        "atlas": atlas.stats(),
    }


@pytest.fixture
def a(demo: Path) -> Path:
    return demo / "dense-a"


@pytest.fixture
def tuned(demo: Path) -> Path:
    """dense-a after fine-tuning."""
    return demo / "dense-a-tuned"


@pytest.fixture
def stranger(demo: Path) -> Path:
    return demo / "dense-b"


@pytest.fixture(autouse=True)
def offline() -> Iterator[None]:
    """No test asks a hub."""
    before = os.environ.get("HF_HUB_OFFLINE")
    os.environ["HF_HUB_OFFLINE"] = "1"
    yield
    if before is None:
        del os.environ["HF_HUB_OFFLINE"]
    else:
        os.environ["HF_HUB_OFFLINE"] = before
