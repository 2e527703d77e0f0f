import * as Plot from "@observablehq/plot";
import { COLOUR, createFigure, emptyFigure, type Figure, figures, type PanelOptions } from "./figure.ts";

/** What of a run the strip shows. Money in quote currency. */
export interface BracketRun {
  /** Fill model. */
  readonly model: string;
  readonly metrics: { readonly fills: number; readonly pnl: { readonly gross: number; readonly net: number } };
}

/** What the axis calls each model. */
const ROLE: Readonly<Record<string, string>> = {
  through: "through",
  risk_averse: "queue: headline",
  touch: "touch",
};

/** PnL before and after fees by fill model: what is not known about fills is wider than most improvements of a rule. */
export function bracketPlot(runs: readonly BracketRun[], { quote }: { readonly quote: string }): Figure {
  if (runs.length === 0) return emptyFigure("PnL by fill model", "no run");
  const all = runs.map(({ model, metrics: { fills, pnl } }) => ({ model: ROLE[model] ?? model, fills, ...pnl }));
  const gross = all.map((run) => run.gross);
  const title =
    `Gross PnL lies between ${figures(Math.min(...gross))} and ${
      figures(Math.max(...gross))
    } ${quote}, depending on what ` +
    "counts as a fill";
  const caption =
    "The same market and the same quotes under three assumptions. Touch fills whoever is at the traded price, as if always first in " +
    "the queue; through only whom the market traded past; the queue model counts what stood ahead. For one order the truth lies " +
    "between the first and the last; a run's totals need not. More fills are not more money where fills lose.";
  const strip = (key: "gross" | "net", colour: string, symbol: "circle" | "diamond"): PanelOptions => ({
    name: key === "gross" ? "Before fees" : "After fees",
    height: 60 + 26 * all.length,
    marginLeft: 130,
    marginRight: 110,
    x: { label: `PnL (${quote})`, labelAnchor: "center", labelArrow: "none", grid: true, inset: 14 },
    y: { type: "point", label: null, domain: all.map((run) => run.model) } as Plot.ScaleOptions,
    marks: [
      Plot.ruleX([0], { stroke: "currentColor" }),
      Plot.ruleY(all, { y: "model", x1: 0, x2: key, stroke: colour, strokeWidth: 2 }),
      Plot.dot(all, { y: "model", x: key, fill: colour, symbol, r: 5 }),
      Plot.text(all, {
        y: "model",
        frameAnchor: "right",
        dx: 104,
        textAnchor: "end",
        text: (run: (typeof all)[number]) => `${figures(run[key])}, ${run.fills} fills`,
      }),
    ],
  });
  return createFigure(title, caption, [strip("gross", COLOUR.blue, "circle"), strip("net", COLOUR.pink, "diamond")]);
}
