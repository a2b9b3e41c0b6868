import { createHash } from "node:crypto";
import { defineConfig } from "vite";

// The page to build: the report's, or the tree's with MODELKIN_WEB_PAGE=tree.
const name = process.env.MODELKIN_WEB_PAGE === "tree" ? "tree" : "report";
const entry = name === "tree" ? "tree.html" : "index.html";

// Puts script and style into the page, so that the page is one file, and lets the
// Content-Security-Policy run that one script and no other, by its digest.
function oneFile() {
  return {
    name: "one-file",
    enforce: "post",
    generateBundle(_, bundle) {
      const page = bundle[entry];
      let html = page.source;
      let script = "";
      for (const [name, part] of Object.entries(bundle)) {
        if (part === page) continue;
        if (name.endsWith(".css")) {
          html = html.replace(/<link rel="stylesheet"[^>]*>/, () => `<style>${part.source}</style>`);
        } else if (part.type === "chunk") {
          script = part.code.trim().replace(/<\/script/gi, "<\\/script");
        }
        delete bundle[name];
      }
      const digest = createHash("sha256").update(script).digest("base64");
      html = html
        .replace(/<script type="module"[^>]*><\/script>\s*/, "")
        .replace("'sha256-of-the-script'", () => `'sha256-${digest}'`)
        .replace("<!-- the script -->", () => `<script>${script}</script>`);
      page.fileName = `${name}.html`;
      page.source = html;
      if (html.split("__MODELKIN_DATA__").length !== 2) this.error("the place for the data must be there once");
      if (!html.includes("<style>")) this.error("the style is not in the page");
      if (/<(script|link|img)[^>]+(src|href)=/.test(html.replace(script, ""))) this.error("something is not inlined");
    },
  };
}

export default defineConfig({
  base: "./",
  build: {
    target: "es2020",
    modulePreload: false,
    assetsInlineLimit: 1 << 20,
    // Else the script makes the style, and there is none without scripts.
    cssCodeSplit: false,
    emptyOutDir: false,
    rollupOptions: { input: entry, output: { format: "iife", inlineDynamicImports: true } },
  },
  plugins: [oneFile()],
});
