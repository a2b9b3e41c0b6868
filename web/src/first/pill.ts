import type { Look } from "../answer";
import { h, svg } from "../dom";

// The verdict in shape as well as in colour: a tick, two ticks, half a circle, a quarter, a dash, a hatched square.
function sign(look: Look): SVGSVGElement {
  const picture = svg("svg", { width: 16, height: 16, viewBox: "0 0 16 16", "aria-hidden": "true", "data-sign": look });
  const stroke = { fill: "none", stroke: "currentColor", "stroke-width": 2.4, "stroke-linecap": "round", "stroke-linejoin": "round" };
  const ring = () => svg("circle", { cx: 8, cy: 8, r: 6, fill: "none", stroke: "currentColor", "stroke-width": 1.8 });
  switch (look) {
    case "same":
      picture.append(svg("path", { d: "M1 8.6 4 12 10 4.4M8.4 12 14.6 4.4", ...stroke, "stroke-width": 2.1 }));
      break;
    case "related":
      picture.append(svg("path", { d: "M2.6 8.6 6.2 12.4 13.4 4", ...stroke }));
      break;
    case "start":
      picture.append(ring(), svg("path", { d: "M8 2a6 6 0 0 0 0 12z", fill: "currentColor" }));
      break;
    case "part":
      picture.append(ring(), svg("path", { d: "M8 8V2a6 6 0 0 1 6 6z", fill: "currentColor" }));
      break;
    case "nothing":
      picture.append(svg("path", { d: "M3 8h10", ...stroke }));
      break;
    case "untestable":
      picture.append(svg("rect", { x: 2, y: 2, width: 12, height: 12, fill: "none", stroke: "currentColor", "stroke-width": 1.6 }),
        svg("path", { d: "M2 8 8 2M2 14 14 2M8 14l6-6", stroke: "currentColor", "stroke-width": 1.6 }));
  }
  return picture;
}

export function pill(look: Look, text: string, small = false): HTMLElement {
  return h("span", { class: small ? "pill small-pill" : "pill", "data-look": look }, sign(look), h("span", {}, text));
}
