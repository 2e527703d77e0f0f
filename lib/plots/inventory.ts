import * as Plot from "@observablehq/plot";
import type { Exposure } from "../exposure.ts";
import { COLOUR, createFigure, emptyFigure, type Figure, figures, valueAxis } from "./figure.ts";

/** Histogram of the position, weighted by the time it was held, with the cap marked. */
export function inventoryPlot(
  exposure: Exposure | undefined,
  { qMax, base }: { readonly qMax: number; readonly base: string },
): Figure {
  if (exposure === undefined) return emptyFigure("Time spent at each position", "no time passed");
  const { histogram, shareBelowCap, meanAbsolute, mean } = exposure;
  const half = (histogram[1]!.position - histogram[0]!.position) / 2;
  const bars = histogram.map(({ position, share }) => ({
    from: position - half,
    to: position + half,
    share: 100 * share,
  }));
  const widest = Math.max(qMax, histogram.at(-1)!.position) + half;
  const title = `Below the cap of ${figures(qMax)} ${base} for ${figures(100 * shareBelowCap)} % of the time, ` +
    `${figures(meanAbsolute)} ${base} held on average`;
  const caption =
    `Mean position ${
      figures(mean)
    } ${base}. A rule that leans its quotes against its position (ψ = κQ) keeps the mass near ` +
    "zero; mass piled up at a cap (dashed) means that the cap did the work.";
  const panel = {
    height: 240,
    marginTop: 28,
    x: { label: `position (${base})`, labelAnchor: "center", labelArrow: "none", domain: [-widest, widest] } as const,
    y: valueAxis("share of time (%)"),
    marks: [
      Plot.rectY(bars, { x1: "from", x2: "to", y: "share", fill: COLOUR.blue, inset: 0.5 }),
      Plot.ruleY([0], { stroke: "currentColor" }),
      Plot.ruleX([0], { stroke: "currentColor", strokeOpacity: 0.5 }),
      Plot.ruleX([-qMax, qMax], { stroke: COLOUR.orange, strokeWidth: 2, strokeDasharray: "6 4" }),
      Plot.text([-qMax, qMax], {
        x: (q: number) => q,
        frameAnchor: "top",
        dy: -8,
        text: (q: number) => q < 0 ? "−cap" : "+cap",
        fill: "currentColor",
      }),
    ],
  };
  return createFigure(title, caption, [panel]);
}
