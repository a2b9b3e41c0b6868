// What the program calls its tests, kinds and verdicts in the page's language. Where a report has no such
// words, its identifiers are shown.
import { type Report, text } from "./data";
import { known, language } from "./language";

export type WordGroup = "test" | "kind" | "verdict" | "shared" | "heritage" | "component";

let words: unknown = null;
let texts: unknown = null;

export function takeWords(report: Report): void {
  words = report.words;
  texts = report.said;
}

function member(of: unknown, name: string): unknown {
  return of !== null && typeof of === "object" && Object.prototype.hasOwnProperty.call(of, name)
    ? (of as Record<string, unknown>)[name] : undefined;
}

// What the data say in English, in the page's language; null where the program has no such text.
export function said(english: string): string | null {
  const found = member(member(texts, language()), english);
  return typeof found === "string" && found !== "" ? text(found) : null;
}

export function word(group: WordGroup, id: unknown): string {
  const name = text(id);
  const found = member(member(member(words, language()), group), name);
  return typeof found === "string" && found !== "" ? text(found) : known(group, name) ?? name;
}
