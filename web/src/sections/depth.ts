import { items, nameOf, num, text, type Report } from "../data";
import { type Child, h } from "../dom";
import { depthFigure, type DepthPoint } from "../figures/depth_lines";
import { shorten } from "../format";
import { rich, t } from "../language";
import { missing } from "./missing";
import { fromName } from "./places";

// More roles than any family has.
const mostChoices = 40;

export function depth(report: Report): Child {
  const sizes = norms(report);
  const shapes = spectra(report);
  if (sizes.length === 0 && shapes.length === 0) return missing("depth.missing");
  const hasReference = (points: DepthPoint[]) => points.some((x) => x.model !== "a" && x.model !== "b");
  return [
    h("p", {}, t("depth.lead")),
    sizes.length > 0 && depthFigure({
      id: "norms", label: t("depth.norms_label"), caption: rich(hasReference(sizes) ? "depth.norms_caption" : "depth.norms_alone"), y: t("depth.rms"),
      choiceLabel: t("metrics.role"), points: sizes,
    }),
    shapes.length > 0 && depthFigure({
      id: "spectra", label: t("depth.spectra_label"), caption: rich(hasReference(shapes) ? "depth.spectra_caption" : "depth.spectra_alone"), y: t("describe.stable_rank"),
      choiceLabel: t("metrics.role"), points: shapes,
    }),
  ];
}

function few(points: DepthPoint[]): DepthPoint[] {
  const choices = new Set([...new Set(points.map((x) => x.choice))].slice(0, mostChoices));
  return points.filter((x) => choices.has(x.choice)).sort((p, q) => p.layer - q.layer);
}

function norms(report: Report): DepthPoint[] {
  return few(items(report.norms).flatMap((x): DepthPoint[] => {
    const [layer, value] = [num(x.layer), num(x.rms)];
    const model = text(x.model);
    return layer === null || value === null ? [] : [{ model, name: shorten(nameOf(report, model), 40), choice: text(x.role), layer, value }];
  }));
}

// A median of each role and layer: there are many experts.
function spectra(report: Report): DepthPoint[] {
  const found = report.trace?.descriptions?.spectra;
  const groups = new Map<string, DepthPoint & { values: number[] }>();
  const models = [{ model: "a", of: items(found?.a) }, { model: "b", of: items(found?.b) },
    ...items(found?.controls).map((x) => ({ model: text(x.control), of: items(x.spectra) }))];
  for (const { model, of } of models) {
    for (const x of of) {
      const value = num(x.stable_rank);
      const { layer, role } = fromName(text(x.tensor));
      if (value === null || layer === null) continue;
      const key = `${model}\n${role}\n${layer}`;
      const group = groups.get(key) ?? { model, name: shorten(nameOf(report, model), 40), choice: role, layer, value, values: [] };
      group.values.push(value);
      groups.set(key, group);
    }
  }
  return few([...groups.values()].map(({ values, ...x }) => ({ ...x, value: values.sort((p, q) => p - q)[Math.floor((values.length - 1) / 2)] })));
}
