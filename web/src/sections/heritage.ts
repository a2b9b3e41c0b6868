import { items, num, text, type Heritage, type Report } from "../data";
import { type Child, h } from "../dom";
import { figure } from "../figure";
import { grid } from "../figures/grid";
import { count, number, percent } from "../format";
import { rich, t } from "../language";
import { breakable, table } from "../table";
import { placeOf, type Place } from "./places";
import { word } from "../words";
import { isOrdered } from "./direction";
import { missing } from "./missing";

const classes = ["identical", "cast", "quantised", "transformed", "sparse_edit", "low_rank_edit", "drifted",
  "unrelated", "added", "undecided"];

export function heritage(report: Report): Child {
  const all = items(report.trace?.heritage);
  if (all.length === 0) return missing("heritage.missing");
  const places = placeOf(report);
  const cells = new Map<string, Heritage[]>();
  const roles = new Set<string>();
  const layers = new Set<number>();
  let outside = false;
  for (const x of all) {
    const place: Place = places(text(x.tensor), text(x.from));
    if (place.layer === null) outside = true;
    else layers.add(place.layer);
    const key = `${place.role}\n${place.layer ?? ""}`;
    const cell = cells.get(key);
    if (cell) cell.push(x);
    else cells.set(key, [x]);
    roles.add(place.role);
  }
  // Hostile checkpoints may have a role for each tensor: the picture keeps the first ones, the table all.
  const rows = [...roles].slice(0, 80);
  const columns: (number | null)[] = [...(outside ? [null] : []), ...[...layers].sort((p, q) => p - q).slice(0, 1000)];
  const cellOf = (r: number, c: number) => cells.get(`${rows[r]}\n${columns[c] ?? ""}`) ?? [];
  const tally = new Map<string, number>();
  for (const x of all) tally.set(text(x.class), (tally.get(text(x.class)) ?? 0) + 1);
  const name = (x: string) => word("heritage", x);
  const notDrawn = all.filter((x) => text(x.note) === "not drawn").length;
  return [
    !isOrdered(report) && h("p", { class: "soft" }, t("heritage.either")),
    notDrawn > 0 && h("p", {}, t("heritage.drawn", { count: count(notDrawn), all: count(all.length) })),
    figure({
      id: "heritage", label: t("heritage.label"), caption: rich("heritage.caption"),
      legend: classes.filter((x) => tally.has(x)).map((x) => ({
        label: t("heritage.count", { label: name(x), count: count(tally.get(x)) }), colour: `var(--h-${x})`,
      })),
      draw: (width) => grid({
        width, rows, columns: columns.map((x) => (x === null ? "–" : String(x))), rowTitle: t("metrics.role"),
        columnTitle: t("word.layer"),
        parts: (r, c) => shares(cellOf(r, c)),
        text: (r, c) => t("heritage.cell", {
          role: rows[r], layer: columns[c] === null ? t("heritage.outside") : String(columns[c]),
          classes: summary(cellOf(r, c), name),
        }),
      }),
      rows: () => [["tensor", "from", "class", "note", "moved", "rotated", "equal_share", "relative_change", "correlation", "baseline_correlation"],
        ...all.map((x) => [text(x.tensor), text(x.from), text(x.class), text(x.note), text(x.moved), text(x.rotated),
          num(x.equal_share), num(x.relative_change), num(x.correlation), num(x.baseline_correlation)])],
    }),
    table({
      caption: t("heritage.table"), label: t("heritage.title"), numeric: [3, 4, 5, 6],
      head: [t("heritage.tensor"), t("heritage.from"), t("heritage.class"), t("heritage.equal"), t("heritage.change"),
        rich("heritage.correlation"), t("heritage.baseline")],
      rows: {
        count: all.length,
        row: (i) => {
          const x = all[i];
          return [breakable(text(x.tensor)), x.from === x.tensor ? "=" : breakable(text(x.from) || "–"), name(text(x.class)),
            percent(num(x.equal_share)), number(num(x.relative_change)), number(num(x.correlation)), number(num(x.baseline_correlation))];
        },
        values: (i) => {
          const x = all[i];
          return [text(x.tensor), text(x.from), name(text(x.class)), num(x.equal_share), num(x.relative_change), num(x.correlation),
            num(x.baseline_correlation)];
        },
      },
    }),
  ];
}

// A few experts stand side by side in their order; more are summed up by class.
function shares(cell: Heritage[]): { colour: string; share: number }[] | null {
  if (cell.length === 0) return null;
  const colour = (x: Heritage) => `var(--h-${classes.includes(text(x.class)) ? text(x.class) : "undecided"})`;
  if (cell.length <= 8) return cell.map((x) => ({ colour: colour(x), share: 1 / cell.length }));
  return classes.map((k) => ({ colour: `var(--h-${k})`, share: cell.filter((x) => x.class === k).length / cell.length }))
    .filter((x) => x.share > 0);
}

function summary(cell: Heritage[], name: (x: string) => string): string {
  if (cell.length === 0) return "–";
  const tally = new Map<string, number>();
  for (const x of cell) tally.set(text(x.class), (tally.get(text(x.class)) ?? 0) + 1);
  return [...tally].map(([k, n]) => `${name(k)}${cell.length > 1 ? ` × ${n}` : ""}`).join(", ");
}
