import type { Component } from "../data";
import { word } from "../words";

// "vision", in the page's language.
export function componentName(of: Component): string {
  return word("component", of?.component);
}
