import { items, num, text, type Report } from "../data";

export interface Place {
  role: string;
  layer: number | null;
}

// Role and layer of a tensor of B: as `compare` has them, or read from its name.
export function placeOf(report: Report): (name: string) => Place {
  const places = new Map<string, Place>();
  for (const x of items(report.compare?.tensors)) {
    const name = text(x.b);
    if (name) places.set(name, { role: text(x.role), layer: num(x.layer_b) ?? num(x.layer) });
  }
  return (name) => places.get(name) ?? fromName(name);
}

export function fromName(name: string): Place {
  const parts = name.split(".");
  const at = parts.findIndex((x) => /^\d{1,4}$/.test(x));
  if (at < 0) return { role: name, layer: null };
  return { role: parts.slice(at + 1).filter((x) => !/^\d+$/.test(x)).join(".") || name, layer: Number(parts[at]) };
}
