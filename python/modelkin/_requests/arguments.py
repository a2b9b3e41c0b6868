"""Keyword arguments as the library's options, and as the program's arguments, which results record."""

from __future__ import annotations

import operator
import os
from collections.abc import Iterable, Mapping, Sequence
from typing import Any

from .. import _core
from .._errors import UsageError
from .._locations import Locations
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
        """Adds ``--name`` if it is set."""
        if is_set:
            self.words.append(f"--{name}")
        return self


def number(name: str, value: Any, least: int, most: int) -> int:
    """Returns a whole number, NumPy's too, as Python's. Raises UsageError for one out of range, or none."""
    try:
        found = None if is_flag(value) else operator.index(value)
    except TypeError:
        found = None
    if found is None or not least <= found <= most:
        raise UsageError(f"{name} is a whole number from {least} to {most}, not {value!r}")
    return found


def whole(name: str, value: Any, least: int, most: int) -> int | None:
    """Returns a number as `number` does; None for None."""
    return None if value is None else number(name, value, least, most)


def is_flag(value: Any) -> bool:
    """Returns whether a value is True or False, of Python or of NumPy."""
    return isinstance(value, bool) or type(value).__name__ in ("bool", "bool_")


def flags(**values: Any) -> None:
    """Raises UsageError for a value that is neither True nor False."""
    for name, value in values.items():
        if not isinstance(value, bool):
            raise UsageError(f"{name} is True or False, not {value!r}")


def word(name: str, value: Any) -> str:
    """Returns a text as it is. Raises UsageError for what is none, or can't be written as UTF-8."""
    if not isinstance(value, str):
        raise UsageError(f"{name} is text, not {value!r}")
    try:
        value.encode()
    except UnicodeEncodeError:
        raise UsageError(f"{name} is no text that UTF-8 can have: {value!r}") from None
    return value


def strings(name: str, values: str | Iterable[str] | None) -> list[str]:
    """Returns one string, or several, as a list."""
    if values is None:
        return []
    if not isinstance(values, Iterable) or isinstance(values, (bytes, bytearray)):
        raise UsageError(f"{name} is text, or a list of texts, not {values!r}")
    return [word(name, value) for value in ([values] if isinstance(values, str) else values)]


def path(name: str, value: Any) -> str | None:
    """Returns a path as text; None for None. Raises UsageError for what is none, or no text."""
    if value is None:
        return None
    if not isinstance(value, (str, os.PathLike)):
        raise UsageError(f"{name} is a path, not {type(value).__name__}")
    return word(name, os.fspath(value))


def _layers_text(layers: Layers) -> str:
    """Returns layers as the program takes them; "" for all."""
    if layers is None:
        return ""
    if isinstance(layers, str) and layers:
        return word("layers", layers)
    if isinstance(layers, bytes) or (not isinstance(layers, Iterable) and not hasattr(layers, "__index__")):
        raise UsageError(f"layers has numbers and pairs of numbers, not {layers!r}")
    pieces = []
    for one in layers if isinstance(layers, Iterable) else [layers]:
        ends = one if isinstance(one, tuple) else (one,)
        if len(ends) not in (1, 2):
            raise UsageError(f"layers has numbers and pairs of numbers, not {one!r}")
        pieces.append("-".join(str(number("a layer", end, 0, 2**32 - 1)) for end in ends))
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
    renames: list[tuple[str, str]] = []
    file = None
    if isinstance(key_map, Mapping):
        renames = [(word("key_map", a), word("key_map", b)) for a, b in key_map.items()]
    else:
        file = path("key_map", key_map)
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
    flags(bytes=is_bytes)
    lists = _lists_of_ids(ids)
    if not found and not lists and needed:
        raise UsageError("there is no text: give texts or ids")
    words.options("text", found).options("ids", [",".join(map(str, each)) for each in lists])
    words.flag("bytes", is_bytes)
    return _core.Texts(texts=found, ids=lists, bytes=is_bytes)


def images_of(words: Words, locations: Locations, image: Any, grid: Any) -> _core.Images:
    """Returns the images that an encoder is run on: one or several, each a path or an array."""
    if image is None:
        if grid is not None:
            raise UsageError("grid is there, and no image whose patches it would be of")
        return _core.Images(files=[], grids=[])
    several = isinstance(image, (list, tuple)) and all(is_image(one) for one in image)
    files = [locations.of_image(one) for one in (image if several else [image])]
    if not files:
        raise UsageError("image is empty: give a path or an array, or several")
    grids = _grids_of(grid)
    words.options("image", files).options("grid", [",".join(map(str, sizes)) for sizes in grids])
    return _core.Images(files=files, grids=grids)


def is_image(value: Any) -> bool:
    """Returns whether a value is a path or an array, and not a list of numbers."""
    return isinstance(value, (str, os.PathLike)) or hasattr(value, "__array__")


def _grids_of(grid: Any) -> list[tuple[int, int, int]]:
    """Returns grids of one image, (frames, rows, columns), or of several."""
    if grid is None:
        return []
    if not isinstance(grid, Iterable) or isinstance(grid, (str, bytes)):
        raise UsageError(f"grid is (frames, rows, columns), or a list of such, not {grid!r}")
    items = list(grid)
    if items and not any(_is_list(item) for item in items):
        items = [items]
    grids = []
    for item in items:
        sizes = list(item) if _is_list(item) else []
        if len(sizes) != 3:
            raise UsageError(f"grid has (frames, rows, columns) of each image, not {item!r}")
        frames, rows, columns = (number("a size in grid", size, 1, 2**32 - 1) for size in sizes)
        grids.append((frames, rows, columns))
    return grids


def _is_list(value: Any) -> bool:
    """Returns whether a value has several, as an array of one axis or more does."""
    return isinstance(value, Iterable) and getattr(value, "ndim", 1) > 0


def _lists_of_ids(ids: Any) -> list[list[int]]:
    if ids is None:
        return []
    if not isinstance(ids, Iterable) or isinstance(ids, (str, bytes)):
        raise UsageError(f"ids is a list of token ids, or of such lists, not {ids!r}")
    items = list(ids)
    are_lists = [_is_list(item) for item in items]
    if any(are_lists) and not all(are_lists):
        raise UsageError("ids has token ids, or lists of token ids, not both")
    lists = items if any(are_lists) else [items] if items else []
    return [[number("an id in ids", one, 0, 2**64 - 1) for one in each] for each in lists]


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
        fingerprints: bool = False,
    ) -> None:
        word("effort", effort)
        word("heritage", heritage)
        rows = whole("rows", rows, 64, 1_000_000)
        units = whole("units", units, 16, 1_000_000)
        permutations = number("permutations", permutations, 100, 10**12)
        seed = number("seed", seed, 0, 2**64 - 1)
        flags(fingerprints=fingerprints)
        self.options = _core.TraceOptions(
            effort=effort,
            heritage=heritage,
            rows=rows or 0,
            units=units or 0,
            permutations=permutations,
            seed=seed,
            fingerprints=fingerprints,
        )
        self._given = {
            "effort": effort if effort != "auto" else None,
            "rows": rows,
            "units": units,
            "permutations": permutations if permutations != 100_000 else None,
            "seed": seed if seed != 1 else None,
            "heritage": heritage if heritage != "auto" else None,
        }
        self._fingerprints = fingerprints

    def is_default(self) -> bool:
        """Returns whether no option was given another value."""
        return not self._fingerprints and not any(value is not None for value in self._given.values())

    def say(self, words: Words) -> None:
        for name, value in self._given.items():
            words.option(name, value)
        words.flag("fingerprints", self._fingerprints)
