import type { Answer } from "../answer";
import { copy, h } from "../dom";
import { t } from "../language";
import { whole } from "./names";

// A sentence that may be quoted as it stands.
export function quote(answer: Answer, names: string[]): HTMLElement | null {
  if (!answer.quote) return null;
  const said = h("span", { class: "said", role: "status" });
  const button = (id: string, shown: string, content: string) => h("button", {
    type: "button", class: "plain", id, click: () => void copy(content).then((done) => {
      said.textContent = t(done ? "quote.copied" : "quote.not_copied");
    }),
  }, shown);
  return h("div", { class: "quotable", role: "group", "aria-label": t("quote.label") },
    h("blockquote", {}, "“", whole(answer.quote, names), "”"),
    h("p", {}, h("span", {}, t("quote.lead")), h("span", { "aria-hidden": "true" }, "·"),
      button("copy", t("quote.copy"), answer.quote), " ",
      answer.footnote && button("copy-footnote", t("quote.footnote"), answer.footnote), " ", said));
}
