/**
 * Percentiles of a few measured times.
 *
 * @module
 */

/** Nearest rank: the smallest value that at least this part of all values does not exceed. */
export function quantile(values: readonly number[], part: number): number | undefined {
  const sorted = values.toSorted((a, b) => a - b);
  return sorted[Math.max(0, Math.ceil(part * sorted.length) - 1)];
}

/** `p50 p99 max` in whole units; a dash where nothing was measured. */
export function spread(values: readonly number[]): string[] {
  return [0.5, 0.99, 1].map((part) => quantile(values, part)?.toFixed(0) ?? "–");
}
