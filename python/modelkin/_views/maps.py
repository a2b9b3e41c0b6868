"""Maps: a row for each role or module, a column for each layer, as SVG."""

from __future__ import annotations

import math
import statistics
from collections.abc import Callable, Iterable, Mapping
from typing import TYPE_CHECKING

from . import html, words

if TYPE_CHECKING:
    from ..records.diff import DiffRecord
    from ..records.results import CompareRecord, CompareTensor
    from ..records.trace import TraceRecord

Cells = Mapping[tuple[str, int], tuple[float, str]]
"""By row and layer: a value from 0 to 1, and what is said of it."""

_MOST_ROWS = 40
_CELL, _ROW, _LABEL = 18, 16, 230  # pixels
_LEVELS = 7  # of colour: m0 to m6 in the style


def layer_map(cells: Cells, low: str, high: str) -> str:
    """Returns a map with a legend from `low` to `high`; "" without cells."""
    if not cells:
        return ""
    rows = list(dict.fromkeys(row for row, _ in cells))
    shown = rows[:_MOST_ROWS]
    layers = sorted({layer for _, layer in cells})
    step = max(4, min(_CELL, 560 // len(layers)))
    width, height = _LABEL + step * len(layers) + 10, _ROW * len(shown) + 20
    drawn = [_labels(shown, layers, step)]
    for y, row in enumerate(shown):
        for x, layer in enumerate(layers):
            if (row, layer) in cells:
                drawn.append(_square(x * step + _LABEL, y * _ROW + 16, step, cells[row, layer], row, layer))
    left_out = f" The first {_MOST_ROWS} of {len(rows)} rows." if len(rows) > _MOST_ROWS else ""
    return (
        f'<div class="scroll"><svg width="{width}" height="{height}" viewBox="0 0 {width} {height}"'
        f' role="img" aria-label="map by layer">{"".join(drawn)}</svg></div>{_legend(low, high)}'
        + (html.paragraph(left_out.strip(), "soft") if left_out else "")
    )


def _labels(rows: list[str], layers: list[int], step: int) -> str:
    needed = 7 * len(str(layers[-1])) + 5
    every = next(n for n in (1, 2, 5, 10, 20, 50, 100, 10**9) if n * step >= needed)
    said = [
        f'<text x="{_LABEL + x * step + step / 2:g}" y="11" text-anchor="middle">{layer}</text>'
        for x, layer in enumerate(layers)
        if layer % every == 0
    ]
    for y, row in enumerate(rows):
        name = row if len(row) <= 36 else "\u2026" + row[-35:]
        said.append(f'<text x="{_LABEL - 6}" y="{y * _ROW + 28}" text-anchor="end">{html.text(name)}</text>')
    return "".join(said)


def _square(x: int, y: int, step: int, cell: tuple[float, str], row: str, layer: int) -> str:
    value, said = cell
    level = min(_LEVELS - 1, max(0, int(value * _LEVELS)))
    tip = html.text(f"{row}, layer {layer}: {said}")
    size = f'width="{step - 1}" height="{_ROW - 1}"'
    return f'<rect class="m{level}" x="{x}" y="{y}" {size}><title>{tip}</title></rect>'


def _legend(low: str, high: str) -> str:
    squares = "".join(
        f'<rect class="m{level}" x="{level * 16}" y="2" width="15" height="10"></rect>'
        for level in range(_LEVELS)
    )
    style = "display:inline;vertical-align:middle;margin:0 6px"
    bar = f'<svg width="112" height="14" style="{style}">{squares}</svg>'
    return f'<p class="soft">{html.text(low)}{bar}{html.text(high)}</p>'


def _gathered(
    values: Iterable[tuple[str, int | None, float | None]], say: Callable[[float, int], str]
) -> dict[tuple[str, int], tuple[float, str]]:
    """Returns the median of each row and layer. `say(median, tensors)` is its words."""
    groups: dict[tuple[str, int], list[float]] = {}
    for row, layer, value in values:
        if layer is not None and value is not None:
            groups.setdefault((row, layer), []).append(value)
    return {
        place: (median, say(median, len(found)))
        for place, found in groups.items()
        for median in [statistics.median(found)]
    }


def _of(tensors: int) -> str:
    return "" if tensors == 1 else f" (median of {tensors} tensors)"


def map_of_compare(result: CompareRecord) -> str:
    """Returns by role and layer how far cosines are from those of shuffled elements to 1."""
    cells: dict[tuple[str, int], tuple[float, str]] = {}
    places = [(row.role, row.layer) for row in result.tensors]
    above = _gathered(
        ((*place, _above(row)) for place, row in zip(places, result.tensors)),
        lambda median, tensors: _of(tensors),
    )
    cosines = _gathered(
        ((*place, row.cosine_similarity) for place, row in zip(places, result.tensors)),
        lambda median, _: f"cosine {words.number(median)}",
    )
    shuffled = _gathered(
        ((*place, row.shuffled_cosine) for place, row in zip(places, result.tensors)),
        lambda median, _: f"shuffled {words.number(median)}",
    )
    for place, (value, tensors) in above.items():
        cells[place] = value, f"{cosines[place][1]}, {shuffled[place][1]}{tensors}"
    return layer_map(cells, "as shuffled elements", "the same")


def _above(row: CompareTensor) -> float | None:
    """Returns 0 for a cosine that shuffled elements have too, 1 for a cosine of 1; None where undefined."""
    cosine, shuffled = row.cosine_similarity, row.shuffled_cosine
    if cosine is None or shuffled is None:
        return None
    return (cosine - shuffled) / (1 - shuffled) if shuffled < 1 else 0.0


def map_of_diff(result: DiffRecord) -> str:
    """Returns the share of identical elements by module and layer."""
    values = []
    for row in result.tensors:
        if row.a is not None and row.b is not None:
            elements = 1
            for extent in row.b.shape:
                elements *= extent
            same = (
                1.0 if row.identical else None if row.bit_equal is None else row.bit_equal / max(elements, 1)
            )
            values.append((words.module_of(row.b.name), words.layer_of(row.b.name), same))
    cells = _gathered(values, lambda median, tensors: f"{words.share(median)} identical{_of(tensors)}")
    return layer_map(cells, "no element identical", "all")


def map_of_trace(result: TraceRecord) -> str:
    """Returns how far tensors of B moved from where they come from, by module and layer."""
    values = []
    for row in result.heritage:
        change = 0.0 if row.class_ in ("identical", "cast") else row.relative_change
        if row.from_ is not None and change is not None:
            values.append((words.module_of(row.tensor), words.layer_of(row.tensor), change))
    largest = max((change for _, layer, change in values if layer is not None), default=0.0)
    cells = {
        place: (math.sqrt(change / largest) if largest > 0 else 0.0, said)
        for place, (change, said) in _gathered(
            values, lambda median, tensors: f"changed by {words.share(median)} of its size{_of(tensors)}"
        ).items()
    }
    return layer_map(cells, "unchanged", f"changed by {words.share(largest)} of its size")
