"""Models sketched on a cluster by Ray (docs.ray.io): tasks of Ray Data, whose records come back here."""

from __future__ import annotations

import contextlib
import logging
import os
import warnings
from collections.abc import Iterator
from dataclasses import replace
from typing import Any

from .. import _core
from .._errors import IoError, UsageError
from .outcomes import outcomes_of
from .plan import AT_ONCE, Plan

_MOST_TASKS = 20_000  # of one call: Ray's scheduler keeps track of each


class SketchBatch:
    """What a worker does: sketches the models of one task. It writes nothing."""

    def __init__(self, plan: Plan, folder: str) -> None:
        self._plan = replace(plan, folder="")
        self._folder = folder  # that paths are relative to

    def __call__(self, batch: dict[str, Any]) -> dict[str, Any]:
        if os.path.isdir(self._folder):
            os.chdir(self._folder)  # the worker's process is this call's own
        models = [str(model) for model in batch["model"]]
        rows = _core.sketch_records(self._plan.call(), models, self._plan.opening())
        return {
            "model": models,
            "record": [record for record, _ in rows],
            "line": [line for _, line in rows],
        }


def sketched_by_ray(plan: Plan, models: list[str]) -> Iterator[dict[str, Any]]:
    """Gives what became of each model once its record is in its place. A task that is lost with its
    worker is done again, up to `retries` times; tasks that were done are not.
    """
    try:
        import ray
        import ray.data
    except ImportError:
        raise UsageError("engine=\"ray\" needs Ray: pip install 'modelkin[ray]'") from None
    if not ray.is_initialized():
        ray.init(log_to_driver=False, include_dashboard=False, logging_level=logging.WARNING)
    tasks = min(_MOST_TASKS, -(-len(models) // AT_ONCE))
    rows = ray.data.from_items([{"model": model} for model in models], override_num_blocks=tasks)
    with warnings.catch_warnings():
        # Ray 2.64 will take max_retries in another way: pyproject.toml asks for one before.
        warnings.filterwarnings("ignore", message=".*ray_remote_args.*deprecated")
        done = rows.map_batches(
            SketchBatch(plan, os.getcwd()),
            batch_size=None,  # a block is a task
            num_cpus=plan.threads,
            memory=plan.memory,
            max_retries=plan.retries,
            compute=ray.data.TaskPoolStrategy(size=plan.workers),
        )
    try:
        with _quiet(ray):
            for row in done.iter_rows():
                if row["record"]:
                    _core.keep_record(plan.folder, row["model"], row["record"])
                yield from outcomes_of([row["line"]])
    except ray.exceptions.RayError as error:
        said = str(error).strip().splitlines()
        raise IoError(f"workers of Ray failed: {said[-1] if said else type(error).__name__}") from error


@contextlib.contextmanager
def _quiet(ray: Any) -> Iterator[None]:
    """Ray Data says how far it is on the terminal; `progress` is who is told here."""
    context, log = ray.data.DataContext.get_current(), logging.getLogger("ray.data")
    bars, level = context.enable_progress_bars, log.level
    context.enable_progress_bars = False
    log.setLevel(logging.WARNING)
    try:
        yield
    finally:
        context.enable_progress_bars = bars
        log.setLevel(level)
