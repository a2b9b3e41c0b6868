import { type Child, h } from "../dom";

// Names longer than this may break over lines.
const longest = 24;

// A sentence in which short names of models do not break at their hyphens.
export function whole(sentence: string, names: string[]): Child {
  const name = names.filter((x) => x !== "" && x.length <= longest && sentence.includes(x)).sort((p, q) => q.length - p.length)[0];
  if (name === undefined) return sentence;
  const others = names.filter((x) => x !== name);
  return sentence.split(name).map((part, i) => [i > 0 && h("span", { class: "nowrap" }, name), whole(part, others)]);
}
