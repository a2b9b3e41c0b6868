import { items, nameOf, num, text, type Descriptions, type Fingerprint, type Report, type TokenTable } from "../data";
import { type Child, h } from "../dom";
import { figure, type Spot } from "../figure";
import { Plot, placed, plotted } from "../figures/plot";
import { count, number, range, shorten } from "../format";
import { rich, t } from "../language";
import { breakable, english, table } from "../table";
import { missing } from "./missing";
import { routers } from "./routers";

export function describe(report: Report): Child {
  const found = report.trace?.descriptions;
  if (!found) return missing("describe.missing");
  const prints = items(found.fingerprints);
  return [
    h("p", { class: "note" }, t("describe.warning")),
    text(found.left_out) !== "" && h("p", {}, rich("describe.left_out")),
    prints.length > 0 && [fingerprints(report, prints), fingerprintTable(prints)],
    tokens(report, found),
    routers(report, found),
    spectra(found),
  ];
}

function fingerprints(report: Report, prints: Fingerprint[]): HTMLElement {
  const dots = prints.flatMap((x) => [
    { name: text(x.name), who: t("word.pair"), value: num(x.value), pair: true },
    ...items(x.controls).map((c) => ({
      name: text(x.name), who: `${nameOf(report, c.with)} / ${nameOf(report, c.control)}`, value: num(c.value), pair: false,
    })),
  ]).filter((x): x is typeof x & { value: number } => x.value !== null);
  const names = [...new Set(prints.map((x) => text(x.name)))];
  return figure({
    id: "fingerprints", label: t("describe.prints_label"), caption: rich("describe.prints_caption"), widest: 720,
    legend: [{ label: t("word.pair"), colour: "var(--ink)", shape: "dot" }, { label: t("word.controls"), colour: "var(--grey)", shape: "ring" }],
    draw: (width) => {
      const values = dots.map((x) => x.value);
      const letters = Math.floor(Math.min(150, width * 0.36) / 6.2);
      const picture = plotted({
        width, height: names.length * 26 + 56, marginLeft: letters * 6.2 + 10, marginRight: 14, marginTop: 8, marginBottom: 38,
        x: { domain: [Math.min(0, ...values), Math.max(1, ...values)], nice: true, grid: true, ticks: width / 90,
          label: `${t("word.value")} →`, labelArrow: "none" },
        y: { domain: names, label: null, tickSize: 0, tickFormat: (x: string) => shorten(x, letters) },
        marks: [
          Plot.dot(dots.filter((x) => !x.pair), { x: "value", y: "name", r: 4, stroke: "var(--grey)", strokeWidth: 1.5 }),
          Plot.dot(dots.filter((x) => x.pair), { x: "value", y: "name", r: 4.2, fill: "var(--ink)" }),
        ],
      });
      const spots: Spot[] = dots.map((x) => ({
        x: placed(picture, "x", x.value), y: placed(picture, "y", x.name), text: `${x.name}\n${x.who}: ${number(x.value)}`,
      }));
      return { picture, spots };
    },
    rows: () => [["fingerprint", "pair", "value"], ...dots.map((x) => [x.name, x.who, x.value])],
  });
}

function fingerprintTable(prints: Fingerprint[]): HTMLElement {
  return table({
    caption: t("describe.prints_table"), label: t("describe.prints_table"), numeric: [1, 2],
    head: [t("describe.name"), t("word.pair"), rich("tests.controls"), t("describe.source"), t("describe.caveat")],
    rows: prints.map((x) => [h("span", { class: "mono" }, text(x.name)), number(num(x.value)),
      range(items(x.controls).map((c) => num(c.value))), english(text(x.source)), english(text(x.caveat))]),
  });
}

function tokens(report: Report, found: Descriptions): Child {
  const rows: Child[][] = [];
  const add = (pair: string, part: string, x: TokenTable | null | undefined) => {
    if (!x) return;
    rows.push([pair, x.skipped ? [part, h("small", {}, english(text(x.skipped)))] : part, number(num(x.norm_correlation)),
      count(num(x.undertrained_common)), number(num(x.undertrained_expected))]);
  };
  const all = [{ pair: t("word.pair"), x: found.tokens }, ...items(found.tokens?.controls).map((x) => ({
    pair: `${nameOf(report, x.with)} / ${nameOf(report, x.control)}`, x,
  }))];
  for (const { pair, x } of all) {
    add(pair, t("component.embedding"), x?.embedding);
    add(pair, t("component.head"), x?.unembedding);
  }
  if (rows.length === 0) return null;
  return [h("h4", {}, t("describe.tokens")), table({
    caption: t("describe.tokens"), label: t("describe.tokens"), numeric: [2, 3, 4],
    head: [t("describe.pair"), t("describe.table_part"), t("describe.norm_correlation"), rich("describe.undertrained"),
      t("describe.expected")],
    rows,
  })];
}

function spectra(found: Descriptions): Child {
  const a = items(found.spectra?.a);
  const b = new Map(items(found.spectra?.b).map((x) => [text(x.tensor), x]));
  if (a.length === 0) return null;
  const figures = (i: number) => {
    const [x, y] = [a[i], b.get(text(a[i].tensor))];
    return [num(x.stable_rank), num(y?.stable_rank), num(x.alpha), num(y?.alpha)];
  };
  return [h("h4", {}, rich("describe.spectra")), table({
    caption: t("describe.spectra_label"), label: t("describe.spectra_label"), numeric: [1, 2, 3, 4],
    head: [t("word.name"), `A: ${t("describe.stable_rank")}`, `B: ${t("describe.stable_rank")}`, `A: ${t("describe.alpha")}`,
      `B: ${t("describe.alpha")}`],
    rows: {
      count: a.length,
      row: (i) => [breakable(text(a[i].tensor)), ...figures(i).map((x) => number(x))],
      values: (i) => [text(a[i].tensor), ...figures(i)],
    },
  })];
}
