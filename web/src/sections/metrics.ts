import { items, nameOf, num, roleOf, text, type Group, type Maybe, type Report, type Summary } from "../data";
import { type Child, h } from "../dom";
import { count, number } from "../format";
import { rich, t } from "../language";
import { breakable, table } from "../table";
import { type Metric, metricNames, type Series, spread } from "../figures/metric";
import { layerFigure } from "../figures/metric_layers";
import { roleFigure } from "../figures/metric_roles";
import { missing } from "./missing";

export function metrics(report: Report): Child {
  const summary = report.compare?.summary;
  if (!summary || items(summary.by_role).length === 0) return missing("metrics.missing");
  const all: Series[] = [{ who: "pair", name: t("word.pair"), summary },
    ...items(report.compare?.control_summaries).map((x): Series => ({
      who: x.a === "b" ? "b" : "a", name: `${nameOf(report, text(x.a))} / ${controlName(report, text(x.b))}`, summary: x,
    }))];
  const measured = (groups: Maybe<Group[]>) => items(groups).some((g) => metricNames.some((m) => num(spread(g, m)?.median) !== null));
  const comparable = measured(summary.by_role);
  const layered = measured(summary.by_layer);
  return [
    h("p", {}, rich("metrics.lead", {
      compared: count(num(summary.compared)), elements: count(num(summary.elements)), identical: count(num(summary.byte_identical)),
    })),
    comparable ? [roleFigure(all), layered && layerFigure(all), medians(summary)] : h("p", {}, t("metrics.none")),
  ];
}

function controlName(report: Report, id: string): string {
  const at = /^control_(\d+)$/.exec(id);
  return at ? text(report.names?.controls?.[Number(at[1]) - 1]) || id : id;
}

function medians(summary: Summary): HTMLElement {
  const shown: Metric[] = ["cosine_similarity", "shuffled_cosine", "pearson_correlation", "rel_l2_a", "sign_agreement", "identical_fraction"];
  const groups = items(summary.by_role);
  return table({
    caption: t("metrics.table"), label: t("metrics.table"), numeric: [1, 2, 3, 4, 5, 6, 7],
    head: [t("metrics.role"), t("word.tensors"), ...shown.map((x) => t(`metric.${x}`))],
    rows: groups.map((g) => [breakable(roleOf(g)), count(num(g.tensors)), ...shown.map((x) => number(num(spread(g, x)?.median)))]),
    csv: {
      name: "modelkin-roles",
      rows: () => [["role", "tensors", ...shown.flatMap((x) => [`${x}_median`, `${x}_min`, `${x}_max`])],
        ...groups.map((g) => [roleOf(g), num(g.tensors), ...shown.flatMap((x) => {
          const s = spread(g, x);
          return [num(s?.median), num(s?.min), num(s?.max)];
        })])],
    },
  });
}
