// The evidence behind what was picked, and the lists that say the same as the graph.
import { type Child, h } from "../dom";
import { count, number, pValue, short } from "../format";
import type { Edge, Tree } from "./data";
import type { Pick } from "./scene";
import { knownTree, tt } from "./texts";

const mostListed = 100;

type Go = (pick: Pick) => void;

function row(name: string, value: Child): HTMLElement {
  return h("div", { class: "fact" }, h("dt", {}, name), h("dd", {}, value));
}

function link(text: string, pick: Pick, go: Go): HTMLElement {
  return h("button", { type: "button", class: "link", click: () => go(pick) }, text);
}

function listed<T>(items: T[], each: (item: T) => Child): HTMLElement {
  return h("ul", {}, items.slice(0, mostListed).map((item) => h("li", {}, each(item))),
    items.length > mostListed ? h("li", { class: "soft" }, tt("more", { count: count(items.length - mostListed) })) : null);
}

function modelFacts(tree: Tree, index: number, edgesOf: number[][], go: Go): Child {
  const model = tree.models[index];
  const group = tree.groups[model.group];
  return [
    h("h3", {}, model.model),
    h("dl", {},
      row(tt("location"), model.location),
      row(tt("family"), model.family || tt("no_family")),
      row(tt("parameters"), short(model.parameters)),
      row(tt("layers"), count(model.layers)),
      row(tt("declares"), model.base_models.length > 0 ? model.base_models.join(", ") : tt("nothing_declared")),
      row(tt("relatives"), model.compared ? count(model.relatives) : tt("not_compared")),
      row(tt("group"), count(group.models)),
      group.models > 1 ? row(tt("root"), [link(tree.models[group.root].model, { model: group.root }, go), ` (${knownTree("root", group.root_basis)})`]) : null),
    h("h3", {}, tt("edges")),
    listed(edgesOf[index], (i) => {
      const e = tree.edges[i];
      const other = e.a === index ? e.b : e.a;
      return [link(tree.models[other].model, { edge: i }, go), h("span", { class: "soft" }, ` ${e.bits ? number(e.bits.cosine) : ""} ${knownTree("edge", e.role)}`)];
    }),
  ];
}

function bitFacts(e: Edge): Child {
  const bits = e.bits;
  if (!bits) return row(tt("shown"), tt("not_comparable"));
  return [
    row(tt("shown"), tt(bits.shown ? "yes" : "no")),
    row(tt("component"), bits.component),
    row(tt("agreements"), tt("of_bits", { count: count(bits.agreements), bits: count(bits.bits) })),
    row(tt("cosine"), `${number(bits.cosine, 4)} (${number(bits.cosine_low, 4)} … ${number(bits.cosine_high, 4)})`),
    row(tt("p"), pValue(bits.log10_p)),
  ];
}

function edgeFacts(tree: Tree, index: number, said: string[], go: Go): Child {
  const e = tree.edges[index];
  const name = (model: number | null) => (model === null ? "" : tree.models[model]?.model ?? "");
  const { basis, from, to, sign } = e.direction;
  return [
    h("h3", {}, link(name(e.a), { model: e.a }, go), " – ", link(name(e.b), { model: e.b }, go)),
    said.map((sentence) => h("p", { class: "alarm" }, sentence)),
    h("dl", {},
      bitFacts(e),
      row(tt("declared"), e.declared.length > 0
        ? e.declared.map((d) => h("div", {}, tt("declared_item", { model: name(d.model), base: name(d.base) }), e.by_last_part ? ` (${tt("by_last_part")})` : ""))
        : tt("not_declared")),
      row(tt("direction"), basis === "none" ? tt("direction_none") : [
        tt("direction_item", { from: name(from), to: name(to) }), ` (${knownTree("direction", basis)}`,
        basis === "sign" && sign ? `: ${knownTree("sign", sign)}` : "", ")"])),
  ];
}

export function evidence(tree: Tree, pick: Pick, edgesOf: number[][], contradictions: Map<number, string[]>, go: Go): Child {
  if (!pick) return h("p", { class: "soft" }, tt("nothing"));
  return "model" in pick ? modelFacts(tree, pick.model, edgesOf, go) : edgeFacts(tree, pick.edge, contradictions.get(pick.edge) ?? [], go);
}

export function contradictionList(tree: Tree, go: Go): Child {
  if (tree.contradictions.length === 0) return h("p", { class: "soft" }, tt("no_contradictions"));
  return listed(tree.contradictions, (c) => h("button", { type: "button", class: "link alarm", click: () => go({ edge: c.edge }) }, c.sentence));
}

export function betweenList(tree: Tree, go: Go): Child {
  const name = (model: number) => tree.models[model].model;
  return [h("p", { class: "soft" }, tt("between_note")),
    listed(tree.between, (b) => link(tt("between_item", { model: name(b.model), a: name(b.a), b: name(b.b) }), { model: b.model }, go))];
}
