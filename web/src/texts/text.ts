export interface Text {
  readonly en: string;
  readonly ko: string;
}

export interface Term {
  readonly name: Text;
  readonly line: Text;
}

export const catalogue = <K extends string>(entries: Record<K, Text>): Record<K, Text> => entries;
export const glossaryOf = <K extends string>(entries: Record<K, Term>): Record<K, Term> => entries;
