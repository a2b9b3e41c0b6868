#!/usr/bin/env node
// Makes reports, and checks them and made-up ones in a browser.
//   node tests/web/check-all.mjs [--modelkin PROGRAM] [--screenshots FOLDER] [--quick]
// With a program: of its demo's models, and of models of known lineage in zoo/ of MODELKIN_SHARED_DATA.
// Without one, only the made-up ones. Needs web/dist/report.html: npm run build.
import { spawnSync } from "node:child_process";
import { existsSync, mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { launch } from "./browser.mjs";
import { checkReport } from "./check-report.mjs";
import { checkSpoilt } from "./check-spoilt.mjs";

const here = fileURLToPath(new URL(".", import.meta.url));
const sample = join(here, "../../web/tools/make-sample.mjs");
const words = process.argv.slice(2);
const option = (name) => (words.includes(name) ? words.splice(words.indexOf(name), 2)[1] : undefined);
const modelkin = option("--modelkin");
const zoo = process.env.MODELKIN_SHARED_DATA && join(process.env.MODELKIN_SHARED_DATA, "zoo");
const screenshots = option("--screenshots");

const all = ["evidence", "qq", "architecture-a", "architecture-b", "parameters", "metrics-role", "metrics-layer", "layer-map", "expert-map",
  "fingerprints", "routers", "ulp", "norms"];
const functional = ["functions", "functions-cka", "functions-routers", "functions-load"];
// What `compare --functional` says of trained models, and nothing else.
const functionalReport = join(here, "functional.json");
const reports = [
  { name: "functional", make: ["--json", functionalReport], expect: functional },
  { name: "empty", make: ["--empty"], expect: [], everywhere: true },
  { name: "large", make: ["--large", "--answer", "related"], expect: ["evidence", "qq", "layer-map", "heritage", "layer-source", "expert-map", "tokenizer-offsets", "ulp", ...functional], quick: true, first: 2 },
  { name: "hostile", make: ["--small", "--hostile", "--answer", "related"], expect: ["evidence", "layer-map", "heritage", "norms"], look: "related", everywhere: true, downloads: true },
  ...["same", "related", "start", "part", "nothing", "untestable"].map((look) => (
    { name: look, make: ["--small", "--answer", look], expect: [], look, pages: "3-9", brief: true })),
  { name: "several", make: ["--small", "--answer", "part", "--components"], expect: [], look: "part", pages: "3-9", brief: true },
];
const folder = mkdtempSync(join(tmpdir(), "modelkin-web-"));
const start = (program, ...args) => spawnSync(program, args, { stdio: ["ignore", "ignore", "inherit"] }).status === 0;
const pair = (models, a, b, look, controls, expect, texts = [], everywhere = false) => ({
  name: `${a}-${b}`, expect, look, everywhere,
  program: [join(models, a), join(models, b), ...controls.flatMap((c) => ["--control", join(models, c)]),
    ...texts.flatMap((text) => ["--text", text]), ...(texts.length > 0 ? ["--bytes"] : [])],
});
if (modelkin) {
  const demo = join(folder, "demo");
  if (!start(modelkin, "demo", "--keep", demo, "-q")) process.exit(1);
  reports.unshift({ ...pair(demo, "dense-a", "dense-a-again", "start", [], []), brief: true });
  reports.unshift(pair(demo, "dense-a", "dense-a-tuned", "related", ["dense-b"], ["evidence", "norms", "qq", "layer-map", "heritage", "tokenizer-offsets", "functions", "functions-cka"],
    ["Once upon a time", "there was a model", "that read texts", "with another one", "and both said", "what comes next"]));
}
if (modelkin && zoo && existsSync(join(zoo, "glm-a"))) {
  reports.unshift(pair(zoo, "glm-a", "glm-a-sft", "related", ["glm-b", "solar-a"], [...all, "heritage", "layer-source", "spectra"], [], true),
    pair(zoo, "glm-a", "glm-b", "nothing", ["solar-a"], all), pair(zoo, "glm-a", "solar-a", "nothing", ["glm-b"], all));
} else {
  console.log("no --modelkin and MODELKIN_SHARED_DATA with zoo/glm-a: reports of trained models are SKIPPED");
}

// One browser for all: each report has pages of its own in it.
const quick = words.includes("--quick");
const browser = await launch();
let failed = 0;
const say = (what, failures) => {
  if (failures.length > 0) ++failed;
  for (const failure of failures) console.error(`FAILED ${what}: ${failure}`);
};
try {
  for (const report of reports) {
    const page = join(folder, `${report.name}.html`);
    const made = report.program ? start(modelkin, "report", ...report.program, "-o", page, "-q") : start(process.execPath, sample, ...report.make, "-o", page);
    say(report.name, made ? await checkReport(browser, page, {
      screenshots, expect: report.expect.join(","), look: report.look, pages: report.pages, first: report.first,
      isStatic: !!report.program, brief: report.brief, quick: quick || report.quick, everywhere: report.everywhere, downloads: report.downloads,
    }) : ["was not made"]);
  }
  const rounds = quick ? 20 : 40;
  say("spoilt", await checkSpoilt(browser, { rounds }));
  say("spoilt texts", await checkSpoilt(browser, { json: functionalReport, rounds: rounds / 2 }));
} finally {
  await browser.close();
  rmSync(folder, { recursive: true });
}
if (failed > 0) console.error(`FAILED ${failed} of ${reports.length + 2} checks`);
process.exit(failed > 0 ? 1 : 0);
