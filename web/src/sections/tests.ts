import { items, list, nameOf, num, text, type Component, type Maybe, type Report, type Test } from "../data";
import { type Child, h } from "../dom";
import { count, dash, number, pValue, range } from "../format";
import { rich, t } from "../language";
import { breakable, type Cell, english, table } from "../table";
import { word } from "../words";
import { componentName } from "./component";
import { missing } from "./missing";

const suffix = "_in_fitted_basis";

export function tests(report: Report): Child {
  const all = items(report.trace?.tests);
  if (all.length === 0) return missing("tests.missing");
  const controls = items(report.trace?.controls);
  const basis = report.trace?.hidden_basis;
  const related = controls.filter((x) => x.related === true);
  return [
    h("p", {}, rich("tests.lead")),
    // Of several components each has its tests; the rest of the page is of the first.
    compared(report).length > 1
      ? compared(report).map((x, i) => testTable(report, items(x.tests), x, i === 0))
      : testTable(report, all, null, true),
    num(basis?.cosine) !== null && h("p", { class: "soft" }, rich(basis?.fitted_to === "layers" ? "tests.basis_layers" : "tests.basis", {
      map: text(basis?.map).replace(/_/g, " "), cosine: number(num(basis?.cosine)), shuffled: number(num(basis?.shuffled_cosine)),
    })),
    related.length > 0 && h("ul", {}, related.map((x) => h("li", {}, t("tests.related", {
      control: nameOf(report, x.control), with: nameOf(report, x.with),
    })))),
    controls.length > 0 && table({
      caption: t("tests.controls_table"), label: t("tests.controls_table"),
      head: [t("describe.pair"), t("verdict.title")],
      rows: controls.map((x) => [
        `${nameOf(report, x.with)} / ${nameOf(report, x.control)}`,
        word("verdict", x.category),
      ]),
    }),
  ];
}

// Components that both models have.
function compared(report: Report): Component[] {
  return items(report.trace?.components).filter((x) => x.a && x.b);
}

function testTable(report: Report, all: Test[], of: Maybe<Component>, isFirst: boolean): HTMLElement {
  const component = of ? componentName(of) : null;
  const title = component === null ? t("tests.title") : `${t("tests.title")}: ${component}`;
  return table({
    caption: component === null ? t("tests.caption") : `${component}. ${t("tests.caption")}`, label: title, numeric: [1, 3, 4],
    head: [t("tests.name"), "n", t("tests.statistic"), rich("tests.p"), rich("tests.p_corrected"), rich("tests.effect"),
      rich("tests.controls"), rich("tests.strong")],
    rows: all.map(row),
    csv: {
      name: component === null ? "modelkin-tests" : `modelkin-tests-${text(of?.component)}`,
      rows: () => csvRows(report, all, isFirst),
    },
  });
}

function row(test: Test): Child[] {
  const name = text(test.name);
  const fitted = name.endsWith(suffix);
  // Where words tell of the fitted basis themselves, nothing is added.
  const whole = word("test", name);
  const plain = fitted && whole === name ? word("test", name.slice(0, -suffix.length)) : whole;
  const title: Child = [
    plain === name ? h("span", { class: "mono" }, breakable(name)) : h("span", {}, plain),
    fitted && plain !== whole && h("small", {}, rich("tests.fitted")),
    plain !== name && h("small", { class: "mono" }, breakable(name)),
    test.skipped && h("small", {}, t("tests.not_run"), english(text(test.skipped))),
    test.caveat && h("small", {}, h("strong", {}, t("tests.caveat")), english(text(test.caveat))),
  ];
  if (test.skipped) return [title, dash, dash, dash, dash, dash, dash, dash];
  return [
    title,
    count(num(test.n)),
    [number(num(test.statistic)), h("small", {}, english(text(test.statistic_name)))],
    [pValue(num(test.log10_p), test.log10_p_is_bound), test.caveat ? "*" : null],
    [pValue(num(test.log10_p_adjusted), test.log10_p_is_bound), test.caveat ? "*" : null],
    [number(num(test.effect)), h("small", {}, english(text(test.effect_name)))],
    h("span", { class: "nowrap" }, range(list(test.control_effects).map(num))),
    test.strong === true ? h("strong", {}, t("word.yes")) : t("word.no"),
  ];
}

// Tests beside controls are there of the first component.
function csvRows(report: Report, tests: Test[], isFirst: boolean): Cell[][] {
  const head = ["pair", "name", "n", "statistic_name", "statistic", "log10_p", "log10_p_is_bound", "p_method",
    "log10_p_adjusted", "effect_name", "effect", "least_effect", "strong", "caveat", "skipped", "assumption"];
  const line = (pair: string, x: Test): Cell[] => [pair, text(x.name), num(x.n), text(x.statistic_name), num(x.statistic),
    num(x.log10_p), text(x.log10_p_is_bound), text(x.p_method), num(x.log10_p_adjusted), text(x.effect_name),
    num(x.effect), num(x.least_effect), text(x.strong), text(x.caveat), text(x.skipped), text(x.assumption)];
  const rows: Cell[][] = [head, ...tests.map((x) => line("a b", x))];
  for (const control of isFirst ? items(report.trace?.controls) : []) {
    for (const x of items(control.tests)) rows.push(line(`${text(control.with)} ${text(control.control)}`, x));
  }
  return rows;
}
