import * as Plot from "@observablehq/plot";
import { at, COLOUR, createFigure, emptyFigure, type Figure, figures, type PanelOptions } from "./figure.ts";
import { linesPanel } from "./lines.ts";
import { rollingSharpe, sharpeStandardError } from "../sharpe.ts";

const YEAR_SECONDS = 365 * 86_400;

/** Equity on an even grid of market time; microseconds and quote currency. */
export interface EquityCurve {
  readonly ts: ArrayLike<number>;
  readonly equity: ArrayLike<number>;
  readonly fees: ArrayLike<number>;
}

/** One window's ratio and the band that chance alone would give it, annualised. */
interface Window {
  readonly ts: number;
  readonly value: number;
  readonly low: number;
  readonly high: number;
}

/**
 * Sharpe ratio over a rolling window, annualised, before fees and after, in the band that chance alone would give it.
 *
 * @param options.window periods in the window
 * @param options.periodSeconds spacing of the curve's grid
 */
export function sharpePlot(
  { ts, equity, fees }: EquityCurve,
  { window, periodSeconds }: { readonly window: number; readonly periodSeconds: number },
): Figure {
  const name = `Rolling Sharpe ratio over ${figures(window * periodSeconds / 60)} minutes`;
  const root = Math.sqrt(YEAR_SECONDS / periodSeconds);
  const gross = windows(ts, Array.from(equity, (value, i) => value + fees[i]!), window, root);
  const net = windows(ts, Array.from(equity), window, root);
  if (gross.length === 0 || net.length === 0) {
    return emptyFigure(name, `${Math.max(0, equity.length - 1)} changes of equity, or none that differ`);
  }
  const decided = (points: readonly Window[]) =>
    points.length === 0
      ? ""
      : `in ${points.filter(({ low, high }) => low > 0 || high < 0).length} of ${points.length} windows`;
  const title = `${name}: told from zero ${decided(gross)} before fees, ${decided(net)} after`;
  const caption =
    `Band: ±1.96 standard errors (Lo 2002). ${window} periods tell an annualised ratio from zero only beyond about ` +
    `±${
      figures(1.96 * root / Math.sqrt(window))
    }: this shows stability, not skill. After fees the sign can be certain where the size is not, ` +
    "because fees are paid for sure. Neighbouring windows overlap and are no independent evidence.";
  return createFigure(title, caption, [
    windowPanel("Before fees", gross, COLOUR.blue),
    windowPanel("After fees", net, COLOUR.pink),
  ]);
}

function windows(ts: ArrayLike<number>, equity: readonly number[], window: number, root: number): Window[] {
  const changes = equity.slice(1).map((value, i) => value - equity[i]!);
  return rollingSharpe(changes, window).flatMap((value, i) => {
    if (value === undefined) return [];
    const error = 1.96 * sharpeStandardError(value, window);
    return [{ ts: ts[i + 1]!, value: value * root, low: (value - error) * root, high: (value + error) * root }];
  });
}

function windowPanel(name: string, points: readonly Window[], colour: string): PanelOptions {
  const time = { x: ({ ts }: Window) => at(ts) };
  const line = { name, colour, width: 2, ts: points.map(({ ts }) => ts), values: points.map(({ value }) => value) };
  return linesPanel([line], {
    name,
    height: 190,
    label: "Sharpe ratio (annualised)",
    below: [
      Plot.areaY(points, { ...time, y1: "low", y2: "high", fill: colour, fillOpacity: 0.25 }),
      Plot.ruleY([0], { stroke: "currentColor", strokeOpacity: 0.6 }),
    ],
    above: [Plot.dot(points, { ...time, y: "value", r: points.length > 60 ? 0 : 2.5, fill: colour })],
  });
}
