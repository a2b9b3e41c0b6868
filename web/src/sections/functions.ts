import { items, num, text, type Report } from "../data";
import { type Child, h } from "../dom";
import { ckaFigure } from "../figures/cka";
import { functionFigure, functionSummary } from "../figures/function_summary";
import { type FunctionPair, functionPairs, layersOf } from "../figures/function_pairs";
import { loadFigure, overlapFigure, routedLayers } from "../figures/routing";
import { count, countedP, number, percent, range } from "../format";
import { rich, t } from "../language";
import { english, table } from "../table";
import type { Key } from "../texts";
import { missing } from "./missing";

// Few reports are made with texts: the others say nothing of it.
export function hasFunctions(report: Report): boolean {
  const found: unknown = report.compare?.functional;
  return found !== null && typeof found === "object";
}

export function functions(report: Report): Child {
  const pairs = functionPairs(report);
  const pair = pairs.find((x) => x.who === "pair");
  if (!pair || Object.keys(pair.x).length === 0) return missing("functions.nothing");
  return [
    h("p", {}, rich("functions.lead", {
      texts: count(num(pair.x.texts)), tokens_a: count(num(pair.x.tokens_a)), tokens_b: count(num(pair.x.tokens_b)),
      aligned: count(num(pair.x.aligned_positions)), compared: count(num(pair.x.compared_positions)),
    })),
    h("p", { class: "note" }, t("functions.warning")),
    pairs.length === 1 && h("p", {}, rich("functions.no_controls")),
    functionSummary(pairs), summaryTable(pairs), nextTokens(pair),
    h("h4", {}, t("functions.layers")), layers(pairs, pair),
    routers(pairs, pair), units(pairs, pair),
  ];
}

const columns = ["divergence", "elsewhere", "likeliest", "cka", "overlap", "share"] as const;

function summaryTable(pairs: FunctionPair[]): HTMLElement {
  return table({
    caption: t("functions.summary_table"), label: t("functions.summary_table"), numeric: [1, 2, 3, 4, 5, 6, 7],
    head: [t("functions.pair"), t("functions.positions"), ...columns.map((x) => t(`functions.${x}` as Key))],
    rows: pairs.map((x) => [x.name, count(num(x.x.compared_positions)), ...columns.map((name) => number(functionFigure(x, name)))]),
    csv: {
      name: "modelkin-functions-pairs",
      rows: () => [["pair", "compared_positions", "divergence_bits", "divergence_bits_elsewhere", "same_likeliest", "median_best_cka",
        "mean_router_overlap", "mean_unit_share"],
      ...pairs.map((x) => [x.name, num(x.x.compared_positions), ...columns.map((name) => functionFigure(x, name))])],
    },
  });
}

function skipped(what: Key, reason: string): HTMLElement {
  return h("p", { class: "soft" }, t("functions.skipped", { what: t(what) }), english(reason));
}

function nextTokens(pair: FunctionPair): Child {
  const next = pair.x.next_tokens;
  if (text(next?.skipped)) return skipped("functions.next_tokens", text(next?.skipped));
  if (num(next?.shared_tokens) === null) return null;
  return h("p", {}, t("functions.vocabulary", {
    shared: count(num(next?.shared_tokens)), outside_a: percent(num(next?.outside_a)), outside_b: percent(num(next?.outside_b)),
  }));
}

function layers(pairs: FunctionPair[], pair: FunctionPair): Child {
  const drawn = ckaFigure(pairs);
  const p = num(pair.x.cka?.p_of_largest);
  const reason = text(pair.x.cka?.skipped);
  return [
    reason && skipped("functions.layers", reason),
    drawn ?? (reason ? null : missing("functions.nothing")),
    drawn && h("p", { class: "note" }, t("functions.cka_caveat"), pairs.length > 1 && [" ", t("functions.cka_caveat_controls")],
      p !== null && [" ", t("functions.cka_p", { p: countedP(p), draws: count(num(pair.x.cka?.draws)) })]),
  ];
}

// Of the controls of A at its layer, and of those of B at its own.
function atDepth<T extends { layer_a?: unknown }>(pairs: FunctionPair[], of: (pair: FunctionPair) => T[], a: number, b: number): T[] {
  return pairs.flatMap((pair) => (pair.who === "pair" ? [] : of(pair).filter((x) => x.layer_a === (pair.who === "a" ? a : b))));
}

function routers(pairs: FunctionPair[], pair: FunctionPair): Child {
  const rows = routedLayers(pair);
  if (rows.length === 0) return null;
  const controls = (a: number, b: number) => atDepth(pairs, (x) => items(x.x.routers), a, b).map((x) => num(x.overlap));
  return [
    h("h4", {}, t("functions.routers")), overlapFigure(pairs), loadFigure(pair),
    table({
      caption: t("functions.routers_table"), label: t("functions.routers_table"), numeric: [1, 2, 3, 4, 5, 6, 7],
      head: [t("word.layer"), t("functions.experts"), t("functions.overlap_head"), t("functions.controls_overlap"), t("functions.by_chance"),
        t("functions.in_place_head"), rich("functions.load_correlation"), rich("functions.coactivation")],
      rows: rows.map(({ layers, x }) => [layers.name, sizes(num(x.experts_a), num(x.experts_b)), number(num(x.overlap)),
        range(controls(layers.a, layers.b)), number(num(x.overlap_by_chance)), number(num(x.overlap_in_place)),
        number(num(x.load_correlation)), number(num(x.coactivation_correlation))]),
      csv: {
        name: "modelkin-functions-router-layers",
        rows: () => [["layer_a", "layer_b", "experts_a", "experts_b", "chosen_a", "chosen_b", "positions", "overlap", "overlap_by_chance",
          "overlap_in_place", "load_correlation", "coactivation_correlation"],
        ...rows.map(({ layers, x }) => [layers.a, layers.b, num(x.experts_a), num(x.experts_b), num(x.chosen_a), num(x.chosen_b),
          num(x.positions), num(x.overlap), num(x.overlap_by_chance), num(x.overlap_in_place), num(x.load_correlation),
          num(x.coactivation_correlation)])],
      },
    }),
  ];
}

function sizes(a: number | null, b: number | null): string {
  return a === b ? count(a) : `${count(a)} / ${count(b)}`;
}

function units(pairs: FunctionPair[], pair: FunctionPair): Child {
  const rows = items(pair.x.units?.layers).flatMap((x) => {
    const layers = layersOf(x);
    return layers === null ? [] : [{ layers, x }];
  });
  if (rows.length === 0) return null;
  const controls = (a: number, b: number) => atDepth(pairs, (x) => items(x.x.units?.layers), a, b).map((x) => num(x.share));
  return [
    h("h4", {}, t("functions.units")),
    table({
      caption: rich("functions.units_caption"), label: t("functions.units_table"), numeric: [1, 2, 3, 4, 5],
      head: [t("word.layer"), t("functions.units_head"), t("functions.agreed"), t("functions.by_chance"), t("functions.share_head"),
        t("functions.controls_share")],
      rows: rows.map(({ layers, x }) => {
        const reason = text(x.skipped);
        const known = (value: unknown) => (reason ? null : num(value));
        return [reason ? [layers.name, h("small", {}, english(reason))] : layers.name,
          sizes(num(x.units_a), num(x.units_b)), count(known(x.agreed)), number(known(x.expected_agreed)), percent(known(x.share)),
          percents(controls(layers.a, layers.b))];
      }),
      csv: {
        name: "modelkin-functions-units",
        rows: () => [["layer_a", "layer_b", "positions", "units_a", "units_b", "agreed", "expected_agreed", "share"],
          ...rows.map(({ layers, x }) => [layers.a, layers.b, num(x.positions), num(x.units_a), num(x.units_b), num(x.agreed),
            num(x.expected_agreed), num(x.share)])],
      },
    }),
    h("p", { class: "note" }, t("functions.units_caveat")),
  ];
}

function percents(values: (number | null)[]): string {
  const known = values.filter((x): x is number => x !== null);
  if (known.length === 0) return percent(null);
  const [low, high] = [Math.min(...known), Math.max(...known)];
  return low === high ? percent(low) : `${number(low * 100)} … ${percent(high)}`;
}
