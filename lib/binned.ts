/** One bin of observations that lie next to each other in x. */
export interface Bin {
  readonly count: number;
  /** Mean of x. */
  readonly x: number;
  /** Mean of y, and its standard error with observations clustered in blocks of time. */
  readonly y: number;
  readonly standardError: number;
  /** Quantiles of y: a tenth below, half, a tenth above. */
  readonly low: number;
  readonly median: number;
  readonly high: number;
}

/**
 * Observations in bins of equal count by x: what a scatter of thousands of points shows, if anything.
 *
 * @param options.blockUs length of a block, microseconds
 * @returns fewer bins where there are fewer observations
 */
export function binned(
  observations: readonly { readonly ts: number; readonly x: number; readonly y: number }[],
  { bins, blockUs }: { readonly bins: number; readonly blockUs: number },
): Bin[] {
  const sorted = [...observations].sort((a, b) => a.x - b.x);
  return Array.from({ length: bins }, (_, i) => {
    const own = sorted.slice(Math.floor(i * sorted.length / bins), Math.floor((i + 1) * sorted.length / bins));
    const count = own.length;
    const y = own.reduce((sum, o) => sum + o.y, 0) / count;
    const blocks = new Map<number, number>();
    for (const o of own) {
      const block = Math.floor(o.ts / blockUs);
      blocks.set(block, (blocks.get(block) ?? 0) + o.y - y);
    }
    const square = [...blocks.values()].reduce((sum, total) => sum + total * total, 0);
    const ordered = own.map((o) => o.y).sort((a, b) => a - b);
    const quantile = (share: number) => ordered[Math.floor(share * (count - 1))]!;
    return {
      count,
      x: own.reduce((sum, o) => sum + o.x, 0) / count,
      y,
      standardError: Math.sqrt(square * blocks.size / Math.max(1, blocks.size - 1)) / count,
      low: quantile(0.1),
      median: quantile(0.5),
      high: quantile(0.9),
    };
  }).filter(({ count }) => count > 0);
}
