"""Four kinds of plot, drawn by matplotlib or plotly, whichever is there."""

from __future__ import annotations

import importlib
from collections.abc import Sequence
from typing import Any, NamedTuple, Protocol

from .._errors import UsageError

PAIR, OTHER, PART, SOFT = "#0a66a8", "#a6abb2", "#c2500e", "#565d66"
_INCHES, _INCHES_A_ROW = 7.2, 0.42
_COLOURS, _DASHES = 10, ("-", ":", "-.")  # of matplotlib's lines, colours first
_PIXELS, _PIXELS_A_ROW = 720, 42


class Dot(NamedTuple):
    """A row of a plot of dots: a value from 0 to 1 in words, and the range of others beside it."""

    name: str
    value: float
    words: str
    others: tuple[float, float] | None


class Bar(NamedTuple):
    """A bar to the right, of 0 or more, and what is written at its end."""

    name: str
    value: float
    words: str


class Line(NamedTuple):
    """A line through points. `beside`: a thin grey one, to compare with."""

    name: str
    x: Sequence[float]
    y: Sequence[float]
    beside: bool = False


class Labels(NamedTuple):
    """Texts around a plot."""

    title: str
    x: str = ""
    y: str = ""


class Drawer(Protocol):
    """Draws on axes of its own, or on those that it was made with, and returns them."""

    def dots(self, labels: Labels, rows: Sequence[Dot], others: str) -> Any: ...
    def bars(self, labels: Labels, rows: Sequence[Bar], most: float | None = None) -> Any: ...
    def lines(self, labels: Labels, lines: Sequence[Line]) -> Any: ...
    def squares(self, labels: Labels, x: Sequence[int], y: Sequence[int], values: Any) -> Any: ...


def drawer(axes: Any = None, library: str | None = None) -> Drawer:
    """Returns what draws: matplotlib where it is there or `axes` are given, else plotly.

    Raises UsageError where neither is there, or not the `library` that is asked for.
    """
    if library not in (None, "matplotlib", "plotly"):
        raise UsageError(f"library is matplotlib or plotly, not {library!r}")
    if axes is not None and library == "plotly":
        raise UsageError("ax is of matplotlib: plotly makes a figure of its own")
    if library != "plotly" and (axes is not None or _is_there("matplotlib")):
        return _Matplotlib(axes)
    if library != "matplotlib" and _is_there("plotly"):
        return _Plotly()
    wanted = library or "matplotlib or plotly"
    raise UsageError(f"plots need {wanted}: pip install {library or 'matplotlib'}, or modelkin[plot]")


def _least(rows: Sequence[Dot]) -> float:
    """Returns the smallest value of all, at most 0."""
    values: list[float] = [value for row in rows for value in (row.value, *(row.others or ()))]
    return float(min([0.0, *values]))


def _is_there(library: str) -> bool:
    try:
        importlib.import_module(library)
    except ImportError:
        return False
    return True


class _Matplotlib:
    """Returns axes. pyplot knows their figure, so that notebooks show it."""

    def __init__(self, axes: Any) -> None:
        self._axes = axes

    def _start(self, labels: Labels, rows: int = 9) -> Any:
        axes = self._axes
        if axes is None:
            from matplotlib import pyplot

            size = (_INCHES, max(2.2, 1.2 + _INCHES_A_ROW * rows))
            _, axes = pyplot.subplots(figsize=size, layout="constrained")
        axes.set_title(labels.title, loc="left", fontsize="medium")
        axes.set_xlabel(labels.x)
        axes.set_ylabel(labels.y)
        axes.spines[["top", "right"]].set_visible(False)
        return axes

    def dots(self, labels: Labels, rows: Sequence[Dot], others: str) -> Any:
        axes = self._start(labels, len(rows))
        places = range(len(rows))
        for place, row in zip(places, rows):
            axes.plot([0, 1], [place, place], color="#d9dce0", zorder=1)
            if row.others is not None:
                axes.plot(
                    row.others, [place, place], color=OTHER, linewidth=8, solid_capstyle="butt", zorder=2
                )
                axes.scatter(row.others, [place, place], s=64, color=OTHER, zorder=2)
            axes.text(1.05, place, row.words, va="center")
        axes.scatter([row.value for row in rows], places, s=80, color=PAIR, zorder=3, label="this pair")
        if others:
            axes.scatter([], [], s=64, color=OTHER, label=others)
        axes.set_yticks(list(places), [row.name for row in rows])
        axes.invert_yaxis()
        axes.set_xlim(_least(rows) - 0.04, 1.22)
        axes.set_xticks([0, 0.25, 0.5, 0.75, 1], ["nothing", "25 %", "50 %", "75 %", "the same"])
        axes.tick_params(length=0)
        axes.spines[["left", "bottom"]].set_visible(False)
        axes.legend(loc="upper center", bbox_to_anchor=(0.5, -0.12), ncols=2, frameon=False)
        return axes

    def bars(self, labels: Labels, rows: Sequence[Bar], most: float | None = None) -> Any:
        axes = self._start(labels, len(rows))
        drawn = axes.barh(range(len(rows)), [row.value for row in rows], color=PAIR, height=0.6)
        axes.bar_label(drawn, [row.words for row in rows], padding=4)
        axes.set_yticks(range(len(rows)), [row.name for row in rows])
        axes.invert_yaxis()
        axes.set_xlim(0, 1.3 * (most or max(row.value for row in rows) or 1))
        return axes

    def lines(self, labels: Labels, lines: Sequence[Line]) -> Any:
        axes = self._start(labels)
        for i, line in enumerate(lines):
            dashes = _DASHES[i // _COLOURS % len(_DASHES)]
            style = {"marker": "o", "markersize": 3, "linestyle": dashes}
            if line.beside:
                style = {"color": OTHER, "linestyle": "--"}
            axes.plot(line.x, line.y, label=line.name, linewidth=1.2, **style)
        if 1 < len(lines) <= 24:
            axes.legend(loc="center left", bbox_to_anchor=(1, 0.5), fontsize="small", frameon=False)
        axes.xaxis.get_major_locator().set_params(integer=True)
        return axes

    def squares(self, labels: Labels, x: Sequence[int], y: Sequence[int], values: Any) -> Any:
        axes = self._start(labels)
        drawn = axes.pcolormesh(
            range(len(x) + 1), range(len(y) + 1), values, cmap="Blues", edgecolors="white"
        )
        for axis, numbers in ((axes.xaxis, x), (axes.yaxis, y)):
            every = 1 + len(numbers) // 16
            axis.set_ticks(
                [i + 0.5 for i in range(0, len(numbers), every)], [str(n) for n in numbers[::every]]
            )
        axes.invert_yaxis()
        axes.set_aspect("equal")
        axes.figure.colorbar(drawn, ax=axes, shrink=0.7)
        return axes


class _Plotly:
    """Returns figures."""

    def _start(self, labels: Labels, rows: int = 9) -> Any:
        figure = importlib.import_module("plotly.graph_objects").Figure()
        figure.update_layout(
            title=labels.title,
            xaxis_title=labels.x,
            yaxis_title=labels.y,
            template="plotly_white",
            width=_PIXELS,
            height=max(260, 170 + _PIXELS_A_ROW * rows),
        )
        return figure

    def dots(self, labels: Labels, rows: Sequence[Dot], others: str) -> Any:
        figure = self._start(labels, len(rows))
        names = [row.name for row in rows]
        for row in rows:
            if row.others is not None:
                ends = {"mode": "lines+markers", "line": {"color": OTHER, "width": 9}}
                marks = {"marker": {"color": OTHER, "size": 10}, "name": others, "showlegend": False}
                figure.add_scatter(x=row.others, y=[row.name] * 2, **ends, **marks)
        if others:
            figure.add_scatter(
                x=[None], y=[names[0]], mode="markers", marker={"color": OTHER, "size": 10}, name=others
            )
        figure.add_scatter(
            x=[row.value for row in rows],
            y=names,
            mode="markers+text",
            marker={"color": PAIR, "size": 13},
            text=[row.words for row in rows],
            textposition="top center",
            name="this pair",
        )
        figure.update_yaxes(autorange="reversed", categoryorder="array", categoryarray=names)
        figure.update_xaxes(
            range=[_least(rows) - 0.08, 1.12],
            tickvals=[0, 0.5, 1],
            ticktext=["nothing", "50 %", "the same"],
            zeroline=False,
        )
        return figure

    def bars(self, labels: Labels, rows: Sequence[Bar], most: float | None = None) -> Any:
        figure = self._start(labels, len(rows))
        figure.add_bar(
            x=[row.value for row in rows],
            y=[row.name for row in rows],
            text=[row.words for row in rows],
            textposition="outside",
            cliponaxis=False,
            orientation="h",
            marker_color=PAIR,
        )
        figure.update_yaxes(autorange="reversed")
        figure.update_xaxes(range=[0, 1.3 * (most or max(row.value for row in rows) or 1)])
        return figure

    def lines(self, labels: Labels, lines: Sequence[Line]) -> Any:
        figure = self._start(labels)
        for line in lines:
            style = {"line": {"color": OTHER, "dash": "dash"}} if line.beside else {}
            mode = "lines" if line.beside else "lines+markers"
            figure.add_scatter(x=list(line.x), y=list(line.y), name=line.name, mode=mode, **style)
        return figure

    def squares(self, labels: Labels, x: Sequence[int], y: Sequence[int], values: Any) -> Any:
        figure = self._start(labels)
        figure.add_heatmap(z=values, x=[str(n) for n in x], y=[str(n) for n in y], colorscale="Blues")
        figure.update_yaxes(autorange="reversed", scaleanchor="x", type="category")
        figure.update_xaxes(type="category")
        return figure
