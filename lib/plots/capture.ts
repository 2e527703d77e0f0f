import * as Plot from "@observablehq/plot";
import type { CaptureReport } from "../capture.ts";
import { COLOUR, createFigure, emptyFigure, type Figure, figures, valueAxis } from "./figure.ts";

/** What was left of the captured spread some time after the fill: how fast the market moved against it. */
export function capturePlot(
  { atFill, realised }: CaptureReport,
  { base, quote }: { readonly base: string; readonly quote: string },
): Figure {
  const unit = `${quote} per ${base}`;
  const points = [{ horizonSeconds: 0, capture: atFill }, ...realised].flatMap(({ horizonSeconds, capture }) => {
    if (capture === undefined) return [];
    const { perUnit, fraction, standardError } = capture;
    // The error is stated for the fraction; the unit only rescales it.
    const error = fraction && standardError !== undefined ? 1.96 * Math.abs(standardError * perUnit / fraction) : 0;
    return [{ at: label(horizonSeconds), kept: perUnit, low: perUnit - error, high: perUnit + error }];
  });
  const [first, last] = [points[0], points.at(-1)];
  if (first === undefined || last === undefined) {
    return emptyFigure("What a fill is worth as time passes", "there were no fills");
  }
  const title = `A fill earned ${figures(first.kept)} ${unit} at first, and was worth ${
    figures(last.kept)
  } after ${last.at}`;
  const caption =
    "Mid later minus price for purchases, price minus mid later for sales, averaged over quantity, with 95 % intervals. " +
    "The fall from left to right is adverse selection: takers knew more, or were faster.";
  const shown = points.length > 1 ? title : `A fill earned ${figures(first.kept)} ${unit}`;
  return createFigure(shown, caption, [{
    height: 230,
    x: {
      type: "point",
      domain: points.map((point) => point.at),
      label: "time after the fill (s)",
      labelAnchor: "center",
      labelArrow: "none",
    },
    y: valueAxis(`worth (${unit})`),
    marks: [
      Plot.ruleY([0], { stroke: "currentColor", strokeOpacity: 0.6 }),
      Plot.ruleX(points, { x: "at", y1: "low", y2: "high", stroke: COLOUR.blue, strokeWidth: 2 }),
      Plot.line(points, { x: "at", y: "kept", stroke: COLOUR.blue, strokeDasharray: "4 3" }),
      Plot.dot(points, { x: "at", y: "kept", fill: COLOUR.blue, r: 4 }),
      Plot.text(points, {
        x: "at",
        y: "kept",
        text: (point: { kept: number }) => figures(point.kept, 2),
        dx: 8,
        dy: -8,
        textAnchor: "start",
        fill: "currentColor",
      }),
    ],
  }]);
}

function label(seconds: number): string {
  return seconds === 0 ? "at the fill" : `${figures(seconds)} s`;
}
