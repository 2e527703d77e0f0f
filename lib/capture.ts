import { feeInQuote, type LedgerPath } from "./ledger.ts";
import type { Fill } from "./types.ts";

/**
 * What part of the spread fills kept: Σ qty·side·(m − price) against Σ qty·spread. Half is the most a quote at the
 * touch can get.
 */
export interface Capture {
  /** Fills counted. */
  readonly fills: number;
  /** Σ qty·side·(m − price), quote. */
  readonly earned: number;
  /** The same per unit traded, quote per base. */
  readonly perUnit: number;
  /** The same as a fraction of the spread paid by takers; undefined where there was none. */
  readonly fraction: number | undefined;
  /** Of `fraction`, clustered: fills within one horizon (at least a second) of market time count as one. */
  readonly standardError: number | undefined;
}

/** Spread capture of a run. */
export interface CaptureReport {
  /** With the mid at the fill: what the quotes earned on paper. */
  readonly atFill: Capture | undefined;
  /** At the fill, minus fees. */
  readonly net: Capture | undefined;
  /** With the mid some time after: what is left after the market moved. One for each horizon, seconds. */
  readonly realised: readonly { readonly horizonSeconds: number; readonly capture: Capture | undefined }[];
}

const SECOND = 1e6;

/**
 * Spread capture at the fill, after fees, and realised at each horizon. Fills too near to the end for a horizon are
 * left out of it.
 */
export function captureReport(
  fills: readonly Fill[],
  path: Pick<LedgerPath, "mids" | "endTs" | "base">,
  horizonsSeconds: readonly number[],
): CaptureReport {
  const { ts, mid } = path.mids;
  const end = path.endTs ?? -Infinity;
  return {
    atFill: capture(fills, edge, 0),
    net: capture(fills, (fill) => edge(fill) - feeInQuote(fill, path.base), 0),
    realised: horizonsSeconds.map((horizonSeconds) => {
      const horizon = horizonSeconds * SECOND;
      const ripe = fills.filter((fill) => fill.localTs + horizon <= end);
      const later = (fill: Fill) => mid[lastAtOrBefore(ts, fill.localTs + horizon)] ?? fill.mid;
      return { horizonSeconds, capture: capture(ripe, (fill) => edge({ ...fill, mid: later(fill) }), horizon) };
    }),
  };
}

function edge({ side, mid, price, qty }: Fill): number {
  return (side === "buy" ? mid - price : price - mid) * qty;
}

/** The error is that of a ratio of sums, linearised, with its residuals summed within blocks of market time. */
function capture(fills: readonly Fill[], earnedBy: (fill: Fill) => number, horizonUs: number): Capture | undefined {
  if (fills.length === 0) return undefined;
  const total = (value: (fill: Fill) => number) => fills.reduce((sum, fill) => sum + value(fill), 0);
  const earned = total(earnedBy);
  const spreads = total((fill) => fill.qty * fill.spread);
  const fraction = spreads > 0 ? earned / spreads : undefined;
  let standardError: number | undefined;
  if (fraction !== undefined) {
    const blocks = new Map<number, number>();
    for (const fill of fills) {
      const block = Math.floor(fill.localTs / Math.max(horizonUs, SECOND));
      blocks.set(block, (blocks.get(block) ?? 0) + earnedBy(fill) - fraction * fill.qty * fill.spread);
    }
    const square = [...blocks.values()].reduce((sum, residual) => sum + residual * residual, 0);
    if (blocks.size > 1) standardError = Math.sqrt(square * blocks.size / (blocks.size - 1)) / spreads;
  }
  return { fills: fills.length, earned, perUnit: earned / total((fill) => fill.qty), fraction, standardError };
}

/** Index of the last time at or before `at`; −1 if there is none. */
function lastAtOrBefore(times: Float64Array, at: number): number {
  let low = 0, high = times.length;
  while (low < high) {
    const middle = (low + high) >>> 1;
    if (times[middle]! <= at) low = middle + 1;
    else high = middle;
  }
  return low - 1;
}
