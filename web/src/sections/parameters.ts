import { entries, nameOf, num, type Inspect, type Maybe, type Report } from "../data";
import type { Child } from "../dom";
import { figure } from "../figure";
import { Plot, placed, plotted } from "../figures/plot";
import { count, percent, short, shorten } from "../format";
import { rich, t } from "../language";
import { table } from "../table";
import { word } from "../words";
import { missing } from "./missing";

const order = ["embedding", "attention", "indexer", "linear_attention", "state_space",
  "convolution", "dense_mlp", "router", "shared_experts", "routed_experts", "norm", "head",
  "multi_token_prediction"];

interface Bar {
  row: string;
  component: string;
  value: number;
  from: number;
  to: number;
}

interface Counted {
  name: string;
  total: Map<string, number>;
  active: Map<string, number> | null;
}

export function parameters(report: Report): Child {
  const models = [counted(nameOf(report, "a"), report.inspect_a), counted(nameOf(report, "b"), report.inspect_b)]
    .filter((x): x is Counted => x !== null);
  if (models.length === 0) return missing("params.missing");
  const components = [...new Set(models.flatMap((x) => [...x.total.keys()]))]
    .sort((p, q) => place(p) - place(q));
  const bars = models.flatMap((x) => [
    ...stack(`${x.name} ${t("word.total")}`, x.total, components),
    ...(x.active ? stack(`${x.name} ${t("word.active")}`, x.active, components) : []),
  ]);
  const name = (x: string) => word("component", x);
  const rows = [...new Set(bars.map((x) => x.row))];
  const label = t("params.label");
  return [
    figure({
      id: "parameters", label, caption: rich("params.caption"),
      legend: components.map((x) => ({ label: name(x), colour: colour(x) })),
      draw: (width) => {
        const left = Math.min(210, 14 + 6.6 * Math.max(...rows.map((x) => x.length)));
        const picture = plotted({
          width, height: rows.length * 38 + 60, marginLeft: left, marginRight: 16, marginBottom: 36, marginTop: 8,
          x: { label: `${t("params.axis")} →`, labelArrow: "none", tickFormat: (v: number) => short(v).replace(" ", ""), ticks: width / 90, grid: true },
          y: { domain: rows, label: null, tickSize: 0, padding: 0.25 },
          marks: [
            Plot.rect(bars, { x1: "from", x2: "to", y: "row", fill: (d: Bar) => colour(d.component), stroke: "var(--paper)", strokeWidth: 0.7 }),
          ],
        });
        return {
          picture,
          spots: bars.map((x) => {
            const [from, to] = [placed(picture, "x", x.from), placed(picture, "x", x.to)];
            const all = bars.filter((y) => y.row === x.row).reduce((s, y) => s + y.value, 0);
            return { x: (from + to) / 2, y: placed(picture, "y", x.row), width: Math.max(1, to - from), height: 28,
              text: `${x.row}, ${name(x.component)}\n${count(x.value)} (${percent(x.value / all)})` };
          }),
        };
      },
      rows: () => [["bar", "component", "parameters"], ...bars.map((x) => [x.row, x.component, x.value])],
    }),
    table({
      caption: t("params.table"), label: t("params.table"), numeric: models.flatMap((_, i) => [1 + 2 * i, 2 + 2 * i]),
      head: [t("params.component"), ...models.flatMap((x) => [`${x.name} ${t("word.total")}`, `${x.name} ${t("word.active")}`])],
      rows: [...components.map((c) => [name(c), ...models.flatMap((x) => [count(x.total.get(c)), count(x.active?.get(c))])]),
        [t("word.total"), ...models.flatMap((x) => [count(sum(x.total)), count(x.active ? sum(x.active) : null)])]],
    }),
  ];
}

function counted(name: string, inspect: Maybe<Inspect>): Counted | null {
  const found = inspect?.parameters;
  const total = new Map<string, number>();
  for (const [component, value] of entries(found?.by_component)) {
    const n = num(value);
    if (n !== null && n > 0) total.set(component, n);
  }
  if (total.size === 0) return null;
  return { name: shorten(name, 20), total, active: activePart(total, num(found?.active)) };
}

// Of all components only routed experts rest; what is active beyond the others is theirs.
function activePart(total: Map<string, number>, active: number | null): Map<string, number> | null {
  if (active === null) return null;
  const part = new Map(total);
  part.delete("multi_token_prediction");
  const routed = total.get("routed_experts") ?? 0;
  const rest = active - (sum(part) - routed);
  if (rest < 0 || rest > routed) return null;
  if (routed > 0) part.set("routed_experts", rest);
  return part;
}

function sum(values: Map<string, number>): number {
  return [...values.values()].reduce((s, x) => s + x, 0);
}

function stack(row: string, values: Map<string, number>, components: string[]): Bar[] {
  let from = 0;
  return components.filter((x) => values.has(x)).map((component) => {
    const value = values.get(component) ?? 0;
    from += value;
    return { row, component, value, from: from - value, to: from };
  });
}

function place(component: string): number {
  const at = order.indexOf(component);
  return at < 0 ? order.length : at;
}

function colour(component: string): string {
  return place(component) < order.length ? `var(--c${place(component) + 1})` : "var(--grey)";
}
