"""Models that tests make themselves."""

from __future__ import annotations

import os
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest

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
