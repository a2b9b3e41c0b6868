"""How requests run: threads, progress, Ctrl-C, memory, cost."""

from __future__ import annotations

import gc
import os
import pickle
import signal
import subprocess
import sys
import threading
import time
import warnings
from pathlib import Path

import numpy as np
import pytest

import modelkin as mk


def run_python(program: str, *arguments: str | Path) -> subprocess.CompletedProcess[str]:
    return subprocess.run(
        [sys.executable, "-c", program, *map(str, arguments)],
        capture_output=True,
        text=True,
        check=False,
        timeout=120,
    )


def test_two_threads_trace_at_once(a: Path, tuned: Path, stranger: Path) -> None:
    alone = [mk.trace(a, other, threads=1, effort="quick").to_json() for other in (tuned, stranger)]
    found: dict[int, str] = {}

    def trace(number: int, other: Path) -> None:
        found[number] = mk.trace(a, other, threads=1, effort="quick").to_json()

    threads = [threading.Thread(target=trace, args=item) for item in enumerate((tuned, stranger))]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert [found[0], found[1]] == alone


def test_other_threads_go_on(a: Path, tuned: Path) -> None:
    ticks = 0
    done = threading.Event()

    def count() -> None:
        nonlocal ticks
        while not done.is_set():
            ticks += 1
            time.sleep(0.001)

    counter = threading.Thread(target=count)
    counter.start()
    try:
        before = ticks
        mk.trace(a, tuned, threads=1)
        assert ticks - before > 3
    finally:
        done.set()
        counter.join()


def large_state() -> dict[str, np.ndarray[tuple[int, int], np.dtype[np.float32]]]:
    draws = np.random.default_rng(1)
    return {f"w{i}": draws.standard_normal((512, 4096), np.float32) for i in range(24)}


def test_progress_is_told() -> None:
    state = large_state()
    told: list[tuple[str, int, int, str]] = []
    here = threading.get_ident()

    def progress(stage: str, done: int, total: int, unit: str) -> None:
        assert threading.get_ident() == here
        told.append((stage, done, total, unit))

    mk.compare(state, state, threads=1, progress=progress)
    assert told
    assert all(0 <= done and isinstance(stage, str) for stage, done, total, unit in told)
    assert any(unit == "B" and total > 0 for _, _, total, unit in told)


def test_what_progress_raises_ends_the_call() -> None:
    state = large_state()

    def progress(*_: object) -> None:
        raise RuntimeError("enough")

    with pytest.raises(RuntimeError, match="enough"):
        mk.compare(state, state, threads=1, progress=progress)
    assert mk.compare({"w": np.ones(8, np.float32)}, {"w": np.ones(8, np.float32)})


def test_ctrl_c_ends_a_call() -> None:
    # Who runs tests in the background may have had the signal ignored.
    program = """
import signal
signal.signal(signal.SIGINT, signal.default_int_handler)
import numpy as np, modelkin as mk
state = {f"w{i}": np.random.default_rng(i).standard_normal((512, 4096), np.float32) for i in range(64)}
started = done = 0
print("ready", flush=True)
try:
    while True:
        started += 1
        mk.compare(state, state, threads=1)
        done += 1
except KeyboardInterrupt:
    print("interrupted in a call" if started > done else "interrupted", flush=True)
    mk.compare({"w": state["w0"][:2]}, {"w": state["w1"][:2]})
    print("goes on", flush=True)
"""
    with subprocess.Popen(
        [sys.executable, "-c", program], stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True
    ) as process:
        assert process.stdout is not None
        assert process.stdout.readline() == "ready\n"
        time.sleep(0.3)
        began = time.monotonic()
        process.send_signal(signal.SIGINT)
        rest = process.stdout.read()
        assert process.wait(60) == 0
    assert rest == "interrupted in a call\ngoes on\n"
    assert time.monotonic() - began < 30


def test_memory_does_not_grow(a: Path, tuned: Path) -> None:
    program = """
import gc, sys, modelkin as mk

def resident():
    return int(open("/proc/self/statm").read().split()[1]) * 4  # KiB

def opens(count):
    for _ in range(count):
        model = mk.open(sys.argv[1])
        model.close()

def traces(count):
    for _ in range(count):
        mk.trace(sys.argv[1], sys.argv[2], effort="quick", threads=1)

opens(1000); traces(10); gc.collect()
before = resident()
opens(10_000); traces(100); gc.collect()
print(resident() - before)
"""
    done = run_python(program, a, tuned)
    assert done.returncode == 0, done.stderr
    assert int(done.stdout) < 8 << 10  # KiB


def test_files_are_let_go_of(a: Path) -> None:
    folder = Path("/proc/self/fd")
    if not folder.is_dir():
        pytest.skip("no /proc on this system: open files are not counted")
    before = len(list(folder.iterdir()))
    for _ in range(20):
        mk.open(a)
    gc.collect()
    assert len(list(folder.iterdir())) <= before + 2


def test_importing_is_cheap() -> None:
    program = """
import sys, time
began = time.process_time()
import modelkin
print(time.process_time() - began)
print(sorted({"numpy", "pandas", "torch", "ml_dtypes", "tqdm", "matplotlib"} & set(sys.modules)))
"""
    done = run_python(program)
    seconds, loaded = done.stdout.splitlines()
    assert loaded == "[]"
    assert float(seconds) < 0.5  # of processor time: 0.1 is measured by scripts, on a quiet machine


def test_nothing_is_printed(a: Path, tuned: Path) -> None:
    done = run_python("import sys, modelkin as mk; mk.trace(*sys.argv[1:])", a, tuned)
    assert (done.returncode, done.stdout, done.stderr) == (0, "", "")


def test_the_environment_stays_as_it_is(a: Path, tuned: Path) -> None:
    program = """
import os, sys, subprocess, modelkin as mk
before = dict(os.environ)
mk.trace(*sys.argv[1:])
said = subprocess.run(["env"], capture_output=True, text=True).stdout
assert dict(os.environ) == before
print("OPENBLAS_NUM_THREADS" in said, "OPENBLAS_NUM_THREADS" in before)
"""
    done = run_python(program, a, tuned)
    now, before = done.stdout.split()
    assert now == before


def test_errors_say_where(a: Path, tmp_path: Path) -> None:
    broken = tmp_path / "broken.safetensors"
    whole = next(a.glob("*.safetensors")).read_bytes()
    broken.write_bytes(whole[: len(whole) // 2])
    with pytest.raises(mk.InputError) as caught:
        mk.inspect(broken)
    error = caught.value
    assert error.file == str(broken) and str(error).startswith(str(broken))
    assert error.offset is not None or error.tensor
    again = pickle.loads(pickle.dumps(error))
    assert (str(again), again.file, again.tensor, again.offset) == (
        str(error),
        error.file,
        error.tensor,
        error.offset,
    )
    assert isinstance(error, mk.Error) and not isinstance(error, ValueError)
    with pytest.raises(ValueError, match="effort"):
        mk.trace(a, a, effort="much")  # type: ignore[call-overload]


def test_a_path_that_is_not_there(tmp_path: Path) -> None:
    with pytest.raises(mk.InputError, match="no such file"):
        mk.trace(tmp_path / "nothing", tmp_path)
    with pytest.raises(mk.InputError, match=r"hf://org/name reads it from the hub"):
        mk.inspect("org/name")


def test_warnings_are_warnings(a: Path, tmp_path: Path) -> None:
    folder = tmp_path / "wrong-config"
    folder.mkdir()
    for file in a.iterdir():
        if file.name != "config.json":
            os.link(file, folder / file.name)
    (folder / "config.json").write_text('{"model_type": "llama", "hidden_size": "many"}')
    with pytest.warns(mk.ModelWarning, match=r"config\.json"):
        mk.open(folder)
    with pytest.warns(mk.ModelWarning, match=r"config\.json"):
        mk.compare(a, folder)
    with pytest.warns(mk.ModelWarning, match=r"nothing was compared: .*\(key_map pairs names"):
        mk.compare({"w": np.ones(3, np.float32)}, {"v": np.ones((2, 2), np.float32)})
    with warnings.catch_warnings():
        warnings.simplefilter("error")
        mk.compare(a, a)


def test_logging(a: Path, caplog: pytest.LogCaptureFixture) -> None:
    with caplog.at_level("INFO", logger="modelkin"):
        mk.inspect(a)
    assert [record.message.split(":")[0] for record in caplog.records] == ["inspect", "inspect"]


def test_a_repository_of_the_cache(a: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    repository = tmp_path / "hub" / "models--org--small"
    snapshot = repository / "snapshots" / "c0ffee"
    snapshot.mkdir(parents=True)
    (repository / "refs").mkdir()
    (repository / "refs" / "main").write_text("c0ffee")
    for file in a.iterdir():
        os.symlink(file, snapshot / file.name)
    monkeypatch.setenv("HF_HUB_CACHE", str(tmp_path / "hub"))
    assert mk.open("org/small").location == str(snapshot)
    assert mk.open("org/small@c0ffee").location == str(snapshot)
    with pytest.raises(mk.InputError, match="hf://org/other"):
        mk.open("org/other")


def test_call_overhead(a: Path) -> None:
    mk.inspect(a)
    began = time.process_time()
    for _ in range(100):
        mk.inspect(a)
    assert (time.process_time() - began) / 100 < 0.05  # 0.005 is measured by bench, on a quiet machine


def test_a_bar_of_tqdm(capfd: pytest.CaptureFixture[str]) -> None:
    pytest.importorskip("tqdm", reason="tqdm is not installed: no bar is drawn")
    state = large_state()
    mk.compare(state, state, threads=1, progress=True)
    shown = capfd.readouterr()
    assert shown.out == ""
    assert "B/s" in shown.err or "%" in shown.err


def test_a_process_that_was_forked_off_asks_too(a: Path, tuned: Path) -> None:
    if not hasattr(os, "fork"):
        pytest.skip("this system has no fork")
    program = """
import os, sys, modelkin as mk
here = mk.diff(*sys.argv[1:]).to_json()
child = os.fork()
if child == 0:
    os._exit(0 if mk.diff(*sys.argv[1:]).to_json() == here else 1)
sys.exit(os.waitstatus_to_exitcode(os.waitpid(child, 0)[1]))
"""
    assert run_python(program, a, tuned).returncode == 0


def test_the_interpreter_ends_requests_of_daemon_threads(models: Path) -> None:
    program = """
import sys, threading, time
import numpy as np, modelkin as mk

state = {f"w{i}": np.ones((4096, 4096), np.float32) for i in range(3)}
began = threading.Event()

def ask():
    while True:
        mk.compare(state, state, progress=lambda *_: began.set())

for _ in range(3):
    threading.Thread(target=ask, daemon=True).start()
began.wait()
"""
    for _ in range(3):
        done = run_python(program)
        assert (done.returncode, done.stdout, done.stderr) == (0, "", "")
