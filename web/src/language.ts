import { h } from "./dom";
import { shorten } from "./format";
import { terms, texts, type Key, type TermId } from "./texts";

export type Language = "en" | "ko";

let current: Language = "en";

export function language(): Language {
  return current;
}

export function setLanguage(chosen: Language): void {
  current = chosen;
  document.documentElement.lang = chosen;
}

export function firstLanguage(): Language {
  return remembered("modelkin-language") === "ko" || (!remembered("modelkin-language") && /^ko\b/i.test(navigator.language))
    ? "ko"
    : "en";
}

type Values = Record<string, string | number>;

let names: Values = {};

// What {a} and {b} stand for in all texts: the models' names.
export function takeNames(a: string, b: string): void {
  names = { a: shorten(a, 40), b: shorten(b, 40) };
}

export function put(template: string, values: Values = {}): string {
  return template.replace(/\{(\w+)\}/g, (whole, name: string) =>
    String(Object.prototype.hasOwnProperty.call(values, name) ? values[name] : names[name] ?? whole));
}

export function t(key: Key, values: Values = {}): string {
  return put(texts[key][current].replace(/\[\[(\w+)(?:\|([^\]]+))?\]\]/g, (_, id: TermId, shown?: string) =>
    shown ?? terms[id].name[current]), values);
}

// A text whose [[terms]] explain themselves. The template is taken apart before values come in, so that no
// value can hold a term.
export function rich(key: Key, values: Values = {}): Node[] {
  const parts: Node[] = [];
  const template: string = texts[key][current];
  let from = 0;
  for (const found of template.matchAll(/\[\[(\w+)(?:\|([^\]]+))?\]\]/g)) {
    parts.push(document.createTextNode(put(template.slice(from, found.index), values)));
    parts.push(term(found[1] as TermId, found[2]));
    from = (found.index ?? 0) + found[0].length;
  }
  parts.push(document.createTextNode(put(template.slice(from), values)));
  return parts;
}

export function term(id: TermId, shown?: string): HTMLElement {
  return h("a", { href: `#term-${id}`, class: "term", "data-term": id }, shown ?? terms[id].name[current]);
}

// A text by a name from the data, which may be unknown here.
export function known(prefix: string, name: string): string | null {
  const key = `${prefix}.${name}`;
  return Object.prototype.hasOwnProperty.call(texts, key) ? t(key as Key) : null;
}

// Files opened from disk may have no storage.
export function remembered(key: string): string | null {
  try {
    return localStorage.getItem(key);
  } catch {
    return null;
  }
}

export function remember(key: string, value: string): void {
  try {
    localStorage.setItem(key, value);
  } catch {
    // Then the choice holds for this visit only.
  }
}

export function theme(): "light" | "dark" {
  return document.documentElement.dataset.theme === "dark" ? "dark" : "light";
}

export function setTheme(chosen: string): void {
  document.documentElement.dataset.theme = chosen;
}
