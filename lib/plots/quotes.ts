/**
 * Prices over time: the market's, our quotes around it, and our fills.
 *
 * @module
 */

import * as Plot from "@observablehq/plot";
import { downsample } from "./downsample.ts";
import { at, COLOUR, createFigure, emptyFigure, type Figure, figures, MAX_POINTS } from "./figure.ts";
import { linesPanel } from "./lines.ts";
import type { Fill, Quote, Side } from "../types.ts";

const SECOND = 1e6;

/** Triangles: up bought, down sold. Shape carries the side, colour repeats it. */
function marksOf(points: readonly { ts: number; price: number; side: Side }[], radius: number): Plot.Markish[] {
  return (["buy", "sell"] as const).map((side) =>
    Plot.dot(points.filter((point) => point.side === side), {
      x: ({ ts }) => at(ts),
      y: "price",
      r: radius,
      symbol: "triangle",
      rotate: side === "buy" ? 0 : 180,
      fill: side === "buy" ? COLOUR.blue : COLOUR.orange,
      stroke: "currentColor",
      strokeWidth: radius > 3 ? 0.5 : 0.2,
    })
  );
}

/** The span of market time, at most `seconds` long, with most fills; undefined without fills. */
export function busiestSpan(fills: readonly Fill[], seconds: number): readonly [from: number, to: number] | undefined {
  let best: readonly [number, number] | undefined;
  let most = 0;
  let first = 0;
  fills.forEach((fill, last) => {
    while (fill.localTs - fills[first]!.localTs > seconds * SECOND) first++;
    if (last - first + 1 <= most) return;
    most = last - first + 1;
    best = [fills[first]!.localTs, fill.localTs];
  });
  if (best === undefined) return undefined;
  const margin = (seconds * SECOND - (best[1] - best[0])) / 2;
  return [Math.round(best[0] - margin), Math.round(best[1] + margin)];
}

/** Quotes around the mid, with the fills they got. With `span` (microseconds) only that stretch, else the whole session. */
export function quotesPlot(
  quotes: readonly Quote[],
  fills: readonly Fill[],
  { quote, span }: { readonly quote: string; readonly span?: readonly [from: number, to: number] },
): Figure {
  const inside = ({ localTs }: { readonly localTs: number }) => !span || (localTs >= span[0] && localTs <= span[1]);
  const shown = quotes.filter((decision) => inside(decision) && decision.mid !== undefined);
  const done = fills.filter(inside);
  if (shown.length === 0) return emptyFigure("Quotes around the mid", "no quote was sent");
  const bought = done.filter(({ side }) => side === "buy").length;
  const title = span
    ? `The busiest ${Math.round((span[1] - span[0]) / SECOND)} seconds: ${bought} bought ▲, ${
      done.length - bought
    } sold ▼`
    : `The whole session: ${bought} fills bought ▲, ${done.length - bought} sold ▼ around the mid`;
  const caption = span
    ? "Bid and ask as sent, in steps; the mid between the best prices of the market. A fill lies on the line of the quote that got it; what " +
      "the mid does right after it is its adverse selection."
    : "At this scale the quotes hug the mid: what matters is whether purchases come before falls and sales before rises.";
  const ts = shown.map(({ localTs }) => localTs);
  const lines = [
    { name: "mid", colour: COLOUR.ink, width: 1.2, ts, values: shown.map(({ mid }) => mid), steps: true },
    ...(span
      ? [
        { name: "our ask", colour: COLOUR.orange, dash: "6 2", ts, values: shown.map(({ ask }) => ask), steps: true },
        { name: "our bid", colour: COLOUR.blue, dash: "2 2", ts, values: shown.map(({ bid }) => bid), steps: true },
      ]
      : []),
  ];
  const points = done.map(({ localTs, price, side }) => ({ ts: localTs, price, side }));
  return createFigure(title, caption, [
    linesPanel(lines, { label: `price (${quote})`, height: 320, above: marksOf(points, span ? 5 : 3) }),
  ]);
}

/** Prints and the mid they tell, before the session: where its estimators come from. */
export function pricePlot(
  trades: readonly { readonly exchTs: number; readonly price: number; readonly side: Side }[],
  { quote }: { readonly quote: string },
): Figure {
  if (trades.length === 0) return emptyFigure("Prices before the session", "no trades were fetched");
  let buy: number | undefined, sell: number | undefined;
  const mids = trades.map(({ side, price }) => {
    if (side === "buy") buy = price;
    else sell = price;
    return buy === undefined || sell === undefined ? undefined : (buy + sell) / 2;
  });
  const ts = trades.map(({ exchTs }) => exchTs);
  const seconds = (ts.at(-1)! - ts[0]!) / SECOND;
  const [first, last] = [trades[0]!.price, trades.at(-1)!.price];
  const title = `The ${figures(seconds)} seconds before the session: ${trades.length} trades, price ${
    last >= first ? "+" : ""
  }${figures(last - first)} ${quote}`;
  const caption =
    "Triangles are prints, up for a buying aggressor and down for a selling one; the line is the mid they tell, halfway between " +
    "the last of each.";
  const kept = downsample(trades.map(({ price }) => price), Math.min(MAX_POINTS, 1200));
  const points = kept.map((i) => ({ ts: ts[i]!, price: trades[i]!.price, side: trades[i]!.side }));
  const line = { name: "mid", colour: COLOUR.ink, ts, values: mids, steps: true };
  return createFigure(title, caption, [linesPanel([line], { label: `price (${quote})`, below: marksOf(points, 2) })]);
}
