import type { Report } from "../data";
import type { Child } from "../dom";
import type { Key } from "../texts";
import { architecture } from "./architecture";
import { describe } from "./describe";
import { diff } from "./diff";
import { functions, hasFunctions } from "./functions";
import { heritage } from "./heritage";
import { inputs } from "./inputs";
import { layerMap } from "./layer_map";
import { metrics } from "./metrics";
import { origin } from "./origin";
import { parameters } from "./parameters";
import { qq } from "./qq";
import { tests } from "./tests";
import { tokenizer } from "./tokenizer";
import { verdict } from "./verdict";

export interface Section {
  id: string;
  title: Key;
  render: (report: Report) => Child;
  // Left out of the page where this says no.
  when?: (report: Report) => boolean;
}

const all: Section[] = [
  { id: "verdict", title: "verdict.title", render: verdict },
  { id: "tests", title: "tests.title", render: tests },
  { id: "p-values", title: "qq.title", render: qq },
  { id: "architecture", title: "arch.title", render: architecture },
  { id: "parameters", title: "params.title", render: parameters },
  { id: "metrics", title: "metrics.title", render: metrics },
  { id: "layer-map", title: "map.title", render: layerMap },
  { id: "heritage", title: "heritage.title", render: heritage },
  { id: "origin", title: "origin.title", render: origin },
  { id: "descriptions", title: "describe.title", render: describe },
  { id: "functions", title: "functions.title", render: functions, when: hasFunctions },
  { id: "tokenizer", title: "tokenizer.title", render: tokenizer },
  { id: "bytes", title: "diff.title", render: diff },
  { id: "inputs", title: "inputs.title", render: inputs },
];

export function sectionsOf(report: Report): Section[] {
  return all.filter((section) => section.when?.(report) ?? true);
}
