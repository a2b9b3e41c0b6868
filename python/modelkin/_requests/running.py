"""Requests that run a model: ``run``, ``explain``."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from typing import TYPE_CHECKING

from .. import _core
from .._locations import Locations
from .._progress import Progress
from .._types import ImageLike, ModelLike, Topic
from .arguments import Words, flags, images_of, number, texts_of, whole, word
from .settings import Settings

if TYPE_CHECKING:
    from ..results import ExplainResult, RunResult


def run(
    model: ModelLike,
    texts: str | Iterable[str] | None = None,
    *,
    ids: Sequence[int] | Sequence[Sequence[int]] | None = None,
    bytes: bool = False,
    image: ImageLike | Sequence[ImageLike] | None = None,
    grid: Sequence[int] | Sequence[Sequence[int]] | None = None,
    top: int = 5,
    generate: int = 0,
    arrays: bool = False,
    beyond_context: bool = False,
    partial: bool = False,
    base: ModelLike | None = None,
    threads: int | None = None,
    progress: Progress = None,
) -> RunResult:
    """Runs a model on texts or images, exactly, layer by layer from where its weights are.

    Gives the likeliest next tokens, sizes of states and which experts were chosen; of images what an
    encoder of images makes of them. Needs the memory of activations, and not that of the weights.
    docs/run.md says how exact it is.

    Args:
        model: The model, of a family that runs (docs/run.md).
        texts: One text or several, each turned into ids by the model's own tokenizer.json.
        ids: Token ids in place of `texts`: one list, or a list of lists.
        bytes: True takes the bytes of `texts` as their token ids, 0 to 255.
        image: In place of texts, pixels as the model's processor makes them (``pixel_values``): a
            path of a .npy file or an array, or several. Arrays of NumPy, torch and their like are
            taken as float16 or float32.
        grid: Of Qwen's encoders, how the patches of each image lie: (frames, rows, columns), which
            its processor gives as ``image_grid_thw``, or several. Default: each array is a square.
        top: Likeliest next tokens to keep, 1 to 1,000.
        generate: Tokens to go on by, each the likeliest, up to 1,000,000. 0 for none.
        arrays: True keeps hidden states and logits in the result.
        beyond_context: True takes texts that are longer than the model's context, where positions
            are computed.
        partial: True goes on where files or tensors of a model are missing, and warns of what is.
        base: The model that an adapter (PEFT) was made for. Default: the local folder that the
            adapter names.
        threads: Threads to compute with, 1 to 1,024. Numbers do not depend on it. Default: one a
            core.
        progress: True for tqdm's bar, or a function: ``ProgressCallback`` says of what.

    Returns:
        ``texts`` has an entry for each text, with ``next``, its likeliest tokens and their
        probabilities; ``images`` one for each image, with its ``embedding``, and ``cosines`` those
        of each two; ``hidden``, ``logits`` and ``pooled`` are filled with `arrays`;
        docs/run.schema.json has all.

    Raises:
        UsageError: An argument is wrong, or a state dict can't be read where it lies.
        InputError: A file is missing, breaks a rule of its format, or changed while it was read.
        IoError: The disk or the network failed.
    """
    from ..results import RunResult

    top = number("top", top, 1, 1000)
    generate = number("generate", generate, 0, 1_000_000)
    flags(arrays=arrays, beyond_context=beyond_context)
    with Locations() as locations:
        settings = Settings(locations, partial=partial, base=base, threads=threads, progress=progress)
        words = Words("run", locations.of(model))
        chosen = texts_of(words, texts, ids, bytes, needed=image is None and grid is None)
        images = images_of(words, locations, image, grid)
        words.option("top", top if top != 5 else None).option("generate", generate or None)
        words.flag("arrays", arrays).flag("beyond-context", beyond_context)
        call = settings.call(words)
        return RunResult(
            *settings.answer(
                "run",
                lambda: _core.run(
                    call,
                    words.words[1],
                    settings.opening,
                    chosen,
                    images,
                    top,
                    generate,
                    arrays,
                    beyond_context,
                ),
            )
        )


def explain(
    topic: Topic,
    model: ModelLike,
    *,
    texts: str | Iterable[str] | None = None,
    ids: Sequence[int] | Sequence[Sequence[int]] | None = None,
    bytes: bool = False,
    layer: int | None = None,
    token: int | None = None,
    head: int | None = None,
    beyond_context: bool = False,
    partial: bool = False,
    base: ModelLike | None = None,
    threads: int | None = None,
    progress: Progress = None,
) -> ExplainResult:
    """Explains one part of a model in numbers: its formula, its sizes, one token followed through it.

    Args:
        topic: ``"router"``, which experts a token goes to; ``"rope"``, rotary positions;
            ``"gqa"``, which heads share keys and values; ``"swiglu"``, MLPs and experts;
            ``"encoder"``, of images or sound: layers, heads, patches, positions.
        model: The model, of a family that runs (docs/run.md); for "encoder", of any.
        texts: A text, turned into ids by the model's own tokenizer.json.
        ids: Token ids in place of `texts`: one list, or a list of lists.
        bytes: True takes the bytes of `texts` as their token ids, 0 to 255.
        layer: Which layer, from 0. Default: the first that has the part.
        token: The position of the token that is followed, from 0. Default: the last.
        head: The head of queries, from 0. Default: 0.
        beyond_context: True takes texts that are longer than the model's context, where positions
            are computed.
        partial: True goes on where files or tensors of a model are missing, and warns of what is.
        base: The model that an adapter (PEFT) was made for. Default: the local folder that the
            adapter names.
        threads: Threads to compute with, 1 to 1,024. Numbers do not depend on it. Default: one a
            core.
        progress: True for tqdm's bar, or a function: ``ProgressCallback`` says of what.

    Returns:
        ``facts`` has each number with its source, ``worked_token`` what the token does;
        docs/explain.schema.json has all.

    Raises:
        UsageError: An argument is wrong, or a state dict can't be read where it lies.
        InputError: A file is missing, breaks a rule of its format, or changed while it was read.
        IoError: The disk or the network failed.
    """
    from ..results import ExplainResult

    word("topic", topic)
    flags(beyond_context=beyond_context)
    layer, token, head = (
        whole(name, value, 0, 2**32 - 1)
        for name, value in (("layer", layer), ("token", token), ("head", head))
    )
    with Locations() as locations:
        settings = Settings(locations, partial=partial, base=base, threads=threads, progress=progress)
        place = locations.of(model)
        words = Words("explain", topic, "--model", place)
        chosen = texts_of(words, texts, ids, bytes, needed=False)
        words.option("layer", layer).option("token", token).option("head", head)
        words.flag("beyond-context", beyond_context)
        call = settings.call(words)
        return ExplainResult(
            *settings.answer(
                "explain",
                lambda: _core.explain(
                    call, topic, place, settings.opening, chosen, layer, token, head, beyond_context
                ),
            )
        )
