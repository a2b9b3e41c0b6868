import { items, num, roleOf } from "../data";
import { figure, type Spot } from "../figure";
import { number, shorten } from "../format";
import { rich, t } from "../language";
import { type Series, spread } from "./metric";
import { domainOf, MetricChoice, seriesColour } from "./metric_choice";
import { Plot, placed, plotted } from "./plot";

interface Row {
  role: string;
  who: "pair" | "a" | "b" | "shuffled";
  name: string;
  median: number;
  min: number;
  max: number;
}

const most = 60;

export function roleFigure(all: Series[]): HTMLElement {
  const choice = new MetricChoice("cosine_similarity");
  const roles = items(all[0].summary.by_role).map(roleOf).slice(0, most);
  const rowsOf = (): Row[] => all.flatMap((series) => items(series.summary.by_role).flatMap((group): Row[] => {
    const role = roleOf(group);
    const take = (who: Row["who"], name: string, found: ReturnType<typeof spread>): Row[] => {
      const [median, min, max] = [num(found?.median), num(found?.min), num(found?.max)];
      return median === null || !roles.includes(role) ? []
        : [{ role, who, name, median, min: min ?? median, max: max ?? median }];
    };
    return [
      ...take(series.who, series.name, spread(group, choice.chosen)),
      ...(series.who === "pair" && choice.chosen === "cosine_similarity"
        ? take("shuffled", t("metrics.shuffled"), spread(group, "shuffled_cosine")) : []),
    ];
  }));
  return figure({
    id: "metrics-role", label: t("metrics.role_label"), caption: rich("metrics.role_caption"),
    choices: (redraw) => choice.element(redraw),
    legend: [
      { label: t("word.pair"), colour: seriesColour.pair, shape: "dot" },
      { label: t("metrics.control_a"), colour: seriesColour.a, shape: "ring" },
      { label: t("metrics.control_b"), colour: seriesColour.b, shape: "ring" },
      { label: t("metrics.shuffled"), colour: "var(--b)", shape: "tick" },
    ],
    draw: (width) => {
      const rows = rowsOf();
      const letters = Math.floor(Math.min(width * 0.42, 230) / 6.2);
      const left = Math.min(letters, Math.max(6, ...roles.map((x) => x.length))) * 6.2 + 14;
      const of = (who: Row["who"]) => rows.filter((x) => x.who === who);
      const picture = plotted({
        width, height: roles.length * 19 + 58, marginLeft: left, marginRight: 14, marginTop: 10, marginBottom: 38,
        x: { domain: domainOf(choice.chosen, rows.flatMap((x) => [x.min, x.max])), grid: true, ticks: width / 90,
          label: `${t(`metric.${choice.chosen}`)} →`, labelArrow: "none" },
        y: { domain: roles, label: null, tickSize: 0, tickFormat: (x: string) => shorten(x, letters) },
        marks: [
          Plot.ruleX([0], { stroke: "var(--soft)", strokeOpacity: 0.5 }),
          Plot.ruleY(of("pair"), { y: "role", x1: "min", x2: "max", stroke: seriesColour.pair, strokeWidth: 1.2 }),
          Plot.dot(of("a"), { x: "median", y: "role", r: 3.5, stroke: seriesColour.a, strokeWidth: 1.5 }),
          Plot.dot(of("b"), { x: "median", y: "role", r: 3.5, stroke: seriesColour.b, strokeWidth: 1.5 }),
          Plot.tickX(of("shuffled"), { x: "median", y: "role", stroke: "var(--b)", strokeWidth: 2, inset: 2 }),
          Plot.dot(of("pair"), { x: "median", y: "role", r: 3.8, fill: seriesColour.pair }),
        ],
      });
      const spots: Spot[] = rows.map((x) => ({
        x: placed(picture, "x", x.median), y: placed(picture, "y", x.role),
        text: `${x.role}\n${x.name}: ${number(x.median)} (${number(x.min)} … ${number(x.max)})`,
      }));
      return { picture, spots };
    },
    rows: () => [["role", "who", "metric", "median", "min", "max"],
      ...rowsOf().map((x) => [x.role, x.name, x.who === "shuffled" ? "shuffled_cosine" : choice.chosen, x.median, x.min, x.max])],
  });
}
