import { items, list, nameOf, num, text, type Config, type Inspect, type Maybe, type Report } from "../data";
import { type Child, h } from "../dom";
import { figure } from "../figure";
import { diagram, sizesOf } from "../figures/diagram";
import { count, dash } from "../format";
import { rich, t } from "../language";
import { type Cell, english, table } from "../table";

export function architecture(report: Report): Child {
  return [
    h("p", {}, rich("arch.lead")),
    report.config && items(report.config.groups).length > 0
      ? configuration(report, report.config) : h("p", { class: "soft" }, rich("arch.missing")),
    sizes(report),
    h("div", { class: "pairs" }, picture(report, "a", report.inspect_a), picture(report, "b", report.inspect_b)),
    findings(report),
  ];
}

function configuration(report: Report, config: Config): HTMLElement {
  const rows = items(config.groups).flatMap((group) => items(group.rows));
  const value = (row: (typeof rows)[number], i: number): Child => {
    const found = list(row.values)[i];
    if (!found || found.source === "absent" || found.value === null || found.value === undefined) return dash;
    const shown = h("span", { class: "wrap" }, text(found.value));
    return found.source === "default" ? h("em", {}, shown) : shown;
  };
  return table({
    caption: t("arch.caption_table", {
      same: count(num(config.summary?.same)), compared: count(num(config.summary?.compared)),
    }),
    label: t("arch.title"),
    head: [t("arch.key"), nameOf(report, "a"), nameOf(report, "b"), t("arch.same"), t("arch.common")],
    rows: rows.map((row) => [
      english(text(row.key)), value(row, 0), value(row, 1),
      row.same === true ? t("word.yes") : row.same === false ? t("word.no") : dash,
      row.common ? t("arch.of", { models: count(num(row.common.models)), of: count(num(row.common.of)) }) : dash,
    ]),
    csv: {
      name: "modelkin-configuration",
      rows: () => [["key", "a", "a_source", "b", "b_source", "same", "models_with_it", "models_asked"] as Cell[],
        ...rows.map((row) => {
          const [a, b] = [list(row.values)[0], list(row.values)[1]];
          return [text(row.key), text(a?.value), text(a?.source), text(b?.value), text(b?.source), text(row.same),
            num(row.common?.models), num(row.common?.of)];
        })],
    },
  });
}

function sizes(report: Report): Child {
  const sides = [report.inspect_a, report.inspect_b];
  const sized = sides.map((x) => (x ? sizesOf(x) : new Map<string, number>()));
  if (sized.every((x) => x.size === 0)) return null;
  const fact = (name: string, of: (x: Inspect) => string): Child[] => [name, ...sides.map((x) => (x && of(x)) || dash)];
  const rows: Child[][] = [
    fact(t("arch.family"), (x) => text(x.family)),
    ...[...new Set(sized.flatMap((x) => [...x.keys()]))].map((key) =>
      [key.replace(/_/g, " "), ...sized.map((x) => (x.has(key) ? count(x.get(key)) : dash))]),
    fact(t("arch.norm"), (x) => text(x.architecture?.norm)),
    fact(t("arch.attention"), (x) => text(x.architecture?.attention)),
    fact(t("component.router"), (x) => text(x.architecture?.router)),
    fact(t("arch.rotary"), (x) => text(num(x.architecture?.rotary_dims))),
    fact(t("arch.window"), (x) => text(num(x.architecture?.window))),
    fact(t("arch.flags"), (x) => list(x.architecture?.flags).map(text).join(", ")),
  ];
  return table({
    caption: t("arch.sizes_table"), label: t("arch.sizes_table"),
    head: [t("arch.key"), nameOf(report, "a"), nameOf(report, "b")], rows,
  });
}

function picture(report: Report, side: "a" | "b", inspect: Maybe<Inspect>): HTMLElement {
  const name = nameOf(report, side);
  const sizes = inspect ? sizesOf(inspect) : new Map<string, number>();
  if (!inspect || sizes.size === 0) return h("p", { class: "soft" }, t("arch.no_diagram", { name }));
  return h("div", {}, h("h4", {}, name), figure({
    id: `architecture-${side}`, label: t("arch.label", { name }), caption: rich("arch.caption", { name }), widest: 420,
    draw: (width) => diagram(inspect, width),
    rows: () => [["size", "value"], ...sizes],
  }));
}

function findings(report: Report): Child {
  const found = (["a", "b"] as const).flatMap((side) =>
    items((side === "a" ? report.inspect_a : report.inspect_b)?.findings)
      .map((x): Child[] => [`${nameOf(report, side)}: `, english(text(x.message))]));
  const differing = items(report.config?.findings).map((x): Child[] => [english(text(x.message))]);
  const all = [...found, ...differing];
  if (all.length === 0) return null;
  return [h("h4", {}, t("arch.findings")), h("ul", {}, all.slice(0, 100).map((x) => h("li", {}, x)))];
}
