import { items, list, nameOf, num, text, type Overlap, type Report, type Tokenizer } from "../data";
import { type Child, h } from "../dom";
import { figure } from "../figure";
import { Plot, placed, plotted } from "../figures/plot";
import { count, dash, number, percent } from "../format";
import { rich, t } from "../language";
import { table } from "../table";
import { missing } from "./missing";

export function tokenizer(report: Report): Child {
  const found = report.tokenizer;
  if (!found) return missing("tokenizer.missing");
  return [
    h("p", {}, rich("tokenizer.lead", { shared: count(num(found.tokens?.shared)), same: count(num(found.same_id)) })),
    overlapTable(report, found),
    offsets(found),
    special(report, found),
  ];
}

function overlapTable(report: Report, found: Tokenizer): HTMLElement {
  const row = (name: Child, x: Overlap | null | undefined, order: number | null): Child[] => [name, count(num(x?.a)), count(num(x?.b)),
    count(num(x?.shared)), number(num(x?.jaccard)), percent(num(x?.share_of_smaller)), number(order)];
  return table({
    caption: `${t("tokenizer.table")}: ${text(found.a?.kind) || dash} / ${text(found.b?.kind) || dash}`,
    label: t("tokenizer.table"), numeric: [1, 2, 3, 4, 5, 6],
    head: [t("word.name"), nameOf(report, "a"), nameOf(report, "b"), t("tokenizer.shared"), rich("tokenizer.jaccard"),
      t("tokenizer.smaller"), t("tokenizer.order")],
    rows: [
      row(rich("tokenizer.tokens"), found.tokens, num(found.order_correlation)),
      row(rich("tokenizer.merges"), found.merges, num(found.merge_rank_correlation)),
    ],
  });
}

function offsets(found: Tokenizer): Child {
  const rows = items(found.offsets).map((x) => ({ offset: text(num(x.offset)), tokens: num(x.tokens) ?? 0 }));
  if (rows.length === 0) return null;
  return figure({
    id: "tokenizer-offsets", label: t("tokenizer.offsets_label"), caption: rich("tokenizer.offsets_caption"), widest: 560,
    draw: (width) => {
      const picture = plotted({
        width, height: rows.length * 22 + 50, marginLeft: 64, marginRight: 16, marginTop: 6, marginBottom: 36,
        x: { label: `${t("tokenizer.moved")} →`, labelArrow: "none", grid: true, ticks: width / 100 },
        y: { domain: rows.map((x) => x.offset), label: null, tickSize: 0 },
        marks: [Plot.barX(rows, { x: "tokens", y: "offset", fill: "var(--a)", insetTop: 3, insetBottom: 3 })],
      });
      return { picture, spots: rows.map((x) => ({
        x: placed(picture, "x", x.tokens), y: placed(picture, "y", x.offset), text: `${x.offset}: ${count(x.tokens)}`,
      })) };
    },
    rows: () => [["offset", "tokens"], ...rows.map((x) => [x.offset, x.tokens])],
  });
}

function special(report: Report, found: Tokenizer): Child {
  const lists: [string, string[]][] = [
    [t("tokenizer.shared"), list(found.special?.shared).map(text)],
    [t("tokenizer.only", { name: nameOf(report, "a") }), list(found.special?.only_a).map(text)],
    [t("tokenizer.only", { name: nameOf(report, "b") }), list(found.special?.only_b).map(text)],
  ];
  if (lists.every(([, x]) => x.length === 0)) return null;
  return [h("h4", {}, t("tokenizer.special")), lists.map(([name, x]) =>
    h("p", {}, `${name} (${count(x.length)}): `, x.length === 0 ? t("word.none") : x.slice(0, 200).map((token, i) =>
      [i > 0 && " ", h("code", {}, token)])))];
}
