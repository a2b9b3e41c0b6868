"""What a trace found, for others to check: ``attest``."""

from __future__ import annotations

import os
from collections.abc import Iterable
from typing import TYPE_CHECKING

from .. import _core
from .._errors import UsageError
from .._locations import Locations
from .._progress import Progress
from .._types import Effort, Heritage, ModelLike
from .arguments import TraceWords, Words, flags, path, strings
from .settings import Settings

if TYPE_CHECKING:
    from ..results import AttestResult


def attest(
    a: ModelLike,
    b: ModelLike,
    *,
    key: str | os.PathLike[str] | None = None,
    ignore: str | Iterable[str] = (),
    digest: bool = False,
    controls: ModelLike | Iterable[ModelLike] = (),
    parents: Iterable[ModelLike] = (),
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
) -> AttestResult:
    """Writes down what a trace found, so that others can check who says so and whether it is so.

    The result's members are those of an in-toto Statement about B, by the digest that OpenSSF model
    signing gives it; ``to_attestation()`` is the file, signed if a key is given: docs/attestation.md.

    Args:
        a: The model that may be the origin.
        b: The model in question.
        key: The file of an Ed25519 private key to sign with, PEM without a password.
        ignore: Paths within the models that their digests leave out, one or several.
        digest: True reads all of models at a hub for their digests. Default: their commit.
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
        The statement; docs/attestation.schema.json has all of it.

    Raises:
        UsageError: An argument is wrong, or a model has no files of its own.
        InputError: A file is missing, breaks a rule of its format, or changed while it was read.
        IoError: The disk or the network failed.
    """
    from ..results import AttestResult

    traced = TraceWords(effort, rows, units, permutations, seed, heritage)
    flags(digest=digest)
    with Locations() as locations:
        settings = Settings(
            locations, partial=partial, base=base, components=components, threads=threads, progress=progress
        )
        places = [locations.of(a), locations.of(b)]
        if any(place.startswith("memory:") for place in places):
            raise UsageError("an attestation is about files: a state dict has none")
        control_places = locations.all_of(controls, "a control")
        parent_places = locations.all_of(parents, "a parent")
        if parent_places and not 2 <= len(parent_places) <= 4:
            raise UsageError(f"parents takes 2 to 4 models, not {len(parent_places)}")
        ignored = strings("ignore", ignore)
        words = Words("attest", *places).options("ignore", ignored).flag("digest", digest)
        words.options("control", control_places)
        traced.say(words)
        if parent_places:
            words.words += ["--parents", *parent_places]
        folder, key_file = path("resume", resume), path("key", key)
        words.option("resume", folder).option("key", key_file)
        call = settings.call(words)
        models = _core.ModelPaths(a=places[0], b=places[1], controls=control_places, parents=parent_places)
        return AttestResult(
            *settings.answer(
                "attest",
                lambda: _core.attest(
                    call, models, settings.opening, traced.options, folder or "", key_file, ignored, digest
                ),
            )
        )
