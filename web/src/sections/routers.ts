import { items, nameOf, num, type Descriptions, type Report } from "../data";
import type { Child } from "../dom";
import { figure } from "../figure";
import { Plot, placed, plotted } from "../figures/plot";
import { number } from "../format";
import { rich, t } from "../language";

export function routers(report: Report, found: Descriptions): Child {
  const points = (["a", "b"] as const).flatMap((side) => items(found.routers?.[side]).flatMap((x) => {
    const [layer, value] = [num(x.layer), num(x.mean_cosine)];
    return layer === null || value === null ? [] : [{
      side, layer, value, rank: num(x.effective_rank), variation: num(x.norm_variation), bias: num(x.bias_sd),
    }];
  })).sort((p, q) => p.layer - q.layer);
  if (points.length === 0) return null;
  type Point = (typeof points)[number];
  const colour = (x: Point) => (x.side === "a" ? "var(--a)" : "var(--b)");
  return figure({
    id: "routers", label: t("describe.routers_label"), caption: rich("describe.routers_caption"), widest: 640,
    legend: [
      { label: nameOf(report, "a"), colour: "var(--a)", shape: "line" },
      { label: nameOf(report, "b"), colour: "var(--b)", shape: "line" },
    ],
    draw: (width) => {
      const layers = points.map((x) => x.layer);
      const [first, last] = [Math.min(...layers), Math.max(...layers)];
      const picture = plotted({
        width, height: Math.min(300, Math.max(220, width * 0.45)), marginLeft: 48, marginTop: 26, marginBottom: 40,
        x: { domain: [first - 0.3, last + 0.3], label: `${t("word.layer")} →`, labelArrow: "none", tickFormat: "d",
          ticks: Math.min(12, last - first + 1) },
        y: { domain: [Math.min(0, ...points.map((x) => x.value)), Math.max(0.1, ...points.map((x) => x.value)) * 1.1],
          label: t("describe.routers_y"), labelArrow: "none", grid: true, ticks: 5 },
        marks: [
          Plot.line(points, { x: "layer", y: "value", z: "side", stroke: colour, strokeWidth: 1.6 }),
          Plot.dot(points, { x: "layer", y: "value", r: 3, fill: colour }),
        ],
      });
      return { picture, spots: points.map((x) => ({
        x: placed(picture, "x", x.layer), y: placed(picture, "y", x.value),
        text: `${nameOf(report, x.side)}, ${t("word.layer")} ${x.layer}: ${number(x.value)}`,
      })) };
    },
    rows: () => [["model", "layer", "mean_cosine", "effective_rank", "norm_variation", "bias_sd"],
      ...points.map((x) => [nameOf(report, x.side), x.layer, x.value, x.rank, x.variation, x.bias])],
  });
}
