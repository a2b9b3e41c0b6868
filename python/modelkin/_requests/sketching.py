"""What is kept of a model to find its relatives: ``sketch``."""

from __future__ import annotations

from typing import TYPE_CHECKING

from .. import _core
from .._locations import Locations
from .._progress import Progress
from .._types import ModelLike
from .arguments import Words, word
from .settings import Settings

if TYPE_CHECKING:
    from ..results import SketchResult


def sketch(
    model: ModelLike,
    *,
    name: str | None = None,
    partial: bool = False,
    base: ModelLike | None = None,
    threads: int | None = None,
    progress: Progress = None,
) -> SketchResult:
    """Makes the record of a model by which an atlas finds its relatives: at most 8 KiB.

    A few megabytes of the weights are read. docs/atlas.md says which, and what the bits are.

    Args:
        model: The model.
        name: What the record calls it. Default: the repository at a hub, or the path.
        partial: True goes on where files or tensors of a model are missing, and warns of what is.
        base: The model that an adapter (PEFT) was made for. Default: the local folder that the
            adapter names.
        threads: Threads to compute with, 1 to 1,024. Numbers do not depend on it. Default: one a
            core.
        progress: True for tqdm's bar, or a function: ``ProgressCallback`` says of what.

    Returns:
        ``components`` have the bits; docs/sketch.schema.json has all. ``mk.atlas.Atlas.add`` takes it,
        but for that of a state dict, which is in no place where it could be read again.

    Raises:
        UsageError: An argument is wrong, or a state dict can't be read where it lies.
        InputError: A file is missing, breaks a rule of its format, or changed while it was read.
        IoError: The disk or the network failed.
    """
    from ..results import SketchResult

    with Locations() as locations:
        settings = Settings(locations, partial=partial, base=base, threads=threads, progress=progress)
        words = Words("sketch", locations.of(model))
        called = "" if name is None else word("name", name)
        words.option("name", called or None)
        call = settings.call(words)
        return SketchResult(
            *settings.answer("sketch", lambda: _core.sketch(call, words.words[1], settings.opening, called))
        )
