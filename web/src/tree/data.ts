// What the program puts into the page: docs/tree.schema.json. Names are anybody's; numbers that are not
// as they should be make the page say that it can't be read.
import { unpack } from "../packed";

export interface Model {
  model: string; location: string; family: string; parameters: number | null; layers: number | null;
  base_models: string[]; compared: boolean; relatives: number; repeated_layers: number; group: number;
}
export interface Bits {
  component: string; agreements: number; bits: number; log10_p: number | null; cosine: number; cosine_low: number;
  cosine_high: number; shown: boolean;
}
export interface Edge {
  a: number; b: number; role: "nearest" | "further" | "declared"; bits: Bits | null;
  declared: { model: number; base: number }[]; by_last_part: boolean;
  direction: { basis: "declared" | "sign" | "none"; sign: string | null; from: number | null; to: number | null };
}
export interface Group { models: number; root: number; root_basis: "declared" | "centre" | "none" }
export interface Between { model: number; a: number; b: number; log10_p: number; share: number }
export interface Contradiction { kind: string; edge: number; sentence: string }
export interface Tree {
  tool: { version?: string }; atlas: string; sentence: string; error_rate: number; compared_pairs: number;
  models: Model[]; groups: Group[]; edges: Edge[]; between: Between[]; contradictions: Contradiction[];
}

function isIndex(value: unknown, count: number): boolean {
  return Number.isInteger(value) && (value as number) >= 0 && (value as number) < count;
}

// Throws unless every number that counts models, groups or edges is one of theirs.
export function checked(value: unknown): Tree {
  const tree = value as Tree;
  const lists = [tree?.models, tree?.groups, tree?.edges, tree?.between, tree?.contradictions];
  if (!lists.every(Array.isArray)) throw new Error("not a tree");
  const [models, groups, edges] = [tree.models.length, tree.groups.length, tree.edges.length];
  const ok =
    tree.models.every((m) => isIndex(m.group, groups) && Array.isArray(m.base_models)) &&
    tree.groups.every((g) => isIndex(g.root, models)) &&
    tree.edges.every((e) => isIndex(e.a, models) && isIndex(e.b, models) && Array.isArray(e.declared) && e.direction !== null) &&
    tree.between.every((b) => [b.model, b.a, b.b].every((m) => isIndex(m, models))) &&
    tree.contradictions.every((c) => isIndex(c.edge, edges));
  if (!ok) throw new Error("not a tree");
  return tree;
}

export async function decodeTree(encoded: string): Promise<Tree | null> {
  const value = await unpack(encoded);
  return value === null ? null : checked(value);
}
