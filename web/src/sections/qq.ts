import { items, nameOf, num, text, type Report } from "../data";
import { type Child, h } from "../dom";
import { type Drawing, figure, type Spot } from "../figure";
import { orderQuantile } from "../figures/quantiles";
import { Plot, placed, plotted } from "../figures/plot";
import { count, number, pValue } from "../format";
import { rich, t } from "../language";
import { word } from "../words";
import { missing } from "./missing";

interface Dot {
  rank: number;
  expected: number;
  observed: number;
  name: string;
}

const most = 1500;
// The share of chance above the band, and as much below it.
const edge = 0.025;

export function qq(report: Report): Child {
  const known = items(report.trace?.mlps)
    .map((x) => ({ log10: num(x.log10_p), b: text(x.b), a: text(x.a) }))
    .filter((x): x is { log10: number; b: string; a: string } => x.log10 !== null)
    .sort((p, q) => p.log10 - q.log10);
  if (known.length === 0) return missing("qq.missing");
  const n = known.length;
  const all: Dot[] = known.map((x, i) => ({
    rank: i + 1, expected: -Math.log10((i + 1) / (n + 1)), observed: -x.log10, name: `${x.b} ← ${x.a}`,
  }));
  const dots = all.filter((dot) => dot.rank <= most / 2 || dot.rank % Math.ceil(n / (most / 2)) === 0);
  const controls = items(report.trace?.controls).filter((x) => x.related !== true).flatMap((x) => {
    const test = items(x.tests).find((y) => y.name === "gate_up_matching");
    const log10 = num(test?.log10_p);
    return log10 === null ? [] : [{ observed: -log10, name: `${nameOf(report, x.with)} / ${nameOf(report, x.control)}` }];
  });
  const label = t("qq.label", { count: n });
  const limit = upperLimit(n);
  const above = known.filter((x, i) => -x.log10 > limit(i + 1)).length;
  const fitted = report.trace?.relation?.shown_by === "fitted_basis" || report.trace?.layer_map?.fitted_basis === true;
  return [
    h("p", {}, said(report, above, n)),
    fitted && h("p", { class: "note" }, rich("qq.fitted")),
    figure({
      id: "qq", label, widest: 640,
      caption: [rich("qq.caption"), dots.length < n && [" ", t("qq.subset", { shown: count(dots.length), all: count(n) })]],
      legend: [
        { label: t("qq.legend_mlp"), colour: "var(--a)", shape: "ring" },
        { label: t("qq.legend_line"), colour: "var(--soft)", shape: "line" },
        { label: t("qq.legend_band"), colour: "var(--band)" },
        ...(controls.length > 0 ? [{ label: t("qq.legend_control"), colour: "var(--b)", shape: "line" as const }] : []),
      ],
      draw: (width) => draw(width, n, dots, controls),
      rows: () => [["rank", "mlp", "expected_minus_log10_p", "observed_minus_log10_p"],
        ...all.map((x) => [x.rank, x.name, x.expected, x.observed]),
        ...controls.map((x) => ["control", x.name, null, x.observed])],
    }),
  ];
}

// Ranks from the first to the last, closer together at the start.
function someRanks(n: number): number[] {
  const ranks = new Set<number>();
  for (let k = 0; k <= 60; ++k) ranks.add(Math.max(1, Math.min(n, Math.round(n ** (k / 60)))));
  return [...ranks].sort((p, q) => p - q);
}

// The upper edge of the chance band at a rank; between a few ranks it is interpolated.
function upperLimit(n: number): (rank: number) => number {
  const ranks = someRanks(n);
  const limits = ranks.map((rank) => -Math.log10(orderQuantile(rank, n, edge)));
  return (rank) => {
    const next = Math.max(1, ranks.findIndex((x) => x >= rank));
    const [low, high] = [Math.log(ranks[next - 1]), Math.log(ranks[next] ?? ranks[next - 1])];
    const share = high > low ? (Math.log(rank) - low) / (high - low) : 0;
    return limits[next - 1] + share * ((limits[next] ?? limits[next - 1]) - limits[next - 1]);
  };
}

// A plot in which nothing is to be seen must not stand under a verdict as if it were its reason.
function said(report: Report, above: number, n: number): string {
  const values = { above: count(above), count: count(n), expected: number(n * edge, 2) };
  if (above > n * 2 * edge) return t("qq.lead", values);
  const others = items(report.trace?.tests).filter((x) => x.strong === true && !text(x.name).startsWith("gate_up_matching"));
  return others.length > 0 ? t("qq.nothing_here", { ...values, tests: others.map((x) => word("test", x.name)).join(", ") })
    : t("qq.nothing", values);
}

function draw(width: number, n: number, dots: Dot[], controls: { observed: number; name: string }[]): Drawing {
  const top = Math.max(...dots.map((x) => x.observed), ...controls.map((x) => x.observed), -Math.log10(orderQuantile(1, n, 0.025)));
  const right = -Math.log10(1 / (n + 1)) * 1.12 + 0.1;
  const bent = top > 12;
  // Derived pairs go to hundreds: the band would be a hair. So the axis is linear to 3, and logarithmic above.
  const bend = (v: number) => (bent && v > 3 ? 3 + 3 * Math.log10(v / 3) : v);
  const band = someRanks(n).map((rank) => ({
    x: -Math.log10(rank / (n + 1)),
    low: bend(-Math.log10(orderQuantile(rank, n, 0.975))),
    high: bend(-Math.log10(orderQuantile(rank, n, edge))),
  }));
  const height = Math.min(440, Math.max(280, width * 0.72));
  const last = bend(Math.max(top, right) * 1.05);
  const ticks = bent ? [0, 1, 2, 3, 10, 30, 100, 300, 1000, 3000, 10000, 30000].filter((v) => bend(v) <= last)
    : undefined;
  const line = [0, right * 0.25, right * 0.5, right * 0.75, right].map((v) => ({ x: v, y: bend(v) }));
  const picture = plotted({
    width, height, marginLeft: 48, marginRight: 26, marginBottom: 40, marginTop: 26,
    x: { domain: [0, right], label: t("qq.x"), labelArrow: "none", nice: false },
    y: { domain: [0, last], label: t(bent ? "qq.y_bent" : "qq.y"), labelArrow: "none",
      ...(ticks ? { ticks: ticks.map(bend), tickFormat: (v: number) => String(ticks[ticks.findIndex((x) => Math.abs(bend(x) - v) < 1e-9)] ?? "") } : {}) },
    marks: [
      Plot.areaY(band, { x: "x", y1: "low", y2: "high", fill: "var(--band)" }),
      Plot.line(line, { x: "x", y: "y", stroke: "var(--soft)", strokeWidth: 1 }),
      Plot.dot(dots, { x: "expected", y: (d: Dot) => bend(d.observed), r: 3.2, stroke: "var(--a)", strokeWidth: 1.4 }),
      Plot.ruleY(controls, { y: (d: { observed: number }) => bend(d.observed), x1: right * 0.955, x2: right, stroke: "var(--b)", strokeWidth: 2 }),
    ],
  });
  const spots: Spot[] = dots.map((d) => ({
    x: placed(picture, "x", d.expected), y: placed(picture, "y", bend(d.observed)),
    text: `${d.name}\np ${pValue(-d.observed)} (${number(d.rank)} / ${count(n)})`,
  }));
  for (const c of controls) {
    spots.push({ x: placed(picture, "x", right * 0.98), y: placed(picture, "y", bend(c.observed)), text: `${c.name}\np ${pValue(-c.observed)}` });
  }
  return { picture, spots };
}
