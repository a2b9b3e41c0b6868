import { answerOf } from "../answer";
import { items, list, nameOf, num, text, type ComponentSide, type Maybe, type Report } from "../data";
import { type Child, h } from "../dom";
import { count, number } from "../format";
import { rich, t } from "../language";
import { english, table } from "../table";
import { word } from "../words";
import { componentName } from "./component";

// How two models differ, whichever of them came first.
export function manner(report: Report): Child {
  const relation = report.trace?.relation;
  if (!relation) return [h("p", {}, t("verdict.how_none")), components(report)];
  const answer = answerOf(report);
  const kinds = items(relation.kinds);
  const lost = list(relation.not_in_b);
  return [
    relation.shown_by === "fitted_basis" && h("p", {}, rich("verdict.fitted")),
    answer.look === "start" && h("p", {}, t("verdict.how_start")),
    kinds.length === 0
      ? h("p", {}, t("verdict.how_nothing"))
      : h("ul", {}, kinds.map((x, i) => {
        const roles = list(x.roles).map(text);
        return h("li", {},
          h("strong", {}, word("kind", x.kind)), ": ", answer.kinds[i] || english(text(x.evidence)),
          roles.length > 0 && h("span", { class: "soft" }, ` (${roles.join(", ")})`));
      })),
    mixture(report),
    components(report),
    lost.length > 0 && h("details", {},
      h("summary", {}, t("verdict.not_in_b", { count: count(lost.length) })),
      h("ul", {}, lost.slice(0, 500).map((name) => h("li", { class: "mono" }, text(name))))),
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
        word("verdict", x.verdict?.category), ...items(x.relation?.kinds).map((kind) => word("kind", kind.kind)),
      ].join(", "),
    ]),
  }), h("p", { class: "soft" }, t("verdict.of_first", { component: componentName(all[0]) }))];
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
