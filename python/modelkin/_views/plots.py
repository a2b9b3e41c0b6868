"""Plots of results: each answers a question. ``ax``: axes of matplotlib to draw on; ``library``: "matplotlib"
or "plotly", default the first of them that is there. Each returns matplotlib's axes, or plotly's figure.
Each raises UsageError where the result has nothing to draw, or neither library is there.
"""

from __future__ import annotations

import collections
import statistics
from collections.abc import Iterable
from typing import TYPE_CHECKING, Any

from .._errors import UsageError
from . import verdicts, words
from .drawing import Bar, Dot, Labels, Line, drawer

if TYPE_CHECKING:
    from ..records.diff import DiffRecord
    from ..records.dynamics import DynamicsRecord
    from ..records.results import CompareRecord
    from ..records.trace import TraceRecord

_LEAST_LOG10_P = -300.0  # what is smaller is drawn as this


class TracePlots:
    """Plots of ``mk.trace``."""

    def __init__(self, result: TraceRecord) -> None:
        self._result = result

    def tests(self, *, ax: Any = None, library: str | None = None) -> Any:
        """What do the two have in common? A dot for this pair, and a capsule for unrelated models (the
        controls), in each test whose effect goes from nothing to the same.
        """
        tests = verdicts.shown_tests(self._result)
        if not tests:
            raise UsageError("no test was run whose effect goes from nothing to the same")
        names = verdicts.names(self._result)
        rows = []
        for test in tests:
            effect = test.effect or 0.0
            said = words.share(effect) if "share" in (test.effect_name or "") else f"{effect:.3f}"
            ends = (min(test.control_effects), max(test.control_effects)) if test.control_effects else None
            rows.append(Dot(words.name_of_test(test.name), effect, said, ends))
        others = verdicts.references(self._result) if any(row.others for row in rows) else ""
        labels = Labels(f"What {names[0]} and {names[1]} have in common")
        return drawer(ax, library).dots(labels, rows, others)

    def p_values(self, *, ax: Any = None, library: str | None = None) -> Any:
        """How likely is each test's result of independent models? Powers of ten, corrected for the number of
        tests; what is below 10^-300 is drawn as that.
        """
        run = [test for test in self._result.tests if test.log10_p_adjusted is not None]
        if not run:
            raise UsageError("no test was run")
        rows = [
            Bar(
                words.name_of_test(test.name),
                -max(_LEAST_LOG10_P, test.log10_p_adjusted or 0.0),
                words.p_value(test.log10_p_adjusted, test.log10_p_is_bound),
            )
            for test in run
        ]
        labels = Labels("How far beyond chance each test is", x="powers of ten, corrected")
        return drawer(ax, library).bars(labels, rows)

    def kinds(self, *, ax: Any = None, library: str | None = None) -> Any:
        """What became of B's tensors? How many there are of each class, under the kinds that were found."""
        counts = collections.Counter(str(row.class_) for row in self._result.heritage)
        if not counts:
            raise UsageError(
                "nothing is known of how B was made: no common origin was shown, or heritage not asked"
            )
        relation = self._result.relation
        kinds = ", ".join(words.name_of_kind(kind.kind) for kind in relation.kinds) if relation else ""
        rows = [Bar(name.replace("_", " "), count, f"{count:,}") for name, count in counts.most_common()]
        name = verdicts.names(self._result)[1]
        labels = Labels(f"What became of {name}'s tensors{': ' if kinds else ''}{kinds}", x="tensors")
        return drawer(ax, library).bars(labels, rows)

    def layers(self, *, ax: Any = None, library: str | None = None) -> Any:
        """Which layer of A does each layer of B go back to? z of attention and norms, A's layers down."""
        found = self._result.layer_map
        if not found.layers_a or not found.layers_b:
            raise UsageError("no layers were compared")
        a, b = verdicts.names(self._result)[:2]
        labels = Labels("Layers that go back to each other, z", x=f"layer of {b}", y=f"layer of {a}")
        return drawer(ax, library).squares(labels, found.layers_b, found.layers_a, found.z)

    def parents(self, *, ax: Any = None, library: str | None = None) -> Any:
        """Which parent did each layer of a merge come from? Weights of ``parents``, medians over a layer."""
        merge = self._result.merge
        if merge is None or not merge.tensors:
            raise UsageError("no mixture was fitted: trace with parents=[...]")
        ids = {record.id: record.path for record in self._result.inputs}
        count = len(merge.tensors[0].weights)
        known = words.names_of_models([path for name, path in ids.items() if name.startswith("parent")])
        names = known if len(known) == count else [f"parent {i + 1}" for i in range(count)]
        lines = [
            _line(names[i], ((words.layer_of(row.tensor), row.weights[i]) for row in merge.tensors))
            for i in range(count)
        ]
        return drawer(ax, library).lines(Labels("Weight of each parent", x="layer", y="weight"), lines)


class ComparePlots:
    """Plots of ``mk.compare``."""

    def __init__(self, result: CompareRecord) -> None:
        self._result = result

    def layers(
        self,
        metric: str = "cosine_similarity",
        *,
        roles: Iterable[str] | None = None,
        ax: Any = None,
        library: str | None = None,
    ) -> Any:
        """How alike are the models, layer by layer? A line for each role, medians over a layer's tensors;
        of cosines what shuffled elements have as well, in grey. `metric`: a column of ``tensors`` that has
        numbers. `roles`: those to draw, default all in layers.
        """
        tensors = self._result.tensors
        if metric not in tensors.columns:
            raise UsageError(f"metric is a column of tensors, not {metric!r}")
        tensors.array(metric)  # which raises UsageError for what has no numbers
        rows = [
            (row.role, row.layer, row[metric]) for row in tensors if row.comparable and row.layer is not None
        ]
        found = list(dict.fromkeys(role for role, _, _ in rows))
        wanted = found if roles is None else [roles] if isinstance(roles, str) else list(roles)
        unknown = [role for role in wanted if role not in found]
        if unknown or not wanted:
            raise UsageError(f"roles in layers are {', '.join(found) or 'none'}, not {', '.join(unknown)}")
        lines = [
            _line(role, ((layer, value) for name, layer, value in rows if name == role)) for role in wanted
        ]
        if metric == "cosine_similarity":
            shuffled = ((row.layer, row.shuffled_cosine) for row in tensors if row.role in wanted)
            lines.append(_line("shuffled", shuffled)._replace(beside=True))
        name = metric.replace("_", " ")
        return drawer(ax, library).lines(Labels(f"{name.capitalize()} by layer", x="layer", y=name), lines)


class DiffPlots:
    """Plots of ``mk.diff``."""

    def __init__(self, result: DiffRecord) -> None:
        self._result = result

    def layers(self, *, ax: Any = None, library: str | None = None) -> Any:
        """Which layers have what share of their elements identical, to the bit?"""
        same: collections.Counter[int] = collections.Counter()
        elements: collections.Counter[int] = collections.Counter()
        for row in self._result.tensors:
            layer = None if row.b is None else words.layer_of(row.b.name)
            if row.a is None or row.b is None or layer is None:
                continue
            count = 1
            for extent in row.b.shape:
                count *= extent
            elements[layer] += count
            same[layer] += count if row.identical else row.bit_equal or 0
        if not elements:
            raise UsageError("no tensor of a layer is in both")
        rows = []
        for layer in sorted(elements):
            share = same[layer] / max(elements[layer], 1)
            rows.append(Bar(f"layer {layer}", share, words.share(share)))
        return drawer(ax, library).bars(
            Labels("Identical elements by layer", x="share of elements"), rows, most=1.0
        )


class DynamicsPlots:
    """Plots of ``mk.trace`` of three checkpoints or more."""

    def __init__(self, result: DynamicsRecord) -> None:
        self._result = result

    def movement(self, *, ax: Any = None, library: str | None = None) -> Any:
        """How far did each layer move along the run? The distance from the first checkpoint over its size."""
        profiles = [("all", self._result.all), *((f"layer {one.layer}", one) for one in self._result.layers)]
        lines = []
        for name, profile in profiles:
            points = [(i + 2, drift) for i, drift in enumerate(profile.total_drifts) if drift is not None]
            lines.append(
                Line(name, [1, *(x for x, _ in points)], [0.0, *(y for _, y in points)], name == "all")
            )
        labels = Labels("Distance from the first checkpoint", x="checkpoint", y="change over size")
        return drawer(ax, library).lines(labels, lines)

    def steps(self, *, ax: Any = None, library: str | None = None) -> Any:
        """Which layers moved in which step? The change in each step over the size before it, by layer."""
        names = words.names_of_models([record.path for record in self._result.inputs])
        lines = [
            _line(f"{a} \u2192 {b}", ((profile.layer, profile.drifts[i]) for profile in self._result.layers))
            for i, (a, b) in enumerate(zip(names, names[1:]))
        ]
        if not self._result.layers:
            raise UsageError("the checkpoints have no layers in common")
        labels = Labels("Change in each step", x="layer", y="change over size")
        return drawer(ax, library).lines(labels, lines)


def _line(name: str, values: Iterable[tuple[int | None, float | None]]) -> Line:
    """Returns a line through the median of each layer."""
    layers: dict[int, list[float]] = {}
    for layer, value in values:
        if layer is not None and value is not None:
            layers.setdefault(layer, []).append(value)
    x = sorted(layers)
    return Line(name, x, [statistics.median(layers[layer]) for layer in x])
