import { clusteredRatio } from "./clustered_ratio.ts";
import { createHalfTicks } from "./half_ticks.ts";
import type { LedgerPath } from "./ledger.ts";
import { lastAtOrBefore } from "./times.ts";
import type { Fill } from "./types.ts";

/** How far the mid had moved some time after our fills, in their favour; below zero is adverse selection. */
export interface MarkoutPoint {
  readonly horizonSeconds: number;
  /** Fills whose horizon was over by the end. */
  readonly fills: number;
  /** Σ q·side·(m(t + h) − m) / Σ q, quote per base; undefined without fills. */
  readonly perUnit: number | undefined;
  /** Of `perUnit`, fills within one horizon (at least a second) counting as one. */
  readonly standardError: number | undefined;
}

/** Horizons of a curve where none are asked for, seconds. */
export const MARKOUT_HORIZONS: readonly number[] = [0.1, 0.3, 1, 3, 10, 30, 60, 120, 300];

const SECOND = 1e6;

/**
 * Markouts of our fills by horizon, from the mid when a fill happened; time runs from when we learned of it.
 *
 * @throws {RangeError} for a negative horizon
 */
export function markoutCurve(
  fills: readonly Fill[],
  path: Pick<LedgerPath, "mids" | "endTs" | "tickSize">,
  horizonsSeconds: readonly number[] = MARKOUT_HORIZONS,
): MarkoutPoint[] {
  const { ts, mid } = path.mids;
  const end = path.endTs ?? -Infinity;
  const halfTicks = createHalfTicks(path.tickSize, 1);
  const price = (value: number | undefined) => value === undefined ? undefined : halfTicks.price(value);
  return horizonsSeconds.map((horizonSeconds) => {
    if (!(horizonSeconds >= 0)) throw new RangeError(`markoutCurve: horizon = ${horizonSeconds} s, must be >= 0`);
    const horizonUs = Math.round(horizonSeconds * SECOND);
    const ripe = fills.filter((fill) => fill.localTs + horizonUs <= end);
    const { ratio, standardError } = clusteredRatio(ripe, {
      above(fill) {
        const later = mid[lastAtOrBefore(ts, fill.localTs + horizonUs)] ?? fill.mid;
        return fill.lots * (fill.side === "buy" ? 1 : -1) * (halfTicks.of(later) - halfTicks.of(fill.mid));
      },
      below: (fill) => fill.lots,
      ts: (fill) => fill.localTs,
      blockUs: Math.max(horizonUs, SECOND),
    });
    return { horizonSeconds, fills: ripe.length, perUnit: price(ratio), standardError: price(standardError) };
  });
}
