// Where models stand: each group a disc of discs, every model amid those below it, groups side by side. The same
// data gives the same picture.
import { packEnclose, packSiblings } from "d3-hierarchy";
import type { Tree } from "./data";

export interface Layout { x: Float64Array; y: Float64Array; r: Float64Array; radius: number }

interface Disc { model: number; x: number; y: number; r: number }

const modelRadius = 4;
const gap = 2;

// For each model those below it, and an order in which each comes after the one above it.
function below(tree: Tree): { children: number[][]; order: number[]; roots: number[] } {
  const neighbours: number[][] = tree.models.map(() => []);
  for (const e of tree.edges) {
    if (e.role !== "nearest") continue;
    neighbours[e.a].push(e.b);
    neighbours[e.b].push(e.a);
  }
  const seen = new Uint8Array(tree.models.length);
  const children: number[][] = tree.models.map(() => []);
  const order: number[] = [];
  const roots: number[] = [];
  const start = (root: number) => {
    if (seen[root]) return;
    seen[root] = 1;
    roots.push(root);
    let at = order.push(root) - 1;
    for (; at < order.length; at++) {
      for (const other of neighbours[order[at]]) {
        if (seen[other]) continue;
        seen[other] = 1;
        children[order[at]].push(other);
        order.push(other);
      }
    }
  };
  for (const group of tree.groups) start(group.root);
  for (let i = 0; i < tree.models.length; i++) start(i);
  return { children, order, roots };
}

export function layOut(tree: Tree): Layout {
  const count = tree.models.length;
  const [x, y, r] = [new Float64Array(count), new Float64Array(count), new Float64Array(count)];
  const { children, order, roots } = below(tree);
  const size = new Float64Array(count); // of a model's disc with all below it
  const [offsetX, offsetY] = [new Float64Array(count), new Float64Array(count)]; // of its middle to the disc's
  // From below: each model's disc is the smallest around itself and its children's.
  for (let i = count - 1; i >= 0; i--) {
    const model = order[i];
    r[model] = modelRadius * (1 + Math.min(3, Math.sqrt(children[model].length) / 6));
    if (children[model].length === 0) {
      size[model] = r[model] + gap;
      continue;
    }
    const discs: Disc[] = children[model].map((child) => ({ model: child, x: 0, y: 0, r: size[child] }));
    discs.sort((p, q) => q.r - p.r || p.model - q.model);
    // The model itself first: others are packed around it.
    const all = packSiblings([{ model, x: 0, y: 0, r: r[model] + gap * 3 }, ...discs]);
    const [own] = all;
    const around = packEnclose(all.map((d) => ({ x: d.x, y: d.y, r: d.r })));
    size[model] = around.r + gap;
    for (const disc of all) {
      if (disc.model === model) continue;
      x[disc.model] = disc.x - own.x;
      y[disc.model] = disc.y - own.y;
    }
    offsetX[model] = own.x - around.x;
    offsetY[model] = own.y - around.y;
  }
  const groups: Disc[] = roots.map((root) => ({ model: root, x: 0, y: 0, r: size[root] + gap * 2 }));
  groups.sort((p, q) => q.r - p.r || p.model - q.model);
  packSiblings(groups);
  for (const group of groups) {
    x[group.model] = group.x;
    y[group.model] = group.y;
  }
  // From above: until here a model's place is its disc's, beside the model above it.
  for (const model of order) {
    x[model] += offsetX[model];
    y[model] += offsetY[model];
    for (const child of children[model]) {
      x[child] += x[model];
      y[child] += y[model];
    }
  }
  const radius = groups.reduce((most, g) => Math.max(most, Math.hypot(g.x, g.y) + g.r), 1);
  return { x, y, r, radius };
}
