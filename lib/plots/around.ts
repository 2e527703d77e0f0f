/**
 * The market around one moment: the mid, our quotes, and what was filled.
 *
 * @module
 */

import * as Plot from "@observablehq/plot";
import type { LedgerPath } from "../ledger.ts";
import { lastAtOrBefore } from "../times.ts";
import type { Fill, Market, Quote } from "../types.ts";
import { at, COLOUR, createFigure, emptyFigure, type Figure } from "./figure.ts";
import { type Line, linesPanel } from "./lines.ts";

/** What of a run is drawn. */
export interface AroundRun {
  readonly market: Market;
  readonly quotes: readonly Quote[];
  readonly path: { readonly mids: LedgerPath["mids"]; readonly endTs: number | undefined };
}

/** What to show of it. Times in microseconds. */
export interface AroundOptions {
  readonly title: string;
  readonly span: readonly [from: number, to: number];
  /** Named vertical lines. */
  readonly moments: readonly { readonly ts: number; readonly name: string }[];
  /** Those that the picture is about. */
  readonly fills: readonly Fill[];
}

/** Prices in steps from `span[0]` to `span[1]`, or to the end of the run. */
export function aroundPlot({ market, quotes, path }: AroundRun, options: AroundOptions): Figure {
  const { title, span: [from], moments, fills } = options;
  const to = Math.min(options.span[1], path.endTs ?? options.span[1]);
  const mid = window(path.mids.ts, (i) => path.mids.mid[i], from, to);
  if (mid.ts.length === 0) return emptyFigure(title, "no mid is known around it");
  const times = Float64Array.from(quotes, ({ localTs }) => localTs);
  const ours = (side: "bid" | "ask") => window(times, (i) => quotes[i]![side], from, to);
  const lines: Line[] = [
    { name: "mid", colour: COLOUR.ink, width: 1.4, steps: true, ...mid },
    { name: "our ask", colour: COLOUR.orange, dash: "6 2", steps: true, ...ours("ask") },
    { name: "our bid", colour: COLOUR.blue, dash: "2 2", steps: true, ...ours("bid") },
  ];
  const shown = moments.filter(({ ts }) => ts >= from && ts <= to);
  const caption =
    "Mid and our quotes as decided, in steps; triangles are the fills it is about (▲ bought, ▼ sold), each at its price. " +
    "Where the mid goes after a triangle, seen from the triangle's price, is what the fill was worth.";
  return createFigure(title, caption, [
    linesPanel(lines, {
      label: `price (${market.quote}/${market.base})`,
      height: 250,
      below: [
        Plot.ruleX(shown, {
          x: ({ ts }) => at(ts),
          stroke: "currentColor",
          strokeOpacity: 0.5,
          strokeDasharray: "3 3",
        }),
        Plot.text(shown, {
          x: ({ ts }) => at(ts),
          frameAnchor: "top",
          text: "name",
          dy: -12,
          fill: "currentColor",
        }),
      ],
      above: (["buy", "sell"] as const).map((side) =>
        Plot.dot(fills.filter((fill) => fill.side === side), {
          x: ({ exchTs }) => at(exchTs),
          y: "price",
          r: 6,
          symbol: "triangle",
          rotate: side === "buy" ? 0 : 180,
          fill: side === "buy" ? COLOUR.blue : COLOUR.orange,
          stroke: "currentColor",
        })
      ),
    }),
  ]);
}

/** The steps inside a span, begun with what was in force at its start and held to its end. */
function window(ts: Float64Array, value: (i: number) => number | undefined, from: number, to: number) {
  const start = lastAtOrBefore(ts, from);
  const times: number[] = [];
  const values: (number | undefined)[] = [];
  for (let i = Math.max(0, start); i < ts.length && ts[i]! <= to; i++) {
    times.push(Math.max(from, ts[i]!));
    values.push(value(i));
  }
  if (times.length > 0) {
    times.push(to);
    values.push(values.at(-1));
  }
  return { ts: times, values };
}
