import "../style.css";
import "./tree.css";
import licence from "../../../LICENSE?raw";
import notices from "../../../notices/page.txt?raw";
import { type Child, h } from "../dom";
import { count } from "../format";
import { firstLanguage, language, remember, remembered, setLanguage } from "../language";
import { decodeTree, type Tree } from "./data";
import { layOut } from "./layout";
import { betweenList, contradictionList, evidence } from "./panel";
import { type Look, type Pick, Scene } from "./scene";
import { tt, type TreeKey } from "./texts";

const page = document.getElementById("page") as HTMLElement;
// Of families, the most common first; what is left has the last one.
const palette = ["#2f7ebc", "#e08b14", "#2e9e6b", "#b3609a", "#7c6bd6", "#c9b21e", "#46b5c9", "#a5673f", "#6f8f3a", "#8a8f98"];
const mostFound = 100_000;

function say(key: TreeKey): void {
  page.replaceChildren(h("main", {}, h("h1", {}, "modelkin"), h("p", {}, tt(key))));
}

function setTheme(chosen: string): void {
  document.documentElement.dataset.theme = chosen;
}

interface Family { name: string; colour: string; models: number }

function familiesOf(tree: Tree): { families: Family[]; colours: string[] } {
  const counts = new Map<string, number>();
  for (const m of tree.models) counts.set(m.family, (counts.get(m.family) ?? 0) + 1);
  const names = [...counts.keys()].sort((p, q) => (counts.get(q) ?? 0) - (counts.get(p) ?? 0) || (p < q ? -1 : 1));
  const own = names.length > palette.length ? palette.length - 1 : names.length;
  const colourOf = new Map(names.map((name, i) => [name, palette[Math.min(i, palette.length - 1)]]));
  const families = names.slice(0, own).map((name) => ({ name: name || tt("no_family"), colour: colourOf.get(name) ?? "", models: counts.get(name) ?? 0 }));
  if (names.length > own) {
    families.push({
      name: tt("other_families", { count: names.length - own }), colour: palette[palette.length - 1],
      models: names.slice(own).reduce((sum, name) => sum + (counts.get(name) ?? 0), 0),
    });
  }
  return { families, colours: tree.models.map((m) => colourOf.get(m.family) ?? "") };
}

function edgesOfModels(tree: Tree): number[][] {
  const edges: number[][] = tree.models.map(() => []);
  tree.edges.forEach((e, i) => {
    edges[e.a].push(i);
    edges[e.b].push(i);
  });
  return edges;
}

function sentencesOfEdges(tree: Tree): Map<number, string[]> {
  const said = new Map<number, string[]>();
  for (const c of tree.contradictions) said.set(c.edge, [...(said.get(c.edge) ?? []), c.sentence]);
  return said;
}

function settings(redraw: () => void): HTMLElement {
  const dark = () => document.documentElement.dataset.theme === "dark";
  const other = language() === "en" ? "ko" : "en";
  return h("div", { class: "settings", role: "group", "aria-label": tt("settings") },
    h("button", { type: "button", id: "language", lang: other, click: () => { setLanguage(other); remember("modelkin-language", other); redraw(); } }, tt("language")),
    h("button", { type: "button", id: "theme", click: () => { setTheme(dark() ? "light" : "dark"); remember("modelkin-theme", dark() ? "dark" : "light"); redraw(); } },
      tt(dark() ? "light" : "dark")));
}

function legend(families: Family[]): Child {
  const swatch = (colour: string) => {
    const mark = h("span", { class: "swatch", "aria-hidden": "true" });
    mark.style.background = colour;
    return mark;
  };
  return [
    h("h2", {}, tt("families")),
    h("ul", { class: "legend", id: "families" }, families.map((f) => h("li", {}, swatch(f.colour), f.name, h("span", { class: "soft" }, ` ${count(f.models)}`)))),
    h("h2", {}, tt("edges")),
    h("ul", { class: "legend" }, (["nearest", "further", "declared", "contradiction"] as const).map((kind) =>
      h("li", {}, h("span", { class: `line ${kind}`, "aria-hidden": "true" }), tt(`edge_${kind}`)))),
  ];
}

function render(tree: Tree): void {
  const redraw = () => render(tree);
  document.title = `${tree.atlas} – modelkin`;
  const { families, colours } = familiesOf(tree);
  const edgesOf = edgesOfModels(tree);
  const said = sentencesOfEdges(tree);
  const look: Look = { colours, contradicted: new Set(said.keys()), picked: null, found: new Set() };
  const facts = h("div", { id: "evidence", "aria-live": "polite" });
  const canvas = h("canvas", { id: "graph", role: "img", "aria-label": tt("graph", { models: count(tree.models.length), edges: count(tree.edges.length) }) });
  const hits = h("span", { id: "hits", class: "soft", role: "status" });
  const go = (pick: Pick, move = true) => {
    look.picked = pick;
    facts.replaceChildren(...nodes(evidence(tree, pick, edgesOf, said, go)));
    if (move && pick) scene.show("edge" in pick ? [tree.edges[pick.edge].a, tree.edges[pick.edge].b] : [pick.model]);
    scene.redraw();
  };
  const search = h("input", { type: "search", id: "search", placeholder: tt("search"), "aria-label": tt("search") });
  search.addEventListener("input", () => {
    const wanted = search.value.trim().toLowerCase();
    look.found.clear();
    if (wanted !== "") {
      tree.models.forEach((m, i) => {
        if (look.found.size < mostFound && m.model.toLowerCase().includes(wanted)) look.found.add(i);
      });
    }
    hits.textContent = wanted === "" ? "" : tt("found", { count: count(look.found.size) });
    scene.redraw();
  });
  search.addEventListener("keydown", (event) => {
    const [first] = look.found;
    if (event.key === "Enter" && first !== undefined) go({ model: first });
  });
  const tool = (id: string, key: TreeKey, sign: string, act: () => void) =>
    h("button", { type: "button", id, "aria-label": tt(key), title: tt(key), click: act }, sign);
  page.replaceChildren(
    h("header", { class: "bar" },
      h("div", {}, h("p", { class: "kicker" }, tt("kicker")), h("h1", {}, tt("title")), h("p", { class: "soft", id: "sentence" }, tree.sentence)),
      settings(redraw)),
    h("main", { class: "tree" },
      h("div", { class: "graph" },
        h("div", { class: "tools" }, search, hits,
          tool("zoom-in", "zoom_in", "+", () => scene.scaleBy(1.6)), tool("zoom-out", "zoom_out", "−", () => scene.scaleBy(1 / 1.6)),
          tool("whole", "whole", "◎", () => scene.fit())),
        canvas),
      h("aside", {},
        h("section", { "aria-label": tt("evidence") }, h("h2", {}, tt("evidence")), facts),
        h("section", { id: "contradictions" }, h("h2", {}, tt("contradictions", { count: count(tree.contradictions.length) })), contradictionList(tree, go)),
        tree.between.length > 0 ? h("section", { id: "between" }, h("h2", {}, tt("between", { count: count(tree.between.length) })), betweenList(tree, go)) : null,
        h("section", { "aria-label": tt("families") }, legend(families)))),
    h("footer", {}, tt("foot", { version: tree.tool?.version ?? "?" }),
      h("details", { id: "licences" }, h("summary", {}, tt("licences")), h("pre", { lang: "en" }, `${licence}\n${notices}`))));
  const before = performance.now();
  const layout = layOut(tree);
  document.documentElement.dataset.layout = (performance.now() - before).toFixed(0);
  const scene = new Scene(canvas, tree, layout, look, (pick) => go(pick, false));
  facts.replaceChildren(...nodes(evidence(tree, null, edgesOf, said, go)));
  // For what looks at the page from outside: tests.
  Object.assign(window, { modelkinScene: scene });
  document.documentElement.dataset.ready = "true";
}

function nodes(child: Child): Node[] {
  return [...h("div", {}, child).childNodes];
}

async function start(): Promise<void> {
  setLanguage(firstLanguage());
  setTheme(remembered("modelkin-theme") ?? (window.matchMedia("(prefers-color-scheme: dark)").matches ? "dark" : "light"));
  say("reading");
  try {
    const tree = await decodeTree(document.getElementById("modelkin-data")?.textContent ?? "");
    if (tree === null) say("no_data");
    else render(tree);
  } catch (error) {
    console.warn(error);
    say("bad_data");
  }
}

void start();
