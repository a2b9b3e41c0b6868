#!/usr/bin/env node
// Writes a report page from dist/report.html, as `modelkin report` does, to look at while working on it.
//   node tools/make-sample.mjs --modelkin PROGRAM A B [--control C]... -o FILE.html
//   node tools/make-sample.mjs --json FILE.json -o FILE.html     (a report that is there already)
//   node tools/make-sample.mjs --empty -o FILE.html              (every optional member null)
//   node tools/make-sample.mjs --large -o FILE.html              (92 layers of 214 experts, 20,000 tensors, made up)
//   node tools/make-sample.mjs --small -o FILE.html              (12 layers of 8 experts, made up)
//   --hostile                                                    (with --small or --large: names that try to be more)
//   --answer LOOK [--components]                                 (with any of these: a made-up first screen)
import { spawnSync } from "node:child_process";
import { readFileSync, writeFileSync } from "node:fs";
import { basename, dirname, join } from "node:path";
import { fileURLToPath } from "node:url";
import { gzipSync } from "node:zlib";
import { madeUpAnswer, madeUpNorms, madeUpWords } from "./made-up-answers.mjs";
import { emptyReport, largeReport } from "./made-up.mjs";

const options = { modelkin: "modelkin", controls: [], models: [] };
const words = process.argv.slice(2);
for (let i = 0; i < words.length; ++i) {
  if (words[i] === "--modelkin") options.modelkin = words[++i];
  else if (words[i] === "--control") options.controls.push(words[++i]);
  else if (words[i] === "-o") options.output = words[++i];
  else if (words[i] === "--json") options.json = words[++i];
  else if (words[i] === "--save-json") options.save = words[++i];
  else if (words[i] === "--empty") options.empty = true;
  else if (words[i] === "--large") options.large = true;
  else if (words[i] === "--small") options.small = true;
  else if (words[i] === "--answer") options.answer = words[++i];
  else if (words[i] === "--components") options.components = true;
  else if (words[i] === "--hostile") options.hostile = true;
  else options.models.push(words[i]);
}
if (!options.output) throw new Error("-o FILE.html is missing");

function run(...words) {
  const done = spawnSync(options.modelkin, [...words, "--json"], { encoding: "utf8", maxBuffer: 1 << 30 });
  if (done.status === 0) return JSON.parse(done.stdout);
  console.error(`${words[0]}: ${done.error?.message ?? done.stderr.trim().split("\n").pop()}`);
  return null;
}

function ofModels(a, b) {
  const controls = options.controls.flatMap((c) => ["--control", c]);
  const trace = run("trace", a, b, ...controls);
  return {
    schema_version: "1.0",
    tool: trace?.tool ?? { name: "modelkin", version: "?" },
    names: { a: basename(a), b: basename(b), controls: options.controls.map((c) => basename(c)) },
    trace,
    compare: run("compare", a, b, ...controls),
    config: run("config", a, b),
    inspect_a: run("inspect", a),
    inspect_b: run("inspect", b),
    tokenizer: run("tokenizer", a, b),
    diff: run("diff", a, b),
  };
}

const report = options.json ? JSON.parse(readFileSync(options.json, "utf8"))
  : options.empty ? emptyReport()
  : options.large ? largeReport()
  : options.small ? largeReport(12, 8)
  : ofModels(options.models[0], options.models[1]);
if (options.small) report.names = { a: "glm-a", b: "glm-a-sft", controls: ["glm-b"] };
// Names that try to be markup, to turn the direction of writing, or to be a formula.
const hostile = (name) => `=${name}<img src=x onerror=alert(1)>\u202e\u0007\u2066"'&\ud800`;
if (options.hostile) {
  report.names = { a: hostile("a"), b: hostile("b"), controls: [hostile("c")] };
  for (const x of report.trace.heritage) x.tensor = hostile(x.tensor);
  for (const x of report.diff.tensors) x.a.name = x.b.name = hostile(x.a.name);
}
if (options.answer) {
  Object.assign(report, { answer: madeUpAnswer(options.answer, report.names, options.components), words: madeUpWords, norms: madeUpNorms(12) });
  if (options.hostile) for (const x of report.answer.en.figure.rows) x.label = hostile(x.label);
}
if (options.save) writeFileSync(options.save, JSON.stringify(report));
const page = readFileSync(join(dirname(fileURLToPath(import.meta.url)), "../dist/report.html"), "utf8");
const data = gzipSync(JSON.stringify(report)).toString("base64");
// The program writes the answer here once more, for readers without scripts.
const title = report.answer?.en ? report.answer.en.headline : `${report.names?.a} and ${report.names?.b}`;
const escaped = String(title).replace(/[&<>]/g, (c) => `&#${c.charCodeAt(0)};`);
writeFileSync(options.output, page.replace("__MODELKIN_TITLE__", () => `${escaped} – modelkin`).replace("<!-- __MODELKIN_STATIC__ -->", "")
  .replace("__MODELKIN_DATA__", () => data));
