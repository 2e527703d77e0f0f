/**
 * What became of our orders: how long they lived, and how often they filled by their distance from the touch.
 *
 * @module
 */

import * as Plot from "@observablehq/plot";
import type { OrderRecord } from "../types.ts";
import { COLOUR, createFigure, emptyFigure, type Figure, figures, valueAxis } from "./figure.ts";

/** Four bins a decade. */
const BINS_A_DECADE = 4;

/** How long orders stood in the book, those that filled apart from those that were cancelled. */
export function lifetimePlot(orders: readonly OrderRecord[]): Figure {
  const name = "How long our orders lived";
  const lives = orders.flatMap(({ acceptedTs, localTs, end, filledQty }) => {
    if (acceptedTs === undefined || end === "working" || localTs <= acceptedTs) return [];
    return [{ seconds: (localTs - acceptedTs) / 1e6, filled: filledQty > 0 }];
  });
  if (lives.length === 0) return emptyFigure(name, "no order came to an end");
  const middle = (filled: boolean) =>
    median(lives.filter((life) => life.filled === filled).map(({ seconds }) => seconds));
  const [hit, missed] = [middle(true), middle(false)];
  const part = (filled: boolean) => lives.filter((life) => life.filled === filled).length;
  const title = [
    hit === undefined
      ? "No order filled"
      : `Half of the ${figures(part(true))} orders that filled did so within ${secondsText(hit)}`,
    missed === undefined
      ? "none was cancelled"
      : `half of the ${figures(part(false))} cancelled ones lived ${secondsText(missed)}`,
  ].join("; ");
  const caption =
    "From the order's arrival in the book to our knowledge of its end, on a logarithmic axis. Orders that live much shorter " +
    "than a queue takes to clear are moved too often to fill; orders that fill only when young are picked off as the market moves.";
  const bin = (seconds: number) => Math.floor(Math.log10(seconds) * BINS_A_DECADE);
  const edge = (b: number) => 10 ** (b / BINS_A_DECADE);
  const panel = (filled: boolean) => {
    const counts = new Map<number, number>();
    for (const life of lives) {
      if (life.filled === filled) counts.set(bin(life.seconds), (counts.get(bin(life.seconds)) ?? 0) + 1);
    }
    const bars = [...counts].map(([b, count]) => ({ from: edge(b), to: edge(b + 1), count }));
    const bins = lives.map(({ seconds }) => bin(seconds));
    const extent = [bins.reduce((a, b) => Math.min(a, b)), bins.reduce((a, b) => Math.max(a, b)) + 1].map(edge);
    return {
      name: filled ? "Filled, at least in part" : "Cancelled without a fill",
      height: 150,
      x: {
        type: "log",
        domain: extent,
        label: "time in the book (s)",
        labelAnchor: "center",
        labelArrow: "none",
        tickFormat: "~g",
      } as const,
      y: valueAxis("orders (count)"),
      marks: [
        Plot.rectY(bars, {
          x1: "from",
          x2: "to",
          y: "count",
          fill: filled ? COLOUR.blue : COLOUR.orange,
          insetLeft: 1,
        }),
        Plot.ruleY([0], { stroke: "currentColor" }),
      ],
    };
  };
  return createFigure(title, caption, [panel(true), panel(false)]);
}

/** Most bins behind the touch. */
const BINS = 8;

/** Share of orders with at least one fill, by how far from the touch they stood when they arrived, with 95 % intervals (Wilson 1927). */
export function fillProbabilityPlot(
  orders: readonly OrderRecord[],
  { base, quote }: { readonly base: string; readonly quote: string },
): Figure {
  const name = "How often an order fills, by its distance from the touch";
  const known = orders.flatMap(({ touchDistance, end, filledQty }) =>
    touchDistance === undefined || end === "working" ? [] : [{ distance: touchDistance, filled: filledQty > 0 }]
  ).sort((a, b) => a.distance - b.distance);
  if (known.length === 0) return emptyFigure(name, "no order came to an end");
  const groups = [
    { label: "inside", orders: known.filter(({ distance }) => distance < 0) },
    { label: "at it", orders: known.filter(({ distance }) => distance === 0) },
    ...behind(known.filter(({ distance }) => distance > 0)),
  ].filter(({ orders }) => orders.length > 0);
  const points = groups.map(({ label, orders }) => {
    const hits = orders.filter(({ filled }) => filled).length;
    return { label, n: orders.length, share: 100 * hits / orders.length, ...wilson(hits, orders.length) };
  });
  const [best, worst] = [
    points.reduce((a, b) => b.share > a.share ? b : a),
    points.reduce((a, b) => b.share < a.share ? b : a),
  ];
  const title = points.length === 1
    ? `${figures(best.share, 2)} % of the orders filled`
    : `${figures(best.share, 2)} % of the orders filled ${where(best.label, quote)}, ${figures(worst.share, 2)} % ${
      where(worst.label, quote)
    }`;
  const caption =
    "Share of orders with at least one fill, with 95 % intervals and the number of orders. Inside: better than the best price of its side; groups behind the touch hold about equally many. " +
    "The slope is what a wider quote costs in fills: where it is flat, distance is free.";
  return createFigure(title, caption, [{
    height: 250,
    marginBottom: 52,
    x: {
      type: "point",
      domain: points.map(({ label }) => label),
      label: `distance from the touch on arrival (${quote}/${base})`,
      labelAnchor: "center",
      labelArrow: "none",
    },
    y: valueAxis("filled (% of orders)", { zero: true }),
    marks: [
      Plot.ruleY([0], { stroke: "currentColor", strokeOpacity: 0.6 }),
      Plot.ruleX(points, { x: "label", y1: "low", y2: "high", stroke: COLOUR.blue, strokeWidth: 2 }),
      Plot.dot(points, { x: "label", y: "share", fill: COLOUR.blue, r: 4 }),
      Plot.text(points, {
        x: "label",
        y: "high",
        text: ({ n }: { n: number }) => `n = ${figures(n, 3)}`,
        dy: -9,
        fill: "currentColor",
      }),
    ],
  }]);
}

const where = (label: string, quote: string) =>
  label === "inside" ? "inside the touch" : label === "at it" ? "at the touch" : `${label} ${quote} behind it`;

interface Known {
  readonly distance: number;
  readonly filled: boolean;
}

/** Groups of about equal size, none across equal distances. */
function behind(sorted: readonly Known[]): { readonly label: string; readonly orders: readonly Known[] }[] {
  const size = Math.ceil(sorted.length / BINS);
  const groups: Known[][] = [];
  for (const one of sorted) {
    const last = groups.at(-1);
    if (!last || (last.length >= size && last.at(-1)!.distance < one.distance)) groups.push([one]);
    else last.push(one);
  }
  return groups.map((orders) => {
    const [from, to] = [figures(orders[0]!.distance, 2), figures(orders.at(-1)!.distance, 2)];
    return { label: from === to ? from : `${from}–${to}`, orders };
  });
}

/** Per cent. */
function wilson(hits: number, n: number): { low: number; high: number } {
  const z = 1.96;
  const share = hits / n;
  const centre = (share + z * z / (2 * n)) / (1 + z * z / n);
  const half = z / (1 + z * z / n) * Math.sqrt(share * (1 - share) / n + z * z / (4 * n * n));
  return { low: 100 * Math.max(0, centre - half), high: 100 * Math.min(1, centre + half) };
}

function median(values: number[]): number | undefined {
  const sorted = values.sort((a, b) => a - b);
  return sorted[Math.floor(sorted.length / 2)];
}

const secondsText = (seconds: number) => seconds < 1 ? `${figures(1000 * seconds, 2)} ms` : `${figures(seconds, 2)} s`;
