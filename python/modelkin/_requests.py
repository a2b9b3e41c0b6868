"""The requests: what the program's commands do, with its options as keyword arguments."""

from __future__ import annotations

import logging
import os
import time
import warnings as python_warnings
from collections.abc import Iterable, Mapping, Sequence
from typing import Any, Callable, Literal, Protocol, Union, overload

from . import _core
from ._errors import ModelWarning, UsageError, in_keywords
from ._live import LiveModel, is_live
from ._locations import Locations
from ._model import Model
from ._progress import Bar, Progress, callback_of
from .results import (
    CheckResult,
    CompareResult,
    ConfigResult,
    DiffResult,
    DynamicsResult,
    ExplainResult,
    InspectResult,
    ReportResult,
    Result,
    RunResult,
    TokenizerResult,
    TraceResult,
    VerifyResult,
)


class HasStateDict(Protocol):
    """A module of torch, or what has its ``state_dict()``."""

    def state_dict(self, *args: Any, **options: Any) -> Any:
        """Returns a mapping of names to tensors."""


ModelLike = Union[str, "os.PathLike[str]", Model, Mapping[str, Any], HasStateDict]
"""A path, ``hf://org/name[@revision]``, a repository's id of which huggingface_hub's cache has a
snapshot, a ``Model``, a state dict of torch tensors or NumPy arrays, or a module that has one."""

Layers = Union[str, int, Iterable[Union[int, "tuple[int, int]"]], None]
"""Layers by number, as pairs of first and last, or as the program takes them: ``"10,20,30-40"``."""

Effort = Literal["auto", "full", "quick"]
Heritage = Literal["auto", "all", "drawn"]
Topic = Literal["router", "rope", "gqa", "swiglu"]
Outcome = Literal["supported", "partial", "reversed", "unsupported", "untestable"]

_log = logging.getLogger("modelkin")


class _Words:
    """The program's arguments that ask the same: results record them."""

    def __init__(self, command: str, *places: str) -> None:
        self.words = [command, *places]

    def option(self, name: str, value: object) -> _Words:
        """Adds ``--name value``, and nothing for None."""
        if value is not None:
            self.words += [f"--{name}", str(value)]
        return self

    def options(self, name: str, values: Iterable[object]) -> _Words:
        """Adds ``--name value`` for each."""
        for value in values:
            self.option(name, value)
        return self

    def flag(self, name: str, is_set: bool) -> _Words:
        if is_set:
            self.words.append(f"--{name}")
        return self


class _Settings:
    """Keyword arguments that many requests take."""

    def __init__(
        self,
        locations: Locations,
        *,
        partial: bool = False,
        base: ModelLike | None = None,
        threads: int | None = None,
        progress: Progress = None,
    ) -> None:
        self.locations = locations
        self.partial = bool(partial)
        self.base = "" if base is None else locations.of(base, "base")
        self.threads = _whole("threads", threads, 1, 1024)
        self.progress = callback_of(progress)

    @property
    def opening(self) -> _core.OpenOptions:
        return _core.OpenOptions(partial=self.partial, as_stored=False, base=self.base)

    def call(self, words: _Words, *, keeps_blocks: bool = True) -> _core.Call:
        words.flag("partial", self.partial).option("base", self.base or None)
        words.option("threads", self.threads)
        if "--format" not in words.words:
            words.flag("json", True)
        return _core.Call(
            arguments=words.words,
            threads=self.threads or 0,
            progress=self.progress,
            keeps_blocks=keeps_blocks,
        )

    def answer(self, command: str, ask: Callable[[], tuple[Any, ...]]) -> tuple[str, ...]:
        """Asks, takes the progress bar away, and warns of what is odd. Returns the texts."""
        _log.info("%s: started", command)
        began = time.perf_counter()
        try:
            *texts, lines = ask()
        finally:
            if isinstance(self.progress, Bar):
                self.progress.close()
        self.locations.require_unchanged()
        _log.info("%s: done in %.3f s", command, time.perf_counter() - began)
        for line in lines:
            python_warnings.warn(in_keywords(line), ModelWarning, stacklevel=3)
        return tuple(texts)


def _whole(name: str, value: int | None, least: int, most: int) -> int | None:
    """Returns a whole number as it is. Raises UsageError for one out of range, or none."""
    if value is None:
        return None
    if isinstance(value, bool) or not isinstance(value, int) or not least <= value <= most:
        raise UsageError(f"{name} is a whole number from {least} to {most}, not {value!r}")
    return value


def _strings(name: str, values: str | Iterable[str] | None) -> list[str]:
    """Returns one string, or several, as a list."""
    if values is None:
        return []
    found = [values] if isinstance(values, str) else list(values)
    for value in found:
        if not isinstance(value, str):
            raise UsageError(f"{name} is text, or a list of texts, not {value!r}")
    return found


def _layers_text(layers: Layers) -> str:
    """Returns layers as the program takes them; "" for all."""
    if layers is None:
        return ""
    if isinstance(layers, str):
        return layers
    pieces = []
    for one in [layers] if isinstance(layers, int) else layers:
        ends = one if isinstance(one, tuple) else (one,)
        if len(ends) > 2 or not all(isinstance(end, int) and end >= 0 for end in ends):
            raise UsageError(f"layers has numbers and pairs of numbers, not {one!r}")
        pieces.append("-".join(map(str, ends)))
    if not pieces:
        raise UsageError("layers is empty: leave it out for all layers")
    return ",".join(pieces)


def _filter(
    words: _Words,
    layers: Layers,
    include: str | Iterable[str] | None,
    exclude: str | Iterable[str] | None,
    key_map: Mapping[str, str] | str | os.PathLike[str] | None,
) -> _core.Filter:
    """Returns which tensors are looked at. A `key_map` that is a mapping has no words."""
    layers_text = _layers_text(layers)
    included, excluded = _strings("include", include), _strings("exclude", exclude)
    renames = [(str(a), str(b)) for a, b in key_map.items()] if isinstance(key_map, Mapping) else []
    file = os.fspath(key_map) if isinstance(key_map, (str, os.PathLike)) else None
    words.option("layers", layers_text or None).options("include", included)
    words.options("exclude", excluded).option("key-map", file)
    return _core.Filter(layers=layers_text, include=included, exclude=excluded, renames=renames, key_map=file)


def _texts(
    words: _Words,
    texts: str | Iterable[str] | None,
    ids: Sequence[int] | Sequence[Sequence[int]] | None,
    is_bytes: bool,
    *,
    needed: bool = True,
) -> _core.Texts:
    """Returns the texts that models are run on. `ids`: one list of token ids, or several.

    Raises UsageError for none where they are `needed`.
    """
    found = _strings("texts", texts)
    lists: list[list[int]] = []
    if ids is not None:
        single = [item for item in ids if isinstance(item, int)]
        several = [list(item) for item in ids if not isinstance(item, int)]
        if single and several:
            raise UsageError("ids has token ids, or lists of token ids, not both")
        lists = [single] if single else several
        for each in lists:
            for one in each:
                _whole("an id in ids", one, 0, 2**64 - 1)
    if not found and not lists and needed:
        raise UsageError("there is no text: give texts or ids")
    words.options("text", found).options("ids", [",".join(map(str, each)) for each in lists])
    words.flag("bytes", is_bytes)
    return _core.Texts(texts=found, ids=lists, bytes=is_bytes)


class _TraceWords:
    """Options of trace that report and check have too."""

    def __init__(
        self,
        effort: Effort,
        rows: int | None,
        units: int | None,
        permutations: int,
        seed: int,
        heritage: Heritage,
        describe: bool = False,
        descriptions: bool = True,
    ) -> None:
        _whole("rows", rows, 64, 1_000_000)
        _whole("units", units, 16, 1_000_000)
        _whole("permutations", permutations, 100, 10**12)
        _whole("seed", seed, 0, 2**64 - 1)
        if describe and not descriptions:
            raise UsageError("describe and descriptions=False don't go together")
        self.options = _core.TraceOptions(
            effort=effort,
            heritage=heritage,
            rows=rows or 0,
            units=units or 0,
            permutations=permutations,
            seed=seed,
            describe=describe,
            descriptions=descriptions,
        )
        self._given = {
            "effort": effort if effort != "auto" else None,
            "rows": rows,
            "units": units,
            "permutations": permutations if permutations != 100_000 else None,
            "seed": seed if seed != 1 else None,
            "heritage": heritage if heritage != "auto" else None,
        }
        self._describe = describe
        self._descriptions = descriptions

    def say(self, words: _Words) -> None:
        for name, value in self._given.items():
            words.option(name, value)
        words.flag("describe", self._describe).flag("no-descriptions", not self._descriptions)


def open_location(location: str, *, partial: bool, base: str, as_stored: bool) -> Model:
    """Opens what is at a location."""
    call = _core.Call(arguments=[], threads=0, progress=None, keeps_blocks=True)
    options = _core.OpenOptions(partial=partial, as_stored=as_stored, base=base)
    opened = _core.open(call, location, options)
    return Model(opened, location, partial=partial, base=base, as_stored=as_stored)


def open(  # noqa: A001: the ecosystem's word
    model: ModelLike,
    *,
    partial: bool = False,
    base: ModelLike | None = None,
    config: Any = None,
    name: str | None = None,
) -> Model:
    """Opens a model: reads its headers and config.json, and no tensor.

    Args:
        model: Where it is, or what it is: see ``ModelLike``.
        partial: True goes on where files or tensors of a model are missing, and warns of what is.
        base: The model that an adapter (PEFT) was made for. Default: the local folder that the
            adapter names.
        config: Of a state dict, its configuration: a mapping, or an object with ``to_dict()``.
            Default: the ``config`` of the module that it is asked of, if it has one.
        name: Of a state dict, what results call it. Default: the module's class, or state_dict.

    Returns:
        A mapping of names to tensors, whose values are read when they are asked for. The arrays
        of a state dict are read where they lie, and kept until the model is closed.

    Raises:
        UsageError: An argument is wrong, or a state dict can't be read where it lies.
        InputError: A file is missing, breaks a rule of its format, or changed while it was read.
        IoError: The disk or the network failed.
    """
    locations = Locations()
    if isinstance(model, (str, os.PathLike)) or not is_live(model):
        if config is not None or name is not None:
            raise UsageError("config and name are for state dicts: a file has its own")
        where = locations.of(model)
        live = None
    else:
        live = LiveModel(model, name=name, config=config)
        where = live.location
    opened = open_location(
        where, partial=partial, base="" if base is None else locations.of(base), as_stored=False
    )
    opened._live = live
    for line in opened.warnings:
        python_warnings.warn(f"{where}: {line}", ModelWarning, stacklevel=2)
    return opened


def inspect(
    model: ModelLike,
    *,
    partial: bool = False,
    base: ModelLike | None = None,
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
        progress: True for tqdm's bar, or a function: ``ProgressCallback`` says of what.

    Returns:
        ``parameters.total`` counts weights, ``memory.weight_bytes`` bytes;
        docs/inspect.schema.json has all.

    Raises:
        UsageError: An argument is wrong, or a state dict can't be read where it lies.
        InputError: A file is missing, breaks a rule of its format, or changed while it was read.
        IoError: The disk or the network failed.
    """
    with Locations() as locations:
        settings = _Settings(locations, partial=partial, base=base, progress=progress)
        words = _Words("inspect", locations.of(model))
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
    if not 2 <= len(models) <= 26:
        raise UsageError(f"config takes 2 to 26 models, not {len(models)}")
    with Locations() as locations:
        settings = _Settings(locations)
        places = [locations.of(model) for model in models]
        call = settings.call(_Words("config", *places))
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
    with Locations() as locations:
        settings = _Settings(locations)
        places = [locations.of(a), locations.of(b)]
        call = settings.call(_Words("tokenizer", *places))
        return TokenizerResult(*settings.answer("tokenizer", lambda: _core.tokenizer(call, *places)))


def compare(
    a: ModelLike,
    b: ModelLike | None = None,
    *,
    controls: ModelLike | Iterable[ModelLike] = (),
    within: bool = False,
    functional: bool = False,
    texts: str | Iterable[str] | None = None,
    bytes: bool = False,  # noqa: A002: the option's name
    layers: Layers = None,
    include: str | Iterable[str] | None = None,
    exclude: str | Iterable[str] | None = None,
    key_map: Mapping[str, str] | str | os.PathLike[str] | None = None,
    by_name: bool = False,
    quantiles: bool = True,
    digest: bool | None = None,
    partial: bool = False,
    base: ModelLike | None = None,
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
        threads: Threads to compute with, 1 to 1,024. Results do not depend on it. Default: one a
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
    if texts is not None and not functional:
        raise UsageError("texts are for functional=True")
    with Locations() as locations:
        settings = _Settings(locations, partial=partial, base=base, threads=threads, progress=progress)
        place_a = locations.of(a)
        place_b = "" if b is None else locations.of(b)
        control_places = locations.all_of(controls, "a control")
        words = _Words("compare", place_a, *([place_b] if place_b else []))
        words.options("control", control_places).flag("within", within)
        words.flag("functional", functional)
        chosen = _texts(words, texts, None, bytes) if functional else None
        picked = _filter(words, layers, include, exclude, key_map)
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


@overload
def trace(
    a: ModelLike,
    b: ModelLike,
    /,
    *,
    controls: ModelLike | Iterable[ModelLike] = (),
    parents: Iterable[ModelLike] = (),
    effort: Effort = "auto",
    rows: int | None = None,
    units: int | None = None,
    permutations: int = 100_000,
    seed: int = 1,
    heritage: Heritage = "auto",
    describe: bool = False,
    descriptions: bool = True,
    resume: str | os.PathLike[str] | None = None,
    partial: bool = False,
    base: ModelLike | None = None,
    threads: int | None = None,
    progress: Progress = None,
) -> TraceResult: ...
@overload
def trace(
    a: ModelLike,
    b: ModelLike,
    third: ModelLike,
    /,
    *later: ModelLike,
    partial: bool = False,
    base: ModelLike | None = None,
    threads: int | None = None,
    progress: Progress = None,
) -> DynamicsResult: ...
def trace(
    a: ModelLike,
    b: ModelLike,
    /,
    *later: ModelLike,
    controls: ModelLike | Iterable[ModelLike] = (),
    parents: Iterable[ModelLike] = (),
    effort: Effort = "auto",
    rows: int | None = None,
    units: int | None = None,
    permutations: int = 100_000,
    seed: int = 1,
    heritage: Heritage = "auto",
    describe: bool = False,
    descriptions: bool = True,
    resume: str | os.PathLike[str] | None = None,
    partial: bool = False,
    base: ModelLike | None = None,
    threads: int | None = None,
    progress: Progress = None,
) -> TraceResult | DynamicsResult:
    """Tests whether B is built on A, with p-values, and says how it was made.

    The null hypothesis is that both were initialised independently. docs/lineage.md says what each
    test assumes and what breaks it, docs/calibration.md how often each errs, docs/kinship.md which ways
    of making one model from another are named.

    With three models or more, all are checkpoints of one training run, in order, and the result says
    how it moved.

    Args:
        a: The model that may be the origin.
        b: The model in question.
        *later: Further checkpoints of one run. Only `partial`, `base`, `threads` and `progress`
            go with them.
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
        describe: True gives published fingerprints and spectra of large models too, which takes
            minutes to hours.
        descriptions: False leaves out published fingerprints and spectra altogether.
        resume: A folder that keeps what was computed, so that the same call goes on from there.
            Taken away at the end.
        partial: True goes on where files or tensors of a model are missing, and warns of what is.
        base: The model that an adapter (PEFT) was made for. Default: the local folder that the
            adapter names.
        threads: Threads to compute with, 1 to 1,024. Results do not depend on it. Default: one a
            core.
        progress: True for tqdm's bar, or a function: ``ProgressCallback`` says of what.

    Returns:
        A TraceResult: ``verdict.category`` is identical, derived, shares_material, no_evidence or
        not_comparable, and ``verdict.sentence`` says it in words; ``tests`` has
        ``log10_p_adjusted``, corrected for their number; docs/trace.schema.json has all. Of three
        models or more a DynamicsResult: docs/dynamics.schema.json.

    Raises:
        UsageError: An argument is wrong, or a state dict can't be read where it lies.
        InputError: A file is missing, breaks a rule of its format, or changed while it was read.
        IoError: The disk or the network failed.
    """
    traced = _TraceWords(effort, rows, units, permutations, seed, heritage, describe, descriptions)
    with Locations() as locations:
        settings = _Settings(locations, partial=partial, base=base, threads=threads, progress=progress)
        places = [locations.of(model) for model in (a, b, *later)]
        control_places = locations.all_of(controls, "a control")
        parent_places = locations.all_of(parents, "a parent")
        words = _Words("trace", *places)
        if later:
            if control_places or parent_places or resume is not None or effort == "quick":
                raise UsageError(
                    "three models or more are checkpoints of one run: controls, parents, resume and"
                    ' effort="quick" are about two'
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
        folder = None if resume is None else os.fspath(resume)
        words.option("resume", folder)
        call = settings.call(words)
        models = _core.ModelPaths(a=places[0], b=places[1], controls=control_places, parents=parent_places)
        return TraceResult(
            *settings.answer(
                "trace",
                lambda: _core.trace(call, models, settings.opening, traced.options, folder or ""),
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
        threads: Threads to compute with, 1 to 1,024. Results do not depend on it. Default: one a
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
    with Locations() as locations:
        settings = _Settings(locations, partial=partial, base=base, threads=threads, progress=progress)
        places = [locations.of(model, as_saved=True) for model in (a, b)]
        words = _Words("diff", *places)
        picked = _filter(words, layers, include, exclude, key_map)
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


def run(
    model: ModelLike,
    texts: str | Iterable[str] | None = None,
    *,
    ids: Sequence[int] | Sequence[Sequence[int]] | None = None,
    bytes: bool = False,  # noqa: A002: the option's name
    top: int = 5,
    generate: int = 0,
    arrays: bool = False,
    beyond_context: bool = False,
    partial: bool = False,
    base: ModelLike | None = None,
    threads: int | None = None,
    progress: Progress = None,
) -> RunResult:
    """Runs a model on texts, exactly, layer by layer from where its weights are.

    Gives the likeliest next tokens, sizes of states and which experts were chosen. Needs the memory of
    activations, and not that of the weights. docs/run.md says how exact it is.

    Args:
        model: The model, of a family that runs (docs/run.md).
        texts: One text or several, each turned into ids by the model's own tokenizer.json.
        ids: Token ids in place of `texts`: one list, or a list of lists.
        bytes: True takes the bytes of `texts` as their token ids, 0 to 255.
        top: Likeliest next tokens to keep, 1 to 1,000.
        generate: Tokens to go on by, each the likeliest, up to 1,000,000. 0 for none.
        arrays: True keeps hidden states and logits in the result.
        beyond_context: True takes texts that are longer than the model's context, where positions
            are computed.
        partial: True goes on where files or tensors of a model are missing, and warns of what is.
        base: The model that an adapter (PEFT) was made for. Default: the local folder that the
            adapter names.
        threads: Threads to compute with, 1 to 1,024. Results do not depend on it. Default: one a
            core.
        progress: True for tqdm's bar, or a function: ``ProgressCallback`` says of what.

    Returns:
        ``texts`` has an entry for each text, with ``next``, its likeliest tokens and their
        probabilities; ``hidden`` and ``logits`` are filled with `arrays`; docs/run.schema.json
        has all.

    Raises:
        UsageError: An argument is wrong, or a state dict can't be read where it lies.
        InputError: A file is missing, breaks a rule of its format, or changed while it was read.
        IoError: The disk or the network failed.
    """
    _whole("top", top, 1, 1000)
    _whole("generate", generate, 0, 1_000_000)
    with Locations() as locations:
        settings = _Settings(locations, partial=partial, base=base, threads=threads, progress=progress)
        words = _Words("run", locations.of(model))
        chosen = _texts(words, texts, ids, bytes)
        words.option("top", top if top != 5 else None).option("generate", generate or None)
        words.flag("arrays", arrays).flag("beyond-context", beyond_context)
        call = settings.call(words)
        return RunResult(
            *settings.answer(
                "run",
                lambda: _core.run(
                    call, words.words[1], settings.opening, chosen, top, generate, arrays, beyond_context
                ),
            )
        )


def explain(
    topic: Topic,
    model: ModelLike,
    *,
    texts: str | Iterable[str] | None = None,
    ids: Sequence[int] | Sequence[Sequence[int]] | None = None,
    bytes: bool = False,  # noqa: A002: the option's name
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
            ``"gqa"``, which heads share keys and values; ``"swiglu"``, MLPs and experts.
        model: The model, of a family that runs (docs/run.md).
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
        threads: Threads to compute with, 1 to 1,024. Results do not depend on it. Default: one a
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
    for name, value in (("layer", layer), ("token", token), ("head", head)):
        _whole(name, value, 0, 2**32 - 1)
    with Locations() as locations:
        settings = _Settings(locations, partial=partial, base=base, threads=threads, progress=progress)
        place = locations.of(model)
        words = _Words("explain", topic, "--model", place)
        chosen = _texts(words, texts, ids, bytes, needed=False)
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


def report(
    a: ModelLike,
    b: ModelLike,
    *,
    controls: ModelLike | Iterable[ModelLike] = (),
    parents: Iterable[ModelLike] = (),
    texts: str | Iterable[str] | None = None,
    bytes: bool = False,  # noqa: A002: the option's name
    effort: Effort = "auto",
    rows: int | None = None,
    units: int | None = None,
    permutations: int = 100_000,
    seed: int = 1,
    heritage: Heritage = "auto",
    describe: bool = False,
    resume: str | os.PathLike[str] | None = None,
    partial: bool = False,
    base: ModelLike | None = None,
    threads: int | None = None,
    progress: Progress = None,
) -> ReportResult:
    """Puts all about two models in one result: trace, comparison, configurations, tokenizers, diff.

    ``to_html()`` of it is one page in English and Korean that needs no network, ``to_markdown()`` the
    same in short. docs/report.md says what is on it.

    Args:
        a: The model that may be the origin.
        b: The model in question.
        controls: Models that are related to neither, one or several, to see the pair beside them.
        parents: Two to four models that B may be a merge of. A then counts as their base.
        texts: Texts to run both models on as well.
        bytes: True takes the bytes of `texts` as their token ids, 0 to 255.
        effort: ``"auto"`` takes all of models of up to 33 million values, and of larger ones
            draws until the answer is settled. ``"full"`` takes all, ``"quick"`` one small draw.
        rows: Draws at most so many rows of weights, 64 to 1,000,000, whatever the effort.
        units: Draws at most so many hidden units of an MLP, 16 to 1,000,000, whatever the effort.
        permutations: Draws of a permutation test at most, 100 to 10^12; importance sampling goes
            on from there.
        seed: Of random permutations, 0 to 2^64 - 1. The same seed gives the same numbers.
        heritage: Which tensors of B are traced to A's one by one: ``"all"``, ``"drawn"`` (some of
            each role), or ``"auto"``: drawn where models are drawn from, else all.
        describe: True gives published fingerprints and spectra of large models too, which takes
            minutes to hours.
        resume: A folder that keeps what was computed, so that the same call goes on from there.
            Taken away at the end.
        partial: True goes on where files or tensors of a model are missing, and warns of what is.
        base: The model that an adapter (PEFT) was made for. Default: the local folder that the
            adapter names.
        threads: Threads to compute with, 1 to 1,024. Results do not depend on it. Default: one a
            core.
        progress: True for tqdm's bar, or a function: ``ProgressCallback`` says of what.

    Returns:
        The members ``trace``, ``compare``, ``config``, ``inspect_a``, ...:
        docs/report.schema.json has all.

    Raises:
        UsageError: An argument is wrong, or a state dict can't be read where it lies.
        InputError: A file is missing, breaks a rule of its format, or changed while it was read.
        IoError: The disk or the network failed.
    """
    traced = _TraceWords(effort, rows, units, permutations, seed, heritage, describe)
    with Locations() as locations:
        settings = _Settings(locations, partial=partial, base=base, threads=threads, progress=progress)
        places = [locations.of(a), locations.of(b)]
        control_places = locations.all_of(controls, "a control")
        parent_places = locations.all_of(parents, "a parent")
        words = _Words("report", *places).options("control", control_places)
        chosen = None if texts is None else _texts(words, texts, None, bytes)
        traced.say(words)
        if parent_places:
            words.words += ["--parents", *parent_places]
        folder = None if resume is None else os.fspath(resume)
        words.option("resume", folder).option("format", "json")
        call = settings.call(words)
        models = _core.ModelPaths(a=places[0], b=places[1], controls=control_places, parents=parent_places)
        return ReportResult(
            *settings.answer(
                "report",
                lambda: _core.report(call, models, settings.opening, traced.options, folder or "", chosen),
            )
        )


def check(
    model: ModelLike,
    *,
    claims: Mapping[str, ModelLike | Sequence[ModelLike]] | str | Iterable[str],
    controls: ModelLike | Iterable[ModelLike] = (),
    fail_on: Outcome | Iterable[Outcome] = ("unsupported", "untestable", "reversed"),
    effort: Effort = "auto",
    rows: int | None = None,
    units: int | None = None,
    permutations: int = 100_000,
    seed: int = 1,
    heritage: Heritage = "auto",
    partial: bool = False,
    base: ModelLike | None = None,
    threads: int | None = None,
    progress: Progress = None,
) -> CheckResult:
    """Checks what a model's card claims of its origin, as a test of a pipeline does.

    Args:
        model: The model whose origin is claimed.
        claims: ``{"base_model": model}``, of one model or a list of them; or the program's
            ``"base_model=PATH"``, one or several.
        controls: Models that are related to neither, one or several, to see the pair beside them.
        fail_on: Outcomes that make ``failed`` of the result true: supported, partial, reversed,
            unsupported, untestable.
        effort: ``"auto"`` takes all of models of up to 33 million values, and of larger ones
            draws until the answer is settled. ``"full"`` takes all, ``"quick"`` one small draw.
        rows: Draws at most so many rows of weights, 64 to 1,000,000, whatever the effort.
        units: Draws at most so many hidden units of an MLP, 16 to 1,000,000, whatever the effort.
        permutations: Draws of a permutation test at most, 100 to 10^12; importance sampling goes
            on from there.
        seed: Of random permutations, 0 to 2^64 - 1. The same seed gives the same numbers.
        heritage: Which tensors of B are traced to A's one by one: ``"all"``, ``"drawn"`` (some of
            each role), or ``"auto"``: drawn where models are drawn from, else all.
        partial: True goes on where files or tensors of a model are missing, and warns of what is.
        base: The model that an adapter (PEFT) was made for. Default: the local folder that the
            adapter names.
        threads: Threads to compute with, 1 to 1,024. Results do not depend on it. Default: one a
            core.
        progress: True for tqdm's bar, or a function: ``ProgressCallback`` says of what.

    Returns:
        ``failed``, and ``claims`` with an ``outcome`` for each; docs/report.md says what outcomes
        mean.

    Raises:
        UsageError: An argument is wrong, or a state dict can't be read where it lies.
        InputError: A file is missing, breaks a rule of its format, or changed while it was read.
        IoError: The disk or the network failed.
    """
    outcomes = _strings("fail_on", fail_on)
    traced = _TraceWords(effort, rows, units, permutations, seed, heritage)
    with Locations() as locations:
        settings = _Settings(locations, partial=partial, base=base, threads=threads, progress=progress)
        place = locations.of(model)
        bases = [locations.of(one, "a claimed base") for one in _claimed_bases(claims)]
        control_places = locations.all_of(controls, "a control")
        words = _Words("check", place).options("claim", [f"base_model={one}" for one in bases])
        words.option("fail-on", ",".join(outcomes)).options("control", control_places)
        traced.say(words)
        call = settings.call(words)
        return CheckResult(
            *settings.answer(
                "check",
                lambda: _core.check(
                    call, place, bases, control_places, settings.opening, traced.options, outcomes
                ),
            )
        )


def _claimed_bases(claims: Any) -> list[Any]:
    """Returns the models that are claimed to be the base."""
    if isinstance(claims, Mapping):
        if set(claims) != {"base_model"}:
            raise UsageError(f'claims has "base_model" alone, not {sorted(map(str, claims))}')
        several = claims["base_model"]
        return list(several) if isinstance(several, (list, tuple)) else [several]
    bases = []
    for claim in _strings("claims", claims):
        name, equals, base = claim.partition("=")
        if name != "base_model" or not equals or not base:
            raise UsageError(f"a claim is base_model=MODEL, not {claim!r}")
        bases.append(base)
    if not bases:
        raise UsageError("claims is empty: nothing to check")
    return bases


def verify(
    results: str | os.PathLike[str] | Result,
    *,
    inputs: Mapping[str, ModelLike] | None = None,
    threads: int | None = None,
    progress: Progress = None,
) -> VerifyResult:
    """Computes the numbers of results again, and says which agree. Writes nothing.

    Args:
        results: A result of compare, trace or diff, or the path of its JSON.
        inputs: Where an input is now, by its id in the results: ``{"a": "models/a"}``.
        threads: Threads to compute with, 1 to 1,024. Results do not depend on it. Default: one a
            core.
        progress: True for tqdm's bar, or a function: ``ProgressCallback`` says of what.

    Returns:
        ``confirmed``, the counts ``equal``, ``close`` (within 10^-6 of their size, which another
        instruction set may change) and ``different``, and what ``differences`` there are.

    Raises:
        UsageError: An argument is wrong.
        InputError: A file is missing, breaks a rule of its format, or changed while it was read.
        IoError: The disk or the network failed.
    """
    with Locations() as locations:
        settings = _Settings(locations, threads=threads, progress=progress)
        places = {name: locations.of(model) for name, model in (inputs or {}).items()}
        text = results.to_json() if isinstance(results, Result) else None
        file = "results" if isinstance(results, Result) else os.fspath(results)
        words = _Words("verify", file)
        words.options("input", [f"{name}={place}" for name, place in places.items()])
        call = settings.call(words, keeps_blocks=False)
        return VerifyResult(*settings.answer("verify", lambda: _core.verify(call, file, text, places)))
