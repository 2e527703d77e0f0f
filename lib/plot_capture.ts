import * as Plot from "@observablehq/plot";
import type { CaptureReport } from "./capture.ts";
import { COLOUR, createFigure, emptyFigure, type Figure, figures, valueAxis } from "./figure.ts";

/** What was left of the captured spread some time after the fill: how fast the market moved against it. */
export function capturePlot({ atFill, realised }: CaptureReport): Figure {
  const all = [{ horizonSeconds: 0, capture: atFill }, ...realised];
  const points = all.flatMap(({ horizonSeconds, capture }) => {
    if (capture?.fraction === undefined) return [];
    const error = 1.96 * (capture.standardError ?? 0);
    const share = 100 * capture.fraction;
    return [{ at: label(horizonSeconds), share, low: share - 100 * error, high: share + 100 * error }];
  });
  if (points.length === 0) return emptyFigure("Spread kept after the fill", "there were no fills");
  const [first, last] = [points[0]!, points.at(-1)!];
  const title = points.length < 2
    ? `${figures(first.share)} % of the spread captured at the fill`
    : `Of the spread, ${figures(first.share)} % captured at the fill; after ${last.at} ${figures(last.share)} % of it`;
  const caption =
    "Σ quantity × (mid later − price), in % of the market's spread at the fill, with 95 % intervals. The fall from left to right is " +
    "adverse selection: takers traded because they knew, or were faster.";
  return createFigure(title, caption, [{
    height: 230,
    x: {
      type: "point",
      domain: points.map((p) => p.at),
      label: "time after the fill",
      labelAnchor: "center",
      labelArrow: "none",
    },
    y: valueAxis("capture (% of the spread)"),
    marks: [
      Plot.ruleY([0], { stroke: "currentColor", strokeOpacity: 0.6 }),
      Plot.ruleX(points, { x: "at", y1: "low", y2: "high", stroke: COLOUR.blue, strokeWidth: 2 }),
      Plot.line(points, { x: "at", y: "share", stroke: COLOUR.blue, strokeDasharray: "4 3" }),
      Plot.dot(points, { x: "at", y: "share", fill: COLOUR.blue, r: 4 }),
      Plot.text(points, {
        x: "at",
        y: "share",
        text: (p: { share: number }) => `${figures(p.share, 2)} %`,
        dx: 8,
        textAnchor: "start",
      }),
    ],
  }]);
}

function label(seconds: number): string {
  return seconds === 0 ? "at the fill" : `${figures(seconds)} s`;
}
