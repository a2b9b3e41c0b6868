"""Requests about a quantised model and its original: ``requant``."""

from __future__ import annotations

import os
from collections.abc import Iterable, Mapping
from typing import TYPE_CHECKING

from .. import _core
from .._locations import Locations
from .._progress import Progress
from .._types import Layers, ModelLike
from .arguments import Words, filter_of, flags
from .settings import Settings

if TYPE_CHECKING:
    from ..results import RequantResult


def requant(
    quantised: ModelLike,
    original: ModelLike,
    *,
    layers: Layers = None,
    include: str | Iterable[str] | None = None,
    exclude: str | Iterable[str] | None = None,
    key_map: Mapping[str, str] | str | os.PathLike[str] | None = None,
    by_name: bool = False,
    digest: bool = True,
    partial: bool = False,
    base: ModelLike | None = None,
    components: str | Iterable[str] = (),
    threads: int | None = None,
    progress: Progress = None,
) -> RequantResult:
    """Checks that a quantised model is what a quantiser makes of its original.

    Quantises the original again, as the form of the quantised model says, and compares what is stored,
    byte by byte.

    Args:
        quantised: The model to check.
        original: What it is said to be quantised from.
        layers: Only tensors of these layers, from 0: ``3``, ``[0, 3]``, ``[0, (10, 19)]`` with
            first and last, or ``"0,10-19"``. Default: all, and what is in no layer.
        include: Only tensors whose name matches one of these globs, such as ``"*norm*"``.
        exclude: No tensors whose name matches one of these globs.
        key_map: Names in the original to names in the quantised model, as a mapping or as a JSON file
            of one. A ``*`` matches any text, and is carried over.
        by_name: True pairs tensors by name alone, never by what they do.
        digest: False takes no SHA-256 of whole files.
        partial: True goes on where files or tensors of a model are missing, and warns of what is.
        base: The model that an adapter (PEFT) was made for. Default: the local folder that the
            adapter names.
        components: Only these of the models that the inputs hold: "text", "vision", "audio",
            "projector", "prediction". Default: all.
        threads: Threads to compute with, 1 to 1,024. Numbers do not depend on it. Default: one a
            core.
        progress: True for tqdm's bar, or a function: ``ProgressCallback`` says of what.

    Returns:
        ``outcome`` is "identical", "consistent" or "deviates", ``tensors`` has a row for each;
        docs/requant.schema.json has all, docs/requant.md what it means.

    Raises:
        UsageError: An argument is wrong, or a state dict can't be read where it lies.
        InputError: A file is missing, breaks a rule of its format, or changed while it was read; or
            no tensor of both has a partner.
        IoError: The disk or the network failed.
    """
    from ..results import RequantResult

    with Locations() as locations:
        settings = Settings(
            locations, partial=partial, base=base, components=components, threads=threads, progress=progress
        )
        places = [locations.of(model) for model in (quantised, original)]
        words = Words("requant", places[0]).option("from", places[1])
        picked = filter_of(words, layers, include, exclude, key_map)
        flags(by_name=by_name, digest=digest)
        words.flag("by-name", by_name).flag("no-digest", not digest)
        call = settings.call(words)
        return RequantResult(
            *settings.answer(
                "requant",
                lambda: _core.requant(
                    call, places[0], places[1], settings.opening, picked, by_name, None if digest else False
                ),
            )
        )
