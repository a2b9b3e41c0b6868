import { entries, items, list, nameOf, num, text, type Input, type Maybe, type Report, type Run } from "../data";
import { type Child, h } from "../dom";
import { bytes, count, dash } from "../format";
import { rich, t } from "../language";
import { english, table } from "../table";
import { missing } from "./missing";

// "auto", and of how many looks the last was, where it did not take all.
function effort(report: Report): string {
  const of = report.trace?.effort;
  if (!of) return dash;
  if (of.whole === true) return `${text(of.asked)}: ${t("inputs.whole")}`;
  return `${text(of.asked)}: ${t("inputs.drawn")} ${text(num(of.looks))}/${text(num(of.looks_planned))}`;
}

export function inputs(report: Report): Child {
  const found = items(report.trace?.inputs ?? report.compare?.inputs);
  const runs = [report.trace?.run, report.compare?.run, report.diff?.run].filter((x): x is Run => !!x);
  if (found.length === 0 && runs.length === 0) return missing("inputs.missing");
  const run = runs[0];
  const facts: [string, string][] = [
    [`modelkin: ${t("inputs.version")}`, text(report.tool?.version) || dash],
    [t("inputs.seed"), text(num(report.trace?.seed)) || dash],
    [t("inputs.effort"), effort(report)],
    [t("inputs.threads"), text(num(run?.threads)) || dash],
    [t("inputs.simd"), text(run?.simd_target) || dash],
  ];
  const warnings = found.flatMap((x) => list(x.warnings).map((w): Child[] => [`${nameOf(report, x.id)}: `, english(text(w))]));
  return [
    h("p", {}, rich("inputs.lead")),
    found.length > 0 && files(report, found),
    warnings.length > 0 && [h("h4", {}, t("inputs.warnings")),
      h("ul", {}, warnings.slice(0, 100).map((x) => h("li", {}, x)))],
    h("h4", {}, t("inputs.commands")),
    h("pre", { tabindex: 0, role: "group", "aria-label": t("inputs.commands") }, [...new Set(runs.map((x) => `${command(x)}\n`))].join("")),
    table({
      caption: t("inputs.facts"), label: t("inputs.facts"), head: [t("word.name"), t("word.value")],
      rows: facts.map(([name, value]) => [name, value]),
    }),
    h("p", { class: "soft" }, t("inputs.same")),
  ];
}

function files(report: Report, found: Input[]): HTMLElement {
  const rows = found.flatMap((x) => items(x.files).map((file) => ({ x, file })));
  return table({
    caption: t("inputs.table"), label: t("inputs.table"), numeric: [2],
    head: [t("inputs.model"), t("inputs.file"), t("inputs.bytes"), t("inputs.types"), [t("inputs.sha"), h("small", {}, t("inputs.header_sha"))]],
    rows: rows.map(({ x, file }): Child[] => [
      [nameOf(report, x.id), h("small", { class: "mono" }, text(x.path))], text(file.name), count(num(file.bytes)), types(x),
      [hash(file.sha256), h("small", {}, hash(file.header_sha256))],
    ]),
    csv: {
      name: "modelkin-inputs",
      rows: () => [["id", "path", "file", "bytes", "sha256", "header_sha256"], ...rows.map(({ x, file }) =>
        [text(x.id), text(x.path), text(file.name), num(file.bytes), text(file.sha256), text(file.header_sha256)])],
    },
  });
}

function types(x: Input): Child {
  return entries(x.bytes_by_dtype).map(([type, n]) => h("div", { class: "nowrap" }, `${type} ${bytes(num(n))}`));
}

function hash(value: Maybe<string>): Child {
  return value ? h("span", { class: "hash" }, text(value)) : dash;
}

function command(run: Run): string {
  return ["modelkin", ...list(run.arguments).map(text)]
    .map((x) => (/^[\w@%+=:,./-]+$/.test(x) ? x : `'${x.replace(/'/g, `'\\''`)}'`)).join(" ");
}
