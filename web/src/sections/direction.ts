import { answerOf } from "../answer";
import { items, num, text, type Fact, type Report } from "../data";
import { type Child, h } from "../dom";
import { t } from "../language";
import { english } from "../table";

// The order of two models: of facts alone, with the signs that may be turned round.
export function direction(report: Report): Child {
  const relation = report.trace?.relation;
  if (!relation) return h("p", {}, t("direction.none"));
  const way = text(relation.direction);
  const facts = items(relation.facts);
  const signs = items(relation.signs);
  const answer = answerOf(report);
  return [
    h("p", {}, t(way === "a_to_b" ? "direction.a_to_b" : way === "b_to_a" ? "direction.b_to_a" : "direction.unknown")),
    facts.length > 0 && [h("p", { class: "soft" }, t("direction.facts")), h("ul", {}, facts.map((x) =>
      h("li", {}, english(text(x.evidence)), ` (${order(x)})`)))],
    signs.length > 0 && [
      h("p", { class: "soft" }, t("direction.signs")),
      h("ul", {}, signs.map((x, i) => h("li", {}, answer.signs[i] || english(text(x.evidence)), " (", t("direction.sign_rate", {
        order: order(x), wrong: text(num(x.wrong)), cases: text(num(x.cases)),
      }), " ", answer.signsTurnedBy[i] || english(text(x.turned_by)), ")"))),
    ],
  ];
}

function order(x: Fact): string {
  return t(x.direction === "b_to_a" ? "direction.ba" : "direction.ab");
}

// Whether a fact shows that A came first: else nothing may be said to be made from A.
export function isOrdered(report: Report): boolean {
  return text(report.trace?.relation?.direction) === "a_to_b";
}
