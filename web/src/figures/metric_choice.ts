import { h } from "../dom";
import { t } from "../language";
import { type Metric, metricNames } from "./metric";

// What a figure shows, chosen above it.
export class MetricChoice {
  constructor(public chosen: Metric) {}

  element(redraw: () => void): HTMLElement {
    const select = h("select", { "aria-label": t("figure.metric") },
      metricNames.map((name) => h("option", { value: name, selected: name === this.chosen }, t(`metric.${name}`))));
    select.addEventListener("change", () => {
      const name = metricNames.find((x) => x === select.value);
      if (name) this.chosen = name;
      redraw();
    });
    return h("div", { class: "choices" }, h("span", {}, t("figure.metric")), select);
  }
}

export function domainOf(metric: Metric, values: number[]): [number, number] {
  if (metric === "sign_agreement" || metric === "identical_fraction") return [0, 1];
  const [low, high] = [Math.min(0, ...values), Math.max(0.1, ...values)];
  const room = (high - low) * 0.04;
  return [low === 0 ? 0 : low - room, high + room];
}

export const seriesColour = { pair: "var(--ink)", a: "var(--control-a)", b: "var(--control-b)" };
