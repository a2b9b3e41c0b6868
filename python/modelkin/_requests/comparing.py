"""Requests about two models, tensor by tensor: ``compare``, ``diff``."""

from __future__ import annotations

import os
from collections.abc import Iterable, Mapping
from typing import TYPE_CHECKING

from .. import _core
from .._errors import UsageError
from .._locations import Locations
from .._progress import Progress
from .._types import Layers, ModelLike
from .arguments import Words, filter_of, flags, texts_of
from .settings import Settings

if TYPE_CHECKING:
    from ..results import CompareResult, DiffResult


def compare(
    a: ModelLike,
    b: ModelLike | None = None,
    *,
    controls: ModelLike | Iterable[ModelLike] = (),
    within: bool = False,
    functional: bool = False,
    texts: str | Iterable[str] | None = None,
    bytes: bool = False,
    layers: Layers = None,
    include: str | Iterable[str] | None = None,
    exclude: str | Iterable[str] | None = None,
    key_map: Mapping[str, str] | str | os.PathLike[str] | None = None,
    by_name: bool = False,
    quantiles: bool = True,
    digest: bool | None = None,
    partial: bool = False,
    base: ModelLike | None = None,
    components: str | Iterable[str] = (),
    threads: int | None = None,
    progress: Progress = None,
) -> CompareResult:
    """Compares two models tensor by tensor, in one pass over their bytes.

    Gives cosines and what they are in random order, Pearson correlations, differences, quantiles and
    moments: docs/numerics.md says how each is computed. Describes, and decides nothing: see ``trace``.

    Args:
        a: The first model.
        b: The second one. None with `within`, for the layers of one model.
        controls: Models that are related to neither, one or several, to see the pair beside them.
        within: True compares the layers of each model with each other as well.
        functional: True runs the models on `texts` as well, and compares what they do.
        texts: For `functional`: one text or several, each turned into ids by the model's own
            tokenizer.json.
        bytes: True takes the bytes of `texts` as their token ids, 0 to 255.
        layers: Only tensors of these layers, from 0: ``3``, ``[0, 3]``, ``[0, (10, 19)]`` with
            first and last, or ``"0,10-19"``. Default: all, and what is in no layer.
        include: Only tensors whose name matches one of these globs, such as ``"*norm*"``.
        exclude: No tensors whose name matches one of these globs.
        key_map: Names in A to names in B, as a mapping or as a JSON file of one. A ``*`` matches
            any text, and is carried over.
        by_name: True pairs tensors by name alone. Default: by role as well, and without prefixes
            that tools add.
        quantiles: False leaves out 99th percentiles, and is faster.
        digest: Whether results have the SHA-256 of whole files. Default: of models whose files
            have up to 256 MiB; of headers always.
        partial: True goes on where files or tensors of a model are missing, and warns of what is.
        base: The model that an adapter (PEFT) was made for. Default: the local folder that the
            adapter names.
        components: Only these of the models that the inputs hold: "text", "vision", "audio",
            "projector", "prediction". Default: all.
        threads: Threads to compute with, 1 to 1,024. Numbers do not depend on it. Default: one a
            core.
        progress: True for tqdm's bar, or a function: ``ProgressCallback`` says of what.

    Returns:
        ``tensors`` has a row for each pair, ``summary`` medians by role and by layer;
        docs/results.schema.json has all. What is undefined is None, and says why.

    Raises:
        UsageError: An argument is wrong, or a state dict can't be read where it lies.
        InputError: A file is missing, breaks a rule of its format, or changed while it was read;
            or no tensor of one pairs with the other's.
        IoError: The disk or the network failed.
    """
    from ..results import CompareResult

    flags(within=within, functional=functional, by_name=by_name, quantiles=quantiles)
    if digest is not None:
        flags(digest=digest)
    if texts is not None and not functional:
        raise UsageError("texts are for functional=True")
    with Locations() as locations:
        settings = Settings(
            locations, partial=partial, base=base, components=components, threads=threads, progress=progress
        )
        place_a = locations.of(a)
        place_b = "" if b is None else locations.of(b)
        control_places = locations.all_of(controls, "a control")
        words = Words("compare", place_a, *([place_b] if place_b else []))
        words.options("control", control_places).flag("within", within)
        words.flag("functional", functional)
        chosen = texts_of(words, texts, None, bytes) if functional else None
        picked = filter_of(words, layers, include, exclude, key_map)
        words.flag("by-name", by_name).flag("no-quantiles", not quantiles)
        words.flag("digest", digest is True).flag("no-digest", digest is False)
        call = settings.call(words)
        models = _core.ModelPaths(a=place_a, b=place_b, controls=control_places, parents=[])
        return CompareResult(
            *settings.answer(
                "compare",
                lambda: _core.compare(
                    call, models, settings.opening, picked, within, by_name, quantiles, digest, chosen
                ),
            )
        )


def diff(
    a: ModelLike,
    b: ModelLike,
    *,
    layers: Layers = None,
    include: str | Iterable[str] | None = None,
    exclude: str | Iterable[str] | None = None,
    key_map: Mapping[str, str] | str | os.PathLike[str] | None = None,
    by_value: bool = False,
    digest: bool = True,
    partial: bool = False,
    base: ModelLike | None = None,
    components: str | Iterable[str] = (),
    threads: int | None = None,
    progress: Progress = None,
) -> DiffResult:
    """Compares two models to the bit.

    Says which tensors are identical, how many elements are, distances in units in the last place, and
    which tensors of A turn up in B under another name.

    Args:
        a: The first model.
        b: The second one.
        layers: Only tensors of these layers, from 0: ``3``, ``[0, 3]``, ``[0, (10, 19)]`` with
            first and last, or ``"0,10-19"``. Default: all, and what is in no layer.
        include: Only tensors whose name matches one of these globs, such as ``"*norm*"``.
        exclude: No tensors whose name matches one of these globs.
        key_map: Names in A to names in B, as a mapping or as a JSON file of one. A ``*`` matches
            any text, and is carried over.
        by_value: True compares the values that quantised weights stand for, and not their codes.
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
        ``summary.all_identical`` is the answer, ``tensors`` has a row for each;
        docs/diff.schema.json has all.

    Raises:
        UsageError: An argument is wrong, or a state dict can't be read where it lies.
        InputError: A file is missing, breaks a rule of its format, or changed while it was read.
        IoError: The disk or the network failed.
    """
    from ..results import DiffResult

    with Locations() as locations:
        settings = Settings(
            locations, partial=partial, base=base, components=components, threads=threads, progress=progress
        )
        places = [locations.of(model, as_saved=True) for model in (a, b)]
        words = Words("diff", *places)
        picked = filter_of(words, layers, include, exclude, key_map)
        flags(by_value=by_value, digest=digest)
        words.flag("by-value", by_value).flag("no-digest", not digest)
        call = settings.call(words)
        models = _core.ModelPaths(a=places[0], b=places[1], controls=[], parents=[])
        return DiffResult(
            *settings.answer(
                "diff",
                lambda: _core.diff(
                    call, models, settings.opening, picked, None if digest else False, by_value
                ),
            )
        )
