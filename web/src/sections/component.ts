import { text, type Component } from "../data";
import { known } from "../language";

// "vision", in the page's language.
export function componentName(of: Component): string {
  return known("component", text(of?.component)) ?? text(of?.component);
}
