import { list, num, text, type Cka, type Maybe } from "../data";
import { figure } from "../figure";
import { count, countedP, number } from "../format";
import { rich, t } from "../language";
import { Choice } from "./choice";
import type { FunctionPair } from "./function_pairs";
import { grid } from "./grid";

// More layers than any model has.
const most = 400;
const limits = [0.5, 0.7, 0.8, 0.9, 0.95];

type Grid = (number | null)[][];

interface Heat {
  pair: FunctionPair;
  values: Grid;
  p: Grid;
  quantile: Grid;
  columns: number;
  // The row of the largest value, of each column.
  best: number[];
}

function gridOf(rows: Maybe<Maybe<Maybe<number>[]>[]>): Grid {
  return list(rows).slice(0, most).map((row) => list(row).slice(0, most).map(num));
}

function heatOf(pair: FunctionPair): Heat[] {
  const cka: Cka = pair.x.cka ?? {};
  const values = gridOf(cka.values);
  const columns = values.reduce((longest, row) => Math.max(longest, row.length), 0);
  if (columns === 0 || text(cka.skipped)) return [];
  const best = Array.from({ length: columns }, (_, c) => values.reduce((at, row, r) =>
    (row[c] ?? -Infinity) > (at < 0 ? -Infinity : values[at][c] ?? -Infinity) ? r : at, -1));
  return [{ pair, values, p: gridOf(cka.p), quantile: gridOf(cka.null_quantile_95), columns, best }];
}

// The state that enters the first layer comes before those that leave layers.
const layerName = (index: number) => (index === 0 ? t("functions.embedding") : String(index - 1));

function colour(value: number, quantile: number | null): string {
  if (value <= (quantile ?? 0)) return "var(--z0)";
  const at = limits.findIndex((limit) => value < limit);
  return `var(--k${(at < 0 ? limits.length : at) + 1})`;
}

// Null where there is nothing to draw.
export function ckaFigure(pairs: FunctionPair[]): HTMLElement | null {
  const heats = pairs.flatMap(heatOf);
  if (heats.length === 0) return null;
  const choice = new Choice(t("functions.shown"), heats.map((x) => x.pair.name));
  const first = heats[0].pair.x.cka;
  return figure({
    id: "functions-cka", label: t("functions.cka_label"), widest: 720,
    caption: rich("functions.cka_caption", { texts: count(num(first?.texts)), draws: count(num(first?.draws)) }),
    choices: heats.length > 1 ? (redraw) => choice.element(redraw) : undefined,
    legend: [
      { label: t("functions.random"), colour: "var(--z0)" },
      { label: t("functions.under", { to: limits[0] }), colour: "var(--k1)" },
      ...limits.slice(1).map((to, i) => ({ label: t("functions.between", { from: limits[i], to }), colour: `var(--k${i + 2})` })),
      { label: t("functions.from", { from: limits[limits.length - 1] }), colour: `var(--k${limits.length + 1})` },
      { label: t("map.nothing"), colour: "var(--na)" },
    ],
    draw: (width) => {
      const heat = heats[choice.chosen];
      const value = (r: number, c: number) => heat.values[r]?.[c] ?? null;
      const { first: row, second: column } = heat.pair;
      return grid({
        width, rows: heat.values.map((_, r) => layerName(r)), columns: Array.from({ length: heat.columns }, (_, c) => layerName(c)),
        rowTitle: row, columnTitle: column, square: true, labelRoom: 48, ahead: 1,
        parts: (r, c) => {
          const found = value(r, c);
          return found === null ? null : [{ colour: colour(found, heat.quantile[r]?.[c] ?? null), share: 1 }];
        },
        text: (r, c) => t("functions.cell", { row, column, r: layerName(r), c: layerName(c), value: number(value(r, c)),
          p: countedP(heat.p[r]?.[c]), null: number(heat.quantile[r]?.[c]) }),
        outlined: (r, c) => heat.best[c] === r,
      });
    },
    rows: () => [["pair", "layer_of_first", "layer_of_second", "cka", "p", "null_quantile_95"],
      ...heats.flatMap((heat) => heat.values.flatMap((row, r) => row.map((value, c) => [heat.pair.name, plain(r), plain(c), value,
        heat.p[r]?.[c] ?? null, heat.quantile[r]?.[c] ?? null])))],
  });
}

const plain = (index: number) => (index === 0 ? "embedding" : index - 1);
