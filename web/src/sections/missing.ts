import { h } from "../dom";
import { rich } from "../language";
import type { Key } from "../texts";

export function missing(key: Key): HTMLElement {
  return h("p", { class: "soft" }, rich(key));
}
