import { clusteredRatio } from "./clustered_ratio.ts";
import { feeInQuote } from "./fee.ts";
import type { LedgerPath } from "./ledger.ts";
import { lastAtOrBefore } from "./times.ts";
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
  path: Pick<LedgerPath, "mids" | "endTs" | "base" | "quote">,
  horizonsSeconds: readonly number[],
): CaptureReport {
  const { ts, mid } = path.mids;
  const end = path.endTs ?? -Infinity;
  return {
    atFill: capture(fills, edge, 0),
    net: capture(fills, (fill) => edge(fill) - (feeInQuote(fill, path.base, path.quote) ?? 0), 0),
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

function capture(fills: readonly Fill[], earnedBy: (fill: Fill) => number, horizonUs: number): Capture | undefined {
  if (fills.length === 0) return undefined;
  const ts = (fill: Fill) => fill.localTs;
  const blockUs = Math.max(horizonUs, SECOND);
  const kept = clusteredRatio(fills, { above: earnedBy, below: (fill) => fill.qty * fill.spread, ts, blockUs });
  const traded = fills.reduce((sum, fill) => sum + fill.qty, 0);
  const { above: earned, ratio: fraction, standardError } = kept;
  return { fills: fills.length, earned, perUnit: earned / traded, fraction, standardError };
}
