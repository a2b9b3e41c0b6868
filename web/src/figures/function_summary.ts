import { items, num } from "../data";
import { figure, type Spot } from "../figure";
import { number } from "../format";
import { rich, t } from "../language";
import type { Key } from "../texts";
import { type FunctionPair, mean } from "./function_pairs";
import { seriesColour } from "./metric_choice";
import { Plot, placed, plotted } from "./plot";

type Figure = "divergence" | "elsewhere" | "likeliest" | "cka" | "overlap" | "share";

const figures: Figure[] = ["divergence", "elsewhere", "likeliest", "cka", "overlap", "share"];

export function functionFigure(pair: FunctionPair, name: Figure): number | null {
  const { x } = pair;
  switch (name) {
    case "divergence": return num(x.next_tokens?.divergence_bits);
    case "elsewhere": return num(x.next_tokens?.divergence_bits_elsewhere);
    case "likeliest": return num(x.next_tokens?.same_likeliest);
    case "cka": return num(x.median_best_cka);
    case "overlap": return num(x.mean_router_overlap);
    case "share": return num(x.mean_unit_share);
  }
}

function byChance(pair: FunctionPair, name: Figure): number | null {
  if (name === "overlap") return mean(items(pair.x.routers).map((r) => num(r.overlap_by_chance)));
  if (name !== "share") return null;
  return mean(items(pair.x.units?.layers).map((u) => {
    const [expected, least] = [num(u.expected_agreed), Math.min(num(u.units_a) ?? 0, num(u.units_b) ?? 0)];
    return expected === null || least <= 0 || u.skipped ? null : expected / least;
  }));
}

interface Dot {
  row: string;
  name: Figure;
  who: FunctionPair["who"] | "chance";
  label: string;
  value: number;
}

// Null where there is nothing to draw.
export function functionSummary(pairs: FunctionPair[]): HTMLElement | null {
  const row = (name: Figure) => t(`functions.${name}` as Key);
  const dots = figures.flatMap((name) => pairs.flatMap((pair): Dot[] => {
    const value = functionFigure(pair, name);
    const chance = pair.who === "pair" ? byChance(pair, name) : null;
    return [
      ...(chance === null ? [] : [{ row: row(name), name, who: "chance" as const, label: t("functions.chance"), value: chance }]),
      ...(value === null ? [] : [{ row: row(name), name, who: pair.who, label: pair.name, value }]),
    ];
  }));
  const rows = figures.filter((name) => dots.some((x) => x.name === name)).map(row);
  if (rows.length === 0) return null;
  const of = (who: Dot["who"]) => dots.filter((x) => x.who === who);
  return figure({
    id: "functions", label: t("functions.summary_label"), caption: rich("functions.summary_caption"), widest: 720,
    legend: [
      { label: t("word.pair"), colour: seriesColour.pair, shape: "dot" },
      ...(of("a").length > 0 ? [{ label: t("metrics.control_a"), colour: seriesColour.a, shape: "ring" as const }] : []),
      ...(of("b").length > 0 ? [{ label: t("metrics.control_b"), colour: seriesColour.b, shape: "ring" as const }] : []),
      ...(of("chance").length > 0 ? [{ label: t("functions.chance"), colour: "var(--b)", shape: "tick" as const }] : []),
    ],
    draw: (width) => {
      const values = dots.map((x) => x.value);
      const picture = plotted({
        width, height: rows.length * 30 + 56, marginLeft: 148, marginRight: 14, marginTop: 8, marginBottom: 38,
        x: { domain: [Math.min(0, ...values), Math.max(1, ...values)], nice: true, grid: true, ticks: width / 90,
          label: `${t("word.value")} →`, labelArrow: "none" },
        y: { domain: rows, label: null, tickSize: 0 },
        marks: [
          Plot.tickX(of("chance"), { x: "value", y: "row", stroke: "var(--b)", strokeWidth: 2, inset: 4 }),
          Plot.dot(of("a"), { x: "value", y: "row", r: 4, stroke: seriesColour.a, strokeWidth: 1.5 }),
          Plot.dot(of("b"), { x: "value", y: "row", r: 4, stroke: seriesColour.b, strokeWidth: 1.5 }),
          Plot.dot(of("pair"), { x: "value", y: "row", r: 4.2, fill: seriesColour.pair }),
        ],
      });
      const spots: Spot[] = dots.map((x) => ({
        x: placed(picture, "x", x.value), y: placed(picture, "y", x.row), text: `${x.row}\n${x.label}: ${number(x.value)}`,
      }));
      return { picture, spots };
    },
    rows: () => [["figure", "pair", "value"], ...dots.map((x) => [x.name, x.label, x.value])],
  });
}
