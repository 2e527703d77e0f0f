import { weightedCvar } from "./cvar.ts";
import type { LedgerPath } from "./ledger.ts";

/** How much was held, and for how long. Time-weighted, base units. */
export interface Exposure {
  readonly mean: number;
  readonly meanAbsolute: number;
  readonly rootMeanSquare: number;
  readonly largest: number;
  readonly final: number;
  /** Share of the time with |Q| < q_max. */
  readonly shareBelowCap: number;
  /** Mean |Q| over the 5 % of the time in which it was largest. */
  readonly cvar: number;
  /** Shares of the time in equal bins, their centres from −cap to cap. */
  readonly histogram: readonly { readonly position: number; readonly share: number }[];
}

/** Bins to each side of the one around zero. */
const BINS = 10;

/**
 * Exposure over a run: each position counts for as long as it was held, from the first to the last event.
 *
 * @param qMax the cap, base
 * @returns undefined where no time passed
 * @throws {RangeError} for a cap that is not positive
 */
export function exposure(
  path: Pick<LedgerPath, "positions" | "startTs" | "endTs">,
  qMax: number,
): Exposure | undefined {
  if (!(qMax > 0)) throw new RangeError(`exposure: qMax = ${qMax}, must be > 0`);
  const { startTs, endTs } = path;
  if (startTs === undefined || endTs === undefined || endTs <= startTs) return undefined;
  const { ts, position } = path.positions;
  const held = [0, ...position];
  const seconds = held.map((_, i) => ((ts[i] ?? endTs) - (i === 0 ? startTs : ts[i - 1]!)) / 1e6);
  const total = (endTs - startTs) / 1e6;
  const average = (value: (q: number) => number) => held.reduce((sum, q, i) => sum + value(q) * seconds[i]!, 0) / total;
  const absolute = held.map(Math.abs);
  const largest = absolute.reduce((a, b) => Math.max(a, b), 0);
  // A position equal to the cap was made from the same decimal, so that rounding cannot blur the comparison.
  const cap = Math.max(qMax, largest);
  const shares = new Array<number>(2 * BINS + 1).fill(0);
  held.forEach((q, i) => {
    shares[Math.round(q / cap * BINS) + BINS]! += seconds[i]! / total;
  });
  return {
    mean: average((q) => q),
    meanAbsolute: average(Math.abs),
    rootMeanSquare: Math.sqrt(average((q) => q * q)),
    largest,
    final: held[held.length - 1]!,
    shareBelowCap: Math.min(1, average((q) => Math.abs(q) < qMax * (1 - 1e-12) ? 1 : 0)),
    cvar: weightedCvar(absolute, seconds, 0.95)!,
    histogram: shares.map((share, i) => ({ position: (i - BINS) / BINS * cap, share })),
  };
}
