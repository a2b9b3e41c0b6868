// What the first screen says. The program composes it; a report without an answer gets what its verdict tells.
import { items, list, nameOf, num, type Maybe, type Report, text } from "./data";
import { raised } from "./format";
import { language, t } from "./language";
import { word } from "./words";

export const looks = ["same", "related", "start", "part", "nothing", "untestable"] as const;
export type Look = (typeof looks)[number];

export interface EvidenceRow {
  test: string;
  label: string;
  value: string;
  // From 0, nothing in common, to 1, the same.
  position: number | null;
  reference: [number, number] | null;
  referenceValue: string;
  // Where models with nothing in common are on average; null beside a reference.
  chance: number | null;
  chanceValue: string;
}

export interface Answer {
  look: Look;
  pill: string;
  headline: string;
  lead: string;
  howSure: string;
  // "all weights read"
  read: string;
  figure: { title: string; pair: string; reference: string; chance: string; rows: EvidenceRow[]; nothing: string; same: string };
  cards: { tone: "main" | "open" | "quiet"; title: string; text: string }[];
  quote: string;
  footnote: string;
  components: { name: string; look: Look; pill: string; text: string }[];
  evidence: string[];
  limits: string[];
  // Of the relation's kinds and signs, in their order.
  kinds: string[];
  signs: string[];
  signsTurnedBy: string[];
}

const mostRows = 24;
const mostComponents = 16;

const lookOfCategory: Record<string, Look> = {
  identical: "same", derived: "related", shares_material: "part", no_evidence: "nothing", not_comparable: "untestable",
};

function lookOf(value: unknown, otherwise: Look): Look {
  return looks.find((x) => x === value) ?? otherwise;
}

function lookOfVerdict(report: Report): Look {
  const verdict = report.trace?.verdict;
  if (verdict?.kind === "common_initialisation") return "start";
  const category = text(verdict?.category);
  return Object.prototype.hasOwnProperty.call(lookOfCategory, category) ? lookOfCategory[category] : "untestable";
}

function share(value: unknown): number | null {
  const x = num(value);
  return x === null ? null : Math.max(0, Math.min(1, x));
}

function range(value: unknown): [number, number] | null {
  const [low, high] = list(value as Maybe<unknown[]>).map(share);
  return low === null || low === undefined || high === null || high === undefined ? null : [Math.min(low, high), Math.max(low, high)];
}

// A number and its percent sign stay on one line, and so does a Korean particle that goes by the sound before it.
function said(value: unknown): string {
  return text(value).replace(/(\d) %/g, "$1\u00a0%").replace(/([\uac00-\ud7a3])\(/g, "$1\u2060(");
}

// With a capital: as the program's words stand in a sentence, they have none.
function begun(label: string): string {
  return label.charAt(0).toUpperCase() + label.slice(1);
}

function sentences(value: unknown): string[] {
  return list(value as Maybe<unknown[]>).map(text).filter((x) => x !== "")
    .map((x) => begun(x).replace(/\b10\^(-?\d+)/g, (_, power: string) => `10${raised(power)}`));
}

export function answerOf(report: Report): Answer {
  const verdict = report.trace?.verdict;
  const found = report.answer?.[language()];
  const own = found !== null && typeof found === "object" && !Array.isArray(found) ? found : null;
  const otherwise = lookOfVerdict(report);
  const names = { a: nameOf(report, "a"), b: nameOf(report, "b") };
  const figure = own?.figure;
  return {
    look: lookOf(own?.look, otherwise),
    pill: text(own?.pill) || word("verdict", verdict?.category) || t("answer.none"),
    headline: said(own?.headline) || t("answer.names", names),
    lead: said(own?.lead) || (own ? "" : text(verdict?.sentence)),
    howSure: said(own?.how_sure),
    read: text(own?.read),
    figure: {
      title: text(figure?.title) || t("answer.figure"), pair: text(figure?.pair) || t("word.pair"), reference: text(figure?.reference), chance: text(figure?.chance),
      rows: items(figure?.rows).slice(0, mostRows).map((x) => ({
        test: text(x.test), label: begun(text(x.label) || word("test", x.test)), value: text(x.value), position: share(x.position),
        reference: range(x.reference), referenceValue: text(x.reference_value), chance: share(x.chance), chanceValue: text(x.chance_value),
      })),
      nothing: text(figure?.nothing) || t("answer.nothing"), same: text(figure?.same) || t("answer.same"),
    },
    cards: items(own?.cards).slice(0, 6).map((x) => ({
      tone: x.tone === "main" || x.tone === "open" ? x.tone : "quiet", title: text(x.title), text: begun(said(x.text)),
    })),
    quote: text(own?.quote),
    footnote: text(own?.footnote),
    components: items(own?.components).slice(0, mostComponents).map((x) => ({
      name: text(x.name), look: lookOf(x.look, "untestable"), pill: text(x.pill), text: text(x.text),
    })),
    evidence: sentences(own?.evidence ?? verdict?.evidence),
    limits: sentences(own?.limits ?? verdict?.limits),
    kinds: list(own?.kinds).map(text), signs: list(own?.signs).map(text), signsTurnedBy: list(own?.signs_turned_by).map(text),
  };
}
