import { type Child, download, h } from "./dom";
import { language, t } from "./language";

export type Cell = string | number | null | undefined;

const shownAtFirst = 60;
const shownAtOnce = 1000;

export interface TableSpec {
  caption: Child;
  label: string;
  head: Child[];
  rows: Child[][];
  // Columns, from 0, whose entries are numbers.
  numeric?: number[];
  csv?: { name: string; rows: () => Cell[][] };
}

// A wide table scrolls in its own box; a long one shows its first rows until asked for more.
export function table(spec: TableSpec): HTMLElement {
  const numeric = new Set(spec.numeric ?? []);
  const body = h("tbody");
  let shown = 0;
  const printed = h("p", { class: "print" });
  const more = h("button", { type: "button", class: "small" });
  const show = (count: number) => {
    for (const row of spec.rows.slice(shown, shown + count)) {
      body.appendChild(h("tr", {}, row.map((cell, i) => i === 0
        ? h("th", { scope: "row" }, cell)
        : h("td", { class: numeric.has(i) ? "number" : null }, cell))));
    }
    shown = Math.min(spec.rows.length, shown + count);
    more.hidden = shown >= spec.rows.length;
    more.textContent = t("table.more", { shown, all: spec.rows.length });
    printed.textContent = more.hidden ? "" : t("table.printed", { shown, all: spec.rows.length });
  };
  more.addEventListener("click", () => show(shownAtOnce));
  show(shownAtFirst);
  return h("div", { class: "table" },
    h("div", { class: "scroll", tabindex: 0, role: "group", "aria-label": spec.label },
      h("table", {},
        h("caption", {}, h("span", {}, spec.caption)),
        h("thead", {}, h("tr", {}, spec.head.map((cell, i) =>
          h("th", { scope: "col", class: numeric.has(i) ? "number" : null }, cell)))),
        body)),
    printed,
    h("div", { class: "buttons" }, more,
      spec.csv && csvButton(spec.csv.name, spec.csv.rows, spec.label)));
}

export function csvButton(name: string, rows: () => Cell[][], label: string): HTMLElement {
  return h("button", {
    type: "button", class: "small", "data-download": "csv", "aria-label": `CSV: ${label}`,
    click: () => download(`${name}.csv`, "text/csv;charset=utf-8", csv(rows())),
  }, "CSV");
}

// Names come from checkpoints: a spreadsheet must not take one for a formula.
export function csv(rows: Cell[][]): string {
  const cell = (value: Cell) => {
    if (value === null || value === undefined) return "";
    if (typeof value === "number") return Number.isFinite(value) ? String(value) : "";
    const safe = /^[=+\-@\t\r]/.test(value) ? `'${value}` : value;
    return /[",\n\r]/.test(safe) ? `"${safe.replace(/"/g, '""')}"` : safe;
  };
  return `\ufeff${rows.map((row) => row.map(cell).join(",")).join("\r\n")}\r\n`;
}

// Long names break after their dots and underscores.
export function breakable(name: string): Child {
  return name.split(/(?<=[._])/).map((part, i) => [i > 0 && h("wbr"), part]);
}

export function english(value: string): HTMLElement {
  return h("span", { lang: language() === "en" ? null : "en" }, value);
}
