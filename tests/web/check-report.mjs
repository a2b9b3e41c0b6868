#!/usr/bin/env node
// Opens a report page in a browser, offline, and checks what readers rely on.
//   node tests/web/check-report.mjs REPORT.html [--screenshots FOLDER] [--expect qq,layer-map,...] [--quick]
// CHROMIUM names the browser; without it /usr/bin/chromium is used. web/node_modules has to be installed.
import { existsSync, mkdirSync, readFileSync } from "node:fs";
import { createRequire } from "node:module";
import { basename, join, resolve } from "node:path";
import { pathToFileURL } from "node:url";
import { gunzipSync } from "node:zlib";

const need = createRequire(new URL("../../web/package.json", import.meta.url));
const { chromium } = need("playwright-core");
const axeSource = readFileSync(need.resolve("axe-core/axe.min.js"), "utf8");

const words = process.argv.slice(2);
const option = (name) => (words.includes(name) ? words.splice(words.indexOf(name), 2)[1] : undefined);
const flag = (name) => words.includes(name) && words.splice(words.indexOf(name), 1).length > 0;
const screenshots = option("--screenshots");
const expected = option("--expect");
const mostSeconds = Number(option("--seconds") ?? 20);
const quick = flag("--quick");
const [file] = words;
if (!file || !existsSync(file)) {
  console.error("usage: check-report.mjs REPORT.html [--screenshots FOLDER] [--expect FIGURE,...] [--seconds N] [--quick]");
  process.exit(2);
}
const executablePath = process.env.CHROMIUM ?? "/usr/bin/chromium";
if (!existsSync(executablePath)) {
  console.error(`no browser at ${executablePath}: apt-get install chromium, or name one in CHROMIUM`);
  process.exit(2);
}
if (screenshots) mkdirSync(screenshots, { recursive: true });

const sectionIds = ["verdict", "tests", "p-values", "architecture", "parameters", "metrics", "layer-map", "heritage", "origin",
  "descriptions", "tokenizer", "bytes", "inputs", "glossary"];
// There only where the texts of `compare --functional` are.
const packed = /<script[^>]*id="modelkin-data"[^>]*>([^<]*)</.exec(readFileSync(file, "utf8"))?.[1] ?? "";
const withTexts = JSON.parse(gunzipSync(Buffer.from(packed, "base64")).toString()).compare?.functional != null;
const failures = [];
const check = (ok, message) => {
  if (!ok) failures.push(message);
};

const browser = await chromium.launch({
  executablePath,
  args: ["--headless", "--no-sandbox", "--disable-gpu", "--disable-background-networking", "--disable-component-update", "--disable-sync", "--no-first-run"],
});

async function open(locale, colorScheme, width) {
  const context = await browser.newContext({ locale, colorScheme, viewport: { width, height: 900 }, acceptDownloads: true });
  const page = await context.newPage();
  const where = `${locale} ${colorScheme} ${width} px`;
  page.on("console", (message) => {
    if (["error", "warning"].includes(message.type())) failures.push(`${where}: console: ${message.text()}`);
  });
  page.on("pageerror", (error) => failures.push(`${where}: ${error.message}`));
  page.on("dialog", (dialog) => {
    failures.push(`${where}: a dialog opened: ${dialog.message()}`);
    void dialog.dismiss();
  });
  page.on("request", (request) => {
    if (!/^(file|data|blob):/.test(request.url())) failures.push(`${where}: asked for ${request.url()}`);
  });
  const before = Date.now();
  await page.goto(pathToFileURL(resolve(file)).href);
  await page.waitForSelector("html[data-ready=true]", { timeout: mostSeconds * 1000 }).catch(() =>
    failures.push(`${where}: not ready within ${mostSeconds} s`));
  const seconds = (Date.now() - before) / 1000;
  await page.waitForTimeout(300);
  return { context, page, where, seconds };
}

async function structure({ page, where }) {
  for (const id of sectionIds) check((await page.locator(`section#${id}`).count()) === 1, `${where}: section ${id} is missing`);
  check((await page.locator("section#functions").count()) === (withTexts ? 1 : 0), `${where}: section functions is ${withTexts ? "missing" : "there"}`);
  const broken = await page.evaluate(() => [...document.querySelectorAll("section")].filter((s) =>
    s.children.length < 2 || (s.innerText ?? "").replace(/\s/g, "").length < 12).map((s) => s.id));
  check(broken.length === 0, `${where}: sections without content: ${broken}`);
  const said = await page.evaluate(() => document.body.innerText.match(/undefined|\bNaN\b|\[object|\{\w+\}|\[\[/g));
  check(said === null, `${where}: the page says ${said}`);
  const figures = await page.evaluate(() => [...document.querySelectorAll("[data-figure]")].map((f) => ({
    id: f.dataset.figure, pictures: f.querySelectorAll(".plot svg[role=img][aria-label]").length, height: f.querySelector(".plot svg")?.getBoundingClientRect().height ?? 0,
    marks: f.querySelectorAll(".plot svg path, .plot svg circle, .plot svg rect").length, caption: f.querySelector("figcaption")?.textContent?.length ?? 0,
  })));
  for (const f of figures) {
    check(f.pictures === 1 && f.height > 40 && f.marks > 0, `${where}: figure ${f.id} is not drawn`);
    check(f.caption > 40, `${where}: figure ${f.id} has no caption`);
  }
  for (const id of expected ? expected.split(",") : []) {
    check(figures.some((f) => f.id === id), `${where}: figure ${id} is missing`);
  }
  return figures.map((f) => f.id);
}

async function overflow({ page, where }) {
  const wide = await page.evaluate(() => {
    const room = document.documentElement.clientWidth;
    return { over: document.documentElement.scrollWidth - room, who: [...document.querySelectorAll("main *")].filter((e) =>
      !e.closest(".scroll, pre") && e.getBoundingClientRect().right > room + 1).slice(0, 3).map((e) => `${e.tagName} ${e.className?.baseVal ?? e.className}`) };
  });
  check(wide.over <= 0, `${where}: the page scrolls sideways by ${wide.over} px (${wide.who})`);
}

async function accessible({ page, where }) {
  await page.evaluate(axeSource);
  const found = await page.evaluate(() => globalThis.axe.run(document, { resultTypes: ["violations"] }));
  for (const v of found.violations) failures.push(`${where}: axe: ${v.id}: ${v.help} (${v.nodes.length}: ${v.nodes[0].target})`);
}

async function downloads({ page, where }, figures) {
  for (const id of figures) {
    for (const type of ["csv", "svg"]) {
      // Browsers refuse more than ten downloads a second.
      await page.waitForTimeout(120);
      const waiting = page.waitForEvent("download", { timeout: 5000 });
      await page.locator(`[data-figure="${id}"] [data-download=${type}]`).click();
      try {
        const content = readFileSync(await (await waiting).path(), "utf8");
        if (type === "csv") check(content.trim().split("\n").length > 1, `${where}: the CSV of ${id} is empty`);
        else {
          check(/^<svg[\s\S]*<\/svg>$/.test(content) && content.length > 400, `${where}: the SVG of ${id} is empty`);
          check(!/var\(--|<script|<foreignObject/.test(content), `${where}: the SVG of ${id} has variables or scripts`);
        }
      } catch (error) {
        failures.push(`${where}: no ${type} of ${id}: ${error.message.split("\n")[0]}`);
      }
    }
  }
}

async function hovering({ page, where }, figures) {
  for (const id of figures) {
    await page.locator(`[data-figure="${id}"] .plot`).focus();
    await page.keyboard.press("ArrowRight");
    check(await page.locator("#tip").isVisible(), `${where}: the keyboard shows nothing in ${id}`);
    check(((await page.locator("#tip").textContent()) ?? "").length > 2, `${where}: an empty value in ${id}`);
    await page.keyboard.press("Escape");
  }
  await page.locator(".term").first().click();
  check((await page.locator("#tip").textContent() ?? "").length > 20, `${where}: a term does not explain itself`);
  await page.keyboard.press("Escape");
}

async function choices({ page, where }) {
  for (const select of await page.locator("[data-figure] .choices select").all()) {
    await select.selectOption({ index: (await select.locator("option").count()) - 1 });
    const [id, pictures] = await select.evaluate((e) => {
      const figure = e.closest("[data-figure]");
      return [figure.dataset.figure, figure.querySelectorAll(".plot svg[role=img]").length];
    });
    check(pictures === 1, `${where}: the last choice draws nothing in ${id}`);
  }
}

async function shot({ page }, name, fullPage = true) {
  if (screenshots) await page.screenshot({ path: join(screenshots, `${basename(file, ".html")}-${name}.png`), fullPage });
}

try {
  const wide = await open("en-US", "light", 1400);
  check((await wide.page.evaluate(() => document.documentElement.lang)) === "en", "an English browser gets another language");
  const figures = await structure(wide);
  await overflow(wide);
  await accessible(wide);
  await hovering(wide, figures);
  await choices(wide);
  if (!quick) await downloads(wide, figures);
  await shot(wide, "en-light-1400");
  await wide.page.locator("#theme").click();
  check((await wide.page.evaluate(() => document.documentElement.dataset.theme)) === "dark", "the toggle does not darken");
  await wide.page.locator("#language").click();
  await wide.page.waitForSelector("html[lang=ko]");
  await wide.page.waitForTimeout(500);
  await structure({ ...wide, where: "after both toggles" });
  if (screenshots) await wide.page.pdf({ path: join(screenshots, `${basename(file, ".html")}.pdf`), preferCSSPageSize: true, printBackground: true });
  await wide.context.close();

  const narrow = await open("ko-KR", "dark", 400);
  check((await narrow.page.evaluate(() => document.documentElement.lang)) === "ko", "a Korean browser gets another language");
  check((await narrow.page.evaluate(() => document.documentElement.dataset.theme)) === "dark", "a dark system gets another theme");
  await structure(narrow);
  await overflow(narrow);
  await accessible(narrow);
  await shot(narrow, "ko-dark-400");
  await narrow.context.close();

  if (!quick) {
    for (const [locale, scheme, width] of [["en-US", "dark", 1400], ["ko-KR", "light", 400], ["en-US", "light", 400], ["ko-KR", "dark", 1400], ["en-US", "light", 820]]) {
      const other = await open(locale, scheme, width);
      await overflow(other);
      await accessible(other);
      await shot(other, `${locale.slice(0, 2)}-${scheme}-${width}`);
      await other.context.close();
    }
  }
  console.log(`${file}: ${figures.length} figures (${figures.join(", ")}), ready after ${wide.seconds.toFixed(1)} s`);
} finally {
  await browser.close();
}
for (const failure of new Set(failures)) console.error(`FAILED ${failure}`);
process.exit(failures.length > 0 ? 1 : 0);
