import { entries, items, list, num, text, type Inspect } from "../data";
import { drawing, svg } from "../dom";
import type { Drawing, Spot } from "../figure";
import { count, short } from "../format";
import { t } from "../language";

interface Block {
  title: string;
  layers: number;
  experts: boolean;
}

export function sizesOf(inspect: Inspect): Map<string, number> {
  const sizes = new Map<string, number>();
  for (const [name, size] of entries(inspect.architecture?.sizes)) {
    const value = num(size?.value);
    if (value !== null) sizes.set(name, value);
  }
  return sizes;
}

// From the embedding at the top to the output head; one box for each run of layers of one build.
export function diagram(inspect: Inspect, width: number): Drawing {
  const sizes = sizesOf(inspect);
  const size = (name: string) => sizes.get(name) ?? 0;
  const picture = drawing(width, 10);
  const spots: Spot[] = [];
  const middle = width / 2;
  let y = 4;

  const arrow = () => {
    picture.appendChild(svg("line", { x1: middle, x2: middle, y1: y, y2: y + 12, stroke: "var(--soft)", "stroke-width": 1.2 }));
    y += 12;
  };
  const box = (x: number, w: number, height: number, title: string, detail: string, more: string, fill = "var(--panel)") => {
    picture.append(
      svg("rect", { x, y, width: w, height, rx: 3, fill, stroke: "var(--rule)" }),
      svg("text", { x: x + 9, y: y + 16, "font-weight": 600 }, title),
      svg("text", { x: x + w - 9, y: y + 16, "text-anchor": "end", fill: "var(--soft)" }, detail));
    spots.push({ x: x + w / 2, y: y + height / 2, width: w, height, text: more });
    y += height;
  };
  // Up to `most` squares; where there are more parts, one square stands for several.
  const squares = (x: number, room: number, total: number, filled: number, colour: string, each = 0) => {
    const per = total > 48 ? Math.ceil(total / 48) : 1;
    const shown = Math.ceil(total / per);
    const pitch = Math.min(11, room / 24);
    const perRow = Math.max(1, Math.floor(room / pitch));
    for (let i = 0; i < shown; ++i) {
      const group = each > 0 && Math.floor((i * per) / each) % 2 === 1;
      picture.appendChild(svg("rect", {
        x: x + (i % perRow) * pitch, y: y + Math.floor(i / perRow) * pitch, width: pitch - 2, height: pitch - 2,
        fill: i * per < filled ? colour : "none", stroke: colour, "stroke-width": 1, "fill-opacity": group ? 0.45 : 1,
      }));
    }
    y += Math.ceil(shown / perRow) * pitch;
  };

  const residual = size("residual");
  const fourNorms = normsOfLayer(inspect, sizes) === 4;
  const rows = t("arch.rows", { rows: count(size("vocab")), width: count(residual) });
  box(30, width - 60, 26, t("arch.embedding"), rows, `${t("arch.embedding")}: ${rows}`);
  arrow();
  for (const block of blocks(inspect, sizes)) {
    const top = y;
    y += 24;
    const [x, w] = [16, width - 32];
    const norm = text(inspect.architecture?.norm) || t("arch.norm");
    const note = (line: string) => {
      picture.appendChild(svg("text", { x: x + 9, y: y + 12, fill: "var(--soft)" }, line));
      y += 16;
    };
    const panel = (title: string, detail: string, more: string, fill: () => void) => {
      const from = y;
      const frame = svg("rect", { x, y, width: w, height: 10, rx: 3, fill: "var(--paper)", stroke: "var(--rule)" });
      picture.append(frame, svg("text", { x: x + 9, y: y + 16, "font-weight": 600 }, title),
        svg("text", { x: x + w - 9, y: y + 16, "text-anchor": "end", fill: "var(--soft)" }, detail));
      y += 24;
      fill();
      y += 6;
      frame.setAttribute("height", String(y - from));
      spots.push({ x: x + w / 2, y: (from + y) / 2, width: w, height: y - from, text: more });
      arrow();
    };
    const normed = () => {
      box(x, w, 22, norm, count(residual), `${norm}: ${count(residual)}`, "var(--paper)");
      arrow();
    };
    if (list(inspect.architecture?.flags).includes("parallel")) note(t("arch.parallel"));
    normed();
    const heads = t("arch.heads", { heads: count(size("heads")), size: count(size("head_dim")) });
    const kv = size("kv_heads") || size("heads");
    const shared = t("arch.kv", { kv: count(kv), each: count(kv > 0 ? size("heads") / kv : 0) });
    panel(t("arch.attention"), text(inspect.architecture?.attention), `${heads}\n${shared}`, () => {
      if (size("heads") > 0) squares(x + 9, w - 18, size("heads"), size("heads"), "var(--a)", size("heads") / Math.max(1, kv));
      note(heads);
      note(shared);
    });
    if (fourNorms) normed();
    normed();
    if (block.experts) {
      const router = t("arch.router", { chosen: count(size("experts_per_token")), experts: count(size("experts")) });
      const experts = t("arch.experts", { width: count(size("expert_width")) });
      const common = size("shared_experts") > 0
        ? t("arch.shared", { shared: count(size("shared_experts")), width: count(size("shared_width")) }) : "";
      panel("MoE", "", [router, experts, common, text(inspect.architecture?.router)].filter(Boolean).join("\n"), () => {
        if (size("experts") > 0) squares(x + 9, w - 18, size("experts"), size("experts_per_token"), "var(--b)");
        note(router);
        note(experts);
        if (common) note(common);
      });
    } else {
      const dense = t("arch.dense", { width: count(size("width")) });
      panel("MLP", "", dense, () => note(dense));
    }
    if (fourNorms) normed();
    y -= 6;
    const frame = svg("rect", { x: 6, y: top, width: width - 12, height: y - top, rx: 6, fill: "none", stroke: "var(--soft)", "stroke-dasharray": "4 3" });
    picture.append(frame, svg("text", { x: 16, y: top + 16, fill: "var(--soft)" }, block.title),
    svg("text", { x: width - 16, y: top + 16, "text-anchor": "end", "font-weight": 600 }, t("arch.times", { n: count(block.layers) })));
    arrow();
  }
  box(30, width - 60, 24, text(inspect.architecture?.norm) || t("arch.norm"), count(residual), t("arch.norm"));
  arrow();
  const output = t(tied(inspect) ? "arch.tied" : "arch.output");
  box(30, width - 60, 26, output, rows, `${output}: ${rows}\n${short(num(inspect.parameters?.by_component?.head))}`);
  picture.setAttribute("height", String(y + 6));
  picture.setAttribute("viewBox", `0 0 ${width} ${y + 6}`);
  return { picture, spots };
}

function blocks(inspect: Inspect, sizes: Map<string, number>): Block[] {
  const found = items(inspect.parameters?.by_layer).flatMap((x) => {
    const [first, last] = [num(x.first), num(x.last)];
    return first === null || last === null || x.kind === "multi-token prediction" ? []
      : [{ first, last, layers: last - first + 1, experts: x.kind === "mixture of experts" }];
  });
  if (found.length > 0 && found.length <= 4) {
    return found.map((x) => ({ ...x, title: x.first === x.last
      ? t("arch.layer_one", { first: x.first }) : t("arch.layer_range", { first: x.first, last: x.last }) }));
  }
  // Layers that alternate would give dozens of boxes: then one box of each kind.
  if (found.length > 4) {
    return [false, true].map((experts) => ({
      experts, title: t(experts ? "arch.some_expert_layers" : "arch.some_layers"),
      layers: found.filter((x) => x.experts === experts).reduce((s, x) => s + x.layers, 0),
    })).filter((x) => x.layers > 0);
  }
  const layers = sizes.get("layers") ?? 0;
  return [{ title: t("arch.layer_range", { first: 0, last: Math.max(0, layers - 1) }), layers, experts: (sizes.get("experts") ?? 0) > 0 }];
}

// Some families have norms after attention and MLP as well: their parameters tell.
function normsOfLayer(inspect: Inspect, sizes: Map<string, number>): number {
  const all = num(items(inspect.components)[0]?.parts?.norm ?? inspect.parameters?.by_component?.norm);
  const [residual, layers] = [sizes.get("residual") ?? 0, sizes.get("layers") ?? 0];
  const each = /with bias/.test(text(inspect.architecture?.norm)) ? 2 : 1;
  return all === null || residual === 0 || layers === 0 ? 2 : Math.round((all / residual / each - 1) / layers);
}

function tied(inspect: Inspect): boolean {
  return num(inspect.parameters?.by_component?.head) === null;
}
