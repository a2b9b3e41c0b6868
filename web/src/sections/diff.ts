import { items, list, nameOf, num, text, type Diff, type Report } from "../data";
import { type Child, h } from "../dom";
import { figure } from "../figure";
import { Plot, placed, plotted } from "../figures/plot";
import { count, dash, percent, raised } from "../format";
import { rich, t } from "../language";
import { breakable, table } from "../table";
import { missing } from "./missing";

export function diff(report: Report): Child {
  const found = report.diff;
  if (!found?.summary) return missing("diff.missing");
  const elsewhere = items(found.found_elsewhere);
  return [
    h("p", {}, rich("diff.lead", {
      identical: count(num(found.summary.identical)), tensors: count(num(found.summary.tensors)),
      elsewhere: count(num(found.summary.found_elsewhere)),
    })),
    distances(found),
    elsewhere.length > 0 && table({
      caption: t("diff.elsewhere"), label: t("diff.elsewhere"), head: [nameOf(report, "a"), nameOf(report, "b")],
      rows: elsewhere.map((x) => [text(x.a), list(x.b).slice(0, 20).map(text).join(", ")]),
    }),
    tensors(found),
  ];
}

function distances(found: Diff): Child {
  const sums = new Map<string, { from: number; to: number; count: number }>();
  for (const tensor of items(found.tensors)) {
    for (const x of items(tensor.ulp_distances?.buckets)) {
      const [from, to, n] = [num(x.from), num(x.to), num(x.count)];
      if (from === null || to === null || n === null) continue;
      const bucket = sums.get(`${from} ${to}`) ?? { from, to, count: 0 };
      bucket.count += n;
      sums.set(`${from} ${to}`, bucket);
    }
  }
  const all = [...sums.values()].sort((p, q) => p.from - q.from);
  const total = all.reduce((s, x) => s + x.count, 0);
  if (total === 0) return null;
  const rows = all.map((x) => ({ ...x, name: x.from === x.to ? text(x.from) : `${x.from}–${x.to}`, start: text(x.from), share: x.count / total }));
  return figure({
    id: "ulp", label: t("diff.label"), caption: rich("diff.caption"), widest: 720,
    draw: (width) => {
      const every = Math.max(1, Math.ceil((rows.length * 46) / (width - 60)));
      const picture = plotted({
        width, height: 260, marginLeft: 48, marginTop: 26, marginBottom: 40,
        x: { domain: rows.map((x) => x.start), label: t("diff.x"), labelArrow: "none", tickSize: 0, padding: 0.15,
          ticks: rows.filter((_, i) => i % every === 0).map((x) => x.start), tickFormat: start },
        y: { label: t("diff.y"), labelArrow: "none", grid: true, ticks: 5, tickFormat: "%" },
        marks: [Plot.barY(rows, { x: "start", y: "share", fill: "var(--a)" })],
      });
      return { picture, spots: rows.map((x) => ({
        x: placed(picture, "x", x.start), y: placed(picture, "y", x.share), text: `${x.name}: ${count(x.count)} (${percent(x.share)})`,
      })) };
    },
    rows: () => [["from", "to", "values"], ...rows.map((x) => [x.from, x.to, x.count])],
  });
}

function start(from: string): string {
  const n = Number(from);
  const power = Math.log2(n);
  return n < 2 ? from : n >= 1024 && Number.isInteger(power) ? `≥ 2${raised(String(power))}` : `≥ ${from}`;
}

function tensors(found: Diff): Child {
  const rows = items(found.tensors);
  if (rows.length === 0) return null;
  const elements = (shape: number[]) => shape.reduce((s, x) => s * x, 1);
  const digest = (x: string) => (x ? h("span", { class: "hash" }, `${x.slice(0, 12)}…`) : dash);
  return table({
    caption: t("diff.table"), label: t("diff.table"), numeric: [2],
    head: [t("word.name"), t("diff.identical"), t("diff.bit_equal"), t("diff.sha_a"), t("diff.sha_b")],
    rows: { count: rows.length, values: (i) => {
      const x = rows[i];
      const equal = num(x.bit_equal);
      return [text(x.b?.name ?? x.a?.name), t(x.identical === true ? "word.yes" : "word.no"),
        equal === null ? null : equal / elements(list(x.a?.shape)), text(x.a?.sha256), text(x.b?.sha256)];
    }, row: (i) => {
      const x = rows[i];
      const n = elements(list(x.a?.shape));
      const equal = num(x.bit_equal);
      return [breakable(text(x.b?.name ?? x.a?.name)), t(x.identical === true ? "word.yes" : "word.no"),
        equal === null ? dash : `${count(equal)} (${percent(equal / n)})`, digest(text(x.a?.sha256)), digest(text(x.b?.sha256))];
    } },
    csv: {
      name: "modelkin-tensors",
      rows: () => [["a", "b", "dtype_a", "dtype_b", "identical", "bit_equal", "sha256_a", "sha256_b"],
        ...rows.map((x) => [text(x.a?.name), text(x.b?.name), text(x.a?.dtype), text(x.b?.dtype), text(x.identical), num(x.bit_equal),
          text(x.a?.sha256), text(x.b?.sha256)])],
    },
  });
}
