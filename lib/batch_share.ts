import type { LedgerPath } from "./ledger.ts";

/** A share of the time, and how sure it is. */
export interface BatchShare {
  readonly share: number;
  readonly standardError: number;
}

/**
 * Share of the time in which the position has a property. Its error is that of the mean of equal stretches of time (20, or one an hour
 * where that is more): right as long as a position does not last longer than a stretch. It is never below what so many
 * stretches can tell at all: that of Laplace's rule of succession, where each of them said the same.
 *
 * @returns undefined where no time passed
 */
export function batchShare(
  path: Pick<LedgerPath, "positions" | "startTs" | "endTs">,
  has: (position: number) => boolean,
): BatchShare | undefined {
  const { startTs, endTs, positions: { ts, position } } = path;
  if (startTs === undefined || endTs === undefined || endTs <= startTs) return undefined;
  const batches = Math.max(20, Math.floor((endTs - startTs) / 3600e6));
  const width = (endTs - startTs) / batches;
  const shares = new Array<number>(batches).fill(0);
  // Whole microseconds, so that all of the time is 1 and nothing of it 0.
  let inside = 0;
  /** Adds a stretch of time to the batches that it runs through. */
  function add(from: number, to: number) {
    inside += Math.max(0, to - from);
    for (let i = Math.max(0, Math.floor((from - startTs!) / width)); i < batches; i++) {
      const low = Math.max(from, startTs! + i * width), high = Math.min(to, startTs! + (i + 1) * width);
      if (low >= to) break;
      if (high > low) shares[i]! += (high - low) / width;
    }
  }
  if (has(0)) add(startTs, Math.min(endTs, ts[0] ?? endTs));
  for (let i = 0; i < ts.length; i++) if (has(position[i]!)) add(ts[i]!, Math.min(endTs, ts[i + 1] ?? endTs));
  const share = inside / (endTs - startTs);
  const square = shares.reduce((sum, s) => sum + (s - share) ** 2, 0);
  const least = Math.sqrt((batches + 1) / (batches + 3)) / (batches + 2);
  return { share, standardError: Math.max(least, Math.sqrt(square / (batches - 1) / batches)) };
}
