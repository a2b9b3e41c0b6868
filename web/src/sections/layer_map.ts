import { list, num, text, type Report } from "../data";
import { type Child, h } from "../dom";
import { figure } from "../figure";
import { grid } from "../figures/grid";
import { number } from "../format";
import { rich, t } from "../language";
import { missing } from "./missing";

// More layers than any model has.
const most = 400;

export function layerMap(report: Report): Child {
  const map = report.trace?.layer_map;
  const a = list(map?.layers_a).slice(0, most).map(text);
  const b = list(map?.layers_b).slice(0, most).map(text);
  const z = list(map?.z).map((row) => list(row).map(num));
  if (!map || a.length === 0 || b.length === 0 || z.length === 0) return missing("map.missing");
  const threshold = num(map.threshold);
  if (threshold === null) return missing("map.missing");
  const source = list(map.source).map(num);
  const value = (r: number, c: number) => z[r]?.[c] ?? null;
  const limits = [1, 2, 4].map((k) => number(threshold * k));
  return [
    path(source, a).length === 0 && h("p", {}, t("map.no_path")),
    map.fitted_basis === true && h("p", { class: "note" }, rich("map.fitted")),
    figure({
      id: "layer-map", label: t("map.label"), widest: 720,
      caption: rich("map.caption", { threshold: limits[0] }),
      legend: [
        { label: t("map.below", { z: limits[0] }), colour: "var(--n1)" },
        { label: t("map.under", { z: limits[0] }), colour: "var(--z0)" },
        { label: t("map.between", { from: limits[0], to: limits[1] }), colour: "var(--z1)" },
        { label: t("map.between", { from: limits[1], to: limits[2] }), colour: "var(--z2)" },
        { label: t("map.between", { from: limits[2], to: number(threshold * 8) }), colour: "var(--z3)" },
        { label: t("map.over", { from: number(threshold * 8) }), colour: "var(--z4)" },
        { label: t("map.nothing"), colour: "var(--na)" },
        ...(path(source, a).length > 0 ? [{ label: t("map.path"), colour: "var(--ink)", shape: "line" as const }] : []),
      ],
      draw: (width) => grid({
        width, rows: a, columns: b, rowTitle: t("word.layer"), columnTitle: t("map.layer_b"), square: true, labelRoom: 44,
        path: path(source, a),
        parts: (r, c) => (value(r, c) === null ? null : [{ colour: colour(value(r, c) ?? 0, threshold), share: 1 }]),
        text: (r, c) => t("map.cell", { la: a[r], lb: b[c], z: number(value(r, c)) }),
      }),
      rows: () => [["layer_a", "layer_b", "z", "source"],
        ...a.flatMap((la, r) => b.map((lb, c) => [la, lb, value(r, c), String(source[c]) === la ? "yes" : ""]))],
    }),
  ];
}

// Where the path of matching layers goes: a row of A's for each column that has one.
function path(source: (number | null)[], a: string[]): [number, number][] {
  const rows = new Map(a.map((name, r) => [name, r]));
  return source.flatMap((from, c): [number, number][] => {
    const row = from === null ? undefined : rows.get(String(from));
    return row === undefined ? [] : [[row, c]];
  });
}

function colour(z: number, threshold: number): string {
  if (z < -threshold) return "var(--n1)";
  if (z < threshold) return "var(--z0)";
  if (z < 2 * threshold) return "var(--z1)";
  if (z < 4 * threshold) return "var(--z2)";
  return z < 8 * threshold ? "var(--z3)" : "var(--z4)";
}
