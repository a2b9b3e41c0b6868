// The browser that tests of the pages use: CHROMIUM names it, else it is /usr/bin/chromium.
import { existsSync } from "node:fs";
import { createRequire } from "node:module";

const { chromium } = createRequire(new URL("../../web/package.json", import.meta.url))("playwright-core");

// Returns a context with these options, always the same one: what a page remembers, whoever opened it has to clear. A
// context is a process or two, which take a browser longer to start than a report to draw.
const contexts = new WeakMap();
export async function contextOf(browser, options) {
  if (!contexts.has(browser)) contexts.set(browser, new Map());
  const made = contexts.get(browser), key = JSON.stringify(options);
  if (!made.has(key)) made.set(key, await browser.newContext(options));
  return made.get(key);
}

export function launch() {
  const executablePath = process.env.CHROMIUM ?? "/usr/bin/chromium";
  if (!existsSync(executablePath)) {
    console.error(`no browser at ${executablePath}: apt-get install chromium, or name one in CHROMIUM`);
    process.exit(2);
  }
  return chromium.launch({
    executablePath,
    args: ["--headless", "--no-sandbox", "--disable-gpu", "--disable-background-networking", "--disable-component-update", "--disable-sync", "--no-first-run"],
  });
}
