// Lines over layers: a model each, the two of the pair thick and reference models thin.
import { figure, type Spot } from "../figure";
import { number } from "../format";
import { t } from "../language";
import type { Child } from "../dom";
import { Choice } from "./choice";
import { Plot, placed, plotted } from "./plot";

export interface DepthPoint {
  // "a", "b" or the id of a reference model.
  model: string;
  name: string;
  // What is chosen above the figure.
  choice: string;
  layer: number;
  value: number;
}

const colourOf = (x: DepthPoint) => (x.model === "a" ? "var(--a)" : x.model === "b" ? "var(--b)" : "var(--grey)");
const isOfPair = (x: DepthPoint) => x.model === "a" || x.model === "b";

export function depthFigure(spec: { id: string; label: string; caption: Child; y: string; choiceLabel: string; points: DepthPoint[] }): HTMLElement {
  // A single layer makes no line; where there is nothing else it is shown all the same.
  const layersOf = (name: string) => new Set(spec.points.filter((x) => x.choice === name).map((x) => x.layer)).size;
  const all = [...new Set(spec.points.map((x) => x.choice))];
  const lines = all.filter((name) => layersOf(name) > 1);
  const choices = lines.length > 0 ? lines : all;
  const choice = new Choice(spec.choiceLabel, choices);
  const models = [...new Map(spec.points.map((x) => [x.model, x])).values()];
  return figure({
    id: spec.id, label: spec.label, caption: spec.caption, widest: 760,
    choices: choices.length > 1 ? (redraw) => choice.element(redraw) : undefined,
    legend: models.map((x) => ({ label: x.name, colour: colourOf(x), shape: isOfPair(x) ? "line" : "dashes" })),
    draw: (width) => {
      const shown = spec.points.filter((x) => x.choice === choices[choice.chosen]);
      const layers = shown.map((x) => x.layer);
      const values = shown.map((x) => x.value);
      const [first, last] = [Math.min(...layers), Math.max(...layers)];
      const [low, high] = [Math.min(...values), Math.max(...values)];
      const room = (high - low) * 0.08 || Math.abs(high) * 0.1 || 1;
      const few = last - first <= 48;
      const line = { x: "layer", y: "value", z: "model", stroke: colourOf };
      const picture = plotted({
        width, height: Math.min(340, Math.max(240, width * 0.45)), marginLeft: 52, marginRight: 14, marginTop: 26, marginBottom: 40,
        x: { domain: [first - 0.3, last + 0.3], label: `${t("word.layer")} →`, labelArrow: "none", tickFormat: "d", ticks: Math.max(1, Math.min(last - first, 12)) },
        y: { domain: [low - room, high + room], label: `↑ ${spec.y}`, labelArrow: "none", grid: true, ticks: 5 },
        marks: [
          Plot.line(shown.filter((x) => !isOfPair(x)), { ...line, strokeWidth: 1.5, strokeDasharray: "4 3" }),
          // The first is wider: it is seen under the second where they are the same.
          Plot.line(shown.filter((x) => x.model === "a"), { ...line, strokeWidth: 5, strokeOpacity: 0.55 }),
          Plot.line(shown.filter((x) => x.model === "b"), { ...line, strokeWidth: 2 }),
          ...(few ? [Plot.dot(shown, { x: "layer", y: "value", r: (x: DepthPoint) => (x.model === "a" ? 4.4 : 2.4), fill: colourOf })] : []),
        ],
      });
      const spots: Spot[] = shown.map((x) => ({
        x: placed(picture, "x", x.layer), y: placed(picture, "y", x.value), text: `${x.name}\n${t("word.layer")} ${x.layer}: ${number(x.value)}`,
      }));
      return { picture, spots };
    },
    rows: () => [["model", "what", "layer", "value"], ...spec.points.map((x) => [x.name, x.choice, x.layer, x.value])],
  });
}
