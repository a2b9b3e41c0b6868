"""Whether one model is built on another: ``trace``."""

from __future__ import annotations

import os
from collections.abc import Iterable
from typing import TYPE_CHECKING, Literal, overload

from .. import _core
from .._errors import UsageError
from .._locations import Locations
from .._progress import Progress
from .._shares import Engine, require_engine, shared_out
from .._types import Effort, Heritage, ModelLike
from .arguments import TraceWords, Words, flags, path, whole
from .settings import Settings

if TYPE_CHECKING:
    from ..results import DynamicsResult, TraceResult


@overload
def trace(
    a: ModelLike,
    b: ModelLike,
    /,
    *,
    series: Literal[False] = False,
    controls: ModelLike | Iterable[ModelLike] = (),
    parents: Iterable[ModelLike] = (),
    effort: Effort = "auto",
    rows: int | None = None,
    units: int | None = None,
    permutations: int = 100_000,
    seed: int = 1,
    heritage: Heritage = "auto",
    fingerprints: bool = False,
    resume: str | os.PathLike[str] | None = None,
    recipe: str | os.PathLike[str] | None = None,
    engine: Engine | None = None,
    workers: int | None = None,
    partial: bool = False,
    base: ModelLike | None = None,
    components: str | Iterable[str] = (),
    threads: int | None = None,
    progress: Progress = None,
) -> TraceResult: ...
@overload
def trace(
    a: ModelLike,
    b: ModelLike,
    /,
    *later: ModelLike,
    series: Literal[True],
    partial: bool = False,
    base: ModelLike | None = None,
    components: str | Iterable[str] = (),
    threads: int | None = None,
    progress: Progress = None,
) -> DynamicsResult: ...
def trace(
    a: ModelLike,
    b: ModelLike,
    /,
    *later: ModelLike,
    series: bool = False,
    controls: ModelLike | Iterable[ModelLike] = (),
    parents: Iterable[ModelLike] = (),
    effort: Effort = "auto",
    rows: int | None = None,
    units: int | None = None,
    permutations: int = 100_000,
    seed: int = 1,
    heritage: Heritage = "auto",
    fingerprints: bool = False,
    resume: str | os.PathLike[str] | None = None,
    recipe: str | os.PathLike[str] | None = None,
    engine: Engine | None = None,
    workers: int | None = None,
    partial: bool = False,
    base: ModelLike | None = None,
    components: str | Iterable[str] = (),
    threads: int | None = None,
    progress: Progress = None,
) -> TraceResult | DynamicsResult:
    """Tests whether B is built on A, with p-values, and says how it was made.

    The null hypothesis is that both were initialised independently. docs/lineage.md says what each
    test assumes and what breaks it, docs/calibration.md how often each errs, docs/kinship.md which ways
    of making one model from another are named.

    With ``series=True`` all models are checkpoints of one training run, in order, and the result says
    how it moved, not whether they are related.

    Args:
        a: The model that may be the origin.
        b: The model in question.
        *later: Further checkpoints of a series.
        series: True takes all models for a series of checkpoints. Only `partial`, `base`, `components`,
            `threads` and `progress` go with it.
        controls: Models that are related to neither, one or several, to see the pair beside them.
        parents: Two to four models that B may be a merge of. A then counts as their base.
        effort: ``"auto"`` takes all of models of up to 33 million values, and of larger ones
            draws until the answer is settled. ``"full"`` takes all, ``"quick"`` one small draw.
        rows: Draws at most so many rows of weights, 64 to 1,000,000, whatever the effort.
        units: Draws at most so many hidden units of an MLP, 16 to 1,000,000, whatever the effort.
        permutations: Draws of a permutation test at most, 100 to 10^12; importance sampling goes
            on from there.
        seed: Of random permutations, 0 to 2^64 - 1. The same seed gives the same numbers.
        heritage: Which tensors of B are traced to A's one by one: ``"all"``, ``"drawn"`` (some of
            each role), or ``"auto"``: drawn where models are drawn from, else all.
        fingerprints: True computes other published fingerprints and spectra as well, which the verdict
            does not use: ``descriptions`` of the result. Minutes for wide models, hours for large ones.
        resume: A folder that keeps what was computed, so that the same call goes on from there.
            Taken away at the end.
        recipe: A file to write the merge of `parents` to that was found, as a configuration of mergekit.
            None is written where none was found.
        engine: None computes here. ``"processes"`` shares the matching of hidden units out among processes of
            this machine, ``"ray"`` among the machines of a cluster (RAY_ADDRESS, else this one), which all
            have modelkin and the models by the same paths: docs/scale.md. The result is the same.
        workers: How many shares an engine makes. Default: one a core.
        partial: True goes on where files or tensors of a model are missing, and warns of what is.
        base: The model that an adapter (PEFT) was made for. Default: the local folder that the
            adapter names.
        components: Only these of the models that the inputs hold: "text", "vision", "audio",
            "projector", "prediction". Default: all.
        threads: Threads to compute with, 1 to 1,024, of each worker as well. Numbers do not depend on it.
            Default: one a core; of workers, their part of the cores.
        progress: True for tqdm's bar, or a function: ``ProgressCallback`` says of what.

    Returns:
        Of two models a TraceResult. Its ``verdict.category`` is identical, derived, shares_material,
        no_evidence or not_comparable, and ``verdict.sentence`` says it in words; its ``tests`` have
        ``log10_p_adjusted``, corrected for their number; docs/trace.schema.json has all. Of a series a
        DynamicsResult: docs/dynamics.schema.json.

    Raises:
        UsageError: An argument is wrong, or a state dict can't be read where it lies.
        InputError: A file is missing, breaks a rule of its format, or changed while it was read.
        IoError: The disk or the network failed.
    """
    from ..results import DynamicsResult, TraceResult

    traced = TraceWords(effort, rows, units, permutations, seed, heritage, fingerprints)
    flags(series=series)
    engine = require_engine(engine)
    workers = whole("workers", workers, 1, 4096)
    if workers is not None and engine is None:
        raise UsageError('workers are those of an engine: engine="processes" or "ray"')
    with Locations() as locations:
        settings = Settings(
            locations, partial=partial, base=base, components=components, threads=threads, progress=progress
        )
        places = [locations.of(model) for model in (a, b, *later)]
        control_places = locations.all_of(controls, "a control")
        parent_places = locations.all_of(parents, "a parent")
        words = Words("trace", *places)
        if later and not series:
            raise UsageError(
                f"trace compares two models, and a third was given: for an unrelated model to see the"
                f" pair beside write controls={places[2]!r}, for checkpoints of one run series=True"
            )
        words.flag("series", series)
        if series:
            others = (resume, recipe, engine)
            if control_places or parent_places or others != (None, None, None) or not traced.is_default():
                raise UsageError(
                    "a series is of checkpoints of one run: only partial, base, components, threads"
                    " and progress go with series=True"
                )
            call = settings.call(words)
            return DynamicsResult(
                *settings.answer("trace", lambda: _core.trace_series(call, places, settings.opening))
            )
        if parent_places and not 2 <= len(parent_places) <= 4:
            raise UsageError(f"parents takes 2 to 4 models, not {len(parent_places)}")
        words.options("control", control_places)
        traced.say(words)
        if parent_places:
            words.words += ["--parents", *parent_places]
        folder = path("resume", resume)
        words.option("resume", folder)
        written = path("recipe", recipe)
        if written and (not parent_places or effort == "quick"):
            raise UsageError("recipe is of a merge: parents names the models that B may be one of")
        words.option("recipe", written)
        call = settings.call(words)
        models = _core.ModelPaths(a=places[0], b=places[1], controls=control_places, parents=parent_places)

        def ask() -> tuple[str, str, list[str]]:
            if engine is None:
                return _core.trace(
                    call, models, settings.opening, traced.options, folder or "", written or ""
                )
            locations.require_files(f"engine={engine!r}")
            if effort == "quick":
                raise UsageError("a quick trace has nothing to share out")
            with shared_out(engine, workers, threads, words.words, folder) as state:
                return _core.trace(call, models, settings.opening, traced.options, state, written or "")

        return TraceResult(*settings.answer("trace", ask))
