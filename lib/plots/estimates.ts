/**
 * What the quotes were made from, over time: volatility and toxicity.
 *
 * @module
 */

import { COLOUR, createFigure, emptyFigure, type Figure, figures } from "./figure.ts";
import { linesPanel } from "./lines.ts";
import { annualise } from "../realised_volatility.ts";
import type { Quote } from "../types.ts";

/** Volatility of the mid, as the quotes used it. */
export function sigmaPlot(quotes: readonly Quote[]): Figure {
  const known = quotes.flatMap(({ sigma }) => sigma === undefined ? [] : [sigma]);
  if (known.length === 0) return emptyFigure("Volatility σ over time", "σ was never known");
  const [low, high] = [known.reduce((a, b) => Math.min(a, b)), known.reduce((a, b) => Math.max(a, b))];
  const title = `Volatility moved by a factor of ${figures(high / low, 2)}, between ${
    figures(100 * annualise(low), 2)
  } % and ${figures(100 * annualise(high), 2)} % a year`;
  const caption =
    "EWMA of squared returns of the mid, in basis points of the price per √second. The inventory slope κ grows with its square: " +
    "where the line doubles, the same position leans the quotes four times as far.";
  const line = {
    name: "σ",
    colour: COLOUR.blue,
    ts: quotes.map(({ localTs }) => localTs),
    values: quotes.map(({ sigma }) => sigma === undefined ? undefined : 1e4 * sigma),
    steps: true,
  };
  return createFigure(title, caption, [linesPanel([line], { label: "σ (bp/√s)", height: 200, y: { zero: true } })]);
}

/** Toxicity of the flow, beside what random flow would show. */
export function tauPlot(quotes: readonly Quote[]): Figure {
  const both = quotes.filter(({ tau, tauFloor }) => tau !== undefined && tauFloor !== undefined);
  const known = quotes.filter(({ tau }) => tau !== undefined);
  if (known.length === 0) return emptyFigure("Toxicity τ over time", "τ was never known");
  const above = both.filter(({ tau, tauFloor }) => tau! > tauFloor!).length;
  const title = both.length === 0
    ? "Toxicity τ (VPIN) over time"
    : `Toxicity τ above what random flow shows in ${figures(100 * above / both.length, 2)} % of the decisions`;
  const caption =
    "τ is VPIN: the mean |bought − sold| share of equal-volume buckets. The same orders with random sides would show the dashed " +
    "floor, not zero, so only what lies above it says something about informed traders.";
  const ts = quotes.map(({ localTs }) => localTs);
  const lines = [
    { name: "τ", colour: COLOUR.blue, ts, values: quotes.map(({ tau }) => tau), steps: true },
    {
      name: "random flow",
      colour: COLOUR.orange,
      dash: "6 4",
      ts,
      values: quotes.map(({ tauFloor }) => tauFloor),
      steps: true,
    },
  ];
  return createFigure(title, caption, [
    linesPanel(lines, { label: "τ (share of volume)", height: 220, y: { domain: [0, 1] } }),
  ]);
}
