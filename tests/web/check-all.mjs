#!/usr/bin/env node
// Makes reports of models of known lineage, and checks them and made-up ones in a browser.
//   node tests/web/check-all.mjs [--modelkin PROGRAM --zoo FOLDER] [--screenshots FOLDER] [--quick]
// Without a program and models, only the made-up ones. Needs web/dist/report.html: npm run build.
import { spawnSync } from "node:child_process";
import { existsSync, mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { fileURLToPath } from "node:url";

const here = fileURLToPath(new URL(".", import.meta.url));
const sample = join(here, "../../web/tools/make-sample.mjs");
const words = process.argv.slice(2);
const option = (name) => (words.includes(name) ? words.splice(words.indexOf(name), 2)[1] : undefined);
const modelkin = option("--modelkin");
const zoo = option("--zoo");
const screenshots = option("--screenshots");

const all = ["qq", "architecture-a", "architecture-b", "parameters", "metrics-role", "metrics-layer", "layer-map", "expert-map",
  "fingerprints", "routers", "ulp"];
const reports = [
  { name: "empty", make: ["--empty"], expect: [] },
  { name: "large", make: ["--large"], expect: ["qq", "layer-map", "heritage", "layer-source", "expert-map", "tokenizer-offsets", "ulp"], quick: true },
];
if (modelkin && zoo && existsSync(join(zoo, "glm-a"))) {
  const pair = (a, b, controls, expect) => ({
    name: `${a}-${b}`, expect,
    make: ["--modelkin", modelkin, join(zoo, a), join(zoo, b), ...controls.flatMap((c) => ["--control", join(zoo, c)])],
  });
  reports.unshift(pair("glm-a", "glm-a-sft", ["glm-b", "solar-a"], [...all, "heritage", "layer-source"]),
    pair("glm-a", "glm-b", ["solar-a"], all), pair("glm-a", "solar-a", ["glm-b"], all));
} else {
  console.log("no --modelkin and --zoo with glm-a: reports of real models are skipped");
}

const folder = mkdtempSync(join(tmpdir(), "modelkin-web-"));
let failed = 0;
const run = (...args) => spawnSync(process.execPath, args, { stdio: "inherit" }).status === 0;
try {
  for (const report of reports) {
    const page = join(folder, `${report.name}.html`);
    const good = run(sample, ...report.make, "-o", page) && run(join(here, "check-report.mjs"), page,
      ...(report.expect.length > 0 ? ["--expect", report.expect.join(",")] : []),
      ...(screenshots ? ["--screenshots", screenshots] : []), ...(report.quick || words.includes("--quick") ? ["--quick"] : []));
    if (!good) ++failed;
  }
  if (!run(join(here, "check-spoilt.mjs"))) ++failed;
} finally {
  rmSync(folder, { recursive: true });
}
if (failed > 0) console.error(`FAILED ${failed} of ${reports.length + 1} checks`);
process.exit(failed > 0 ? 1 : 0);
