import * as Plot from "@observablehq/plot";
import type { Attribution } from "../attribution.ts";
import { COLOUR, createFigure, emptyFigure, type Figure, figures, valueAxis } from "./figure.ts";

const TITLE = "Where the PnL came from";

/** The parts of the net PnL as a waterfall: each begins where the one before ended. */
export function attributionPlot(parts: Attribution, { quote }: { readonly quote: string }): Figure {
  if (parts.fills === 0) return emptyFigure(TITLE, "there were no fills");
  const steps = [
    ["spread", parts.spread],
    ["latency", parts.latency],
    ["adverse selection", parts.adverseSelection],
    ["inventory", parts.inventory],
    ["fees", parts.fees],
  ] as const;
  let level = 0;
  const bars: { name: string; value: number; from: number; to: number; colour: string }[] = steps.map(
    ([name, value]) => {
      const from = level;
      level += value;
      return { name, value, from, to: level, colour: value >= 0 ? COLOUR.blue : COLOUR.orange };
    },
  );
  bars.push({ name: "net", value: level, from: 0, to: level, colour: COLOUR.green });
  const worst = bars.slice(0, -1).reduce((a, b) => a.value < b.value ? a : b);
  const title = `Net ${figures(parts.net)} ${quote}: quotes were set to earn ${figures(parts.spread)}, ${
    worst.value < 0 ? `most was lost to ${worst.name} (${figures(worst.value)})` : "and nothing was lost"
  }`;
  const caption =
    "Spread: from the mid known when an order could last be changed to its price. Latency: how the mid moved until the fill. Adverse " +
    `selection: how it moved until ${
      figures(parts.horizonSeconds)
    } s after. Inventory: all later moves. The bars add up to the last one exactly.`;
  return createFigure(title, caption, [{
    height: 260,
    x: {
      type: "band",
      domain: bars.map(({ name }) => name),
      label: "part of the PnL (adds up from left to right)",
      labelAnchor: "center",
      labelArrow: "none",
      padding: 0.25,
    },
    y: valueAxis(`PnL (${quote})`),
    marks: [
      Plot.ruleY([0], { stroke: "currentColor", strokeOpacity: 0.6 }),
      Plot.barY(bars, { x: "name", y1: "from", y2: "to", fill: "colour" }),
      Plot.text(bars, {
        x: "name",
        y: (bar: { from: number; to: number }) => Math.max(bar.from, bar.to),
        text: (bar: { value: number }) => figures(bar.value),
        dy: -8,
        fill: "currentColor",
      }),
    ],
  }]);
}
