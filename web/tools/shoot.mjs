#!/usr/bin/env node
// Takes pictures of the first screens of all reports in a folder, and puts them together on sheets.
//   node web/tools/shoot.mjs FOLDER
// Of each FOLDER/*.html: NAME.png, light at 1100 px. Of every third also dark, at 400 px and in Korean. CHROMIUM names the
// browser; without it /usr/bin/chromium is used.
import { mkdirSync, readdirSync, rmSync, writeFileSync } from "node:fs";
import { basename, join, resolve } from "node:path";
import { pathToFileURL } from "node:url";
import { chromium } from "playwright-core";

const folder = resolve(process.argv[2] ?? ".");
const views = {
  "": { locale: "en-US", colorScheme: "light", width: 1100 },
  "-dark": { locale: "en-US", colorScheme: "dark", width: 1100 },
  "-400": { locale: "en-US", colorScheme: "light", width: 400 },
  "-korean": { locale: "ko-KR", colorScheme: "light", width: 1100 },
};
const escaped = (text) => text.replace(/[&<>"]/g, (x) => `&#${x.charCodeAt(0)};`);
const pages = readdirSync(folder).filter((x) => x.endsWith(".html")).sort();
const browser = await chromium.launch({
  executablePath: process.env.CHROMIUM ?? "/usr/bin/chromium",
  args: ["--headless", "--no-sandbox", "--disable-gpu", "--no-first-run"],
});

async function shoot(name, suffix) {
  const { locale, colorScheme, width } = views[suffix];
  const context = await browser.newContext({ locale, colorScheme, viewport: { width, height: width < 500 ? 1400 : 820 }, reducedMotion: "reduce" });
  const page = await context.newPage();
  await page.goto(pathToFileURL(join(folder, name)).href);
  await page.waitForSelector("html[data-first]");
  await page.waitForTimeout(200);
  const path = join(folder, `${basename(name, ".html")}${suffix}.png`);
  await page.screenshot({ path });
  await context.close();
  return path;
}

// Two beside each other, so that the text stays legible.
async function sheets(pictures) {
  const sheetsFolder = join(folder, "sheets");
  mkdirSync(sheetsFolder, { recursive: true });
  const context = await browser.newContext({ viewport: { width: 1800, height: 1000 } });
  const page = await context.newPage();
  for (let i = 0; i < pictures.length; i += 6) {
    const figures = pictures.slice(i, i + 6).map((x) => `<figure style="margin:0">${escaped(basename(x))}<img style="width:100%" src="${pathToFileURL(x).href}"></figure>`);
    const html = join(sheetsFolder, "sheet.html");
    writeFileSync(html, `<!doctype html><meta charset="utf-8"><body style="margin:0;display:grid;grid-template-columns:1fr 1fr;gap:6px;font:16px sans-serif">${figures.join("")}`);
    await page.goto(pathToFileURL(html).href);
    await page.screenshot({ path: join(sheetsFolder, `${String(i / 6 + 1).padStart(2, "0")}.png`), fullPage: true });
    rmSync(html);
  }
  await context.close();
}

try {
  const wide = [], narrow = [];
  for (const [i, name] of pages.entries()) {
    wide.push(await shoot(name, ""));
    if (i % 3 !== 0) continue;
    wide.push(await shoot(name, "-dark"), await shoot(name, "-korean"));
    narrow.push(await shoot(name, "-400"));
  }
  await sheets(wide);
  console.log(`${wide.length + narrow.length} pictures of ${pages.length} reports, ${Math.ceil(wide.length / 6)} sheets`);
} finally {
  await browser.close();
}
