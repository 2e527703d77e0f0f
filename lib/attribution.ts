/**
 * Where PnL came from: spread, latency, adverse selection, inventory, fees. The parts telescope, so their sum is the PnL whatever the
 * fills, the gaps and the end of the run. Pure.
 *
 * @module
 */

import { createSum } from "./compensated_sum.ts";
import { feeInQuote } from "./fee.ts";
import { createHalfTicks } from "./half_ticks.ts";
import type { Opening } from "./inventory.ts";
import type { LedgerPath } from "./ledger.ts";
import type { OrderLatency } from "./order_latency.ts";
import { lastAtOrBefore } from "./times.ts";
import type { Fill } from "./types.ts";

/**
 * Parts of PnL, quote currency. For a fill of q units (negative: sold) at price p, with the mids
 *
 * - d, which we knew at the last moment at which anything we sent could still have changed the order: `reachUs` before the fill;
 * - m, when it was filled (`Fill.mid`);
 * - h, `horizonSeconds` after we learned of it, or the last one where the run ended before;
 * - M, the last one of the run,
 *
 * its PnL is q·(M − p) = q·(d − p) + q·(m − d) + q·(h − m) + q·(M − h). Across a gap a mid is the last one before it.
 */
export interface Attribution {
  /** Σ q·(d − p): what the quotes were meant to earn. */
  readonly spread: number;
  /** Σ q·(m − d): how stale they were by the time they were taken. 0 where nothing takes time. */
  readonly latency: number;
  /** Σ q·(h − m): what takers knew. */
  readonly adverseSelection: number;
  /** Σ q·(M − h) = Σ over time of (position held for longer than the horizon) × (move of the mid). */
  readonly inventory: number;
  /** Minus what was paid; positive for rebates. */
  readonly fees: number;
  /** Cash + position × M − fees: the sum of the parts. */
  readonly net: number;
  readonly horizonSeconds: number;
  readonly fills: number;
  /** Fills whose horizon was not over at the end: their h is M. */
  readonly unripe: number;
  /** `net` without fees minus the four parts, both summed on their own in whole half ticks × lots: 0 unless the books are wrong. */
  readonly error: number;
}

/** What the parts depend on. */
export interface AttributionOptions {
  /** How long a move of the mid counts as the takers' knowledge, seconds. */
  readonly horizonSeconds: number;
  /** Time for what we send to reach the venue, microseconds; or that time by when it gets there. */
  readonly reachUs: number | ((exchTs: number) => number);
  /** What was held at the start: all its moves are `inventory`. */
  readonly opening?: Opening;
}

/** How long what we send takes to reach the venue, microseconds: the faster of placing and cancelling, at a time. */
export function reachOf(latency: Pick<OrderLatency, "entry" | "cancel">): (exchTs: number) => number {
  return (exchTs) => Math.min(latency.entry(exchTs), latency.cancel(exchTs));
}

/**
 * Splits the PnL of a run.
 *
 * @param fills in the order in which they became known
 * @param path of the same run
 * @throws {RangeError} for a horizon or a reach that is negative or not finite
 */
export function attribute(
  fills: readonly Fill[],
  path: Pick<LedgerPath, "mids" | "endTs" | "base" | "quote" | "tickSize" | "lotSize">,
  { horizonSeconds, reachUs, opening = { lots: 0, priceTicks: 0 } }: AttributionOptions,
): Attribution {
  const reach = typeof reachUs === "number" ? () => reachUs : reachUs;
  for (const [name, value] of Object.entries({ horizonSeconds, reachUs: reach(path.endTs ?? 0) })) {
    if (!(value >= 0 && value < Infinity)) throw new RangeError(`attribute: ${name} = ${value}, must be >= 0`);
  }
  const halfTicks = createHalfTicks(path.tickSize, path.lotSize);
  const { ts, mid } = path.mids;
  const midAt = (index: number, fallback: number) => index < 0 ? fallback : halfTicks.of(mid[index]!);
  const lastFill = fills.at(-1);
  const final = midAt(mid.length - 1, lastFill ? halfTicks.of(lastFill.mid) : 2 * opening.priceTicks);
  const end = path.endTs ?? -Infinity;
  const horizonUs = Math.round(horizonSeconds * 1e6);
  let cash = 0 - opening.lots * 2 * opening.priceTicks, position = opening.lots;
  let spread = 0, latency = 0, adverse = 0, inventory = opening.lots * (final - 2 * opening.priceTicks), unripe = 0;
  const paid = createSum();
  for (const fill of fills) {
    const q = fill.side === "buy" ? fill.lots : -fill.lots;
    const p = 2 * fill.priceTicks;
    const m = halfTicks.of(fill.mid);
    // Strictly before: what arrives at the venue together with a market event comes after it.
    const d = midAt(lastAtOrBefore(ts, fill.exchTs - reach(fill.exchTs) - 1), m);
    const isRipe = fill.localTs + horizonUs <= end;
    const h = isRipe ? midAt(lastAtOrBefore(ts, fill.localTs + horizonUs), m) : final;
    if (!isRipe) unripe++;
    cash -= q * p;
    position += q;
    spread += q * (d - p);
    latency += q * (m - d);
    adverse += q * (h - m);
    inventory += q * (final - h);
    paid.add(feeInQuote(fill, path.base, path.quote) ?? 0);
  }
  const gross = cash + position * final;
  if (!Number.isSafeInteger(cash)) throw new RangeError(`attribute: ${cash} half ticks × lots, must stay below 2^53`);
  const { money } = halfTicks;
  return {
    spread: money(spread),
    latency: money(latency),
    adverseSelection: money(adverse),
    inventory: money(inventory),
    fees: 0 - paid.value,
    net: money(gross) - paid.value,
    horizonSeconds,
    fills: fills.length,
    unripe,
    error: money(gross - (spread + latency + adverse + inventory)),
  };
}
