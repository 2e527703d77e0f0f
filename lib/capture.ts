import { clusteredRatio } from "./clustered_ratio.ts";
import { feeInQuote } from "./fee.ts";
import { createHalfTicks } from "./half_ticks.ts";
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
  path: Pick<LedgerPath, "mids" | "endTs" | "base" | "quote" | "tickSize" | "lotSize">,
  horizonsSeconds: readonly number[],
): CaptureReport {
  const { ts, mid } = path.mids;
  const end = path.endTs ?? -Infinity;
  // So that what is the same for all fills has no error.
  const halfTicks = createHalfTicks(path.tickSize, path.lotSize);
  const { money } = halfTicks;
  const edge = ({ side, priceTicks, lots }: Fill, mid: number) =>
    (side === "buy" ? 1 : -1) * (halfTicks.of(mid) - 2 * priceTicks) * lots;
  const fee = (fill: Fill) => (feeInQuote(fill, path.base, path.quote) ?? 0) / money(1);

  function capture(fills: readonly Fill[], above: (fill: Fill) => number, horizonUs: number): Capture | undefined {
    if (fills.length === 0) return undefined;
    const kept = clusteredRatio(fills, {
      above,
      below: ({ lots, spread }) => lots * halfTicks.of(spread),
      ts: (fill) => fill.localTs,
      blockUs: Math.max(horizonUs, SECOND),
    });
    const earned = money(kept.above);
    const traded = fills.reduce((sum, { lots }) => sum + lots, 0) * path.lotSize;
    const { ratio: fraction, standardError } = kept;
    return { fills: fills.length, earned, perUnit: earned / traded, fraction, standardError };
  }

  return {
    atFill: capture(fills, (fill) => edge(fill, fill.mid), 0),
    net: capture(fills, (fill) => edge(fill, fill.mid) - fee(fill), 0),
    realised: horizonsSeconds.map((horizonSeconds) => {
      const horizon = horizonSeconds * SECOND;
      const ripe = fills.filter((fill) => fill.localTs + horizon <= end);
      const later = (fill: Fill) => mid[lastAtOrBefore(ts, fill.localTs + horizon)] ?? fill.mid;
      return { horizonSeconds, capture: capture(ripe, (fill) => edge(fill, later(fill)), horizon) };
    }),
  };
}
