/** A ratio of two sums over observations, and how sure it is. */
export interface ClusteredRatio {
  /** Sum of what stands above. */
  readonly above: number;
  /** undefined where the sum below is not positive */
  readonly ratio: number | undefined;
  /** Of the ratio; undefined for fewer than two blocks. */
  readonly standardError: number | undefined;
}

/**
 * Σ above / Σ below. The error is that of a ratio of sums, linearised, with its residuals summed within blocks of time: observations of
 * one block may resemble each other as much as they like. Give whole numbers where there are: the error is 0 exactly where all blocks have
 * the same ratio.
 */
export function clusteredRatio<T>(
  observations: readonly T[],
  { above, below, ts, blockUs }: {
    readonly above: (observation: T) => number;
    readonly below: (observation: T) => number;
    /** microseconds */
    readonly ts: (observation: T) => number;
    readonly blockUs: number;
  },
): ClusteredRatio {
  const total = (value: (observation: T) => number) => observations.reduce((sum, o) => sum + value(o), 0);
  const [sumAbove, sumBelow] = [total(above), total(below)];
  if (!(sumBelow > 0)) return { above: sumAbove, ratio: undefined, standardError: undefined };
  const ratio = sumAbove / sumBelow;
  const blocks = new Map<number, [above: number, below: number]>();
  for (const o of observations) {
    const block = Math.floor(ts(o) / blockUs);
    const [a, b] = blocks.get(block) ?? [0, 0];
    blocks.set(block, [a + above(o), b + below(o)]);
  }
  // Products of whole numbers that are equal are equal in doubles too: blocks that do not differ have no residual.
  const residuals = Array.from(blocks.values(), ([a, b]) => (a * sumBelow - sumAbove * b) / sumBelow);
  const square = residuals.reduce((sum, residual) => sum + residual * residual, 0);
  const { size } = blocks;
  const standardError = size > 1 ? Math.sqrt(square * size / (size - 1)) / sumBelow : undefined;
  return { above: sumAbove, ratio, standardError };
}
