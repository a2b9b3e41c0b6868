// What is below the first screen: parts, which are folded, of sections.
import { items, type Report } from "../data";
import type { Child } from "../dom";
import { glossary } from "../term";
import type { Key } from "../texts";
import { architecture } from "./architecture";
import { depth } from "./depth";
import { describe } from "./describe";
import { diff } from "./diff";
import { direction } from "./direction";
import { evidence, limits } from "./evidence";
import { functions, hasFunctions } from "./functions";
import { heritage } from "./heritage";
import { inputs } from "./inputs";
import { layerMap } from "./layer_map";
import { manner } from "./manner";
import { metrics } from "./metrics";
import { origin } from "./origin";
import { parameters } from "./parameters";
import { qq } from "./qq";
import { tests } from "./tests";
import { tokenizer } from "./tokenizer";

export interface Section {
  id: string;
  title: Key;
  render: (report: Report) => Child;
  // Left out of the page where this says no.
  when?: (report: Report) => boolean;
  // On paper too, unless it is on a screen alone.
  paper?: boolean;
}

export interface Part {
  id: string;
  title: Key;
  // What is inside, in a few words beside the title.
  hint: Key;
  sections: Section[];
  // On paper: the second page, or the annex.
  paper?: "page" | "annex";
}

const all: Part[] = [
  { id: "sure", title: "part.sure", hint: "part.sure_hint", paper: "page", sections: [
    { id: "evidence", title: "verdict.evidence", render: evidence, paper: true },
    { id: "limits", title: "verdict.limits", render: limits, paper: true },
    { id: "direction", title: "verdict.direction", render: direction, paper: true },
  ] },
  { id: "changed", title: "part.changed", hint: "part.changed_hint", paper: "annex", sections: [
    { id: "manner", title: "verdict.how", render: manner, paper: true },
    { id: "layer-map", title: "map.title", render: layerMap, paper: true },
    { id: "heritage", title: "heritage.title", render: heritage, paper: true },
    { id: "origin", title: "origin.title", render: origin },
    { id: "metrics", title: "metrics.title", render: metrics },
    { id: "depth", title: "depth.title", render: depth },
    { id: "bytes", title: "diff.title", render: diff },
  ] },
  { id: "all-tests", title: "part.tests", hint: "part.tests_hint", paper: "annex", sections: [
    { id: "tests", title: "tests.title", render: tests, paper: true },
    { id: "p-values", title: "qq.title", render: qq },
  ] },
  { id: "models", title: "part.models", hint: "part.models_hint", sections: [
    { id: "architecture", title: "arch.title", render: architecture },
    { id: "parameters", title: "params.title", render: parameters },
    { id: "tokenizer", title: "tokenizer.title", render: tokenizer },
    { id: "functions", title: "functions.title", render: functions, when: hasFunctions },
    { id: "descriptions", title: "describe.title", render: describe },
  ] },
  { id: "files", title: "part.files", hint: "part.files_hint", paper: "annex", sections: [
    { id: "inputs", title: "inputs.title", render: inputs, paper: true },
  ] },
  { id: "words", title: "glossary.title", hint: "part.glossary_hint", sections: [
    { id: "glossary", title: "glossary.title", render: () => glossary() },
  ] },
];

export function partsOf(report: Report): Part[] {
  return all.map((part) => ({ ...part, sections: part.sections.filter((section) => section.when?.(report) ?? true) }));
}

export function testsRun(report: Report): number {
  const components = items(report.trace?.components).filter((x) => x.a && x.b);
  const tests = components.length > 1 ? components.flatMap((x) => items(x.tests)) : items(report.trace?.tests);
  return tests.filter((x) => !x.skipped).length;
}
