import * as Plot from "@observablehq/plot";
import { at, COLOUR, createFigure, emptyFigure, type Figure, figures } from "./figure.ts";
import { linesPanel } from "./plot_lines.ts";
import { rollingSharpe, sharpeStandardError } from "./sharpe.ts";

const YEAR_SECONDS = 365 * 86_400;

/**
 * Sharpe ratio over a rolling window, annualised, in the band that chance alone would give it.
 *
 * @param curve equity on an even grid of market time, microseconds
 * @param options.window periods in the window
 * @param options.periodSeconds spacing of the grid
 */
export function sharpePlot(
  curve: { readonly ts: ArrayLike<number>; readonly equity: ArrayLike<number> },
  { window, periodSeconds }: { readonly window: number; readonly periodSeconds: number },
): Figure {
  const changes = Array.from(
    { length: Math.max(0, curve.equity.length - 1) },
    (_, i) => curve.equity[i + 1]! - curve.equity[i]!,
  );
  const name = `Rolling Sharpe ratio over ${figures(window * periodSeconds / 60)} minutes`;
  const root = Math.sqrt(YEAR_SECONDS / periodSeconds);
  const perPeriod = rollingSharpe(changes, window);
  const points = perPeriod.flatMap((value, i) => {
    if (value === undefined) return [];
    const error = 1.96 * sharpeStandardError(value, window);
    return [{ ts: curve.ts[i + 1]!, value: value * root, low: (value - error) * root, high: (value + error) * root }];
  });
  if (points.length === 0) return emptyFigure(name, `${changes.length} changes of equity, or none that differ`);
  const decided = points.filter(({ low, high }) => low > 0 || high < 0).length;
  const least = 1.96 * root / Math.sqrt(window);
  const title = decided === 0
    ? `${name}: zero lies inside the band all the time`
    : `${name}: distinguishable from zero in ${decided} of ${points.length} windows`;
  const caption =
    `Band: ±1.96 standard errors (Lo 2002). ${window} periods tell an annualised Sharpe ratio from zero only where it is ` +
    `beyond about ±${
      figures(least)
    }, so this figure shows stability, not skill. Neighbouring windows overlap and are no ` +
    "independent evidence.";
  const line = {
    name: "Sharpe",
    colour: COLOUR.blue,
    width: 2,
    ts: points.map(({ ts }) => ts),
    values: points.map(({ value }) => value),
  };
  const band = Plot.areaY(points, {
    x: ({ ts }) => at(ts),
    y1: "low",
    y2: "high",
    fill: COLOUR.blue,
    fillOpacity: 0.18,
  });
  const zero = Plot.ruleY([0], { stroke: "currentColor", strokeOpacity: 0.6 });
  return createFigure(title, caption, [
    linesPanel([line], {
      label: "annualised Sharpe ratio (no unit)",
      below: [band, zero],
      above: [
        Plot.dot(points, { x: ({ ts }) => at(ts), y: "value", r: points.length > 60 ? 0 : 2.5, fill: COLOUR.blue }),
      ],
    }),
  ]);
}
