#!/usr/bin/env node
// Opens a report page in a browser, offline, and checks what readers rely on.
//   node tests/web/check-report.mjs REPORT.html [--screenshots FOLDER] [--expect qq,layer-map,...] [--look related]
//     [--pages 3-9] [--first SECONDS] [--static] [--quick [--everywhere] [--downloads]] [--brief]
// --quick: no downloads, two of seven screens, and no look for what assistive technology can't read, which --everywhere
// takes at all that is unfolded. --downloads: these even so. --brief: the first screen and paper alone.
// --static: the program made it, so that it can be read without scripts as well.
// CHROMIUM names the browser; without it /usr/bin/chromium is used. web/node_modules has to be installed.
import { existsSync, mkdirSync, readFileSync, writeFileSync } from "node:fs";
import { createRequire } from "node:module";
import { basename, join, resolve } from "node:path";
import { fileURLToPath, pathToFileURL } from "node:url";
import { gunzipSync } from "node:zlib";
import { contextOf, launch } from "./browser.mjs";

const need = createRequire(new URL("../../web/package.json", import.meta.url));
const axeSource = readFileSync(need.resolve("axe-core/axe.min.js"), "utf8");

const sectionsOf = {
  sure: ["evidence", "limits", "direction"], changed: ["manner", "layer-map", "heritage", "origin", "metrics", "depth", "bytes"],
  "all-tests": ["tests", "p-values"], models: ["architecture", "parameters", "tokenizer", "descriptions"], files: ["inputs"], words: ["glossary"],
};
const sectionIds = ["verdict", ...Object.values(sectionsOf).flat()];
// What a page or a file obeys and a reader does not see, but line ends, tabs and the mark that begins a CSV.
const unseen = /(?!^\ufeff)[\u0000-\u0008\u000b\u000c\u000e-\u001f\u007f-\u009f\u200e\u200f\u202a-\u202e\u2028\u2029\u2066-\u2069\ufeff]/;
// Checks one report; returns what fails. `options`: screenshots, expect, look, pages, first, seconds, isStatic, quick,
// everywhere, downloads, brief, as the flags above have them.
export async function checkReport(browser, file, options = {}) {
  const { screenshots, expect: expected, look, pages, isStatic = false, brief = false } = options;
  const mostSeconds = options.seconds ?? 20;
  const mostForFirst = options.first ?? 4;
  const quick = options.quick || brief;
  const everywhere = options.everywhere || !quick;
  if (screenshots) mkdirSync(screenshots, { recursive: true });
  // There only where the texts of `compare --functional` are.
  const packed = /<script[^>]*id="modelkin-data"[^>]*>([^<]*)</.exec(readFileSync(file, "utf8"))?.[1] ?? "";
  const data = JSON.parse(gunzipSync(Buffer.from(packed, "base64")).toString());
  const withTexts = data.compare?.functional != null;
  const failures = [];
  const check = (ok, message) => {
    if (!ok) failures.push(message);
  };

  async function open(locale, colorScheme, width) {
    const page = await (await contextOf(browser, { locale, colorScheme, viewport: { width, height: 900 }, acceptDownloads: true, reducedMotion: "reduce" })).newPage();
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
    await page.goto(pathToFileURL(resolve(file)).href, { waitUntil: "commit" });
    await page.waitForSelector("html[data-first]", { timeout: mostSeconds * 1000 }).catch(() => {});
    // As the page's clock has it, which starts with the navigation.
    const first = Number(await page.evaluate(() => document.documentElement.dataset.first ?? "1e6")) / 1000;
    check(first < mostForFirst, `${where}: the first screen took ${first.toFixed(1)} s`);
    await page.waitForSelector("html[data-ready=true]", { timeout: mostSeconds * 1000 }).catch(() =>
      failures.push(`${where}: not ready within ${mostSeconds} s`));
    const seconds = (Date.now() - before) / 1000;
    await page.waitForTimeout(300);
    return { page, where, seconds, first };
  }

  async function close({ page }) {
    await page.evaluate(() => localStorage.clear());
    await page.close();
  }

  async function unfold({ page }) {
    await page.evaluate(() => document.querySelectorAll("details.part").forEach((x) => (x.open = true)));
    await page.waitForTimeout(quick ? 500 : 800);
  }

  // The verdict in the first screen, the rest folded, and links that unfold it.
  async function firstScreen({ page, where }) {
    const seen = await page.evaluate(() => {
      const top = (selector) => document.querySelector(selector)?.getBoundingClientRect().top ?? null;
      const pill = document.querySelector(".first .pill");
      return { pill: top(".first .pill"), headline: top(".first h1"), figure: top("[data-figure=evidence]"), card: top(".card"), text: pill?.textContent ?? "",
        sign: pill?.querySelectorAll("svg path, svg circle, svg rect").length ?? 0, look: document.documentElement.dataset.look, title: document.title,
        open: [...document.querySelectorAll("details[open]")].map((x) => x.id), room: innerHeight, width: innerWidth };
    });
    check(seen.pill !== null && seen.pill < 200 && seen.headline > seen.pill && seen.headline < 300, `${where}: the verdict does not come first`);
    check(seen.text.length > 1 && seen.sign > 0, `${where}: the pill has no word or no shape`);
    check(seen.figure === null || (seen.figure > seen.headline && seen.figure < seen.room), `${where}: the figure is not in the first screen`);
    check(seen.card === null || seen.width > 860 || seen.figure === null || seen.card > seen.figure, `${where}: cards stand before the figure`);
    check(!look || seen.look === look, `${where}: it looks ${seen.look}`);
    check(seen.title.includes("modelkin") && seen.title.length > 20, `${where}: the title is ${seen.title}`);
    check(seen.open.length === 0, `${where}: unfolded at first: ${seen.open}`);
    // What stands beside the pair: unrelated models, or else what chance alone gives.
    const { reference, chance } = data.answer?.[where.slice(0, 2)]?.figure ?? {};
    const legend = seen.figure === null ? "" : await page.locator("[data-figure=evidence]").first().innerText();
    if (isStatic && seen.figure !== null && (reference || chance)) check(legend.includes(reference || chance), `${where}: the figure does not say what stands beside the pair`);
    for (const id of Object.keys(sectionsOf)) {
      await page.locator(`nav.contents a[href="#${id}"]`).click();
      await page.waitForTimeout(50);
      const [open, y] = await page.evaluate((x) => [document.getElementById(x)?.open, document.getElementById(x)?.getBoundingClientRect().top], id);
      check(open === true && y < 900, `${where}: the link to ${id} does not unfold it`);
    }
    await page.evaluate(() => { document.querySelectorAll("details").forEach((x) => (x.open = false)); scrollTo(0, 0); });
  }

  async function quoting({ page, where }) {
    if ((await page.locator(".quotable").count()) === 0) return;
    for (const id of ["copy", "copy-footnote"]) {
      if ((await page.locator(`#${id}`).count()) === 0) continue;
      await page.locator(`#${id}`).click();
      await page.waitForTimeout(100);
      check(((await page.locator(".said").textContent()) ?? "").length > 3, `${where}: ${id} says nothing`);
    }
  }

  // The first long table: what is searched for is left, and a click on a head sorts.
  async function tables({ page, where }) {
    const rows = page.locator("details.rows").first();
    if ((await rows.count()) === 0) return;
    await rows.locator("summary").first().click();
    const first = rows.locator("tbody th").first();
    const name = (await first.textContent()) ?? "";
    await rows.locator("input[type=search]").fill(name);
    const left = await rows.locator("tbody th").allTextContents();
    check(left.length > 0 && left.every((x) => x.toLowerCase().includes(name.toLowerCase())), `${where}: the search leaves other rows`);
    check(/\d/.test((await rows.locator(".search [role=status]").textContent()) ?? ""), `${where}: the search does not say how many it found`);
    await rows.locator("input[type=search]").fill("no row has this");
    check((await rows.locator("tbody tr").count()) === 0, `${where}: the search finds what is not there`);
    await rows.locator("input[type=search]").fill("");
    const sort = rows.locator("thead .sort").first();
    await sort.click();
    const up = (await rows.locator("tbody th").allTextContents())[0];
    check((await rows.locator("thead th").first().getAttribute("aria-sort")) === "ascending", `${where}: a sorted column does not say so`);
    await sort.click();
    const down = (await rows.locator("tbody th").allTextContents())[0];
    check(up !== down, `${where}: sorting the other way round changes nothing`);
  }

  async function structure({ page, where }) {
    for (const id of sectionIds) check((await page.locator(`section#${id}`).count()) === 1, `${where}: section ${id} is missing`);
    check((await page.locator("section#functions").count()) === (withTexts ? 1 : 0), `${where}: section functions is ${withTexts ? "missing" : "there"}`);
    const broken = await page.evaluate(() => [...document.querySelectorAll("section")].filter((s) => s.id !== "verdict" &&
      (s.children.length < 2 || (s.innerText ?? "").replace(/\s/g, "").length < 12)).map((s) => s.id));
    check(broken.length === 0, `${where}: sections without content: ${broken}`);
    const said = await page.evaluate(() => document.body.innerText.match(/undefined|\bNaN\b|\[object|\{[a-z]\w*\}|\[\[/g));
    check(said === null, `${where}: the page says ${said}`);
    for (const [part, sections] of Object.entries(sectionsOf)) {
      for (const id of sections) check((await page.locator(`details#${part} section#${id}`).count()) === 1, `${where}: section ${id} is not in ${part}`);
    }
    const controls = await page.evaluate((source) => new RegExp(source).exec(document.body.textContent.replace(/\s/g, ""))?.[0], unseen.source);
    check(controls === undefined, `${where}: the page holds U+${controls?.codePointAt(0).toString(16)}`);
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

  // What the program has words for is not left in English: evidence, tests and what is beside them.
  async function translated({ page, where }) {
    const english = await page.evaluate(() => ["#direction", "#tests", "#manner", "#descriptions", "#functions", "#architecture li", "#inputs li"].flatMap((id) =>
      [...document.querySelectorAll(`${id} [lang=en]`)].map((x) => x.textContent ?? "").filter((x) => /[a-z]{3}/.test(x)).map((x) => `${id}: ${x}`)));
    check(english.length === 0, `${where}: in English: ${english.slice(0, 3).join("; ")}`);
  }

  async function overflow({ page, where }) {
    const wide = await page.evaluate(() => {
      const room = document.documentElement.clientWidth;
      return { over: document.documentElement.scrollWidth - room, who: [...document.querySelectorAll("main *")].filter((e) =>
        !e.closest(".scroll, pre") && e.getBoundingClientRect().right > room + 1).slice(0, 3).map((e) => `${e.tagName} ${e.className?.baseVal ?? e.className}`) };
    });
    check(wide.over <= 0, `${where}: the page scrolls sideways by ${wide.over} px (${wide.who})`);
  }

  // Of what is folded, only what is seen.
  async function accessible({ page, where }, seen = "body") {
    await page.evaluate(axeSource);
    const found = await page.evaluate((part) => globalThis.axe.run(part, { resultTypes: ["violations"] }), seen);
    for (const v of found.violations) failures.push(`${where}: axe: ${v.id}: ${v.help} (${v.nodes.length}: ${v.nodes[0].target})`);
  }

  async function downloads({ page, where }, figures) {
    for (const id of figures) {
      for (const type of ["csv", "svg", "png"]) {
        // Browsers refuse more than ten downloads a second.
        await page.waitForTimeout(120);
        const waiting = page.waitForEvent("download", { timeout: 5000 });
        await page.locator(`[data-figure="${id}"] [data-download=${type}]`).click();
        try {
          const bytes = readFileSync(await (await waiting).path());
          const content = bytes.toString("utf8");
          check(type === "png" || !unseen.test(content), `${where}: the ${type} of ${id} holds controls`);
          if (type === "png") check(bytes.subarray(1, 4).toString() === "PNG" && bytes.readUInt32BE(16) > 400 && bytes.length > 2000, `${where}: the PNG of ${id} is empty`);
          else if (type === "csv") check(content.trim().split("\n").length > 1, `${where}: the CSV of ${id} is empty`);
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
    await page.mouse.move(0, 0);
    for (const id of figures) {
      await page.locator(`[data-figure="${id}"] .plot`).focus();
      await page.keyboard.press("ArrowRight");
      check(await page.locator("#tip").isVisible(), `${where}: the keyboard shows nothing in ${id}`);
      check(((await page.locator("#tip").textContent()) ?? "").length > 2, `${where}: an empty value in ${id}`);
      await page.keyboard.press("Escape");
    }
    await page.locator(".term:visible").first().click();
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

  async function printed({ page, where }) {
    const content = await page.pdf({ preferCSSPageSize: true, printBackground: true });
    const found = content.toString("latin1").match(/\/Type\s*\/Page\b/g)?.length ?? 0;
    const [least, most] = pages ? pages.split("-").map(Number) : [2, 400];
    check(found >= least && found <= most, `${where}: ${found} pages on paper, not ${least} to ${most}`);
    check((await page.locator("details.part[open]").count()) === 0, `${where}: printing leaves parts unfolded`);
    if (screenshots) writeFileSync(join(screenshots, `${basename(file, ".html")}-${where.slice(0, 2)}.pdf`), content);
    return found;
  }

  // What the program writes for readers without scripts: the answer, the evidence, the digests.
  async function withoutScripts() {
    const page = await (await contextOf(browser, { javaScriptEnabled: false, viewport: { width: 1000, height: 900 } })).newPage();
    await page.goto(pathToFileURL(resolve(file)).href);
    // No script runs in this page, so that it is asked by its parts.
    const text = await page.locator("#page").innerText();
    const report = JSON.parse(gunzipSync(Buffer.from(packed, "base64")).toString());
    const answer = report.answer?.en;
    const shown = (x) => text.replace(/\s+/g, " ").includes(String(x).replace(/\s+/g, " "));
    check(!/^modelkin report$|__/.test(await page.title()), "without scripts: the page has no title of its own");
    check(!text.includes("__MODELKIN"), "without scripts: a place was not filled");
    if (isStatic) {
      const pill = await page.locator(".pill").first().evaluate((x) => getComputedStyle(x).borderTopLeftRadius);
      check(pill !== "0px", "without scripts: the page has no style");
    }
    if (isStatic && answer) {
      for (const x of [answer.pill, answer.headline, answer.lead, answer.quote, ...answer.figure.rows.flatMap((row) => [row.label, row.value])]) {
        check(shown(x), `without scripts: "${x}" is missing`);
      }
    }
    for (const input of isStatic ? report.trace?.inputs ?? [] : []) {
      for (const one of (input.files ?? []).filter((x) => x.sha256)) check(shown(one.sha256), `without scripts: the digest of ${one.name} is missing`);
    }
    check((await page.locator("#page script, #page img, #page iframe").count()) === 0, "without scripts: a name became markup");
    if (screenshots) await page.screenshot({ path: join(screenshots, `${basename(file, ".html")}-static.png`), fullPage: true });
    await page.close();
  }

  async function shot({ page }, name, fullPage = true) {
    if (screenshots) await page.screenshot({ path: join(screenshots, `${basename(file, ".html")}-${name}.png`), fullPage });
  }

  // All that is below the first screen; the figures that are there.
  async function unfolded(opened) {
    await unfold(opened);
    const figures = await structure(opened);
    await tables(opened);
    if (everywhere) await accessible(opened);
    await hovering(opened, figures);
    await choices(opened);
    if (!quick || options.downloads) await downloads(opened, figures);
    await shot(opened, "en-light-1400");
    return figures;
  }

  const wide = await open("en-US", "light", 1400);
  check((await wide.page.evaluate(() => document.documentElement.lang)) === "en", "an English browser gets another language");
  await firstScreen(wide);
  // What is folded is looked at as well where it is unfolded: that is enough for a quick check.
  const folded = brief || !quick;
  if (folded) await accessible(wide, ".first");
  await quoting(wide);
  await shot(wide, "en-light-first", false);
  const printedPages = await printed(wide);
  const figures = brief ? [] : await unfolded(wide);
  await overflow(wide);
  await wide.page.locator("#theme").click();
  check((await wide.page.evaluate(() => document.documentElement.dataset.theme)) === "dark", "the toggle does not darken");
  await wide.page.locator("#language").click();
  await wide.page.waitForSelector("html[lang=ko][data-ready=true]");
  await wide.page.waitForTimeout(500);
  check((await wide.page.locator("details.part[open]").count()) === (brief ? 0 : Object.keys(sectionsOf).length), "another language folds what was unfolded");
  if (!brief) await structure({ ...wide, where: "after both toggles" });
  await close(wide);

  const narrow = await open("ko-KR", "dark", 400);
  check((await narrow.page.evaluate(() => document.documentElement.lang)) === "ko", "a Korean browser gets another language");
  check((await narrow.page.evaluate(() => document.documentElement.dataset.theme)) === "dark", "a dark system gets another theme");
  await firstScreen(narrow);
  await overflow(narrow);
  await shot(narrow, "ko-dark-400-first");
  if (folded) await accessible(narrow, ".first");
  if (!brief) {
    if (everywhere) await printed(narrow);
    await unfold(narrow);
    await structure(narrow);
    if (isStatic) await translated(narrow);
    await overflow(narrow);
    if (everywhere) await accessible(narrow);
    await shot(narrow, "ko-dark-400");
  }
  await close(narrow);
  if (isStatic || everywhere) await withoutScripts();

  if (!quick) {
    for (const [locale, scheme, width] of [["en-US", "dark", 1400], ["ko-KR", "light", 400], ["en-US", "light", 400], ["ko-KR", "dark", 1400], ["en-US", "light", 820]]) {
      const other = await open(locale, scheme, width);
      await shot(other, `${locale.slice(0, 2)}-${scheme}-${width}-first`, false);
      await unfold(other);
      await overflow(other);
      await accessible(other);
      await shot(other, `${locale.slice(0, 2)}-${scheme}-${width}`);
      await close(other);
    }
  }
  console.log(`${file}: ${figures.length} figures (${figures.join(", ")}), first screen after ${wide.first.toFixed(2)} s, ready after ${wide.seconds.toFixed(1)} s, ${printedPages} pages`);
  return [...new Set(failures)];
}

async function main(words) {
  const option = (name) => (words.includes(name) ? words.splice(words.indexOf(name), 2)[1] : undefined);
  const flag = (name) => words.includes(name) && words.splice(words.indexOf(name), 1).length > 0;
  const number = (name) => (words.includes(name) ? Number(option(name)) : undefined);
  const options = {
    screenshots: option("--screenshots"), expect: option("--expect"), look: option("--look"), pages: option("--pages"), first: number("--first"),
    seconds: number("--seconds"), isStatic: flag("--static"), brief: flag("--brief"), quick: flag("--quick"), everywhere: flag("--everywhere"), downloads: flag("--downloads"),
  };
  const [file] = words;
  if (!file || !existsSync(file)) {
    console.error("usage: check-report.mjs REPORT.html [--screenshots FOLDER] [--expect FIGURE,...] [--look LOOK] [--pages LEAST-MOST] [--first SECONDS] [--seconds N] [--static] [--quick] [--everywhere] [--downloads] [--brief]");
    process.exit(2);
  }
  const browser = await launch();
  const failures = await checkReport(browser, file, options).finally(() => browser.close());
  for (const failure of failures) console.error(`FAILED ${failure}`);
  process.exit(failures.length > 0 ? 1 : 0);
}

if (process.argv[1] === fileURLToPath(import.meta.url)) await main(process.argv.slice(2));
