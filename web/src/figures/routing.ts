import { items, list, num, type RouterOverlap } from "../data";
import { figure, type Spot } from "../figure";
import { count, number } from "../format";
import { put, rich, t } from "../language";
import { Choice } from "./choice";
import { type FunctionPair, layersOf, type LayerPair } from "./function_pairs";
import { seriesColour } from "./metric_choice";
import { Plot, placed, plotted } from "./plot";

// More of either than any model has.
const mostLayers = 400;
const mostExperts = 4096;

export interface RoutedLayer {
  layers: LayerPair;
  x: RouterOverlap;
}

export function routedLayers(pair: FunctionPair): RoutedLayer[] {
  return items(pair.x.routers).slice(0, mostLayers).flatMap((x) => {
    const layers = layersOf(x);
    return layers === null ? [] : [{ layers, x }];
  }).sort((p, q) => p.layers.a - q.layers.a);
}

interface Point {
  layer: number;
  series: string;
  what: "pair" | "a" | "b" | "chance" | "place";
  value: number;
  text: string;
}

const colourOf: Record<Point["what"], string> = { ...seriesColour, chance: "var(--grey)", place: "var(--b)" };

export function overlapFigure(pairs: FunctionPair[]): HTMLElement | null {
  const points = pairs.flatMap((pair, i) => routedLayers(pair).flatMap(({ layers, x }): Point[] => {
    const take = (what: Point["what"], label: string, value: number | null): Point[] => value === null ? [] : [{
      layer: layers.a, series: `${what} ${i}`, what, value, text: `${t("word.layer")} ${layers.name}\n${label}: ${number(value)}`,
    }];
    const overlap = take(pair.who, pair.name, num(x.overlap));
    return pair.who !== "pair" ? overlap : [...overlap, ...take("chance", t("functions.chance"), num(x.overlap_by_chance)),
      ...take("place", t("functions.in_place"), num(x.overlap_in_place))];
  }));
  if (points.length === 0) return null;
  const of = (...what: Point["what"][]) => points.filter((x) => what.includes(x.what));
  const signs: [Point["what"], string, "line" | "dashes" | "ring"][] = [["pair", t("word.pair"), "line"], ["place", t("functions.in_place"), "ring"],
    ["chance", t("functions.chance"), "dashes"], ["a", t("metrics.control_a"), "line"], ["b", t("metrics.control_b"), "line"]];
  return figure({
    id: "functions-routers", label: t("functions.routers_label"), caption: rich("functions.routers_caption"), widest: 720,
    legend: signs.filter(([what]) => of(what).length > 0).map(([what, label, shape]) => ({ label, colour: colourOf[what], shape })),
    draw: (width) => {
      const layers = points.map((x) => x.layer);
      const [first, last] = [Math.min(...layers), Math.max(...layers)];
      const few = last - first <= 48;
      const values = points.map((x) => x.value);
      const curve = { x: "layer", y: "value", z: "series", stroke: (d: Point) => colourOf[d.what] };
      const picture = plotted({
        width, height: Math.min(340, Math.max(240, width * 0.45)), marginLeft: 48, marginRight: 14, marginTop: 26, marginBottom: 40,
        x: { domain: [first - 0.3, last + 0.3], label: `${t("word.layer")} →`, labelArrow: "none", tickFormat: "d",
          ticks: Math.max(1, Math.min(last - first, 12)) },
        y: { domain: [Math.min(0, ...values), Math.max(1, ...values)], label: t("functions.routers_y"), labelArrow: "none", grid: true, ticks: 5 },
        marks: [
          Plot.line(of("a", "b"), { ...curve, strokeWidth: 1.4 }),
          Plot.line(of("chance"), { ...curve, strokeWidth: 1.6, strokeDasharray: "4 3" }),
          Plot.line(of("pair"), { ...curve, strokeWidth: 2 }),
          ...(few ? [Plot.dot(of("a", "b", "chance"), { x: "layer", y: "value", r: 2.5, fill: (d: Point) => colourOf[d.what] })] : []),
          Plot.dot(of("pair"), { x: "layer", y: "value", r: few ? 3 : 1.6, fill: seriesColour.pair }),
          Plot.dot(of("place"), { x: "layer", y: "value", r: few ? 5.5 : 3, stroke: colourOf.place, strokeWidth: 1.6 }),
        ],
      });
      const spots: Spot[] = points.map((x) => ({ x: placed(picture, "x", x.layer), y: placed(picture, "y", x.value), text: x.text }));
      return { picture, spots };
    },
    rows: () => [["pair", "layer_of_first", "layer_of_second", "overlap", "by_chance", "in_place"],
      ...pairs.flatMap((pair) => routedLayers(pair).map(({ layers, x }) => [pair.name, layers.a, layers.b, num(x.overlap),
        num(x.overlap_by_chance), num(x.overlap_in_place)]))],
  });
}

interface Load {
  at: number;
  a: number | null;
  b: number | null;
  loadA: number | null;
  loadB: number | null;
}

// Experts of A with their partners, then those of B that are no one's partner.
function loadsOf(x: RouterOverlap): Load[] {
  const [loadA, loadB] = [list(x.load_a).slice(0, mostExperts).map(num), list(x.load_b).slice(0, mostExperts).map(num)];
  const partners = list(x.partner).map(num);
  const matched = loadA.map((load, a): Load => {
    const b = partners[a] ?? null;
    return { at: a, a, b, loadA: load, loadB: b === null ? null : loadB[b] ?? null };
  });
  const taken = new Set(partners);
  const rest = loadB.flatMap((load, b) => (taken.has(b) ? [] : [{ b, load }]));
  return [...matched, ...rest.map(({ b, load }, i): Load => ({ at: loadA.length + i, a: null, b, loadA: null, loadB: load }))];
}

export function loadFigure(pair: FunctionPair): HTMLElement | null {
  const layers = routedLayers(pair).map(({ layers, x }) => ({ name: layers.name, loads: loadsOf(x) }))
    .filter(({ loads }) => loads.some((x) => x.loadA !== null || x.loadB !== null));
  if (layers.length === 0) return null;
  const choice = new Choice(t("functions.layer_choice"), layers.map((x) => x.name));
  const name = (id: number | null) => (id === null ? "–" : String(id));
  return figure({
    id: "functions-load", label: t("functions.load_label"), caption: rich("functions.load_caption"), widest: 720,
    choices: layers.length > 1 ? (redraw) => choice.element(redraw) : undefined,
    legend: [{ label: put("{a}"), colour: "var(--a)", shape: "dot" }, { label: put("{b}"), colour: "var(--b)", shape: "ring" }],
    draw: (width) => {
      const { loads } = layers[choice.chosen];
      const both = loads.filter((x) => x.loadA !== null && x.loadB !== null);
      const radius = Math.max(1.5, Math.min(4, (width - 70) / loads.length / 2));
      const step = every(loads.length, width);
      const largest = loads.reduce((most, x) => Math.max(most, x.loadA ?? 0, x.loadB ?? 0), 1);
      const picture = plotted({
        width, height: 260, marginLeft: 54, marginRight: 14, marginTop: 26, marginBottom: 40,
        x: { domain: [-0.6, loads.length - 0.4], label: t("functions.load_x"), labelArrow: "none",
          ticks: loads.map((x) => x.at).filter((at) => loads[at].a !== null && at % step === 0), tickFormat: "d" },
        y: { domain: [0, largest * 1.05], label: t("functions.load_y"), labelArrow: "none", grid: true, ticks: 5 },
        marks: [
          Plot.ruleX(both, { x: "at", y1: "loadA", y2: "loadB", stroke: "var(--rule)", strokeWidth: 2 }),
          Plot.dot(loads.filter((x) => x.loadA !== null), { x: "at", y: "loadA", r: radius, fill: "var(--a)" }),
          Plot.dot(loads.filter((x) => x.loadB !== null), { x: "at", y: "loadB", r: radius, stroke: "var(--b)", strokeWidth: 1.6 }),
        ],
      });
      const spots = loads.flatMap((x): Spot[] => [x.loadA, x.loadB].flatMap((load) => load === null ? [] : [{
        x: placed(picture, "x", x.at), y: placed(picture, "y", load),
        text: () => t("functions.load_spot", { ea: name(x.a), eb: name(x.b), load_a: count(x.loadA), load_b: count(x.loadB) }),
      }]));
      return { picture, spots };
    },
    rows: () => [["layer", "expert_of_a", "partner_in_b", "load_a", "load_b"],
      ...layers.flatMap((layer) => layer.loads.map((x) => [layer.name, x.a, x.b, x.loadA, x.loadB]))],
  });
}

function every(experts: number, width: number): number {
  const least = (experts * 26) / Math.max(1, width - 70);
  return [1, 2, 4, 8, 16, 32, 64].find((x) => x >= least) ?? 128;
}
