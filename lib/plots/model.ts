import * as Plot from "@observablehq/plot";
import { COLOUR, createFigure, type Figure, figures, valueAxis } from "./figure.ts";
import { makeQuotes } from "../quotes.ts";

/** One set of values of the formula. Units as in {@linkcode makeQuotes}. */
export interface ModelPoint {
  readonly k: number;
  readonly tau: number;
  readonly kappa: number;
  /** Cap of the inventory, base. */
  readonly qMax: number;
  readonly base: string;
  readonly quote: string;
}

/** The pricing rule as a picture: how far bid and ask lie from the mid at each inventory. */
export function modelPlot({ k, tau, kappa, qMax, base, quote }: ModelPoint): Figure {
  const line = [-qMax, 0, qMax].map((q) => {
    const [bid, ask] = makeQuotes(0, k, tau, kappa, q);
    return { q, bid, ask };
  });
  const lean = kappa * qMax;
  const title = `The quotes stand ${figures(k * tau)} ${quote} off the mid, and lean by up to ${
    figures(lean)
  } against the inventory`;
  const caption =
    "Half-spread k·τ pays for informed takers, the lean ψ = κQ for the risk of what is held. Long (right), both quotes are lower: " +
    "more likely to sell, less likely to buy.";
  const side = (key: "bid" | "ask", colour: string, dash: string | undefined) => [
    Plot.lineY(line, { x: "q", y: key, stroke: colour, strokeWidth: 2, strokeDasharray: dash }),
    Plot.text(line.slice(-1), {
      x: "q",
      y: key,
      text: () => key,
      dx: 8,
      textAnchor: "start",
      fill: colour,
      fontWeight: 600,
    }),
  ];
  return createFigure(title, caption, [{
    height: 220,
    marginRight: 50,
    x: { label: `inventory (${base})`, labelAnchor: "center", labelArrow: "none" },
    y: valueAxis(`distance from the mid (${quote})`),
    marks: [
      Plot.ruleY([0], { stroke: "currentColor", strokeOpacity: 0.6 }),
      Plot.ruleX([0], { stroke: "currentColor", strokeOpacity: 0.3 }),
      ...side("ask", COLOUR.orange, "7 3"),
      ...side("bid", COLOUR.blue, undefined),
    ],
  }]);
}
