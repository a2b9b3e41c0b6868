"""Many models into records, on this process, several, or a cluster: ``mk.atlas.build``."""

from __future__ import annotations

import os
from collections.abc import Iterable, Iterator
from typing import Any, Literal

from .. import _core
from .._errors import IoError, UsageError
from .._progress import Bar, Progress, callback_of
from .._record import Table
from .._requests.arguments import flags, path, whole
from .file import Atlas
from .outcomes import SketchOutcome, outcome, outcomes_of, told
from .plan import AT_ONCE, Plan
from .process_engine import sketched_by_processes
from .ray_engine import sketched_by_ray

Engine = Literal["processes", "ray"]

_LONGEST_NAME = 4096  # bytes


def build(
    models: str | os.PathLike[str] | Iterable[str | os.PathLike[str]],
    to: str | os.PathLike[str] | Atlas,
    *,
    engine: Engine | None = None,
    workers: int | None = None,
    retries: int = 3,
    memory: int | None = None,
    partial: bool = False,
    threads: int | None = None,
    progress: Progress = None,
) -> Table[SketchOutcome]:
    """Sketches many models into files of records, on as many workers as there are: docs/scale.md.

    A model whose record is there is skipped, so that a call that was ended goes on where it was, and one
    that failed is tried again. The records do not depend on the engine or on the number of workers.

    Args:
        models: Paths and ``hf://org/name[@revision]``, or the file that names them, one a line.
        to: A folder for the records, a file each, as ``modelkin atlas build`` writes them. Or an Atlas, to
            which they are added at the end; its records are then kept in the folder PATH.records beside it.
        engine: None sketches one after the other. ``"processes"`` shares the list out among processes of
            this machine, ``"ray"`` among the machines of a cluster: of RAY_ADDRESS, else this one alone. It
            needs ``modelkin[ray]``, and modelkin on every machine; records come back to the caller, who
            writes them.
        workers: How many at a time. Default: one a core; on Ray, as many as it has room for.
        retries: How often what a worker had begun is tried again when it dies.
        memory: Bytes that Ray sets aside for each worker. Default: 2^30.
        partial: True goes on where files or tensors of a model are missing.
        threads: Threads of each worker, 1 to 1,024; Ray sets aside as many cores. Default: 1 with an
            engine, else one a core.
        progress: True for tqdm's bar, or a function: ``ProgressCallback`` says of what.

    Returns:
        What became of each model, in the order of the list. Those that could not be sketched are
        ``"failed"``, with a ModelWarning for all of them.

    Raises:
        UsageError: An argument is wrong, or Ray is not installed.
        InputError: The list is none.
        IoError: Nothing can be written there, or workers died more often than `retries`.
    """
    if engine not in (None, "processes", "ray"):
        raise UsageError(f'engine is None, "processes" or "ray", not {engine!r}')
    flags(partial=partial)
    plan = Plan(
        folder=_folder_of(to),
        workers=whole("workers", workers, 1, 1_000_000),
        retries=whole("retries", retries, 0, 1000) or 0,
        memory=whole("memory", memory, 1, 2**50) or 2**30,
        partial=partial,
        threads=whole("threads", threads, 1, 1024) or (0 if engine is None else 1),
    )
    names = _names_of(models)
    found: dict[str, dict[str, Any]] = {}
    missing = []
    for name in names:
        if os.path.isfile(_core.record_file(plan.folder, name)):
            found[name] = outcome(name, "skipped")
        else:
            missing.append(name)
    try:
        os.makedirs(plan.folder, exist_ok=True)
    except OSError as error:
        raise IoError(f"{plan.folder}: {error.strerror or error}", file=plan.folder) from None
    tell = callback_of(progress)
    try:
        for done in _sketched(engine, plan, missing) if missing else ():
            found[done["model"]] = done
            if tell is not None:
                tell("models", len(found), len(names), "models")
    finally:
        if isinstance(tell, Bar):
            tell.close()
    if isinstance(to, Atlas):
        _add_records(to, plan.folder, [name for name in names if found[name]["outcome"] != "failed"])
    return told([found[name] for name in names])


def _sketched(engine: Engine | None, plan: Plan, models: list[str]) -> Iterator[dict[str, Any]]:
    """Gives what became of each model as soon as its record is in its place."""
    if engine == "processes":
        return sketched_by_processes(plan, models)
    if engine == "ray":
        return sketched_by_ray(plan, models)
    return _sketched_here(plan, models)


def _sketched_here(plan: Plan, models: list[str]) -> Iterator[dict[str, Any]]:
    for first in range(0, len(models), AT_ONCE):
        some = models[first : first + AT_ONCE]
        rows = _core.sketch_records(plan.call(), some, plan.opening())
        for model, (record, line) in zip(some, rows):
            if record:
                _core.keep_record(plan.folder, model, record)
            yield from outcomes_of([line])


def _add_records(atlas: Atlas, folder: str, models: list[str]) -> None:
    _core.atlas_count(atlas.path, True)
    if models:
        call = _core.Call(arguments=[], threads=0, progress=None, keeps_blocks=False)
        _core.atlas_import(call, atlas.path, [_core.record_file(folder, model) for model in models])


def _folder_of(to: Any) -> str:
    if isinstance(to, Atlas):
        return f"{to.path}.records"
    folder = path("to", to)
    if not folder:
        raise UsageError("to is a folder for the records, or an Atlas")
    if os.path.isfile(folder):
        raise UsageError(
            f"{folder}: to is a folder for the records: for an atlas say mk.atlas.open({folder!r})"
        )
    return folder.rstrip("/") or "/"


def _names_of(models: Any) -> list[str]:
    """Returns the models that are named, each once, in order."""
    if isinstance(models, (str, os.PathLike)):
        return _names_in(os.fspath(models))
    if not isinstance(models, Iterable) or isinstance(models, (bytes, bytearray)):
        raise UsageError(
            f"models has paths and hf:// addresses, or is the file that names them, not {models!r}"
        )
    names = []
    for model in models:
        name = path("a model", model)
        if not name or not _can_be_listed(name):
            raise UsageError(f"a model is a path or an hf:// address, as a list may name it, not {model!r}")
        names.append(name)
    return list(dict.fromkeys(names))


def _can_be_listed(name: str) -> bool:
    """Returns whether a line of a list names this, as ``modelkin atlas build`` reads it."""
    has_controls = any(ord(letter) < 32 or ord(letter) == 127 for letter in name)
    is_another = name.strip(" ") != name or name[0] in "#\ufeff"
    return not (has_controls or is_another) and len(name.encode()) <= _LONGEST_NAME


def _names_in(file: str) -> list[str]:
    """Returns the models that a file names, as ``modelkin atlas build`` reads it."""
    if os.path.isdir(file) or file.startswith("hf://"):
        raise UsageError(
            f"models is a list of models, or a file that names them: [{file!r}] is a list of one"
        )
    return _core.model_list(file)
