// What is seen before anything is scrolled or unfolded: the answer in ten seconds.
import { type Answer, answerOf } from "../answer";
import { nameOf, type Report } from "../data";
import { type Child, h } from "../dom";
import { evidenceFigure } from "./evidence";
import { pill } from "./pill";
import { whole } from "./names";
import { quote } from "./quote";

// A headline with longer names has smaller letters.
const longest = 120;

export function first(report: Report): HTMLElement {
  const answer = answerOf(report);
  const names = [nameOf(report, "a"), nameOf(report, "b")];
  document.documentElement.dataset.look = answer.look;
  const said = [answer.lead, answer.howSure].filter((x) => x !== "").join(" ");
  const picture = evidenceFigure(answer);
  return h("section", { id: "verdict", class: "first", "aria-labelledby": "verdict-title" },
    h("p", { class: "pill-line" }, pill(answer.look, answer.pill)),
    h("h1", { id: "verdict-title", class: answer.headline.length > longest ? "long" : null }, whole(answer.headline, names)),
    said && h("p", { class: "lead" }, said),
    components(answer),
    h("div", { class: picture ? "answer" : "answer alone" },
      picture && h("div", { class: "in-common" }, picture),
      h("div", { class: "cards" }, answer.cards.map((x) => h("div", { class: "card", "data-tone": x.tone },
        h("h2", {}, x.title), h("p", {}, x.text))), quote(answer, names))));
}

function components(answer: Answer): Child {
  if (answer.components.length < 2) return null;
  return h("ul", { class: "components" }, answer.components.map((x) => h("li", {},
    pill(x.look, x.pill, true), h("span", {}, h("strong", {}, x.name), x.text && [": ", x.text]))));
}
