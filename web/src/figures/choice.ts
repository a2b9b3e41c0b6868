import { h } from "../dom";

// One of several, by its number.
export class Choice {
  chosen = 0;

  constructor(private label: string, private names: string[]) {}

  element(redraw: () => void): HTMLElement {
    const select = h("select", { "aria-label": this.label },
      this.names.map((name, i) => h("option", { value: i, selected: i === this.chosen }, name)));
    select.addEventListener("change", () => {
      this.chosen = Math.max(0, Math.min(this.names.length - 1, select.selectedIndex));
      redraw();
    });
    return h("div", { class: "choices" }, h("span", {}, this.label), select);
  }
}
