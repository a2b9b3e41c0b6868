import { items, list, num, text, type ExpertMap, type Report } from "../data";
import { type Child, h } from "../dom";
import { figure } from "../figure";
import { grid } from "../figures/grid";
import { Plot, placed, plotted } from "../figures/plot";
import { count } from "../format";
import { rich, t } from "../language";
import { table } from "../table";
import { missing } from "./missing";

// More than any model has: a hostile file must not stop the page.
const mostCells = 131_072;

export function origin(report: Report): Child {
  const map = report.trace?.layer_map;
  const b = list(map?.layers_b).map(num);
  const links = list(map?.source).map(num)
    .map((from, i) => ({ a: from, b: b[i] ?? null }))
    .filter((x): x is { a: number; b: number } => x.a !== null && x.b !== null);
  const experts = items(report.trace?.experts).filter((x) => list(x.source).length > 0).slice(0, 512);
  if (links.length === 0 && experts.length === 0) return missing("origin.missing");
  const dropped = list(map?.dropped).map(text).join(", ");
  const doubled = list(map?.duplicated).map(text).join(", ");
  return [
    links.length === 0 ? h("p", {}, t("origin.no_layers")) : layers(links, list(map?.layers_a).map(num), b),
    dropped && h("p", {}, t("origin.dropped", { layers: dropped })),
    doubled && h("p", {}, t("origin.duplicated", { layers: doubled })),
    experts.length > 0 && [expertMap(experts), expertTable(experts)],
  ];
}

function layers(links: { a: number; b: number }[], a: (number | null)[], b: (number | null)[]): HTMLElement {
  const top = Math.max(...a.map((x) => x ?? 0), ...links.map((x) => x.a), 1);
  const right = Math.max(...b.map((x) => x ?? 0), ...links.map((x) => x.b), 1);
  return figure({
    id: "layer-source", label: t("origin.layers_label"), caption: rich("origin.layers_caption"), widest: 520,
    draw: (width) => {
      const picture = plotted({
        width, height: Math.min(380, width * 0.7), marginLeft: 44, marginBottom: 40, marginTop: 26,
        x: { domain: [-0.5, right + 0.5], label: `${t("map.layer_b")} →`, labelArrow: "none", ticks: whole(right), tickFormat: "d" },
        y: { domain: [-0.5, top + 0.5], label: `↑ ${t("map.layer_a")}`, labelArrow: "none", ticks: whole(top), tickFormat: "d", grid: true },
        marks: [Plot.dot(links, { x: "b", y: "a", r: right > 40 ? 2.5 : 4, fill: "var(--a)" })],
      });
      return { picture, spots: links.map((x) => ({
        x: placed(picture, "x", x.b), y: placed(picture, "y", x.a), text: t("origin.layer_cell", { lb: x.b, la: x.a }),
      })) };
    },
    rows: () => [["layer_b", "layer_a"], ...links.map((x) => [x.b, x.a])],
  });
}

function whole(top: number): number[] {
  let size = 1;
  for (let i = 0; top / size > 10; ++i) size *= i % 3 === 1 ? 2.5 : 2;
  return Array.from({ length: Math.floor(top / size) + 1 }, (_, i) => i * size);
}

function expertMap(experts: ExpertMap[]): HTMLElement {
  const most = Math.min(Math.floor(mostCells / experts.length), Math.max(...experts.map((x) => list(x.source).length)));
  const source = (r: number, c: number) => num(list(experts[r].source)[c]);
  return figure({
    id: "expert-map", label: t("origin.experts_label"), caption: rich("origin.experts_caption"),
    legend: [
      { label: t("origin.in_place"), colour: "var(--z3)" },
      { label: t("origin.moved"), colour: "var(--h-drifted)" },
      { label: t("origin.unmatched"), colour: "var(--z0)" },
    ],
    draw: (width) => grid({
      width, rows: experts.map((x) => text(x.layer_b)), columns: Array.from({ length: most }, (_, i) => String(i)),
      rowTitle: t("word.layer"), columnTitle: t("word.expert"), labelRoom: 44,
      parts: (r, c) => (c >= list(experts[r].source).length ? null : [{
        share: 1, colour: source(r, c) === null ? "var(--z0)" : source(r, c) === c ? "var(--z3)" : "var(--h-drifted)",
      }]),
      text: (r, c) => t("origin.expert_cell", {
        layer: text(experts[r].layer_b), expert: c, source: source(r, c) === null ? t("word.none") : text(source(r, c)),
      }),
    }),
    rows: () => [["layer_b", "expert_b", "layer_a", "expert_a"],
      ...experts.flatMap((x) => list(x.source).map((from, c) => [num(x.layer_b), c, num(x.layer_a), num(from)]))],
  });
}

function expertTable(experts: ExpertMap[]): HTMLElement {
  return table({
    caption: t("origin.table"), label: t("origin.table"), numeric: [1, 2, 3, 4],
    head: [t("map.layer_b"), t("map.layer_a"), t("origin.experts"), t("origin.agreed"), t("origin.in_place")],
    rows: experts.map((x) => [text(x.layer_b), text(x.layer_a), count(list(x.source).length), count(num(x.agreed)), count(num(x.in_place))]),
  });
}
