import * as Plot from "@observablehq/plot";
import type { MarkoutPoint } from "../markout_curve.ts";
import { COLOUR, createFigure, emptyFigure, type Figure, figures, valueAxis } from "./figure.ts";

/** What the mid did after our fills, by horizon on a logarithmic axis, with 95 % intervals. */
export function markoutPlot(
  curve: readonly MarkoutPoint[],
  { base, quote }: { readonly base: string; readonly quote: string },
): Figure {
  const points = curve.flatMap(({ horizonSeconds, perUnit, standardError = 0 }) =>
    perUnit === undefined || horizonSeconds <= 0
      ? []
      : [{ horizonSeconds, perUnit, low: perUnit - 1.96 * standardError, high: perUnit + 1.96 * standardError }]
  );
  const last = points.at(-1);
  if (last === undefined) return emptyFigure("What the market did after our fills", "there were no fills");
  const unit = `${quote} per ${base}`;
  const way = last.perUnit < 0 ? "against us" : "our way";
  const title = `${figures(last.horizonSeconds)} s after a fill the mid had moved ${
    figures(Math.abs(last.perUnit))
  } ${unit} ${way}`;
  const caption = "Mean move of the mid in our favour after a fill, weighted by quantity, with 95 % intervals. " +
    "Below zero, takers knew more or were faster.";
  return createFigure(title, caption, [{
    height: 230,
    x: { type: "log", label: "time after the fill (s)", labelAnchor: "center", labelArrow: "none", tickFormat: "~g" },
    y: valueAxis(`move (${unit})`),
    marks: [
      Plot.ruleY([0], { stroke: "currentColor", strokeOpacity: 0.6 }),
      Plot.ruleX(points, { x: "horizonSeconds", y1: "low", y2: "high", stroke: COLOUR.blue, strokeWidth: 2 }),
      Plot.line(points, { x: "horizonSeconds", y: "perUnit", stroke: COLOUR.blue, strokeDasharray: "4 3" }),
      Plot.dot(points, { x: "horizonSeconds", y: "perUnit", fill: COLOUR.blue, r: 4 }),
    ],
  }]);
}
