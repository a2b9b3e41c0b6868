import type { Report } from "../data";
import type { Child } from "../dom";
import type { Key } from "../texts";
import { architecture } from "./architecture";
import { describe } from "./describe";
import { diff } from "./diff";
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
}

export const sections: Section[] = [
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
  { id: "tokenizer", title: "tokenizer.title", render: tokenizer },
  { id: "bytes", title: "diff.title", render: diff },
  { id: "inputs", title: "inputs.title", render: inputs },
];
