import { type Child, download, h } from "./dom";
import { visible } from "./data";
import { count } from "./format";
import { language, t } from "./language";
import { said } from "./words";

export type Cell = string | number | null | undefined;

const shownAtFirst = 60;
const shownAtOnce = 1000;
// Longer tables are folded, and may be searched and sorted.
const longest = 24;
const worthSorting = 8;

// Rows that are made when they are shown. `values` are what they are searched and sorted by, a column each.
export interface Rows {
  count: number;
  row: (i: number) => Child[];
  values: (i: number) => Cell[];
}

export interface TableSpec {
  caption: Child;
  label: string;
  head: Child[];
  rows: Child[][] | Rows;
  // Columns, from 0, whose entries are numbers.
  numeric?: number[];
  csv?: { name: string; rows: () => Cell[][] };
}

export function table(spec: TableSpec): HTMLElement {
  const rows: Rows = Array.isArray(spec.rows) ? made(spec.rows) : spec.rows;
  if (rows.count <= longest) return unfolded(spec, rows);
  const holder = h("details", { class: "rows", "data-rows": rows.count },
    h("summary", {}, h("span", {}, spec.label), h("span", { class: "soft" }, ` (${t("table.rows", { count: count(rows.count) })})`)));
  holder.addEventListener("toggle", () => {
    if (holder.open && holder.childElementCount === 1) holder.appendChild(unfolded(spec, rows));
  });
  return holder;
}

// A wide table scrolls in its own box; a long one shows its first rows until asked for more.
function unfolded(spec: TableSpec, rows: Rows): HTMLElement {
  const numeric = new Set(spec.numeric ?? []);
  const body = h("tbody");
  const printed = h("p", { class: "print" });
  const more = h("button", { type: "button", class: "small" });
  let order = Array.from({ length: rows.count }, (_, i) => i);
  let shown = 0;
  const show = (most: number) => {
    for (const at of order.slice(shown, shown + most)) {
      body.appendChild(h("tr", {}, rows.row(at).map((cell, i) => i === 0
        ? h("th", { scope: "row" }, cell)
        : h("td", { class: numeric.has(i) ? "number" : null }, cell))));
    }
    shown = Math.min(order.length, shown + most);
    more.hidden = shown >= order.length;
    more.textContent = t("table.more", { shown: count(shown), all: count(order.length) });
    printed.textContent = more.hidden ? "" : t("table.printed", { shown: count(shown), all: count(order.length) });
  };
  const again = (chosen: number[]) => {
    order = chosen;
    shown = 0;
    body.replaceChildren();
    show(shownAtFirst);
  };
  more.addEventListener("click", () => show(shownAtOnce));
  const sorting = new Sorting(rows, numeric);
  const heads = spec.head.map((cell, i) => h("th", { scope: "col", class: numeric.has(i) ? "number" : null },
    rows.count > worthSorting ? h("button", { type: "button", class: "sort", click: () => {
      sorting.by(i);
      heads.forEach((x, column) => x.setAttribute("aria-sort", sorting.state(column)));
      again(sorting.found());
    } }, plain(cell)) : cell));
  again(order);
  return h("div", { class: "table" },
    rows.count > longest && search(spec, rows, (wanted) => {
      again(sorting.search(wanted));
      return order.length;
    }),
    h("div", { class: "scroll", tabindex: 0, role: "group", "aria-label": spec.label },
      h("table", {},
        h("caption", {}, h("span", {}, spec.caption)),
        h("thead", {}, h("tr", {}, heads)),
        body)),
    printed,
    h("div", { class: "buttons" }, more,
      spec.csv && csvButton(spec.csv.name, spec.csv.rows, spec.label)));
}

function search(spec: TableSpec, rows: Rows, find: (wanted: string) => number): HTMLElement {
  const hits = h("span", { class: "soft", role: "status" });
  const field = h("input", { type: "search", placeholder: t("table.search"), "aria-label": `${t("table.search")}: ${spec.label}` });
  field.addEventListener("input", () => {
    const found = find(field.value.trim().toLowerCase());
    hits.textContent = field.value.trim() === "" ? "" : t("table.found", { count: count(found), all: count(rows.count) });
  });
  return h("div", { class: "search" }, field, hits);
}

// Which rows are shown, and in which order.
class Sorting {
  private column = -1;
  private down = false;
  private wanted = "";
  private all: Cell[][] | null = null;

  constructor(private rows: Rows, private numeric: Set<number>) {}

  // Numbers from the largest, texts from A; the other way round the second time.
  by(column: number): void {
    this.down = this.column === column ? !this.down : this.numeric.has(column);
    this.column = column;
  }

  state(column: number): string {
    return column !== this.column ? "none" : this.down ? "descending" : "ascending";
  }

  search(wanted: string): number[] {
    this.wanted = wanted;
    return this.found();
  }

  found(): number[] {
    const all = (this.all ??= Array.from({ length: this.rows.count }, (_, i) => this.rows.values(i)));
    const order = [...all.keys()].filter((i) => this.wanted === "" || all[i].some((x) => String(x ?? "").toLowerCase().includes(this.wanted)));
    const { column, down } = this;
    if (column < 0) return order;
    const number = (x: Cell) => (typeof x === "number" ? x : null);
    return order.sort((p, q) => {
      const [x, y] = [all[p][column], all[q][column]];
      if (number(x) !== null || number(y) !== null) {
        // What has no number is last either way.
        if (number(x) === null || number(y) === null) return number(x) === null ? 1 : -1;
        return (down ? -1 : 1) * ((x as number) - (y as number));
      }
      return (down ? -1 : 1) * String(x ?? "").localeCompare(String(y ?? ""), language(), { numeric: true });
    });
  }
}

function made(rows: Child[][]): Rows {
  return { count: rows.length, row: (i) => rows[i], values: (i) => rows[i].map((cell) => valueOf(plain(cell))) };
}

// "1,234" and "12.3 %" as numbers.
function valueOf(shown: string): Cell {
  const bare = shown.replace(/,/g, "").replace(/^−/, "-").replace(/ %$/, "");
  return /^-?\d+(\.\d+)?$/.test(bare) ? Number(bare) : shown;
}

// What is read of a cell: a term inside it explains nothing there.
function plain(cell: Child): string {
  if (cell === null || cell === undefined || cell === false) return "";
  if (Array.isArray(cell)) return cell.map(plain).join("");
  return cell instanceof Node ? cell.textContent ?? "" : String(cell);
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
    const shown = visible(value);
    const safe = /^\s*[=+\-@\t\r]/.test(shown) ? `'${shown}` : shown;
    return /[",\n\r]/.test(safe) ? `"${safe.replace(/"/g, '""')}"` : safe;
  };
  return `\ufeff${rows.map((row) => row.map(cell).join(",")).join("\r\n")}\r\n`;
}

// Long names break after their dots and underscores.
export function breakable(name: string): Child {
  return name.split(/(?<=[._])/).map((part, i) => [i > 0 && h("wbr"), part]);
}

// What the data say in English, in the page's language where the program has it.
export function english(value: string): HTMLElement {
  const translated = said(value);
  if (translated !== null) return h("span", {}, translated);
  return h("span", { lang: language() === "en" ? null : "en" }, value);
}
