import { items, num, text, type Report } from "../data";

export interface Place {
  role: string;
  layer: number | null;
}

// Role and layer of a tensor of B: as `compare` has them, or read from its name.
// Where names tell nothing, the name that it was given counts, or that of the tensor of A that it comes from.
export function placeOf(report: Report): (name: string, from: string) => Place {
  const given = new Map(items(report.trace?.names_given).map((x) => [text(x.from), text(x.to)]));
  const places = new Map<string, Place>();
  for (const x of items(report.compare?.tensors)) {
    const name = text(x.b);
    if (name) places.set(name, { role: text(x.role), layer: num(x.layer_b) ?? num(x.layer) });
  }
  return (name, from) => {
    const known = places.get(name) ?? fromName(given.get(name) ?? name);
    return known.layer === null && known.role === name && from ? fromName(from) : known;
  };
}

export function fromName(name: string): Place {
  const parts = name.split(".");
  const at = parts.findIndex((x) => /^\d{1,4}$/.test(x));
  if (at < 0) return { role: name, layer: null };
  return { role: parts.slice(at + 1).filter((x) => !/^\d+$/.test(x)).join(".") || name, layer: Number(parts[at]) };
}
