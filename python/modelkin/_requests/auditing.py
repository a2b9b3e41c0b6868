"""One model beside many: ``audit``."""

from __future__ import annotations

import os
from collections.abc import Iterable
from typing import TYPE_CHECKING

from .. import _core
from .._errors import UsageError
from .._locations import Locations
from .._progress import Progress
from .._types import Effort, Heritage, ModelLike
from .arguments import TraceWords, Words, path
from .settings import Settings

if TYPE_CHECKING:
    from ..results import AuditResult


def audit(
    candidate: ModelLike,
    *,
    against: ModelLike | Iterable[ModelLike],
    controls: ModelLike | Iterable[ModelLike] = (),
    effort: Effort = "auto",
    rows: int | None = None,
    units: int | None = None,
    permutations: int = 100_000,
    seed: int = 1,
    heritage: Heritage = "auto",
    resume: str | os.PathLike[str] | None = None,
    partial: bool = False,
    base: ModelLike | None = None,
    components: str | Iterable[str] = (),
    threads: int | None = None,
    progress: Progress = None,
) -> AuditResult:
    """Holds a model against many, one after the other, with one correction over all.

    Each is traced as by ``trace``, with an equal part of the level: while the tests' assumptions hold,
    the chance that a test names any stranger is at most 2 * 10^-6. docs/audit.md has more.

    Args:
        candidate: The model whose origin is asked for.
        against: Models that it may be made from, one or several. One that can't be opened is said to be
            untestable, and the audit goes on.
        controls: Models that are related to none of these, one or several, to see each pair beside them.
        effort: ``"auto"`` takes all of models of up to 33 million values, and of larger ones
            draws until the answer is settled. ``"full"`` takes all, ``"quick"`` one small draw.
        rows: Draws at most so many rows of weights, 64 to 1,000,000, whatever the effort.
        units: Draws at most so many hidden units of an MLP, 16 to 1,000,000, whatever the effort.
        permutations: Draws of a permutation test at most, 100 to 10^12; importance sampling goes
            on from there.
        seed: Of random permutations, 0 to 2^64 - 1. The same seed gives the same numbers.
        heritage: Which tensors of the candidate are traced one by one: ``"all"``, ``"drawn"`` (some of
            each role), or ``"auto"``: drawn where models are drawn from, else all.
        resume: A folder that keeps what was computed, so that the same call goes on from there.
            Taken away at the end.
        partial: True goes on where files or tensors of a model are missing, and warns of what is.
        base: The model that an adapter (PEFT) was made for. Default: the local folder that the
            adapter names.
        components: Only these of the models that the inputs hold: "text", "vision", "audio",
            "projector", "prediction". Default: all.
        threads: Threads to compute with, 1 to 1,024. Numbers do not depend on it. Default: one a
            core.
        progress: True for tqdm's bar, or a function: ``ProgressCallback`` says of what.

    Returns:
        ``outcome``, ``sentence`` and ``models``, with what was found of each; ``to_html()`` is one page
        in English and Korean. docs/audit.schema.json has all.

    Raises:
        UsageError: An argument is wrong, or a state dict can't be read where it lies.
        InputError: A file of the candidate or a control is missing, breaks a rule of its format, or
            changed while it was read.
        IoError: The disk or the network failed.
    """
    from ..results import AuditResult

    traced = TraceWords(effort, rows, units, permutations, seed, heritage)
    with Locations() as locations:
        settings = Settings(
            locations, partial=partial, base=base, components=components, threads=threads, progress=progress
        )
        place = locations.of(candidate)
        references = list(dict.fromkeys(locations.all_of(against, "a model to audit against")))
        if not references:
            raise UsageError("against is empty: an audit needs at least one model")
        control_places = locations.all_of(controls, "a control")
        words = Words("audit", place).options("against", references).options("control", control_places)
        traced.say(words)
        folder = path("resume", resume)
        words.option("resume", folder)
        call = settings.call(words)
        request = _core.AuditRequest(
            candidate=place,
            references=references,
            controls=control_places,
            opening=settings.opening,
            resume=folder or "",
        )
        return AuditResult(*settings.answer("audit", lambda: _core.audit(call, request, traced.options)))
