import { list } from "./data";

const superscripts: Record<string, string> = {
  "0": "⁰", "1": "¹", "2": "²", "3": "³", "4": "⁴", "5": "⁵", "6": "⁶", "7": "⁷", "8": "⁸", "9": "⁹", "-": "⁻", ".": "·",
};

export const dash = "–";

export function raised(value: string): string {
  return Array.from(value, (c) => superscripts[c] ?? c).join("");
}

// Three significant digits, with a true minus sign.
export function number(value: number | null | undefined, digits = 3): string {
  if (typeof value !== "number" || !Number.isFinite(value)) return dash;
  if (value === 0) return "0";
  const size = Math.abs(value);
  if (size < 1e-4 || size >= 1e7) {
    const power = Math.floor(Math.log10(size));
    return minus(`${(value / 10 ** power).toFixed(digits - 1)} × 10`) + raised(String(power));
  }
  const decimals = Math.max(0, digits - 1 - Math.floor(Math.log10(size)));
  return minus(value.toFixed(Math.min(decimals, 6)));
}

export function count(value: number | null | undefined): string {
  if (typeof value !== "number" || !Number.isFinite(value)) return dash;
  return minus(Math.round(value).toLocaleString("en-US"));
}

// 1.23 B, 45.6 M: for sizes of models.
export function short(value: number | null | undefined): string {
  if (typeof value !== "number" || !Number.isFinite(value)) return dash;
  for (const [unit, size] of [["T", 1e12], ["B", 1e9], ["M", 1e6], ["k", 1e3]] as const) {
    if (Math.abs(value) >= size) return `${number(value / size)} ${unit}`;
  }
  return number(value);
}

export function bytes(value: number | null | undefined): string {
  if (typeof value !== "number" || !Number.isFinite(value)) return dash;
  for (const [unit, size] of [["TB", 1e12], ["GB", 1e9], ["MB", 1e6], ["kB", 1e3]] as const) {
    if (value >= size) return `${number(value / size)} ${unit}`;
  }
  return `${value} B`;
}

export function percent(value: number | null | undefined, digits = 3): string {
  return typeof value === "number" && Number.isFinite(value) ? `${number(value * 100, digits)} %` : dash;
}

// From its logarithm: p-values here go far below what a double can hold.
export function pValue(log10: number | null | undefined, bound: boolean | null | undefined = false): string {
  if (typeof log10 !== "number" || !Number.isFinite(log10)) return dash;
  if (log10 < -300) return `< 10${raised("-300")}`;
  const sign = bound ? "≤ " : "";
  if (log10 > -3) return sign + number(10 ** log10);
  // Whole exponents, never smaller than the p-value.
  return `${bound || !Number.isInteger(log10) ? "≤ " : ""}10${raised(String(Math.ceil(log10)))}`;
}

// One of few values that it can take: 1 of 1000 is 0.001.
export function countedP(p: number | null | undefined): string {
  return typeof p === "number" && p >= 1e-6 && p <= 1 ? String(Number(p.toPrecision(3))) : number(p);
}

export function range(values: (number | null | undefined)[] | null | undefined): string {
  const known = list(values).filter((x): x is number => typeof x === "number" && Number.isFinite(x));
  if (known.length === 0) return dash;
  const [low, high] = [Math.min(...known), Math.max(...known)];
  return low === high ? number(low) : `${number(low)} … ${number(high)}`;
}

// Both ends of a long name tell more than its middle.
export function shorten(value: string, most: number): string {
  if (value.length <= most) return value;
  const head = Math.ceil((most - 1) * 0.4);
  return `${value.slice(0, head)}…${value.slice(value.length - (most - 1 - head))}`;
}

function minus(value: string): string {
  return value.replace(/^-/, "−");
}
