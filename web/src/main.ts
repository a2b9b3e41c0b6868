import "./style.css";
import "./report.css";
import licence from "../../LICENSE?raw";
import notices from "../../notices/page.txt?raw";
import { answerOf } from "./answer";
import { decode, nameOf, text, type Report } from "./data";
import { type Child, h } from "./dom";
import { forgetFigures } from "./figure";
import { first } from "./first/first";
import { head } from "./first/head";
import { goTo, watchFolds } from "./fold";
import { count } from "./format";
import { firstLanguage, remembered, setLanguage, setTheme, t, takeNames } from "./language";
import { type Part, partsOf, type Section, testsRun } from "./sections";
import { setPaper } from "./paper";
import { watchTerms } from "./term";
import { hideTip, placeTip } from "./tip";
import { takeWords } from "./words";

const page = document.getElementById("page") as HTMLElement;
let round = 0;

function titleOf(part: Part, report: Report): string {
  if (part.id !== "all-tests") return t(part.title);
  const run = testsRun(report);
  if (run === 0) return t("part.tests_none");
  return run === 1 ? t("part.tests_one") : t("part.tests_count", { count: count(run) });
}

// The first screen is drawn before anything else, so that a report of a large model shows its verdict at once.
async function render(report: Report): Promise<void> {
  const mine = ++round;
  const redraw = () => void render(report);
  const open = new Set([...document.querySelectorAll<HTMLDetailsElement>("details.part[open]")].map((x) => x.id));
  const place = window.scrollY;
  hideTip();
  forgetFigures();
  delete document.documentElement.dataset.ready;
  takeWords(report);
  takeNames(nameOf(report, "a"), nameOf(report, "b"));
  const answer = answerOf(report);
  document.title = t("page.title", { headline: answer.headline.replace(/[.。]$/, ""), pill: answer.pill });
  setPaper(report);
  const parts = partsOf(report);
  const main = h("main", {}, guarded(() => first(report)),
    h("nav", { class: "contents", "aria-label": t("page.contents") }, h("ul", {},
      parts.map((part) => h("li", {}, h("a", { href: `#${part.id}` }, titleOf(part, report)))))));
  page.replaceChildren(h("a", { class: "skip", href: "#verdict" }, t("page.skip")), head(report, redraw), main);
  document.documentElement.dataset.first ??= String(Math.round(performance.now()));
  await painted();
  for (const part of parts) {
    if (mine !== round) return;
    const { details, body } = folded(part, titleOf(part, report));
    details.open = open.has(part.id);
    main.appendChild(details);
    for (const section of part.sections) {
      body.appendChild(titled(section, guarded(() => section.render(report))));
      await new Promise((done) => setTimeout(done, 0));
      if (mine !== round) return;
    }
  }
  page.appendChild(h("footer", {}, t("page.foot", { version: text(report.tool?.version) || "?" }),
    h("details", { id: "licences" }, h("summary", {}, t("page.licences")),
      h("pre", { lang: "en" }, `${licence}\n${notices}`))));
  window.scrollTo(0, place);
  if (mine === 1) goTo(location.hash);
  document.documentElement.dataset.ready = "true";
}

// Resolves once the browser has had the time to show what is there.
function painted(): Promise<void> {
  return new Promise((done) => {
    requestAnimationFrame(() => setTimeout(done, 0));
    setTimeout(done, 200);
  });
}

function folded(part: Part, title: string): { details: HTMLDetailsElement; body: HTMLElement } {
  const body = h("div", { class: "body" });
  const several = part.sections.length > 2;
  const details = h("details", { id: part.id, class: "part", "data-paper": part.paper ?? null },
    h("summary", { "data-annex": t("page.annex") }, h("h2", {}, title), h("span", { class: "hint" }, t(part.hint))),
    several && h("p", { class: "inside" }, part.sections.map((x, i) => [i > 0 && " · ", h("a", { href: `#${x.id}` }, t(x.title))])),
    body);
  return { details, body };
}

function titled(section: Section, content: Child): HTMLElement {
  return h("section", { id: section.id, "aria-labelledby": `${section.id}-title`, "data-paper": section.paper ?? null },
    h("h3", { id: `${section.id}-title` }, t(section.title)), content);
}

function guarded(draw: () => Child): Child {
  try {
    return draw();
  } catch (error) {
    console.warn(error);
    return h("p", { class: "note" }, t("section.broken"));
  }
}

function say(key: "page.no_data" | "page.bad_data"): void {
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
  watchFolds();
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
