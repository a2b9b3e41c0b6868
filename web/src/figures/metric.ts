import type { Group, Spread, Summary } from "../data";

export const metricNames = ["pearson_correlation", "cosine_similarity", "rel_l2_a", "sign_agreement", "identical_fraction"] as const;
export type Metric = (typeof metricNames)[number] | "shuffled_cosine";

export interface Series {
  who: "pair" | "a" | "b";
  name: string;
  summary: Summary;
}

export function spread(group: Group | undefined, metric: Metric): Spread | null {
  const found = group?.[metric];
  return found !== null && typeof found === "object" ? (found as Spread) : null;
}
