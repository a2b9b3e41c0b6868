"""One trace shared out among processes, of this machine or of a cluster (Ray, docs.ray.io).

Each process does what ``modelkin trace --rank R --world N --resume FOLDER`` does: its share of the hidden units that
are matched. It keeps that in the folder, and the trace goes on from there: the same bytes as without.
"""

from __future__ import annotations

import argparse
import logging
import os
import re
import subprocess
import sys
import tempfile
from collections.abc import Callable, Iterator, Sequence
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from pathlib import Path
from typing import Any, Literal

from ._errors import Error, InputError, IoError, UsageError

Engine = Literal["processes", "ray"]
Files = dict[str, bytes]  # by their paths within a state's folder

_MOST_WORKERS = 4096
_MOST_ROUNDS = 64  # what is still missing then, the trace computes by itself
_NOTHING_LEFT = "nothing is left to share out"
_SHARE = re.compile(r"share-\d+-of-\d+")


def require_engine(engine: Any) -> Engine | None:
    """Returns the engine. Raises UsageError for one that there is not."""
    if engine not in (None, "processes", "ray"):
        raise UsageError(f'engine is None, "processes" or "ray", not {engine!r}')
    found: Engine | None = engine
    return found


@contextmanager
def shared_out(
    engine: Engine, workers: int | None, threads: int | None, words: Sequence[str], folder: str | None
) -> Iterator[str]:
    """Gives the folder of a state in which all shares of a trace are; it is taken away unless it was named.

    Args:
        engine: ``"processes"`` of this machine, or ``"ray"``.
        workers: How many shares. Default: one a core, of this machine or of the cluster.
        threads: Of each worker. Default: its part of this machine's cores; 1 on Ray.
        words: The trace as the program takes it: ``["trace", A, B, ...]``, without --resume.
        folder: Of the state; None for one that goes in the end.

    Raises:
        IoError: A worker died more than three times.
    """
    with tempfile.TemporaryDirectory(prefix="modelkin-") as own:
        state = folder or os.path.join(own, "state")
        run = _on_ray(workers, threads or 1) if engine == "ray" else _on_processes(workers, threads)
        for _ in range(_MOST_ROUNDS):
            if all(_NOTHING_LEFT in line for line in run(words, state)):
                break
        yield state


def run_trace(words: list[str]) -> int:
    """Runs ``trace A B --engine ENGINE [--workers N] --resume FOLDER``. Returns the exit code."""
    from . import _core

    own = argparse.ArgumentParser(add_help=False, allow_abbrev=False, exit_on_error=False)
    own.add_argument("--engine")
    own.add_argument("--workers", type=int)
    own.add_argument("--threads", type=int)
    own.add_argument("--resume")
    try:
        given, rest = own.parse_known_args(words)
        engine = require_engine(given.engine)
        if engine is None or not given.resume:
            raise UsageError(
                "--engine processes or ray keeps its shares in a folder: name it with --resume FOLDER"
            )
        if given.workers is not None and not 1 <= given.workers <= _MOST_WORKERS:
            raise UsageError(f"--workers is a number from 1 to {_MOST_WORKERS}")
        with shared_out(engine, given.workers, given.threads, rest, given.resume):
            pass
    except argparse.ArgumentError as error:
        print(f"modelkin: {error}", file=sys.stderr)
        return 2
    except Error as error:
        print(f"modelkin: {error}", file=sys.stderr)
        return 2 if isinstance(error, UsageError) else 3 if isinstance(error, InputError) else 4
    threads = [] if given.threads is None else ["--threads", str(given.threads)]
    return _core.program(["modelkin", *rest, "--resume", given.resume, *threads])


Round = Callable[[Sequence[str], str], "list[str]"]  # does all shares; returns what each said


def _command(words: Sequence[str], state: str, rank: int, world: int, threads: int) -> list[str]:
    own = ["--resume", state, "--rank", str(rank), "--world", str(world), "--threads", str(threads)]
    return [sys.executable, "-m", "modelkin", *_without_outputs(words), *own]


def _without_outputs(words: Sequence[str]) -> list[str]:
    """Returns the words of a trace less those that a share has no use for."""
    kept: list[str] = []
    skip = False
    for word in words:
        if skip:
            skip = False
        elif word in ("--threads", "--recipe", "--resume", "-o", "--output"):
            skip = True
        elif word not in ("--json", "--details", "--exit-code", "--force", "-q", "--quiet"):
            kept.append(word)
    return kept


def _run(command: Sequence[str], retries: int = 3) -> str:
    """Runs a share, again where it dies. Returns its line."""
    for tries in range(retries + 1):
        done = subprocess.run(command, stdin=subprocess.DEVNULL, capture_output=True, text=True, check=False)
        if done.returncode == 0:
            return done.stdout
        if done.returncode > 0 or tries == retries:
            raise _error_of(done)
    raise AssertionError


def _error_of(done: subprocess.CompletedProcess[str]) -> Error:
    lines = done.stderr.strip().splitlines()
    said = (
        lines[-1].removeprefix("modelkin: ") if lines else f"a worker was ended by signal {-done.returncode}"
    )
    kinds: dict[int, type[Error]] = {2: UsageError, 3: InputError}
    return kinds.get(done.returncode, IoError)(said)


def _on_processes(workers: int | None, threads: int | None) -> Round:
    cores = len(os.sched_getaffinity(0)) if hasattr(os, "sched_getaffinity") else os.cpu_count() or 1
    world = workers or cores
    each = threads or max(1, cores // world)

    def run(words: Sequence[str], state: str) -> list[str]:
        commands = [_command(words, state, rank, world, each) for rank in range(world)]
        with ThreadPoolExecutor(world) as pool:
            return list(pool.map(_run, commands))

    return run


def _on_ray(workers: int | None, threads: int) -> Round:
    try:
        import ray
    except ImportError:
        raise UsageError("engine=\"ray\" needs Ray: pip install 'modelkin[ray]'") from None
    if not ray.is_initialized():
        ray.init(log_to_driver=False, include_dashboard=False, logging_level=logging.WARNING)
    world = workers or max(1, int(ray.cluster_resources().get("CPU", 1)) // threads)
    task = ray.remote(num_cpus=threads, max_retries=3)(_share_elsewhere)

    def run(words: Sequence[str], state: str) -> list[str]:
        files = ray.put(_files_of(state))
        tasks = [
            task.remote(list(words), os.getcwd(), files, (rank, world, threads)) for rank in range(world)
        ]
        try:
            results = ray.get(tasks)
        except ray.exceptions.RayTaskError as error:
            if isinstance(error.cause, Error):
                raise error.cause from None
            raise IoError(f"workers of Ray failed: {error.cause}") from error
        except ray.exceptions.RayError as error:
            raise IoError(f"workers of Ray failed: {type(error).__name__}") from error
        for _, written in results:
            _write(state, written)
        return [line for line, _ in results]

    return run


def _share_elsewhere(
    words: list[str], folder: str, files: Files, place: tuple[int, int, int]
) -> tuple[str, Files]:
    """What a worker of Ray does: a share, in a folder of its own that holds what all have found."""
    if os.path.isdir(folder):
        os.chdir(folder)  # that paths are relative to
    with tempfile.TemporaryDirectory(prefix="modelkin-") as own:
        state = os.path.join(own, "state")
        _write(state, files)
        rank, world, threads = place
        line = _run(_command(words, state, rank, world, threads))
        mine = f"share-{rank}-of-{world}/"
        return line, {name: held for name, held in _files_of(state).items() if name.startswith(mine)}


def _files_of(state: str) -> Files:
    root = Path(state)
    if not root.is_dir():
        return {}
    files = [path for path in root.iterdir() if path.is_file()]
    for share in root.iterdir():
        if share.is_dir() and _SHARE.fullmatch(share.name):
            files += [path for path in share.iterdir() if path.is_file()]
    return {path.relative_to(root).as_posix(): path.read_bytes() for path in files}


def _write(state: str, files: Files) -> None:
    """Writes files whole or not at all, each in its place."""
    os.makedirs(state, exist_ok=True)
    for name, held in files.items():
        path = os.path.join(state, name)
        os.makedirs(os.path.dirname(path), exist_ok=True)
        partial = f"{path}.partial-{os.getpid()}"
        with open(partial, "wb") as file:
            file.write(held)
        os.replace(partial, path)
