"""Merges by mergekit's recipes, carried out again: ``merge``."""

from __future__ import annotations

import os
from collections.abc import Mapping
from typing import TYPE_CHECKING

from .. import _core
from .._errors import UsageError
from .._locations import Locations
from .._progress import Progress
from .._types import ModelLike
from .arguments import Words, flags, number, path, word
from .settings import Settings

if TYPE_CHECKING:
    from ..results import MergeResult

_LARGEST_SHARD = 2**63 - 1


def merge(
    recipe: str | os.PathLike[str],
    *,
    compare: ModelLike | None = None,
    output: str | os.PathLike[str] | None = None,
    models: Mapping[str, ModelLike] | None = None,
    shard_bytes: int = 5_000_000_000,
    digest: bool = True,
    partial: bool = False,
    threads: int | None = None,
    progress: Progress = None,
) -> MergeResult:
    """Carries a merge by mergekit's configuration out again, and says what comes out equal to the bit.

    In the arithmetic of mergekit 0.1.5: linear, slerp, task arithmetic, TIES, DARE, passthrough.
    docs/merge.md says how each is held to it, and what "consistent" leaves open.

    Args:
        recipe: A file of YAML.
        compare: The merged model.
        output: A folder to write the merged checkpoint to, in which no model is yet.
        models: Where models are that the recipe names, by those names. Default: paths, from here or
            beside the recipe.
        shard_bytes: Bytes of tensors in a file of weights, at most.
        digest: False takes no SHA-256 of whole files.
        partial: True goes on where files or tensors of a model are missing, and warns of what is.
        threads: Threads to compute with, 1 to 1,024. Numbers do not depend on it. Default: one a
            core.
        progress: True for tqdm's bar, or a function: ``ProgressCallback`` says of what.

    Returns:
        ``outcome`` is identical, consistent or deviates (merged without `compare`), ``tensors`` has a
        row for each; docs/merge.schema.json has all.

    Raises:
        UsageError: An argument is wrong, or a state dict can't be read where it lies.
        InputError: The recipe or a model is missing, breaks a rule of its format, or changed while it
            was read; or the recipe asks for what is not carried out again.
        IoError: The disk or the network failed.
    """
    from ..results import MergeResult

    flags(digest=digest)
    size = number("shard_bytes", shard_bytes, 1, _LARGEST_SHARD)
    with Locations() as locations:
        settings = Settings(locations, partial=partial, threads=threads, progress=progress)
        file, folder = path("recipe", recipe) or "", path("output", output)
        compared = None if compare is None else locations.of(compare)
        if compared is None and folder is None:
            raise UsageError(
                "nothing to do: compare= is a model to compare with, output= a folder to write to"
            )
        places = [(word("models", name), locations.of(model)) for name, model in (models or {}).items()]
        words = Words("merge", file).option("compare", compared).option("output", folder)
        words.options("model", [f"{name}={place}" for name, place in places])
        if size != 5_000_000_000:
            words.option("shard-bytes", size)
        words.flag("no-digest", not digest)
        call = settings.call(words)
        return MergeResult(
            *settings.answer(
                "merge",
                lambda: _core.merge(
                    call, file, compared or "", places, folder or "", size, settings.partial, digest
                ),
            )
        )
