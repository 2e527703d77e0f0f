/**
 * Which points of a long series to draw: of each bucket of neighbours the first, the lowest, the highest and the last, so that
 * no spike is lost and no line starts or ends elsewhere. A hole (undefined) stays a hole.
 *
 * @param limit most points to keep, at least 5
 * @returns indices in rising order; all of them where they are few enough
 * @throws {RangeError} for a limit below 5
 */
export function downsample(values: readonly (number | undefined)[], limit: number): number[] {
  if (!(limit >= 5)) throw new RangeError(`downsample: limit = ${limit}, must be >= 5`);
  const { length } = values;
  if (length <= limit) return Array.from({ length }, (_, i) => i);
  const buckets = Math.floor(limit / 5);
  const kept: number[] = [];
  for (let b = 0; b < buckets; b++) {
    const [from, to] = [Math.floor(b * length / buckets), Math.floor((b + 1) * length / buckets)];
    let low: number | undefined, high: number | undefined, hole: number | undefined;
    for (let i = from; i < to; i++) {
      const value = values[i];
      if (value === undefined) {
        hole ??= i;
        continue;
      }
      if (low === undefined || value < values[low]!) low = i;
      if (high === undefined || value > values[high]!) high = i;
    }
    const chosen = [from, low, high, hole, to - 1].filter((i) => i !== undefined);
    kept.push(...new Set(chosen.sort((x, y) => x - y)));
  }
  return kept;
}
