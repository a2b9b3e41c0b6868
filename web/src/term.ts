// Technical terms: a click shows one line, and leads to the list at the end.
import { h } from "./dom";
import { language, t } from "./language";
import { terms, type TermId } from "./texts";
import { hideTip, showTip } from "./tip";

function explain(target: HTMLElement): void {
  const id = target.dataset.term as TermId;
  if (!Object.prototype.hasOwnProperty.call(terms, id)) return;
  const box = target.getBoundingClientRect();
  const content = h("span", {}, h("strong", {}, terms[id].name[language()]), ": ", terms[id].line[language()], " ",
    h("a", { href: `#term-${id}`, click: () => hideTip() }, t("glossary.link")));
  showTip(content, box.left + box.width / 2, box.bottom - 4);
}

export function watchTerms(): void {
  const at = (event: Event) => (event.target instanceof Element ? event.target.closest<HTMLElement>(".term") : null);
  document.addEventListener("click", (event) => {
    const target = at(event);
    if (target) {
      event.preventDefault();
      explain(target);
    } else if (!(event.target instanceof Element && event.target.closest("#tip, .plot"))) hideTip();
  });
  document.addEventListener("pointerover", (event) => {
    const target = at(event);
    if (target && event.pointerType === "mouse") explain(target);
  });
  document.addEventListener("keydown", (event) => {
    if (event.key === "Escape") hideTip();
  });
}

export function glossary(): HTMLElement {
  const ids = (Object.keys(terms) as TermId[]).sort((p, q) =>
    terms[p].name[language()].localeCompare(terms[q].name[language()], language()));
  return h("dl", { class: "glossary" }, ids.map((id) =>
    h("div", { id: `term-${id}` }, h("dt", {}, terms[id].name[language()]), h("dd", {}, terms[id].line[language()]))));
}
