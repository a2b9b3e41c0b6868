import * as Plot from "@observablehq/plot";

// Plot puts more than one element out where it has a title or legend; asked for neither, it is one SVG.
export function plotted(options: Plot.PlotOptions): SVGSVGElement & Plot.Plot {
  const drawn = Plot.plot({
    style: { background: "none", color: "var(--ink)", fontSize: "11px", fontFamily: "inherit", overflow: "visible" },
    ...options,
  });
  // The drawing as a whole has a label; names of its groups are none that a reader knows.
  for (const group of drawn.querySelectorAll("g[aria-label]")) group.removeAttribute("aria-label");
  return drawn as SVGSVGElement & Plot.Plot;
}

export function placed(drawn: Plot.Plot, axis: "x" | "y", value: number | string): number {
  const scale = drawn.scale(axis);
  if (!scale) return 0;
  return Number(scale.apply(value)) + (scale.bandwidth ?? 0) / 2;
}

export { Plot };
