import { answerOf } from "../answer";
import { nameOf, text, type Report } from "../data";
import { h } from "../dom";
import { shorten } from "../format";
import { language, remember, setLanguage, setTheme, t, theme } from "../language";

// What was read, as far as the report tells.
function read(report: Report): string {
  const effort = report.trace?.effort;
  if (!effort) return "";
  if (effort.whole !== true) return t("head.drawn");
  return t(report.trace?.quick === true ? "head.quick" : "head.whole");
}

export function head(report: Report, redraw: () => void): HTMLElement {
  const version = text(report.tool?.version), written = text(report.written_on);
  const facts = [shorten(nameOf(report, "a"), 40), shorten(nameOf(report, "b"), 40), written, version && t("head.version", { version }), answerOf(report).read || read(report)].filter((x) => x !== "");
  return h("header", { class: "top" },
    h("p", { class: "brand" }, h("strong", {}, "modelkin"), " ", h("span", {}, t("head.question"))),
    h("p", { class: "facts" }, facts.map((x, i) => [i > 0 && h("span", { "aria-hidden": "true" }, " · "), h("span", {}, x)])),
    settings(redraw));
}

function settings(redraw: () => void): HTMLElement {
  const appearance = h("button", { type: "button", id: "theme" }, t(theme() === "dark" ? "page.light" : "page.dark"));
  appearance.addEventListener("click", () => {
    setTheme(theme() === "dark" ? "light" : "dark");
    remember("modelkin-theme", theme());
    appearance.textContent = t(theme() === "dark" ? "page.light" : "page.dark");
  });
  const other = language() === "en" ? "ko" : "en";
  return h("div", { class: "settings", role: "group", "aria-label": t("page.settings") },
    h("button", {
      type: "button", id: "language", lang: other,
      click: () => {
        setLanguage(other);
        remember("modelkin-language", other);
        redraw();
        document.getElementById("language")?.focus();
      },
    }, t("page.language")),
    appearance,
    h("button", { type: "button", class: "print-button", click: () => window.print() }, t("page.print")));
}
