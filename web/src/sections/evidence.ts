import { answerOf } from "../answer";
import { items, num, text, type Report } from "../data";
import { type Child, h } from "../dom";
import { percent } from "../format";
import { rich, t } from "../language";
import type { Key } from "../texts";
import { missing } from "./missing";

// In the page's language where the program wrote an answer; else as the verdict has them, in English.
function sentences(report: Report, lines: string[]): HTMLElement {
  return h("ul", {}, lines.map((line) => h("li", { lang: report.answer ? null : "en" }, line)));
}

export function evidence(report: Report): Child {
  const answer = answerOf(report);
  if (!report.trace?.verdict && answer.evidence.length === 0) return missing("verdict.missing");
  return [
    answer.howSure && h("p", { class: "sure" }, answer.howSure),
    answer.evidence.length > 0 ? sentences(report, answer.evidence) : h("p", {}, t("verdict.evidence_none")),
  ];
}

// What holds for each verdict; that nothing was found is no proof of independence, and only then has to be said.
const always: Key[] = ["not_said.theft", "not_said.data"];
const ofLook: Record<string, Key[]> = {
  same: [], related: ["not_said.probability"], part: ["not_said.probability"], start: ["not_said.probability", "not_said.learned"],
  nothing: ["not_said.independence"], untestable: ["not_said.independence"],
};

export function limits(report: Report): Child {
  const answer = answerOf(report);
  const power = report.trace?.power;
  const share = num(power?.smallest_share);
  return [
    answer.limits.length > 0 && sentences(report, answer.limits),
    // Of several components each has its own.
    items(report.trace?.components).length < 2 && share !== null && text(report.trace?.verdict?.category) === "no_evidence" && h("p", {},
      rich("verdict.power", { share: percent(share, 1), probability: percent(num(power?.probability), 2) })),
    h("h4", {}, t("verdict.not_said")),
    h("ul", {}, [...ofLook[answer.look], ...always].map((key) => h("li", {}, rich(key)))),
  ];
}
