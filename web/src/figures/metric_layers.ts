import { items, num, text } from "../data";
import { h } from "../dom";
import { figure, type Spot } from "../figure";
import { number } from "../format";
import { rich, t } from "../language";
import { word } from "../words";
import { Choice } from "./choice";
import { type Series, spread } from "./metric";
import { domainOf, MetricChoice, seriesColour } from "./metric_choice";
import { Plot, placed, plotted } from "./plot";

interface Point {
  layer: number;
  who: Series["who"];
  name: string;
  median: number;
  min: number;
  max: number;
}

export function layerFigure(all: Series[]): HTMLElement {
  const choice = new MetricChoice("pearson_correlation");
  // Layers of one component at a time: another one has layers of the same numbers.
  const components = [...new Set(items(all[0].summary.by_layer).map((x) => text(x.component)))];
  const part = new Choice(t("verdict.component"), components.map((x) => word("component", x)));
  const points = (): Point[] => all.flatMap((series) => items(series.summary.by_layer).flatMap((group): Point[] => {
    if (text(group.component) !== components[part.chosen]) return [];
    const found = spread(group, choice.chosen);
    const [layer, median] = [num(group.layer), num(found?.median)];
    return layer === null || median === null ? []
      : [{ layer, who: series.who, name: series.name, median, min: num(found?.min) ?? median, max: num(found?.max) ?? median }];
  }).sort((p, q) => p.layer - q.layer));
  return figure({
    id: "metrics-layer", label: t("metrics.layer_label"), caption: rich("metrics.layer_caption"), widest: 720,
    choices: (redraw) => components.length > 1 ? h("div", {}, choice.element(redraw), part.element(redraw))
      : choice.element(redraw),
    legend: [
      { label: t("word.pair"), colour: seriesColour.pair, shape: "line" },
      { label: t("metrics.control_a"), colour: seriesColour.a, shape: "line" },
      { label: t("metrics.control_b"), colour: seriesColour.b, shape: "line" },
    ],
    draw: (width) => {
      const found = points();
      const pair = found.filter((x) => x.who === "pair");
      const others = found.filter((x) => x.who !== "pair");
      const layers = found.map((x) => x.layer);
      const [first, last] = [Math.min(...layers, 0), Math.max(...layers, 1)];
      const picture = plotted({
        width, height: Math.min(360, Math.max(240, width * 0.5)), marginLeft: 48, marginRight: 14, marginTop: 26, marginBottom: 40,
        x: { domain: [first - 0.3, last + 0.3], label: `${t("word.layer")} →`, labelArrow: "none", tickFormat: "d",
          ticks: Math.min(last - first + 1, 12) },
        y: { domain: domainOf(choice.chosen, [...pair.flatMap((x) => [x.min, x.max]), ...others.map((x) => x.median)]),
          label: `↑ ${t(`metric.${choice.chosen}`)}`, labelArrow: "none", grid: true, ticks: 6 },
        marks: [
          Plot.areaY(pair, { x: "layer", y1: "min", y2: "max", fill: "var(--ink)", fillOpacity: 0.1 }),
          Plot.line(others, { x: "layer", y: "median", z: "name", stroke: (d: Point) => seriesColour[d.who], strokeWidth: 1.4 }),
          Plot.line(pair, { x: "layer", y: "median", stroke: "var(--ink)", strokeWidth: 2 }),
          ...(last - first <= 48 ? [
            Plot.dot(others, { x: "layer", y: "median", r: 2.5, fill: (d: Point) => seriesColour[d.who] }),
            Plot.dot(pair, { x: "layer", y: "median", r: 3, fill: "var(--ink)" })] : []),
        ],
      });
      const spots: Spot[] = found.map((x) => ({
        x: placed(picture, "x", x.layer), y: placed(picture, "y", x.median),
        text: `${t("word.layer")} ${x.layer}\n${x.name}: ${number(x.median)} (${number(x.min)} … ${number(x.max)})`,
      }));
      return { picture, spots };
    },
    rows: () => [["component", "layer", "who", "metric", "median", "min", "max"],
      ...points().map((x) => [components[part.chosen], x.layer, x.name, choice.chosen, x.median, x.min, x.max])],
  });
}
