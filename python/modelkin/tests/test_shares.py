"""One trace shared out among processes."""

from __future__ import annotations

import json
import os
import signal
import subprocess
import sys
import threading
import time
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import numpy
import pytest

import modelkin as mk


def told(result: Any) -> dict[str, Any]:
    """Returns a result without what says how it was computed."""
    found: dict[str, Any] = json.loads(result.to_json())
    found.pop("run")
    return found


def test_processes_find_what_one_does(a: Path, stranger: Path, tmp_path: Path) -> None:
    state = tmp_path / "state"
    shared = mk.trace(a, stranger, effort="full", engine="processes", workers=2, resume=state)
    assert told(shared) == told(mk.trace(a, stranger, effort="full"))
    assert not state.exists()


def test_a_worker_that_dies_is_begun_again(a: Path, stranger: Path) -> None:
    expected = told(mk.trace(a, stranger))
    killed: list[int] = []

    def kill_one() -> None:
        until = time.monotonic() + 60
        while not killed and time.monotonic() < until:
            for folder in Path("/proc").glob("[0-9]*"):
                try:
                    words = (folder / "cmdline").read_bytes().split(b"\0")
                    if (
                        b"--rank" in words
                        and os.fsencode(stranger) in words
                        and os.getpid() == parent(folder)
                    ):
                        os.kill(int(folder.name), signal.SIGKILL)
                        killed.append(int(folder.name))
                        return
                except OSError:
                    continue
            time.sleep(0.005)

    killer = threading.Thread(target=kill_one)
    killer.start()
    shared = mk.trace(a, stranger, engine="processes", workers=2)
    killer.join()
    assert killed, "no worker was seen"
    assert told(shared) == expected


def parent(folder: Path) -> int:
    """Returns the number of the process that began the one of a folder of /proc."""
    return int((folder / "stat").read_text().rpartition(")")[2].split()[1])


def test_calls_that_make_no_sense(a: Path, stranger: Path) -> None:
    live = {"w": numpy.zeros((4, 4), numpy.float32)}
    calls: list[tuple[str, dict[str, Any]]] = [
        ('"processes" or "ray"', {"engine": "spark"}),
        ("workers are those of an engine", {"workers": 2}),
        ("workers", {"engine": "processes", "workers": 0}),
        ("nothing to share out", {"engine": "processes", "effort": "quick"}),
        ("models that are files", {"engine": "processes", "controls": [live]}),
    ]
    for said, arguments in calls:
        with pytest.raises(mk.UsageError, match=said):
            mk.trace(a, stranger, **arguments)
    with pytest.raises(mk.InputError, match="none"):
        mk.trace(a, a / "none", engine="processes")


def run(*words: str | Path) -> subprocess.CompletedProcess[str]:
    return subprocess.run(
        [sys.executable, "-m", "modelkin", "trace", *map(str, words)],
        capture_output=True, text=True, check=False, timeout=200,
    )  # fmt: skip


def test_the_program(a: Path, stranger: Path, tmp_path: Path) -> None:
    resume = ("--resume", tmp_path / "state")
    shared = run(a, stranger, "--engine", "processes", "--workers=2", *resume)
    assert (shared.returncode, shared.stderr) == (0, "")
    assert shared.stdout == run(a, stranger).stdout
    assert not (tmp_path / "state").exists()
    for wrong in (
        ("--engine", "processes"),
        ("--engine", "spark", *resume),
        ("--engine", "processes", "--workers", "x", *resume),
        ("--engine", "processes", "--workers", "0", *resume),
    ):
        done = run(a, stranger, *wrong)
        assert (done.returncode, done.stdout, done.stderr.count("\n")) == (2, "", 1)
    assert run(a, a / "none", "--engine", "processes", *resume).returncode == 3


@pytest.fixture
def cluster() -> Iterator[Any]:
    """A cluster, that of RAY_ADDRESS or one of this process."""
    ray = pytest.importorskip("ray", reason="ray is not installed: its engine is not tried")
    options: dict[str, Any] = (
        {} if os.environ.get("RAY_ADDRESS") else {"num_cpus": 2, "include_dashboard": False}
    )
    ray.init(log_to_driver=False, **options)
    yield ray
    ray.shutdown()


def test_on_ray(a: Path, stranger: Path, tuned: Path, cluster: Any) -> None:
    shared = mk.trace(a, tuned, controls=[stranger], engine="ray", workers=2)
    assert told(shared) == told(mk.trace(a, tuned, controls=[stranger]))
    with pytest.raises(mk.InputError, match="none"):
        mk.trace(a, a / "none", engine="ray")
