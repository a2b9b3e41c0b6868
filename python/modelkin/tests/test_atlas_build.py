"""Many models into records: the same on any number of workers, and where one is killed."""

from __future__ import annotations

import contextlib
import os
import secrets
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
from modelkin.results import Table

from .conftest import run_program

MODELS = 40
MARK = "MODELKIN_TEST"  # a variable that tells workers of this process from others


@pytest.fixture(scope="session")
def many(tmp_path_factory: pytest.TempPathFactory) -> list[str]:
    """Small models of one layer, as a folder each."""
    from modelkin import _core

    folder = tmp_path_factory.mktemp("many")
    random = numpy.random.default_rng(11)
    for i in range(MODELS):
        values = random.standard_normal((32, 64), dtype=numpy.float32)
        header = '{"model.layers.0.self_attn.o_proj.weight":{"dtype":"F32","shape":[32,64],"data_offsets":[0,8192]}}'
        (folder / f"m{i}").mkdir()
        (folder / f"m{i}" / "model.safetensors").write_bytes(
            len(header).to_bytes(8, "little") + header.encode() + values.tobytes()
        )
    assert _core.record_file("x", "y").startswith("x/")
    return [str(folder / f"m{i}") for i in range(MODELS)]


@pytest.fixture(scope="session")
def expected(many: list[str], tmp_path_factory: pytest.TempPathFactory) -> str:
    """What the program exports of them."""
    folder = tmp_path_factory.mktemp("expected")
    (folder / "list").write_text("".join(f"{model}\n" for model in many))
    run_program("atlas", "build", folder / "list", "--to", folder / "records")
    return export_of(folder / "records", folder)


def export_of(records: Path, folder: Path) -> str:
    atlas = mk.atlas.open(folder / f"{records.name}.atlas", create=True)
    assert atlas.import_(records).added == MODELS
    atlas.export(folder / "lines", force=True)
    return (folder / "lines").read_text()


def outcomes(table: Table[Any]) -> dict[str, int]:
    found = table.column("outcome")
    return {each: found.count(each) for each in found}


def descendants() -> dict[int, bytes]:
    """Returns the processes that this one and those below it began, with their command lines."""
    parents, lines = {}, {}
    for folder in Path("/proc").glob("[0-9]*"):
        try:
            parents[int(folder.name)] = int(folder.joinpath("stat").read_text().rpartition(")")[2].split()[1])
            lines[int(folder.name)] = folder.joinpath("cmdline").read_bytes()
        except (OSError, ValueError):
            continue  # it has ended

    def is_mine(pid: int) -> bool:
        while pid in parents:
            pid = parents[pid]
            if pid == os.getpid():
                return True
        return False

    return {pid: line for pid, line in lines.items() if is_mine(pid)}


def times_of(records: Path) -> dict[str, int]:
    return {path.name: path.stat().st_mtime_ns for path in records.glob("*/*.sketch")}


@pytest.mark.parametrize("workers", [1, 3])
@pytest.mark.parametrize("engine", [None, "processes"])
def test_records_are_the_programs(
    many: list[str], expected: str, tmp_path: Path, engine: Any, workers: int
) -> None:
    told = mk.atlas.build(many, tmp_path / "records", engine=engine, workers=workers)
    assert told.column("model") == many and outcomes(told) == {"added": MODELS}
    assert export_of(tmp_path / "records", tmp_path) == expected
    before = times_of(tmp_path / "records")
    again = mk.atlas.build([*many, many[0]], tmp_path / "records", engine=engine, workers=workers)
    assert outcomes(again) == {"skipped": MODELS} and times_of(tmp_path / "records") == before


def test_into_an_atlas(many: list[str], expected: str, tmp_path: Path) -> None:
    file = tmp_path / "list.txt"
    file.write_text("# all\n" + "\n".join(many))
    atlas = mk.atlas.open(tmp_path / "models.atlas", create=True)
    heard: list[tuple[str, int, int, str]] = []
    mk.atlas.build(file, atlas, progress=lambda *said: heard.append(said))
    atlas.export(tmp_path / "lines")
    assert (tmp_path / "lines").read_text() == expected
    assert heard[-1] == ("models", MODELS, MODELS, "models")
    assert (tmp_path / "models.atlas.records").is_dir()


@pytest.mark.parametrize("engine", [None, "processes"])
def test_what_failed_is_told_and_tried_again(many: list[str], tmp_path: Path, engine: Any) -> None:
    late = tmp_path / "late"
    with pytest.warns(mk.ModelWarning, match="1 of 4 models could not be sketched, the first because of"):
        told = mk.atlas.build([*many[:3], str(late)], tmp_path / "records", engine=engine, workers=2)
    assert told.column("outcome") == ["added"] * 3 + ["failed"] and str(late) in (told[3].error or "")
    os.symlink(many[3], late)
    told = mk.atlas.build([*many[:3], str(late)], tmp_path / "records", engine=engine, workers=2)
    assert told.column("outcome") == ["skipped"] * 3 + ["added"]


def test_a_killed_process_is_begun_again(many: list[str], expected: str, tmp_path: Path) -> None:
    killed: list[int] = []

    def kill_one(*said: Any) -> None:
        if said[1] >= 4 and not killed:
            builders = [pid for pid, line in descendants().items() if b"atlas\0build" in line]
            if builders:
                os.kill(builders[0], signal.SIGKILL)
                killed.append(builders[0])

    told = mk.atlas.build(many, tmp_path / "records", engine="processes", workers=2, progress=kill_one)
    assert killed and set(told.column("outcome")) <= {"added", "skipped"}
    assert export_of(tmp_path / "records", tmp_path) == expected


def test_what_is_no_list_is_refused(many: list[str], tmp_path: Path) -> None:
    records = tmp_path / "records"
    (tmp_path / "file").write_text("")
    calls: list[tuple[str, dict[str, Any]]] = [
        ("list of one", {"models": many[0]}),
        ("list of one", {"models": "hf://org/name"}),
        ("models has paths", {"models": 3}),
        ("a model is a path", {"models": [{"w": numpy.zeros(3)}]}),
        ("as a list may name it", {"models": ["a\nb"]}),
        *(
            ("as a list may name it", {"models": [name]})
            for name in ("", "a\tb", "# a", " a", "a ", "x" * 5000, "\ufeffa")
        ),
        ("engine", {"engine": "spark"}),
        ("workers", {"workers": 0}),
        ("retries", {"retries": -1}),
        ("threads", {"threads": 0}),
        ("partial", {"partial": 1}),
        ("for an atlas say", {"to": tmp_path / "file"}),
        ("to is a folder", {"to": ""}),
    ]
    for said, arguments in calls:
        with pytest.raises(mk.UsageError, match=said):
            mk.atlas.build(**{"models": many, "to": records, **arguments})
    with pytest.raises(mk.InputError, match="is no name of a model"):
        mk.atlas.build(Path(many[0]) / "model.safetensors", records)
    with pytest.raises(mk.IoError, match="file/records"):
        mk.atlas.build(many, tmp_path / "file" / "records")
    assert not records.exists()
    assert len(mk.atlas.build([], records)) == 0


@pytest.fixture
def cluster(monkeypatch: pytest.MonkeyPatch) -> Iterator[Any]:
    """A cluster, that of RAY_ADDRESS or one of this process."""
    ray = pytest.importorskip("ray", reason="ray is not installed: its engine is not tried")
    pytest.importorskip("ray.data")
    monkeypatch.setenv(MARK, secrets.token_hex(8))
    options: dict[str, Any] = {"runtime_env": {"env_vars": {MARK: os.environ[MARK]}}, "log_to_driver": False}
    if not os.environ.get("RAY_ADDRESS"):
        options |= {"num_cpus": 2, "include_dashboard": False}
    ray.init(**options)
    yield ray
    ray.shutdown()


def test_on_ray_with_a_killed_worker(many: list[str], expected: str, tmp_path: Path, cluster: Any) -> None:
    folder, mark = tmp_path / "records", f"{MARK}={os.environ[MARK]}".encode()
    killed: list[int] = []

    def kill_a_worker() -> None:
        until = time.monotonic() + 60
        while not killed and time.monotonic() < until:
            for folder in Path("/proc").glob("[0-9]*"):
                with contextlib.suppress(OSError):
                    line, variables = ((folder / name).read_bytes() for name in ("cmdline", "environ"))
                    if line.startswith(b"ray::") and b"SketchBatch" in line and mark in variables:
                        os.kill(int(folder.name), signal.SIGKILL)
                        killed.append(int(folder.name))
                        return
            time.sleep(0.01)

    killer = threading.Thread(target=kill_a_worker)
    killer.start()
    told = mk.atlas.build(many, folder, engine="ray", workers=2)
    killer.join()
    assert killed, "no worker was seen"
    assert outcomes(told) == {"added": MODELS}
    assert export_of(folder, tmp_path) == expected
    assert outcomes(mk.atlas.build(many, folder, engine="ray")) == {"skipped": MODELS}


def test_without_ray_it_says_so(many: list[str], tmp_path: Path) -> None:
    program = (
        "import sys; sys.modules['ray'] = None\n"
        "import modelkin as mk\n"
        f"try: mk.atlas.build([{many[0]!r}], {str(tmp_path / 'records')!r}, engine='ray')\n"
        "except mk.UsageError as error: print(error)\n"
    )
    done = subprocess.run(
        [sys.executable, "-c", program], capture_output=True, text=True, check=True, timeout=100
    )
    assert done.stdout == "engine=\"ray\" needs Ray: pip install 'modelkin[ray]'\n"
