"""Requests about what models are: ``inspect``, ``config``, ``tokenizer``."""

from __future__ import annotations

import os
from collections.abc import Iterable
from typing import TYPE_CHECKING

from .. import _core
from .._errors import UsageError
from .._locations import Locations
from .._progress import Progress
from .._types import ModelLike
from .arguments import Words
from .settings import Settings

if TYPE_CHECKING:
    from ..results import ConfigResult, InspectResult, TokenizerResult


def inspect(
    model: ModelLike,
    *,
    partial: bool = False,
    base: ModelLike | None = None,
    components: str | Iterable[str] = (),
    progress: Progress = None,
) -> InspectResult:
    """Says what a model is, from its headers and config.json.

    That is its family, its blocks, parameters by component, and memory for weights and for keys and
    values. Points at which config.json and the tensors contradict each other are its findings.

    Args:
        model: A model, or the path of a config.json alone.
        partial: True goes on where files or tensors of a model are missing, and warns of what is.
        base: The model that an adapter (PEFT) was made for. Default: the local folder that the
            adapter names.
        components: Only these of the models that the inputs hold: "text", "vision", "audio",
            "projector", "prediction". Default: all.
        progress: True for tqdm's bar, or a function: ``ProgressCallback`` says of what.

    Returns:
        ``parameters.total`` counts weights, ``memory.weight_bytes`` bytes;
        docs/inspect.schema.json has all.

    Raises:
        UsageError: An argument is wrong, or a state dict can't be read where it lies.
        InputError: A file is missing, breaks a rule of its format, or changed while it was read.
        IoError: The disk or the network failed.
    """
    from ..results import InspectResult

    with Locations() as locations:
        settings = Settings(locations, partial=partial, base=base, components=components, progress=progress)
        words = Words("inspect", locations.of(model))
        call = settings.call(words)
        return InspectResult(
            *settings.answer("inspect", lambda: _core.inspect(call, words.words[1], settings.opening))
        )


def config(*models: ModelLike) -> ConfigResult:
    """Sets configurations side by side: what agrees, and how common that is among 152 public models.

    Families' defaults are filled in, and shown as such. Equal configurations are never evidence of
    derived weights.

    Args:
        *models: 2 to 26 models, or paths of config.json files.

    Returns:
        ``groups`` has a row for each key; docs/config.schema.json has all.

    Raises:
        UsageError: An argument is wrong, or a state dict can't be read where it lies.
        InputError: A file is missing, breaks a rule of its format, or changed while it was read.
        IoError: The disk or the network failed.
    """
    from ..results import ConfigResult

    if not 2 <= len(models) <= 26:
        raise UsageError(f"config takes 2 to 26 models, not {len(models)}")
    with Locations() as locations:
        settings = Settings(locations)
        places = [locations.of(model) for model in models]
        call = settings.call(Words("config", *places))
        return ConfigResult(*settings.answer("config", lambda: _core.config(call, places)))


def tokenizer(a: str | os.PathLike[str], b: str | os.PathLike[str]) -> TokenizerResult:
    """Compares two tokenizers by the bytes that their tokens stand for.

    Says what is in common: tokens, ids and their offsets, order, merges and their ranks, special tokens.
    Equal tokenizers are no evidence of derived weights.

    Args:
        a: A folder, or a file: tokenizer.json, tokenizer.model (SentencePiece or tiktoken),
            vocab.json with merges.txt beside it, or GGUF.
        b: Likewise.

    Returns:
        ``tokens.jaccard`` is a share from 0 to 1; docs/tokenizer.schema.json has all.

    Raises:
        UsageError: An argument is wrong, or a state dict can't be read where it lies.
        InputError: A file is missing, breaks a rule of its format, or changed while it was read.
        IoError: The disk or the network failed.
    """
    from ..results import TokenizerResult

    with Locations() as locations:
        settings = Settings(locations)
        places = [locations.of(a), locations.of(b)]
        call = settings.call(Words("tokenizer", *places))
        return TokenizerResult(*settings.answer("tokenizer", lambda: _core.tokenizer(call, *places)))
