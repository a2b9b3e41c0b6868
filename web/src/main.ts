import "./style.css";
import licence from "../../LICENSE?raw";
import notices from "../../notices/page.txt?raw";
import { decode, nameOf, text, type Report } from "./data";
import { type Child, h } from "./dom";
import { firstLanguage, language, remember, remembered, rich, setLanguage, t } from "./language";
import { sectionsOf } from "./sections";
import { glossary, watchTerms } from "./term";
import { hideTip, placeTip } from "./tip";

const page = document.getElementById("page") as HTMLElement;
let round = 0;

function theme(): "light" | "dark" {
  return document.documentElement.dataset.theme === "dark" ? "dark" : "light";
}

function setTheme(chosen: string): void {
  document.documentElement.dataset.theme = chosen;
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
    h("button", { type: "button", click: () => window.print() }, t("page.print")));
}

function masthead(report: Report, redraw: () => void): HTMLElement {
  const [a, b] = [nameOf(report, "a"), nameOf(report, "b")];
  const controls = Array.isArray(report.names?.controls) ? report.names.controls : [];
  return h("header", { class: "top" },
    settings(redraw),
    h("p", { class: "kicker" }, t("page.kicker")),
    h("h1", {}, t("page.title", { a, b })),
    h("p", {}, rich("page.lead", { a, b })),
    h("p", { class: "soft" }, controls.length > 0
      ? t("page.controls", { names: controls.map(text).join(", ") })
      : rich("page.no_controls")));
}

// Sections come one at a time, so that a report of a large model shows its verdict at once.
async function render(report: Report): Promise<void> {
  const mine = ++round;
  const redraw = () => void render(report);
  hideTip();
  document.title = `${nameOf(report, "a")} / ${nameOf(report, "b")} – modelkin`;
  const links = h("ol");
  const main = h("main");
  const place = window.scrollY;
  const sections = sectionsOf(report);
  page.replaceChildren(
    h("a", { class: "skip", href: "#verdict" }, t("page.skip")),
    masthead(report, redraw),
    h("nav", { class: "contents", "aria-label": t("page.contents") }, h("h2", {}, t("page.contents")), links),
    main);
  for (const [i, section] of sections.entries()) {
    links.appendChild(h("li", {}, h("a", { href: `#${section.id}` }, t(section.title))));
    main.appendChild(titled(section.id, String(i + 1), t(section.title), drawn(section.render, report)));
    if (i % 2 === 0) await new Promise((done) => setTimeout(done, 0));
    if (mine !== round) return;
  }
  links.appendChild(h("li", {}, h("a", { href: "#glossary" }, t("glossary.title"))));
  main.appendChild(titled("glossary", String(sections.length + 1), t("glossary.title"), [glossary()]));
  page.appendChild(h("footer", {}, t("page.foot", { version: text(report.tool?.version) || "?" }),
    h("details", { id: "licences" }, h("summary", {}, t("page.licences")),
      h("pre", { lang: "en" }, `${licence}\n${notices}`))));
  window.scrollTo(0, place);
  document.documentElement.dataset.ready = "true";
}

function titled(id: string, n: string, title: string, content: Child): HTMLElement {
  return h("section", { id, "aria-labelledby": `${id}-title` },
    h("h2", { id: `${id}-title` }, h("span", { class: "n", "aria-hidden": "true" }, n), title), content);
}

function drawn(renderSection: (report: Report) => Child, report: Report): Child {
  try {
    return renderSection(report);
  } catch (error) {
    console.warn(error);
    return h("p", { class: "note" }, t("section.broken"));
  }
}

function say(key: "page.no_data" | "page.bad_data" | "page.reading"): void {
  page.replaceChildren(h("main", {}, h("h1", {}, "modelkin"), h("p", {}, t(key))));
}

async function start(): Promise<void> {
  setLanguage(firstLanguage());
  const dark = window.matchMedia("(prefers-color-scheme: dark)");
  setTheme(remembered("modelkin-theme") ?? (dark.matches ? "dark" : "light"));
  dark.addEventListener("change", () => {
    if (!remembered("modelkin-theme")) setTheme(dark.matches ? "dark" : "light");
  });
  placeTip(document.body);
  watchTerms();
  say("page.reading");
  const store = document.getElementById("modelkin-data");
  try {
    const report = await decode(store?.textContent ?? "");
    if (report === null) say("page.no_data");
    else await render(report);
  } catch (error) {
    console.warn(error);
    say("page.bad_data");
  }
}

void start();
