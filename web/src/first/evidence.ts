// The one figure of the first screen: a row for each kind of evidence, a dot for this pair, a capsule for reference
// models, from nothing in common to the same.
import type { Answer, EvidenceRow } from "../answer";
import { drawing, svg } from "../dom";
import { type Drawing, figure, type Spot } from "../figure";
import { percent } from "../format";
import { t } from "../language";
import { fitted, roomOf } from "./room";

export function evidenceFigure(answer: Answer): HTMLElement | null {
  const rows = answer.figure.rows.filter((x) => x.position !== null);
  if (rows.length === 0) return null;
  const { title, pair, reference } = answer.figure;
  const chance = reference ? "" : answer.figure.chance;
  return figure({
    id: "evidence", label: title, title, caption: t(reference ? "evidence.caption" : "evidence.caption_alone"), quiet: true,
    legend: [
      { label: pair, colour: "var(--look)", shape: "dot" },
      ...(reference ? [{ label: reference, colour: "var(--reference)", shape: "dot" as const }] : []),
      ...(chance ? [{ label: chance, colour: "var(--soft)", shape: "tick" as const }] : []),
    ],
    draw: (width) => draw(answer, rows, width),
    rows: () => [["test", "evidence", "value", "position", "reference_low", "reference_high", "reference_value", "chance"],
      ...rows.map((x) => [x.test, x.label, x.value, x.position, x.reference?.[0], x.reference?.[1], x.referenceValue, x.chance])],
  });
}

const side = 12;

function draw(answer: Answer, rows: EvidenceRow[], width: number): Drawing {
  const narrow = width < 560;
  const size = narrow ? 15 : 16;
  const [left, right] = [side, width - side];
  const at = (share: number) => left + share * (right - left);
  const bold = 1.08;
  const two = rows.map((x) => roomOf(x.label, size) + roomOf(x.value, size) * bold + 16 > right - left);
  const step = narrow ? 44 : rows.length > 5 ? 51 : 56;
  const tops: number[] = [];
  let y = 4;
  for (let i = 0; i < rows.length; ++i) {
    tops.push(y);
    y += step + (two[i] ? 20 : 0);
  }
  const bottom = y + 4;
  const picture = drawing(width, bottom + 24);
  for (const share of [0, 0.25, 0.5, 0.75, 1]) {
    picture.append(svg("line", { x1: at(share), x2: at(share), y1: 0, y2: bottom, stroke: "var(--rule)", "stroke-width": 1, opacity: 0.7 }));
  }
  const spots: Spot[] = [];
  rows.forEach((row, i) => {
    const under = two[i] ? 20 : 0;
    const line = tops[i] + under + (narrow ? 26 : 31);
    const text = (x: number, at: number, anchor: string, shown: string, extra: object) =>
      picture.append(svg("text", { x, y: at, "text-anchor": anchor, "font-size": size, ...extra }, shown));
    text(left, tops[i] + 15, "start", fitted(row.label, size, right - left), { fill: "var(--ink)" });
    text(right, tops[i] + 15 + under, "end", fitted(row.value, size, right - left), { fill: "var(--look)", "font-weight": 700 });
    picture.append(svg("line", { x1: left, x2: right, y1: line, y2: line, stroke: "var(--rule)", "stroke-width": 2.5 }));
    const radius = narrow ? 6.5 : 8;
    if (row.reference) {
      const [low, high] = row.reference.map(at);
      const height = radius * 1.7;
      picture.append(svg("rect", { x: low - radius * 0.9, y: line - height / 2, width: high - low + radius * 1.8, height, rx: height / 2, fill: "var(--reference)" }));
    }
    const { chance } = answer.figure;
    const byChance = row.chance !== null && !answer.figure.reference && chance !== "";
    if (row.chance !== null && byChance) {
      picture.append(svg("line", { x1: at(row.chance), x2: at(row.chance), y1: line - radius * 1.15, y2: line + radius * 1.15, stroke: "var(--soft)", "stroke-width": 2 }));
    }
    const dot = at(row.position ?? 0);
    picture.append(svg("circle", { cx: dot, cy: line, r: radius + 2, fill: "var(--paper)" }), svg("circle", { cx: dot, cy: line, r: radius, fill: "var(--look)" }));
    spots.push({ x: dot, y: line, width: radius * 2, height: radius * 2, text: `${row.label}\n${answer.figure.pair}: ${row.value}${row.referenceValue || row.reference
      ? `\n${answer.figure.reference || t("word.controls")}: ${row.referenceValue || row.reference?.map((x) => percent(x, 2)).join(" … ")}` : ""}${byChance ? `\n${chance}: ${row.chanceValue}` : ""}` });
  });
  axis(picture, answer, left, right, bottom + 16, narrow);
  return { picture, spots };
}

function axis(picture: SVGSVGElement, answer: Answer, left: number, right: number, y: number, narrow: boolean): void {
  const size = 13;
  const label = (x: number, anchor: string, shown: string) =>
    picture.append(svg("text", { x, y, "text-anchor": anchor, "font-size": size, fill: "var(--soft)" }, shown));
  const { nothing, same } = answer.figure;
  label(left, "start", nothing);
  label(right, "end", same);
  for (const share of narrow ? [0.5] : [0.25, 0.5, 0.75]) {
    const x = left + share * (right - left);
    if (x - 12 > left + roomOf(nothing, size) + 8 && x + 12 < right - roomOf(same, size) - 8) label(x, "middle", String(share * 100));
  }
}
