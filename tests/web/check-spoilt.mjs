#!/usr/bin/env node
// Reports whose members were replaced at random by null, other types, huge numbers and markup: each has to
// end as a page with all sections, without an exception, a dialog, an element that the data smuggled in, or a long wait.
//   node tests/web/check-spoilt.mjs [REPORT.json] [--rounds N] [--seed N]
import { readFileSync } from "node:fs";
import { fileURLToPath } from "node:url";
import { gzipSync } from "node:zlib";
import { madeUpAnswer, madeUpNorms, madeUpWords } from "../../web/tools/made-up-answers.mjs";
import { largeReport } from "../../web/tools/made-up.mjs";
import { launch } from "./browser.mjs";

const bad = [null, null, null, {}, [], "", "x", "<img src=x onerror=alert(1)>", "</script><script>alert(1)</script>", "__proto__", "constructor",
  0, -1, 1e308, -1e308, 1e9, 0.5, true, [null], [[]], [{}], "a".repeat(5000), "\u202e\u0000"];

function spoil(value, chance, random) {
  if (random() < chance) return bad[Math.floor(random() * bad.length)];
  if (Array.isArray(value)) return value.map((x) => spoil(x, chance, random));
  if (value !== null && typeof value === "object") return Object.fromEntries(Object.entries(value).map(([k, v]) => [k, spoil(v, chance, random)]));
  return value;
}

function withAnswer(report) {
  return { ...report, answer: madeUpAnswer("part", report.names, true), words: madeUpWords, norms: madeUpNorms(6) };
}

// Checks `rounds` reports made of one; returns what fails. `json`: the report's file, else a made-up one is taken.
export async function checkSpoilt(browser, { json, rounds = 40, seed = 1, verbose = false } = {}) {
  const template = readFileSync(new URL("../../web/dist/report.html", import.meta.url), "utf8");
  const source = json ? readFileSync(json, "utf8") : JSON.stringify(withAnswer(largeReport(6, 8)));
  let state = seed;
  const random = () => ((state = (Math.imul(state, 1664525) + 1013904223) >>> 0) + 0.5) / 2 ** 32;
  const failures = [];
  let broken = 0;
  let drawn = 0;
  const page = await browser.newPage();
  let round = 0;
  page.on("pageerror", (error) => failures.push(`round ${round}: ${error.stack?.split("\n").slice(0, 2).join(" ")}`));
  page.on("dialog", (dialog) => {
    failures.push(`round ${round}: a dialog opened`);
    void dialog.dismiss();
  });
  page.on("request", (request) => {
    if (!/^(file|data|blob|about):/.test(request.url()) && request.url() !== "http://report.test/") failures.push(`round ${round}: asked for ${request.url()}`);
  });
  let html = "";
  await page.route("http://report.test/", (route) => route.fulfill({ contentType: "text/html", body: html }));
  for (round = 1; round <= rounds; ++round) {
    const chance = [0.002, 0.01, 0.05, 0.2][round % 4];
    const report = Object.fromEntries(Object.entries(JSON.parse(source)).map(([k, v]) => [k, spoil(v, chance, random)]));
    html = template.replace("__MODELKIN_DATA__", () => gzipSync(JSON.stringify(report)).toString("base64"));
    await page.goto("http://report.test/");
    const ready = await page.waitForSelector("html[data-ready=true]", { timeout: 15000 }).then(() => true, () => false);
    if (!ready) failures.push(`round ${round}: no page within 15 s`);
    await page.evaluate(() => document.querySelectorAll("details").forEach((x) => (x.open = true)));
    await page.waitForTimeout(200);
    const found = await page.evaluate(() => ({
      figures: document.querySelectorAll("[data-figure] .plot svg").length,
      sections: document.querySelectorAll("main section").length, smuggled: document.querySelectorAll("#page script, #page img, #page iframe").length,
      notes: [...document.querySelectorAll(".note")].filter((x) => /could not be drawn/.test(x.textContent)).map((x) => x.closest("section")?.id),
    }));
    broken += found.notes.length;
    drawn += found.figures;
    if (verbose) console.log(round, chance, found.notes.join(" "));
    const functional = report.compare?.functional;
    const sections = functional !== null && typeof functional === "object" ? 20 : 19;
    if (found.sections !== sections) failures.push(`round ${round}: ${found.sections} sections`);
    if (found.smuggled > 0) failures.push(`round ${round}: ${found.smuggled} elements from the data`);
  }
  await page.context().close();
  console.log(`${rounds} spoilt reports, ${drawn} figures drawn; ${broken} sections and figures of ${rounds * 20} said that they could not be drawn`);
  return failures;
}

async function main(words) {
  const option = (name, otherwise) => (words.includes(name) ? Number(words.splice(words.indexOf(name), 2)[1]) : otherwise);
  const options = { rounds: option("--rounds", 40), seed: option("--seed", 1), verbose: words.includes("--verbose") };
  options.json = words.find((x) => !x.startsWith("--"));
  const browser = await launch();
  const failures = await checkSpoilt(browser, options).finally(() => browser.close());
  for (const failure of failures) console.error(`FAILED ${failure}`);
  process.exit(failures.length > 0 ? 1 : 0);
}

if (process.argv[1] === fileURLToPath(import.meta.url)) await main(process.argv.slice(2));
