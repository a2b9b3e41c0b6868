// The graph on a canvas: drawn again at each zoom and pan, all of one colour at once.
import { select } from "d3-selection";
import { zoom, zoomIdentity, type Transform, type Zoom } from "d3-zoom";
import type { Edge, Tree } from "./data";
import type { Layout } from "./layout";
import { shorten } from "../format";

export type Pick = { model: number } | { edge: number } | null;

export interface Look {
  colours: string[]; // of each model
  contradicted: Set<number>; // edges
  picked: Pick;
  found: Set<number>; // models that the search finds
}

const mostLabels = 150;
const pointerReach = 8; // pixels

const edgeKinds = ["nearest", "further", "declared", "contradiction"] as const;
export type EdgeKind = (typeof edgeKinds)[number];

export function kindOf(edge: Edge, index: number, contradicted: Set<number>): EdgeKind {
  return contradicted.has(index) ? "contradiction" : edge.role;
}

export class Scene {
  private transform: Transform = zoomIdentity;
  private readonly zoomer: Zoom;
  private waiting = false;
  private readonly byKind: Record<EdgeKind, number[]> = { nearest: [], further: [], declared: [], contradiction: [] };
  private readonly bySize: number[];
  lastFrame = 0; // milliseconds

  constructor(
    readonly canvas: HTMLCanvasElement, private readonly tree: Tree, private readonly layout: Layout, readonly look: Look,
    onPick: (pick: Pick) => void,
  ) {
    tree.edges.forEach((e, i) => this.byKind[kindOf(e, i, look.contradicted)].push(i));
    this.bySize = tree.models.map((_, i) => i).sort((p, q) => layout.r[q] - layout.r[p] || p - q);
    this.zoomer = zoom().scaleExtent([0.02, 60]).on("zoom", (event) => {
      this.transform = event.transform;
      this.redraw();
    });
    this.zoomer(select(canvas));
    canvas.addEventListener("click", (event) => onPick(this.at(event.offsetX, event.offsetY)));
    new ResizeObserver(() => this.fit()).observe(canvas);
  }

  // All of it.
  fit(): void {
    const [width, height] = [this.canvas.clientWidth, this.canvas.clientHeight];
    const k = Math.min(width, height) / 2 / (this.layout.radius * 1.03);
    this.zoomer.transform(select(this.canvas), zoomIdentity.translate(width / 2, height / 2).scale(Math.min(k, 6)));
    this.redraw();
  }

  show(models: number[]): void {
    if (models.length === 0) return;
    const [width, height] = [this.canvas.clientWidth, this.canvas.clientHeight];
    const xs = models.map((m) => this.layout.x[m]);
    const ys = models.map((m) => this.layout.y[m]);
    const [left, right, top, bottom] = [Math.min(...xs), Math.max(...xs), Math.min(...ys), Math.max(...ys)];
    const k = Math.min(4, width / (right - left + 120), height / (bottom - top + 120));
    this.zoomer.transform(select(this.canvas),
      zoomIdentity.translate(width / 2, height / 2).scale(k).translate(-(left + right) / 2, -(top + bottom) / 2));
  }

  scaleBy(factor: number): void {
    this.zoomer.scaleBy(select(this.canvas), factor);
  }

  redraw(): void {
    if (this.waiting) return;
    this.waiting = true;
    requestAnimationFrame(() => {
      this.waiting = false;
      const before = performance.now();
      this.draw();
      this.lastFrame = performance.now() - before;
    });
  }

  // On the canvas, in pixels.
  place(model: number): [number, number] {
    const { k, x, y } = this.transform;
    return [this.layout.x[model] * k + x, this.layout.y[model] * k + y];
  }

  at(px: number, py: number): Pick {
    const [x, y] = this.transform.invert([px, py]);
    const reach = pointerReach / this.transform.k;
    let best: Pick = null;
    let nearest = Infinity;
    for (let i = 0; i < this.tree.models.length; i++) {
      const distance = Math.hypot(this.layout.x[i] - x, this.layout.y[i] - y) - this.layout.r[i];
      if (distance < Math.min(reach / 2, nearest)) [best, nearest] = [{ model: i }, distance];
    }
    if (best) return best;
    this.tree.edges.forEach((e, i) => {
      const distance = this.toEdge(e, x, y);
      if (distance < Math.min(reach, nearest)) [best, nearest] = [{ edge: i }, distance];
    });
    return best;
  }

  private toEdge(e: Edge, x: number, y: number): number {
    const { x: xs, y: ys } = this.layout;
    const [dx, dy] = [xs[e.b] - xs[e.a], ys[e.b] - ys[e.a]];
    const along = ((x - xs[e.a]) * dx + (y - ys[e.a]) * dy) / (dx * dx + dy * dy || 1);
    const t = Math.max(0, Math.min(1, along));
    return Math.hypot(xs[e.a] + t * dx - x, ys[e.a] + t * dy - y);
  }

  private draw(): void {
    const { canvas, transform: { k, x, y } } = this;
    const density = window.devicePixelRatio || 1;
    const [width, height] = [canvas.clientWidth, canvas.clientHeight];
    if (canvas.width !== Math.round(width * density) || canvas.height !== Math.round(height * density)) {
      canvas.width = Math.round(width * density);
      canvas.height = Math.round(height * density);
    }
    const to = canvas.getContext("2d") as CanvasRenderingContext2D;
    const style = getComputedStyle(canvas);
    const colour = (name: string) => style.getPropertyValue(name).trim();
    to.setTransform(density, 0, 0, density, 0, 0);
    to.clearRect(0, 0, width, height);
    to.setTransform(density * k, 0, 0, density * k, density * x, density * y);
    this.edges(to, "nearest", colour("--edge"), 0.9 / k, []);
    this.edges(to, "further", colour("--further"), 1.2 / k, [6 / k, 3 / k]);
    this.edges(to, "declared", colour("--soft"), 1 / k, [1.5 / k, 3 / k]);
    this.arrows(to, colour("--edge"));
    this.nodes(to);
    this.edges(to, "contradiction", colour("--alarm"), 2.4 / k, []);
    this.picked(to, colour("--ink"));
    to.setTransform(density, 0, 0, density, 0, 0);
    this.labels(to, width, height, colour("--ink"), colour("--paper"), style.fontFamily);
  }

  private line(to: CanvasRenderingContext2D, e: Edge): void {
    to.moveTo(this.layout.x[e.a], this.layout.y[e.a]);
    to.lineTo(this.layout.x[e.b], this.layout.y[e.b]);
  }

  private edges(to: CanvasRenderingContext2D, kind: EdgeKind, colour: string, width: number, dash: number[]): void {
    to.strokeStyle = colour;
    to.lineWidth = width;
    to.setLineDash(dash);
    to.beginPath();
    for (const i of this.byKind[kind]) this.line(to, this.tree.edges[i]);
    to.stroke();
    to.setLineDash([]);
  }

  // Of what is declared: from the base to what was made from it, once there is room.
  private arrows(to: CanvasRenderingContext2D, colour: string): void {
    if (this.transform.k < 1.2) return;
    to.fillStyle = colour;
    to.beginPath();
    for (const e of this.tree.edges) {
      const { basis, from, to: end } = e.direction;
      if (basis !== "declared" || from === null || end === null) continue;
      const { x, y, r } = this.layout;
      const [dx, dy] = [x[end] - x[from], y[end] - y[from]];
      const length = Math.hypot(dx, dy) || 1;
      const [ux, uy] = [dx / length, dy / length];
      const [tx, ty] = [x[end] - ux * (r[end] + 0.5), y[end] - uy * (r[end] + 0.5)];
      to.moveTo(tx, ty);
      to.lineTo(tx - ux * 4 - uy * 1.6, ty - uy * 4 + ux * 1.6);
      to.lineTo(tx - ux * 4 + uy * 1.6, ty - uy * 4 - ux * 1.6);
    }
    to.fill();
  }

  private nodes(to: CanvasRenderingContext2D): void {
    const { x, y, r } = this.layout;
    const byColour = new Map<string, number[]>();
    const searching = this.look.found.size > 0;
    this.tree.models.forEach((_, i) => {
      const colour = searching && !this.look.found.has(i) ? "dim" : this.look.colours[i];
      const list = byColour.get(colour);
      if (list) list.push(i);
      else byColour.set(colour, [i]);
    });
    for (const [colour, models] of byColour) {
      to.globalAlpha = colour === "dim" ? 0.35 : 1;
      to.fillStyle = colour === "dim" ? "#999" : colour;
      to.beginPath();
      for (const i of models) {
        const size = Math.max(r[i], 1.1 / this.transform.k);
        if (size * this.transform.k < 2) to.rect(x[i] - size, y[i] - size, 2 * size, 2 * size);
        else {
          to.moveTo(x[i] + size, y[i]);
          to.arc(x[i], y[i], size, 0, 2 * Math.PI);
        }
      }
      to.fill();
    }
    to.globalAlpha = 1;
  }

  private picked(to: CanvasRenderingContext2D, colour: string): void {
    const pick = this.look.picked;
    if (!pick) return;
    to.strokeStyle = colour;
    to.lineWidth = 3 / this.transform.k;
    to.beginPath();
    if ("edge" in pick) this.line(to, this.tree.edges[pick.edge]);
    else to.arc(this.layout.x[pick.model], this.layout.y[pick.model], this.layout.r[pick.model] + 3 / this.transform.k, 0, 2 * Math.PI);
    to.stroke();
  }

  // Of models that are large enough on the screen, the largest first, and of what was found or picked.
  private labels(to: CanvasRenderingContext2D, width: number, height: number, ink: string, paper: string, font: string): void {
    to.font = `11px ${font}`;
    to.textBaseline = "middle";
    to.lineWidth = 3;
    to.strokeStyle = paper;
    to.fillStyle = ink;
    const taken = new Set<string>();
    let left = mostLabels;
    const label = (model: number) => {
      const [px, py] = this.place(model);
      if (left === 0 || px < -50 || py < 0 || px > width || py > height) return;
      // One to a cell of about its size.
      const cell = `${Math.round(px / 130)} ${Math.round(py / 14)}`;
      if (taken.has(cell)) return;
      taken.add(cell);
      left--;
      const name = shorten(this.tree.models[model].model, 32);
      const from = px + this.layout.r[model] * this.transform.k + 4;
      to.strokeText(name, from, py);
      to.fillText(name, from, py);
    };
    const pick = this.look.picked;
    if (pick) ("edge" in pick ? [this.tree.edges[pick.edge].a, this.tree.edges[pick.edge].b] : [pick.model]).forEach(label);
    if (this.look.found.size <= mostLabels) this.look.found.forEach(label);
    for (const model of this.bySize) {
      if (left === 0) break;
      if (this.layout.r[model] * this.transform.k < 7) break;
      label(model);
    }
  }
}
