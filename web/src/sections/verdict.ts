import { items, list, nameOf, num, text, type ComponentSide, type Fact, type Maybe, type Report } from "../data";
import { type Child, h } from "../dom";
import { count, number, percent } from "../format";
import { known, rich, t } from "../language";
import { english, table } from "../table";
import { texts, type Key } from "../texts";
import { componentName } from "./component";
import { missing } from "./missing";

export function verdict(report: Report): Child {
  const found = report.trace?.verdict;
  if (!found || !found.category) return missing("verdict.missing");
  const category = text(found.category);
  const evidence = list(found.evidence);
  const limits = list(found.limits);
  const power = report.trace?.power;
  return [
    h("p", { class: "badge" }, known("badge", category) ?? category),
    has(`say.${category}`) && h("p", { class: "say" }, rich(`say.${category}` as Key)),
    found.kind && h("p", {}, known("kind_of_share", text(found.kind)) ?? text(found.kind)),
    // Of several components each has its own.
    items(report.trace?.components).length < 2 && num(power?.smallest_share) !== null && h("p", {}, rich("verdict.power", {
      share: percent(num(power?.smallest_share), 1), probability: percent(num(power?.probability), 2),
    })),
    found.sentence && h("p", { class: "quote" }, t("verdict.as_printed"), ": ", english(text(found.sentence))),
    components(report),
    h("h3", {}, t("verdict.evidence")),
    evidence.length > 0
      ? h("ul", {}, evidence.map((line) => h("li", {}, english(text(line)))))
      : h("p", {}, t("verdict.evidence_none")),
    limits.length > 0 && [
      h("h3", {}, t("verdict.limits")),
      h("ul", {}, limits.map((line) => h("li", {}, english(text(line))))),
    ],
    h("h3", {}, t("verdict.not_said")),
    h("ul", {}, (["not_said.theft", "not_said.independence", "not_said.probability", "not_said.data"] as const)
      .map((key) => h("li", {}, rich(key)))),
    h("h3", {}, t("verdict.direction")), direction(report),
    h("h3", {}, t("verdict.how")), manner(report),
  ];
}

function side(of: Maybe<ComponentSide>): string {
  if (!of) return "–";
  return [text(of.family), t("verdict.component_side", { tensors: count(num(of.tensors)), elements: count(num(of.elements)) })]
    .filter((x) => x !== "").join(", ");
}

// Of models of several components, what each comes to.
function components(report: Report): Child {
  const all = items(report.trace?.components);
  if (all.length < 2) return null;
  return [table({
    caption: t("verdict.components"), label: t("verdict.components"),
    head: [t("verdict.component"), nameOf(report, "a"), nameOf(report, "b"), t("verdict.component_verdict")],
    rows: all.map((x) => [
      componentName(x), side(x.a), side(x.b),
      !x.a || !x.b ? t(x.a ? "verdict.only_a" : "verdict.only_b") : [
        known("badge", text(x.verdict?.category)) ?? text(x.verdict?.category),
        ...items(x.relation?.kinds).map((kind) => known("kind", text(kind.kind)) ?? text(kind.kind)),
      ].join(", "),
    ]),
  }), h("p", { class: "soft" }, t("verdict.of_first", { component: componentName(all[0]) }))];
}

function has(key: string): boolean {
  return Object.prototype.hasOwnProperty.call(texts, key);
}

function direction(report: Report): Child {
  const relation = report.trace?.relation;
  if (!relation) return h("p", {}, t("direction.none"));
  const names = { a: nameOf(report, "a"), b: nameOf(report, "b") };
  const way = text(relation.direction);
  const facts = items(relation.facts);
  const signs = items(relation.signs);
  return [
    h("p", {}, way === "a_to_b" ? t("direction.a_to_b", names)
      : way === "b_to_a" ? t("direction.b_to_a", names) : t("direction.unknown")),
    facts.length > 0 && [h("p", { class: "soft" }, t("direction.facts")), h("ul", {}, facts.map(clue))],
    signs.length > 0 && [
      h("p", { class: "soft" }, t("direction.signs")),
      h("ul", {}, signs.map((x) => h("li", {}, english(text(x.evidence)), " (", t("direction.sign_rate", {
        order: order(x), wrong: text(num(x.wrong)), cases: text(num(x.cases)),
      }), " ", english(text(x.turned_by)), ")"))),
    ],
  ];
}

function order(x: Fact): string {
  return t(x.direction === "b_to_a" ? "direction.ba" : "direction.ab");
}

function clue(x: Fact): HTMLElement {
  return h("li", {}, english(text(x.evidence)), ` (${order(x)})`);
}

function manner(report: Report): Child {
  const relation = report.trace?.relation;
  if (!relation) return h("p", {}, t("verdict.how_none"));
  const kinds = items(relation.kinds);
  const lost = list(relation.not_in_b);
  return [
    relation.shown_by === "fitted_basis" && h("p", {}, rich("verdict.fitted")),
    kinds.length === 0
      ? h("p", {}, t("verdict.how_nothing"))
      : h("ul", {}, kinds.map((x) => {
        const roles = list(x.roles).map(text);
        return h("li", {},
          h("strong", {}, known("kind", text(x.kind)) ?? text(x.kind)), ": ", english(text(x.evidence)),
          roles.length > 0 && h("span", { class: "soft" }, ` (${roles.join(", ")})`));
      })),
    mixture(report),
    lost.length > 0 && h("details", {},
      h("summary", {}, t("verdict.not_in_b", { count: lost.length })),
      h("ul", {}, lost.slice(0, 500).map((name) => h("li", { class: "mono" }, text(name))))),
  ];
}

function mixture(report: Report): Child {
  const merge = report.trace?.merge;
  const weights = items(merge?.weights);
  if (!merge || merge.skipped || merge.is_merge !== true || weights.length === 0) return null;
  return h("p", {}, t("verdict.merge", {
    method: text(merge.method).replace(/_/g, " "),
    weights: weights.map((x) => `${number(num(x.mean))} (${number(num(x.low))} … ${number(num(x.high))}; `
      + `${number(num(x.tensors_low))} … ${number(num(x.tensors_high))})`).join(", "),
  }));
}
