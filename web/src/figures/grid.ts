import { drawing, svg } from "../dom";
import type { Drawing, Spot } from "../figure";
import { shorten } from "../format";

export interface GridPart {
  colour: string;
  // Of the cell's width.
  share: number;
}

export interface GridSpec {
  width: number;
  rows: string[];
  columns: string[];
  rowTitle: string;
  columnTitle: string;
  // Null: nothing is drawn in this cell.
  parts: (row: number, column: number) => GridPart[] | null;
  text: (row: number, column: number) => string;
  outlined?: (row: number, column: number) => boolean;
  // Cells, as row and column, that a line goes through.
  path?: [number, number][];
  // A cell's height over its width; none: rows have a fixed height.
  square?: boolean;
  labelRoom?: number;
  // The first so many rows and columns stand before those that are numbered.
  ahead?: number;
}

// Cells of one colour are one path: ten thousand cells stay a handful of elements.
export function grid(spec: GridSpec): Drawing {
  const { rows, columns } = spec;
  const longest = Math.max(1, ...rows.map((x) => x.length));
  const left = spec.labelRoom ?? Math.min(spec.width * 0.38, longest * 6.1 + 12) + 14;
  const top = 34;
  const cell = Math.max(0.5, Math.min(spec.square ? 56 : 72, (spec.width - left - 6) / Math.max(1, columns.length)));
  const tall = spec.square ? cell : Math.max(5, Math.min(18, 900 / Math.max(1, rows.length)));
  const gap = cell > 8 && tall > 8 ? 1 : cell > 3 && tall > 3 ? 0.4 : 0;
  const height = top + rows.length * tall + 8;
  const picture = drawing(spec.width, Math.ceil(height));
  const paths = new Map<string, string[]>();
  const outlines: string[] = [];
  const spots: Spot[] = [];
  const at = (v: number) => Number(v.toFixed(2));
  for (let r = 0; r < rows.length; ++r) {
    for (let c = 0; c < columns.length; ++c) {
      const x = left + c * cell;
      const y = top + r * tall;
      spots.push({ x: x + cell / 2, y: y + tall / 2, width: cell, height: tall, text: () => spec.text(r, c) });
      let from = 0;
      for (const part of spec.parts(r, c) ?? []) {
        const w = (cell - gap) * part.share;
        const path = paths.get(part.colour) ?? [];
        path.push(`M${at(x + from)} ${at(y)}h${at(w)}v${at(tall - gap)}h${at(-w)}z`);
        paths.set(part.colour, path);
        from += w;
      }
      if (spec.outlined?.(r, c)) outlines.push(`M${at(x)} ${at(y)}h${at(cell - gap)}v${at(tall - gap)}h${at(gap - cell)}z`);
    }
  }
  for (const [colour, path] of paths) picture.appendChild(svg("path", { d: path.join(""), fill: colour }));
  if (outlines.length > 0) {
    picture.appendChild(svg("path", { d: outlines.join(""), fill: "none", stroke: "var(--ink)", "stroke-width": Math.min(2, Math.max(1, cell / 8)) }));
  }
  if (spec.path && spec.path.length > 0) drawPath(picture, spec.path, (row, column) => [at(left + (column + 0.5) * cell - gap / 2), at(top + (row + 0.5) * tall - gap / 2)], cell);
  labels(picture, spec, left, top, cell, tall);
  return { picture, spots, columns: columns.length };
}

// A dark line on a light one, so that it is seen on every colour; broken where a column has no cell of it.
function drawPath(picture: SVGSVGElement, path: [number, number][], middle: (row: number, column: number) => [number, number], cell: number): void {
  const line = path.map(([row, column], i) => `${i > 0 && path[i - 1][1] === column - 1 ? "L" : "M"}${middle(row, column).join(" ")}`).join("");
  const thick = Math.min(3, Math.max(1.2, cell / 10));
  const stroke = { d: line, fill: "none", "stroke-linejoin": "round", "stroke-linecap": "round" };
  picture.append(svg("path", { ...stroke, stroke: "var(--paper)", "stroke-width": thick * 2.4 }), svg("path", { ...stroke, stroke: "var(--ink)", "stroke-width": thick }));
  if (cell < 7) return;
  for (const [row, column] of path) {
    const [x, y] = middle(row, column);
    picture.append(svg("circle", { cx: x, cy: y, r: thick * 1.7, fill: "var(--ink)", stroke: "var(--paper)", "stroke-width": 1.2 }));
  }
}

function labels(picture: SVGSVGElement, spec: GridSpec, left: number, top: number, cell: number, tall: number): void {
  const label = (x: number, y: number, anchor: string, text: string, extra = {}) =>
    picture.appendChild(svg("text", { x, y, "text-anchor": anchor, ...extra }, text));
  const widest = Math.max(1, ...spec.columns.map((x) => x.length)) * 6.5 + 6;
  const everyColumn = step(widest / cell);
  const everyRow = step(13 / tall);
  spec.columns.forEach((name, c) => {
    if (labelled(c, everyColumn, spec.ahead)) label(left + (c + 0.5) * cell, top - 6, "middle", name);
  });
  spec.rows.forEach((name, r) => {
    if (labelled(r, everyRow, spec.ahead)) label(left - 6, top + (r + 0.5) * tall + 4, "end", shorten(name, Math.max(6, Math.floor((left - 12) / 6))));
  });
  label(left + 12, 11, "start", `${spec.columnTitle} →`, { fill: "var(--soft)" });
  label(left - 6, 11, "end", `↓ ${spec.rowTitle}`, { fill: "var(--soft)" });
}

// Every so many from the first that is numbered; where some are left out, that one makes room for what is ahead.
function labelled(index: number, every: number, ahead = 0): boolean {
  if (ahead === 0 || index < ahead) return index % every === 0;
  return (index - ahead) % every === 0 && (every === 1 || index > ahead);
}

function step(least: number): number {
  for (const size of [1, 2, 5, 10, 20, 50, 100, 200, 500]) if (size >= least) return size;
  return 1000;
}
