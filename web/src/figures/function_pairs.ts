import { items, nameOf, num, text, type FunctionalPair, type Report } from "../data";
import { shorten } from "../format";
import { t } from "../language";

export interface FunctionPair {
  who: "pair" | "a" | "b";
  name: string;
  // Of its two models.
  first: string;
  second: string;
  x: FunctionalPair;
}

// More than anyone compares.
const most = 60;

// A and B, then each against the controls.
export function functionPairs(report: Report): FunctionPair[] {
  const found = report.compare?.functional;
  const controls = items(found?.controls).slice(0, most).map((x): FunctionPair => {
    const who = x.a === "b" ? "b" : "a";
    const second = shorten(nameOf(report, text(x.b)), 40);
    return { who, name: `${shorten(nameOf(report, who), 24)} / ${second}`, first: shorten(nameOf(report, who), 24), second, x };
  });
  const pair = items([found?.pair ?? {}]);
  return [...pair.map((x): FunctionPair => ({ who: "pair", name: t("word.pair"), first: shorten(nameOf(report, "a"), 24), second: shorten(nameOf(report, "b"), 24), x })), ...controls];
}

export interface LayerPair {
  a: number;
  b: number;
  name: string;
}

export function layersOf(x: { layer_a?: unknown; layer_b?: unknown }): LayerPair | null {
  const [a, b] = [layer(x.layer_a), layer(x.layer_b)];
  return a === null || b === null ? null : { a, b, name: a === b ? String(a) : `${a} / ${b}` };
}

function layer(value: unknown): number | null {
  const n = num(value);
  return n !== null && Number.isInteger(n) && n >= 0 && n < 10_000 ? n : null;
}

export function mean(values: (number | null)[]): number | null {
  const known = values.filter((x): x is number => x !== null);
  return known.length === 0 ? null : known.reduce((sum, x) => sum + x, 0) / known.length;
}
