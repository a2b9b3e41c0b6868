"""Keyword arguments as the library's options, and as the program's arguments, which results record."""

from __future__ import annotations

import os
from collections.abc import Iterable, Mapping, Sequence

from .. import _core
from .._errors import UsageError
from .._types import Effort, Heritage, Layers


class Words:
    """The program's arguments that ask the same: results record them."""

    def __init__(self, command: str, *places: str) -> None:
        self.words = [command, *places]

    def option(self, name: str, value: object) -> Words:
        """Adds ``--name value``, and nothing for None."""
        if value is not None:
            self.words += [f"--{name}", str(value)]
        return self

    def options(self, name: str, values: Iterable[object]) -> Words:
        """Adds ``--name value`` for each."""
        for value in values:
            self.option(name, value)
        return self

    def flag(self, name: str, is_set: bool) -> Words:
        if is_set:
            self.words.append(f"--{name}")
        return self


def whole(name: str, value: int | None, least: int, most: int) -> int | None:
    """Returns a whole number as it is. Raises UsageError for one out of range, or none."""
    if value is None:
        return None
    if isinstance(value, bool) or not isinstance(value, int) or not least <= value <= most:
        raise UsageError(f"{name} is a whole number from {least} to {most}, not {value!r}")
    return value


def strings(name: str, values: str | Iterable[str] | None) -> list[str]:
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


def filter_of(
    words: Words,
    layers: Layers,
    include: str | Iterable[str] | None,
    exclude: str | Iterable[str] | None,
    key_map: Mapping[str, str] | str | os.PathLike[str] | None,
) -> _core.Filter:
    """Returns which tensors are looked at. A `key_map` that is a mapping has no words."""
    layers_text = _layers_text(layers)
    included, excluded = strings("include", include), strings("exclude", exclude)
    renames = [(str(a), str(b)) for a, b in key_map.items()] if isinstance(key_map, Mapping) else []
    file = os.fspath(key_map) if isinstance(key_map, (str, os.PathLike)) else None
    words.option("layers", layers_text or None).options("include", included)
    words.options("exclude", excluded).option("key-map", file)
    return _core.Filter(layers=layers_text, include=included, exclude=excluded, renames=renames, key_map=file)


def texts_of(
    words: Words,
    texts: str | Iterable[str] | None,
    ids: Sequence[int] | Sequence[Sequence[int]] | None,
    is_bytes: bool,
    *,
    needed: bool = True,
) -> _core.Texts:
    """Returns the texts that models are run on. `ids`: one list of token ids, or several.

    Raises UsageError for none where they are `needed`.
    """
    found = strings("texts", texts)
    lists: list[list[int]] = []
    if ids is not None:
        single = [item for item in ids if isinstance(item, int)]
        several = [list(item) for item in ids if not isinstance(item, int)]
        if single and several:
            raise UsageError("ids has token ids, or lists of token ids, not both")
        lists = [single] if single else several
        for each in lists:
            for one in each:
                whole("an id in ids", one, 0, 2**64 - 1)
    if not found and not lists and needed:
        raise UsageError("there is no text: give texts or ids")
    words.options("text", found).options("ids", [",".join(map(str, each)) for each in lists])
    words.flag("bytes", is_bytes)
    return _core.Texts(texts=found, ids=lists, bytes=is_bytes)


class TraceWords:
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
        whole("rows", rows, 64, 1_000_000)
        whole("units", units, 16, 1_000_000)
        whole("permutations", permutations, 100, 10**12)
        whole("seed", seed, 0, 2**64 - 1)
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

    def say(self, words: Words) -> None:
        for name, value in self._given.items():
            words.option(name, value)
        words.flag("describe", self._describe).flag("no-descriptions", not self._descriptions)
