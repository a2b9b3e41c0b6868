#!/usr/bin/env node
// Fills a tree's page with a made-up tree, for looks and for tests:
//   node tools/make-tree.mjs PAGE.html MODELS -o tree.html
// PAGE.html is dist/tree.html, or what `modelkin atlas tree --format html` wrote. The same tree each time.
import { readFileSync, writeFileSync } from "node:fs";
import { gzipSync } from "node:zlib";

export function madeUpTree(count, hostile = "") {
  let state = 1;
  const random = () => {
    state = (state * 1103515245 + 12345) % 2147483648;
    return state / 2147483648;
  };
  const families = ["llama", "qwen2", "mistral", "gemma2", "phi3", "gpt2", "mixtral", "falcon", "olmo", "bloom", "mpt", "opt"];
  const models = [];
  const edges = [];
  const groups = [];
  const roots = [];
  const bits = (cosine, shown = true) => ({
    component: "text", agreements: Math.round(4096 * (0.5 + Math.asin(cosine) / Math.PI)), bits: 4096,
    log10_p: shown ? -40 * cosine : -0.2, cosine, cosine_low: cosine - 0.02, cosine_high: Math.min(1, cosine + 0.02), shown,
  });
  for (let i = 0; i < count; i++) {
    const alone = random() < 0.25;
    const isNew = alone || groups.length < 3 || random() < 0.02;
    // The older a group, the larger it gets.
    const above = isNew ? -1 : random() < 0.5 ? roots[Math.floor(random() ** 3 * roots.length)] : Math.floor(random() * i);
    const parent = above >= 0 && groups[models[above].group].alone ? -1 : above;
    const group = parent < 0 ? groups.push({ models: 0, root: i, root_basis: "centre", alone }) - 1 : models[parent].group;
    if (parent < 0 && !alone) roots.push(i);
    groups[group].models++;
    const family = parent < 0 ? families[Math.floor(random() ** 2 * families.length)] : models[parent].family;
    models.push({
      model: `org-${i % 97}/${family}-${i}${i % 50 === 0 ? hostile : ""}`, location: `hf://org-${i % 97}/${i}@0123`, family, parameters: 7e9, bytes: 14e9, layers: 32, width: 4096,
      base_models: [], compared: !alone, relatives: alone ? 0 : 3, repeated_layers: 0, group,
    });
    if (parent >= 0) {
      const declared = random() < 0.4 ? [{ model: i, base: parent }] : [];
      edges.push({
        a: parent, b: i, role: "nearest", bits: bits(0.6 + 0.39 * random()), declared, by_last_part: false,
        direction: { basis: declared.length ? "declared" : "none", sign: null, from: declared.length ? parent : null, to: declared.length ? i : null },
      });
    }
  }
  const contradictions = [];
  for (let n = 0; n < count / 400; n++) {
    const [a, b] = [Math.floor(random() * count), Math.floor(random() * count)].sort((p, q) => p - q);
    if (a === b || models[a].group === models[b].group) continue;
    contradictions.push({ kind: "no_agreement", edge: edges.length, sentence: `${models[b].model} declares ${models[a].model} as its base, and their bits agree no more than strangers'.` });
    edges.push({
      a, b, role: "declared", bits: bits(0.01, false), declared: [{ model: b, base: a }], by_last_part: false,
      direction: { basis: "declared", sign: null, from: a, to: b },
    });
  }
  return {
    schema_version: "1.0", tool: { name: "modelkin", version: "0" }, atlas: "made-up.atlas", of: null, sentence: `${count} models.`,
    error_rate: 0.01, compared_pairs: 1, shown_pairs: 1, between_tests: 1, unmatched_declarations: 0, models,
    groups: groups.map(({ alone, ...group }) => group), edges,
    between: count > 20 ? [{ model: 10, a: 1, b: 2, log10_p: -9, share: 0.97 }] : [], contradictions, run: {},
  };
}

// In place of what is in the page, or of nothing.
export function filled(page, data) {
  return page.replace(/(<script[^>]*id="modelkin-data"[^>]*>)[^<]*/, (_, start) => start + gzipSync(JSON.stringify(data)).toString("base64"));
}

if (import.meta.url === `file://${process.argv[1]}`) {
  const [page, count, , out] = process.argv.slice(2);
  writeFileSync(out, filled(readFileSync(page, "utf8"), madeUpTree(Number(count))));
}
