import { type Child, download, drawing, h, svg } from "./dom";
import { t } from "./language";
import { type Cell, csvButton } from "./table";
import { hideTip, showTip } from "./tip";

// A place of a drawing that says something: in units of the drawing; x and y are its middle.
export interface Spot {
  x: number;
  y: number;
  width?: number;
  height?: number;
  // A function, where there are many.
  text: string | (() => string);
}

export interface Drawing {
  picture: SVGSVGElement;
  spots: Spot[];
  // Spots in a row, where they form a grid: the arrow keys then go up and down as well.
  columns?: number;
}

export interface LegendItem {
  label: string;
  colour: string;
  shape?: "square" | "line" | "dashes" | "ring" | "dot" | "tick";
}

export interface FigureSpec {
  id: string;
  label: string;
  caption: Child;
  legend?: LegendItem[];
  // Choices above the drawing; `redraw` is for them.
  choices?: (redraw: () => void) => HTMLElement;
  draw: (width: number) => Drawing;
  rows: () => Cell[][];
  widest?: number;
  // Above the drawing, where no heading says it.
  title?: string;
  // Without a frame of its own: its buttons and its caption hold back.
  quiet?: boolean;
}

// The width of a drawing on paper, in which its letters have the size of those around it.
const paperWidth = 640;
const onPaper = new Set<(printing: boolean) => void>();

// Draws the figures that are to be seen for paper, or again for the screen.
export function drawForPaper(printing: boolean): void {
  for (const draw of onPaper) draw(printing);
}

// Those of a page that was replaced.
export function forgetFigures(): void {
  onPaper.clear();
}

export function figure(spec: FigureSpec): HTMLElement {
  const marker = h("div", { class: "marker", hidden: true });
  const holder = h("div", {
    class: "plot", tabindex: 0, role: "group", "aria-label": `${spec.label}. ${t("figure.keys")}`,
    style: spec.widest ? `max-width:${spec.widest}px` : null,
  });
  let now: Drawing | null = null;
  let drawn = 0;
  let at = -1;

  const redraw = (room = holder.clientWidth || drawn || 640) => {
    const width = Math.floor(Math.min(room, spec.widest ?? 900));
    if (width < 50) return;
    drawn = width;
    try {
      now = spec.draw(width);
    } catch (error) {
      console.warn(error);
      holder.replaceChildren(h("p", { class: "note" }, t("section.broken")));
      return;
    }
    now.picture.setAttribute("role", "img");
    now.picture.setAttribute("aria-label", spec.label);
    now.picture.setAttribute("color", "var(--ink)");
    at = -1;
    marker.hidden = true;
    holder.replaceChildren(now.picture, marker);
  };

  const scale = () => (now ? now.picture.getBoundingClientRect().width / viewWidth(now.picture) || 1 : 1);
  const point = (index: number) => {
    const spot = now?.spots[index];
    if (!spot || !now) return;
    at = index;
    const k = scale();
    const [w, ht] = [(spot.width ?? 12) * k, (spot.height ?? 12) * k];
    marker.hidden = false;
    marker.style.cssText =
      `left:${spot.x * k - w / 2}px;top:${spot.y * k - ht / 2}px;width:${w}px;height:${ht}px;` +
      `border-radius:${spot.width ? 2 : 50}${spot.width ? "px" : "%"}`;
    const box = now.picture.getBoundingClientRect();
    showTip(typeof spot.text === "string" ? spot.text : spot.text(), box.left + spot.x * k, box.top + spot.y * k + ht / 2);
  };
  const leave = () => {
    marker.hidden = true;
    hideTip();
  };

  holder.addEventListener("pointermove", (event) => {
    if (!now) return;
    const box = now.picture.getBoundingClientRect();
    const k = scale();
    const found = nearest(now.spots, (event.clientX - box.left) / k, (event.clientY - box.top) / k);
    if (found >= 0) point(found);
    else leave();
  });
  holder.addEventListener("pointerleave", leave);
  holder.addEventListener("blur", leave);
  holder.addEventListener("keydown", (event) => {
    const all = now?.spots.length ?? 0;
    const row = now?.columns ?? 1;
    const steps: Record<string, number> = { ArrowRight: 1, ArrowLeft: -1, ArrowDown: row, ArrowUp: -row };
    if (event.key === "Escape") leave();
    if (!(event.key in steps) || all === 0) return;
    event.preventDefault();
    point(at < 0 ? 0 : Math.max(0, Math.min(all - 1, at + steps[event.key])));
  });

  onPaper.add((printing) => {
    if (holder.offsetParent !== null) redraw(printing ? paperWidth : undefined);
  });
  // The width is known once the figure is in the page, and changes with the window.
  new ResizeObserver(() => {
    const width = Math.min(holder.clientWidth, spec.widest ?? 900);
    if (Math.abs(width - drawn) > 8) redraw();
  }).observe(holder);

  const file = (type: "svg" | "png", shown: string, click: () => void) => h("button", {
    type: "button", class: "small", "data-download": type, "aria-label": `${shown}: ${spec.label}`, click: () => {
      if (!now) redraw();
      if (now) click();
    },
  }, shown);
  return h("figure", { "data-figure": spec.id, class: spec.quiet ? "quiet" : null },
    spec.title && h("h2", { class: "figure-title" }, spec.title),
    spec.choices?.(() => redraw()),
    spec.legend && legend(spec.legend),
    holder,
    h("figcaption", {}, spec.caption),
    h("div", { class: "buttons" },
      file("svg", "SVG", () => now && download(`modelkin-${spec.id}.svg`, "image/svg+xml", standalone(now.picture, spec))),
      file("png", "PNG", () => now && void png(standalone(now.picture, spec)).then((content) =>
        content && download(`modelkin-${spec.id}.png`, "image/png", content))),
      csvButton(`modelkin-${spec.id}`, spec.rows, spec.label)));
}

// Twice as fine as on the screen, for paper. Null where the browser draws none.
async function png(source: string): Promise<Blob | null> {
  const url = URL.createObjectURL(new Blob([source], { type: "image/svg+xml" }));
  try {
    const image = new Image();
    image.src = url;
    await image.decode();
    const canvas = h("canvas", { width: image.width * 2, height: image.height * 2 });
    canvas.getContext("2d")?.drawImage(image, 0, 0, canvas.width, canvas.height);
    return await new Promise((done) => canvas.toBlob(done, "image/png"));
  } catch (error) {
    console.warn(error);
    return null;
  } finally {
    URL.revokeObjectURL(url);
  }
}

function viewWidth(picture: SVGSVGElement): number {
  return picture.viewBox.baseVal?.width || picture.width.baseVal.value || 1;
}

// Inside a spot that has a size, or within 14 units of a point.
function nearest(spots: Spot[], x: number, y: number): number {
  let best = -1;
  let distance = 14 * 14;
  for (let i = 0; i < spots.length; ++i) {
    const spot = spots[i];
    const dx = Math.max(0, Math.abs(spot.x - x) - (spot.width ?? 0) / 2);
    const dy = Math.max(0, Math.abs(spot.y - y) - (spot.height ?? 0) / 2);
    const d = dx * dx + dy * dy;
    if (d < distance) {
      distance = d;
      best = i;
      if (d === 0 && spot.width) break;
    }
  }
  return best;
}

function swatch(item: LegendItem): SVGSVGElement {
  const picture = svg("svg", { width: 14, height: 12, viewBox: "0 0 14 12", "aria-hidden": "true" });
  picture.appendChild(sign(item, 0, 0));
  return picture;
}

function sign(item: LegendItem, x: number, y: number): SVGElement {
  if (item.shape === "line" || item.shape === "dashes") {
    return svg("line", { x1: x, x2: x + 14, y1: y + 6, y2: y + 6, stroke: item.colour, "stroke-width": 2,
      "stroke-dasharray": item.shape === "dashes" ? "4 3" : null });
  }
  if (item.shape === "tick") {
    return svg("line", { x1: x + 7, x2: x + 7, y1: y + 1, y2: y + 11, stroke: item.colour, "stroke-width": 2 });
  }
  if (item.shape === "dot") return svg("circle", { cx: x + 7, cy: y + 6, r: 4.2, fill: item.colour });
  if (item.shape === "ring") {
    return svg("circle", { cx: x + 7, cy: y + 6, r: 4, fill: "none", stroke: item.colour, "stroke-width": 1.8 });
  }
  return svg("rect", {
    x: x + 1, y: y + 1, width: 11, height: 10, fill: item.colour, stroke: "var(--rule)", "stroke-width": 0.6,
  });
}

function legend(entries: LegendItem[]): HTMLElement {
  return h("ul", { class: "legend" }, entries.map((item) => h("li", {}, swatch(item), h("span", {}, item.label))));
}

// A file of its own: colours instead of variables, the legend under the drawing, and a background.
function standalone(picture: SVGSVGElement, spec: FigureSpec): string {
  const width = viewWidth(picture);
  const height = picture.viewBox.baseVal?.height || picture.height.baseVal.value;
  const lines = spec.legend ?? [];
  const whole = drawing(width, height + 24 + lines.length * 16 + 8);
  whole.setAttribute("xmlns", "http://www.w3.org/2000/svg");
  whole.setAttribute("font-family", "system-ui, sans-serif");
  whole.setAttribute("color", "var(--ink)");
  whole.append(
    svg("title", {}, spec.label),
    svg("rect", { width: "100%", height: "100%", fill: "var(--paper)" }),
    svg("text", { x: 8, y: 15, "font-size": 12, "font-weight": 600 }, spec.label));
  const copy = picture.cloneNode(true) as SVGSVGElement;
  copy.setAttribute("y", "22");
  whole.appendChild(copy);
  lines.forEach((item, i) => {
    const y = height + 24 + i * 16;
    whole.append(sign(item, 8, y), svg("text", { x: 28, y: y + 10 }, item.label));
  });
  const style = getComputedStyle(document.documentElement);
  return new XMLSerializer().serializeToString(whole)
    .replace(/var\((--[\w-]+)\)/g, (_, name: string) => style.getPropertyValue(name).trim() || "#888");
}
