// What the program puts into the page. Every member may be missing or null, whatever the schemas say: a
// report of an older or newer program, or of a hostile checkpoint, must not stop the page.

import { unpack } from "./packed";

export type Maybe<T> = T | null | undefined;
type Loose<T> = { [K in keyof T]?: T[K] | null };

export type Test = Loose<{
  name: string; hypothesis: string; symmetry_group: string; assumption: string; skipped: string;
  statistic_name: string; statistic: number; n: number; log10_p: number; log10_p_is_bound: boolean;
  p_method: string; log10_p_adjusted: number; effect_name: string; effect: number; least_effect: number;
  caveat: string; control_effects: number[]; strong: boolean;
}>;

export type Input = Loose<{
  id: string; path: string; tensors: number; elements: number; bytes: number;
  bytes_by_dtype: Record<string, number>; warnings: string[];
  files: Loose<{ name: string; bytes: number; header_sha256: string; sha256: string }>[];
}>;

export type Run = Loose<{ command: string; arguments: string[]; threads: number; simd_target: string }>;

export type Fact = Loose<{ name: string; direction: string; evidence: string }>;
export type Clue = Loose<{ name: string; direction: string; evidence: string; turned_by: string; wrong: number; cases: number }>;

export type Heritage = Loose<{
  tensor: string; from: string; class: string; note: string; moved: boolean; rotated: boolean;
  equal_share: number; relative_change: number; correlation: number; baseline_correlation: number;
}>;

export type Mlp = Loose<{
  b: string; a: string; skipped: string; units_a: number; units_b: number; matched: number; agreed: number;
  agreement: number; expected_agreed: number; spearman: number; log10_p: number; unit_cosine: number;
}>;

export type LayerMap = Loose<{
  layers_a: number[]; layers_b: number[]; z: Maybe<Maybe<number>[]>[]; fitted_basis: boolean; threshold: number;
  source: Maybe<number>[]; dropped: number[]; duplicated: number[];
}>;

export type ExpertMap = Loose<{
  layer_a: number; layer_b: number; agreed: number; in_place: number; source: Maybe<number>[];
}>;

export type TokenTable = Loose<{
  skipped: string; shared_tokens: number; zero_rows: number; undertrained: number; undertrained_common: number;
  undertrained_expected: number; undertrained_jaccard: number; norm_correlation: number;
}>;

export type Router = Loose<{
  tensor: string; layer: number; skipped: string; experts: number; norm_variation: number; effective_rank: number;
  mean_cosine: number; largest_cosine: number; expert_similarity: number; bias_mean: number; bias_sd: number;
}>;

export type Spectrum = Loose<{
  tensor: string; skipped: string; stable_rank: number; effective_rank: number; largest_over_edge: number; alpha: number;
}>;

export type Fingerprint = Loose<{
  name: string; source: string; caveat: string; value: number;
  controls: Loose<{ control: string; with: string; value: number }>[];
}>;

export type Descriptions = Loose<{
  left_out: string;
  fingerprints: Fingerprint[];
  tokens: Loose<{
    embedding: TokenTable; unembedding: TokenTable;
    controls: Loose<{ control: string; with: string; embedding: TokenTable; unembedding: TokenTable }>[];
  }>;
  routers: Loose<{ a: Router[]; b: Router[] }>;
  spectra: Loose<{ a: Spectrum[]; b: Spectrum[]; controls: Loose<{ control: string; spectra: Spectrum[] }>[] }>;
}>;

export type ComponentSide = Loose<{ family: string; tensors: number; elements: number }>;
export type Component = Loose<{
  component: string; a: ComponentSide; b: ComponentSide;
  verdict: Loose<{ category: string; sentence: string }>;
  relation: Loose<{ kinds: Loose<{ kind: string }>[] }>;
  tests: Test[];
  power: Loose<{ smallest_share: number }>;
}>;

export type Trace = Loose<{
  inputs: Input[];
  verdict: Loose<{ category: string; sentence: string; kind: string; evidence: string[]; limits: string[] }>;
  components: Component[];
  relation: Loose<{
    kinds: Loose<{ kind: string; evidence: string; roles: string[] }>[];
    direction: string; facts: Fact[]; signs_point: string; signs: Clue[]; shown_by: string; not_in_b: string[];
  }>;
  hidden_basis: Loose<{ skipped: string; map: string; fitted_to: string; cosine: number; shuffled_cosine: number; held_out_rows: number }>;
  merge: Loose<{ is_merge: boolean; method: string; skipped: string;
    weights: Loose<{ mean: number; low: number; high: number; tensors_low: number; tensors_high: number }>[] }>;
  descriptions: Descriptions; heritage: Heritage[]; tests: Test[];
  controls: Loose<{ control: string; with: string; category: string; related: boolean; tests: Test[] }>[];
  power: Loose<{ smallest_share: number; probability: number }>;
  names_given: Loose<{ from: string; to: string }>[]; layer_map: LayerMap; mlps: Mlp[]; experts: ExpertMap[]; seed: number; quick: boolean; run: Run;
  effort: Loose<{ asked: string; whole: boolean; looks: number; looks_planned: number }>;
}>;

export type Spread = Loose<{ tensors: number; median: number; min: number; max: number }>;
export type Group = Loose<{ component: string; role: string; layer: number; tensors: number; elements: number }> & Record<string, unknown>;
export type Summary = Loose<{ a: string; b: string; paired_by: string; compared: number; elements: number;
  only_in_a: number; only_in_b: number; shape_mismatches: number; byte_identical: number; non_finite: number;
  by_role: Group[]; by_layer: Group[] }>;
export type Cka = Loose<{
  skipped: string; texts: number; draws: number; p_of_largest: number;
  values: Maybe<Maybe<number>[]>[]; p: Maybe<Maybe<number>[]>[]; null_quantile_95: Maybe<Maybe<number>[]>[];
}>;
export type RouterOverlap = Loose<{
  layer_a: number; layer_b: number; experts_a: number; experts_b: number; chosen_a: number; chosen_b: number; positions: number;
  partner: Maybe<number>[]; overlap: number; overlap_by_chance: number; overlap_in_place: number; load_a: number[]; load_b: number[];
  load_correlation: number; coactivation_correlation: number;
}>;
export type UnitAgreement = Loose<{
  layer_a: number; layer_b: number; skipped: string; positions: number; units_a: number; units_b: number; agreed: number;
  expected_agreed: number; share: number;
}>;
export type FunctionalPair = Loose<{
  a: string; b: string; texts: number; tokens_a: number; tokens_b: number; aligned_positions: number; compared_positions: number;
  median_best_cka: number; mean_router_overlap: number; mean_unit_share: number; cka: Cka;
  next_tokens: Loose<{ skipped: string; positions: number; shared_tokens: number; outside_a: number; outside_b: number;
    divergence_bits: number; divergence_bits_elsewhere: number; same_likeliest: number }>;
  routers: RouterOverlap[]; units: Loose<{ layers: UnitAgreement[] }>;
}>;
export type Functional = Loose<{ pair: FunctionalPair; controls: FunctionalPair[] }>;

export type Compare = Loose<{
  inputs: Input[]; summary: Summary; control_summaries: Summary[]; run: Run; functional: Functional;
  tensors: Loose<{ a: string; b: string; role: string; layer: number; layer_b: number; expert: number }>[];
}>;

export type ConfigRow = Loose<{
  key: string; derived: boolean; same: boolean; values: Loose<{ value: unknown; source: string }>[];
  common: Loose<{ models: number; of: number }>;
}>;
export type Config = Loose<{
  summary: Loose<{ compared: number; same: number }>;
  groups: Loose<{ name: string; rows: ConfigRow[] }>[];
  findings: Loose<{ message: string }>[];
}>;

export type Inspect = Loose<{
  model_type: string; family: string; inferred: boolean; tensors: number;
  components: Loose<{ component: string; parts: Record<string, number> }>[];
  architecture: Loose<{
    sizes: Record<string, Maybe<{ value?: Maybe<number> }>>; flags: string[]; norm: string; attention: string;
    router: string; rotary_dims: number; rotary_theta: number; window: number; windowed_layers: number;
  }>;
  parameters: Loose<{
    total: number; without_multi_token_prediction: number; active: number; by_component: Record<string, number>;
    by_layer: Loose<{ first: number; last: number; kind: string; parameters_each: number }>[];
  }>;
  memory: Loose<{ weight_bytes: number; key_value_bytes_per_token: number }>;
  findings: Loose<{ message: string }>[];
}>;

export type Overlap = Loose<{ a: number; b: number; shared: number; jaccard: number; share_of_smaller: number }>;
export type TokenizerSide = Loose<{ file: string; kind: string; tokens: number; merges: number }>;
export type Tokenizer = Loose<{
  a: TokenizerSide; b: TokenizerSide; tokens: Overlap; same_id: number; order_correlation: number; merges: Overlap;
  offsets: Loose<{ offset: number; tokens: number }>[]; merge_rank_correlation: number;
  longest_run: Loose<{ length: number }>;
  special: Loose<{ shared: string[]; only_a: string[]; only_b: string[] }>;
}>;

export type DiffSide = Loose<{ name: string; dtype: string; shape: number[]; sha256: string }>;
export type Diff = Loose<{
  summary: Loose<{ tensors: number; identical: number; all_identical: boolean; found_elsewhere: number;
    constant_matches: number; left_out: number }>;
  tensors: Loose<{ a: DiffSide; b: DiffSide; identical: boolean; bit_equal: number;
    ulp_distances: Loose<{ buckets: Loose<{ from: number; to: number; count: number }>[]; nan_pairs: number }> }>[];
  found_elsewhere: Loose<{ a: string; b: string[]; also_at_partner: boolean }>[];
  run: Run;
}>;

// The first screen in one language, as the program composes it.
export type WrittenAnswer = Loose<{
  look: string; pill: string; headline: string; lead: string; how_sure: string; read: string;
  figure: Loose<{ title: string; pair: string; reference: string; chance: string; nothing: string; same: string;
    rows: Loose<{ test: string; label: string; value: string; position: number; reference: number[]; reference_value: string; chance: number; chance_value: string }>[] }>;
  cards: Loose<{ tone: string; title: string; text: string }>[]; quote: string; footnote: string;
  components: Loose<{ name: string; look: string; pill: string; text: string }>[]; evidence: string[]; limits: string[];
  kinds: string[]; signs: string[]; signs_turned_by: string[];
}>;

// Root mean squares of weights, medians over the tensors of one role of a layer.
export type Norm = Loose<{ model: string; role: string; layer: number; rms: number }>;

export type Report = Loose<{
  schema_version: string; tool: Loose<{ name: string; version: string }>;
  written_on: string; answer: Loose<{ en: WrittenAnswer; ko: WrittenAnswer }>; words: unknown; said: unknown; norms: Norm[];
  names: Loose<{ a: string; b: string; controls: string[] }>;
  trace: Trace; compare: Compare; config: Config; inspect_a: Inspect; inspect_b: Inspect; tokenizer: Tokenizer; diff: Diff;
}>;

export function list<T>(value: Maybe<T[]>): T[] {
  return Array.isArray(value) ? value : [];
}

// Lists of objects, without what is none.
export function items<T extends object>(value: Maybe<T[]>): T[] {
  return list(value).filter((x) => x !== null && typeof x === "object");
}

export function num(value: unknown): number | null {
  return typeof value === "number" && Number.isFinite(value) ? value : null;
}

// What a page or a file obeys and a reader does not see: controls, what sets the direction of writing, halves of
// surrogate pairs, and what XML forbids.
const unseen = /[\p{Cc}\p{Cf}\p{Cs}\u2028\u2029\ufffe\uffff]/gu;

export function visible(value: string): string {
  return value.replace(unseen, (c) => `\\u{${(c.codePointAt(0) ?? 0).toString(16).toUpperCase().padStart(4, "0")}}`);
}

// Untrusted text, in one line.
export function text(value: unknown): string {
  if (value === null || value === undefined) return "";
  return visible(typeof value === "string" ? value : typeof value === "object" ? JSON.stringify(value) : String(value));
}

export function entries<T>(value: Maybe<Record<string, T>>): [string, T][] {
  return value && typeof value === "object" ? Object.entries(value) : [];
}

export function nameOf(report: Report, id: Maybe<string>): string {
  if (id === "a") return text(report.names?.a) || "A";
  if (id === "b") return text(report.names?.b) || "B";
  const control = /^control_(\d+)$/.exec(text(id));
  const name = control && list(report.names?.controls)[Number(control[1]) - 1];
  return text(name) || text(id);
}

// Base64 of gzip of JSON. Null where the place for it was never filled.
export async function decode(encoded: string): Promise<Report | null> {
  const report = await unpack(encoded);
  if (report === null) return null;
  if (typeof report !== "object" || Array.isArray(report)) throw new Error("not a report");
  return report as Report;
}

// What a group of tensors is called: of another component than the text model with the component's name.
export function roleOf(group: Group): string {
  const component = text(group.component);
  return component === "" || component === "text" ? text(group.role) : `${component}: ${text(group.role)}`;
}
