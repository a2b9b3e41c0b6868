#!/usr/bin/env node
// Opens the tree's page in a browser, offline, and checks what readers rely on: with the program's own tree, with
// 10,000 models, with hostile names and with spoilt data.
//   node tests/web/check-tree.mjs --modelkin build/release/bin/modelkin [--screenshots FOLDER]
//   node tests/web/check-tree.mjs --page web/dist/tree.html      # a made-up tree in place of the program's
// CHROMIUM names the browser; without it /usr/bin/chromium is used. web/node_modules has to be installed.
import { execFileSync } from "node:child_process";
import { mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { createRequire } from "node:module";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { pathToFileURL } from "node:url";
import { filled, madeUpTree } from "../../web/tools/make-tree.mjs";
import { launch } from "./browser.mjs";

const need = createRequire(new URL("../../web/package.json", import.meta.url));
const axeSource = readFileSync(need.resolve("axe-core/axe.min.js"), "utf8");

const words = process.argv.slice(2);
const option = (name) => (words.includes(name) ? words.splice(words.indexOf(name), 2)[1] : undefined);
const modelkin = option("--modelkin");
const template = option("--page");
const screenshots = option("--screenshots");
if (!modelkin && !template) {
  console.error("usage: check-tree.mjs --modelkin PROGRAM | --page TEMPLATE [--screenshots FOLDER]");
  process.exit(2);
}
if (screenshots) mkdirSync(screenshots, { recursive: true });
const folder = mkdtempSync(join(tmpdir(), "modelkin-tree-"));
const failures = [];
const check = (ok, message) => {
  if (!ok) failures.push(message);
};

const browser = await launch();

async function open(name, html, { width = 1400, locale = "en-US", colorScheme = "light", ready = true } = {}) {
  const path = join(folder, `${name}.html`);
  writeFileSync(path, html);
  const context = await browser.newContext({ locale, colorScheme, viewport: { width, height: 900 } });
  const page = await context.newPage();
  page.setDefaultTimeout(120_000); // machines may be busy
  page.on("console", (message) => {
    if (ready && ["error", "warning"].includes(message.type())) failures.push(`${name}: console: ${message.text()}`);
  });
  page.on("pageerror", (error) => failures.push(`${name}: ${error.message}`));
  page.on("dialog", (dialog) => {
    failures.push(`${name}: a dialog opened: ${dialog.message()}`);
    void dialog.dismiss();
  });
  page.on("request", (request) => {
    if (!/^(file|data|blob):/.test(request.url())) failures.push(`${name}: asked for ${request.url()}`);
  });
  await page.goto(pathToFileURL(path).href);
  if (ready) {
    await page.waitForSelector("html[data-ready=true]", { timeout: 60_000 }).catch(() => failures.push(`${name}: not ready within 60 s`));
    await page.waitForTimeout(200);
  }
  if (screenshots) await page.screenshot({ path: join(screenshots, `${name}.png`) });
  return { page, close: () => context.close() };
}

// How many pixels of the canvas are not the page's.
const inked = (page) => page.evaluate(() => {
  const canvas = document.getElementById("graph");
  const { data } = canvas.getContext("2d").getImageData(0, 0, canvas.width, canvas.height);
  let count = 0;
  for (let i = 3; i < data.length; i += 4) count += data[i] > 0 ? 1 : 0;
  return count;
});
const transform = (page) => page.evaluate(() => JSON.stringify(window.modelkinScene.place(0)));

async function accessible(name, page) {
  await page.evaluate(axeSource);
  const found = await page.evaluate(() => globalThis.axe.run(document, { resultTypes: ["violations"] }));
  for (const v of found.violations) failures.push(`${name}: axe: ${v.id}: ${v.help} (${v.nodes.length}: ${v.nodes[0].target})`);
  const over = await page.evaluate(() => document.documentElement.scrollWidth - document.documentElement.clientWidth);
  check(over <= 0, `${name}: the page scrolls sideways by ${over} px`);
}

// Of the models of `modelkin demo`, by the program itself.
function ownPage() {
  if (!modelkin) return filled(readFileSync(template, "utf8"), madeUpTree(40));
  const [demo, atlas, out] = ["demo", "models.atlas", "own.html"].map((name) => join(folder, name));
  const call = (...args) => execFileSync(modelkin, args, { stdio: ["ignore", "pipe", "inherit"] });
  call("demo", "--keep", demo, "-q");
  call("atlas", "add", atlas, ...["dense-a", "dense-a-tuned", "dense-b", "moe-c"].map((name) => join(demo, name)), "-q");
  call("atlas", "tree", atlas, "--format", "html", "-o", out, "-q");
  return readFileSync(out, "utf8");
}

async function picks(name, page) {
  const edgeAt = await page.evaluate(() => {
    const scene = window.modelkinScene;
    const edge = scene.tree.edges.findIndex((e) => e.role === "nearest");
    const { a, b } = scene.tree.edges[edge];
    scene.show([a, b]);
    return new Promise((done) => setTimeout(() => {
      const [p, q] = [scene.place(a), scene.place(b)];
      done({ model: p, middle: [(p[0] + q[0]) / 2, (p[1] + q[1]) / 2], name: scene.tree.models[a].model, agreements: scene.tree.edges[edge].bits.agreements });
    }, 100));
  });
  await page.locator("#graph").click({ position: { x: edgeAt.model[0], y: edgeAt.model[1] } });
  check((await page.locator("#evidence").innerText()).includes(edgeAt.name), `${name}: a click on a model does not show it`);
  await page.locator("#graph").click({ position: { x: edgeAt.middle[0], y: edgeAt.middle[1] } });
  const said = await page.locator("#evidence").innerText();
  check(said.replace(/,/g, "").includes(`${edgeAt.agreements} of 4096`), `${name}: a click on an edge does not show its bits: ${said.slice(0, 200)}`);
  check(/cosine/.test(said) && /p between unrelated models/.test(said), `${name}: an edge lacks its evidence`);
  check(!/undefined|\bNaN\b|\[object/.test(await page.evaluate(() => document.body.innerText)), `${name}: the page says undefined`);
}

async function moves(name, page) {
  const before = await transform(page);
  const box = await page.locator("#graph").boundingBox();
  await page.mouse.move(box.x + box.width / 2, box.y + box.height / 2);
  await page.mouse.wheel(0, -400);
  await page.waitForTimeout(200);
  const zoomed = await transform(page);
  check(zoomed !== before, `${name}: the wheel does not zoom`);
  await page.mouse.down();
  await page.mouse.move(box.x + box.width / 2 + 80, box.y + box.height / 2 + 40, { steps: 4 });
  await page.mouse.up();
  check((await transform(page)) !== zoomed, `${name}: dragging does not move`);
  await page.locator("#whole").click();
}

try {
  const own = ownPage();
  for (const [name, options] of [["own", {}], ["own-dark-korean", { colorScheme: "dark", locale: "ko-KR" }], ["own-narrow", { width: 420 }]]) {
    const { page, close } = await open(name, own, options);
    check((await inked(page)) > 200, `${name}: nothing is drawn`);
    if (name === "own") {
      await picks(name, page);
      await moves(name, page);
    }
    await accessible(name, page);
    await close();
  }

  const large = madeUpTree(10_000);
  {
    const { page, close } = await open("large", filled(own, large));
    await moves("large", page);
    const frame = await page.evaluate(async () => {
      const scene = window.modelkinScene;
      const times = [];
      for (let i = 0; i < 12; i++) {
        scene.scaleBy(i % 2 ? 0.8 : 1.25);
        await new Promise((done) => requestAnimationFrame(() => requestAnimationFrame(done)));
        times.push(scene.lastFrame);
      }
      return { median: times.sort((p, q) => p - q)[6], layout: Number(document.documentElement.dataset.layout) };
    });
    console.log(`10,000 models: layout ${frame.layout} ms, a frame ${frame.median.toFixed(1)} ms`);
    check(frame.median < 250, `large: a frame took ${frame.median} ms`);
    await page.locator("#search").fill(large.models[1234].model);
    check((await page.locator("#hits").innerText()).startsWith("1 "), "large: the search does not find one model");
    await page.locator("#search").press("Enter");
    check((await page.locator("#evidence").innerText()).includes(large.models[1234].model), "large: the search does not show what it found");
    await page.locator("#contradictions button").first().click();
    check((await page.locator("#evidence .alarm").count()) > 0, "large: a contradiction does not stand out");
    check((await page.locator("#families li").count()) === 10, "large: families are not gathered into ten");
    await close();
  }
  {
    const again = async () => {
      const { page, close } = await open("again", filled(own, madeUpTree(300)));
      const places = await page.evaluate(() => JSON.stringify([...window.modelkinScene.layout.x, ...window.modelkinScene.layout.y]));
      await close();
      return places;
    };
    check((await again()) === (await again()), "the layout is not the same each time");
  }
  {
    const { page, close } = await open("hostile", filled(own, madeUpTree(120, "<img src=x onerror=alert(1)>{a}</script><script>alert(2)</script>")));
    check((await page.locator("img, aside script").count()) === 0, "hostile: a name became markup");
    await page.locator("#search").fill("onerror");
    await page.locator("#search").press("Enter");
    check((await page.locator("#evidence").innerText()).includes("<img src=x"), "hostile: a name is not shown as it is");
    await close();
  }
  {
    const empty = madeUpTree(0);
    const { page, close } = await open("empty", filled(own, empty));
    check((await page.locator("#graph").count()) === 1, "empty: there is no graph");
    await close();
  }
  const spoilt = madeUpTree(30);
  for (const [name, spoil] of Object.entries({
    edge: (tree) => (tree.edges[0].b = 1e9), group: (tree) => (tree.models[3].group = -1), root: (tree) => (tree.groups[0].root = 0.5),
    list: (tree) => (tree.edges = {}), model: (tree) => (tree.models[2] = null),
  })) {
    const tree = structuredClone(spoilt);
    spoil(tree);
    const { page, close } = await open(`spoilt-${name}`, filled(own, tree), { ready: false });
    await page.waitForTimeout(500);
    check(/could not be read/.test(await page.evaluate(() => document.body.innerText)), `spoilt ${name}: the page does not say so`);
    await close();
  }
} catch (error) {
  failures.push(String(error));
} finally {
  await browser.close();
  rmSync(folder, { recursive: true, force: true });
}
for (const failure of failures) console.error(failure);
console.log(failures.length === 0 ? "the tree's page is as it should be" : `${failures.length} failures`);
process.exit(failures.length === 0 ? 0 : 1);
