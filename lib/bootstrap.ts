import { createRandom } from "./random.ts";

/** How to resample. */
export interface BootstrapOptions {
  readonly seed: number;
  /** Resamples; 1000 when absent. */
  readonly draws?: number;
  /** Mean length of a block; the cube root of the sample's size when absent. */
  readonly blockLength?: number;
  /** Coverage of the interval; 0.95 when absent. */
  readonly level?: number;
}

/**
 * Interval of a statistic of a dependent series by the stationary bootstrap (Politis and Romano 1994): blocks of
 * geometric length, wrapped around the end, so that neighbours mostly stay neighbours. Percentile interval.
 *
 * @param statistic of a resample; resamples for which it is undefined are left out
 * @returns undefined for fewer than two values, or where more than half of the resamples have no statistic
 * @throws {RangeError} for an option out of range
 */
export function bootstrapInterval(
  values: readonly number[],
  statistic: (sample: readonly number[]) => number | undefined,
  options: BootstrapOptions,
): readonly [low: number, high: number] | undefined {
  const n = values.length;
  const { seed, draws = 1000, blockLength = Math.max(1, Math.cbrt(n)), level = 0.95 } = options;
  if (!(blockLength >= 1)) throw new RangeError(`bootstrap: blockLength = ${blockLength}, must be >= 1`);
  if (!(level > 0 && level < 1)) throw new RangeError(`bootstrap: level = ${level}, must be > 0 and < 1`);
  if (!(draws >= 1)) throw new RangeError(`bootstrap: draws = ${draws}, must be >= 1`);
  if (n < 2) return undefined;
  const random = createRandom(seed);
  const sample = new Array<number>(n);
  const results: number[] = [];
  for (let draw = 0; draw < draws; draw++) {
    let from = 0;
    for (let i = 0; i < n; i++) {
      from = i === 0 || random.uniform() * blockLength < 1 ? random.integer(n) : (from + 1) % n;
      sample[i] = values[from]!;
    }
    const result = statistic(sample);
    if (result !== undefined) results.push(result);
  }
  if (results.length < draws / 2) return undefined;
  results.sort((a, b) => a - b);
  const at = (p: number) => results[Math.min(results.length - 1, Math.floor(p * results.length))]!;
  return [at((1 - level) / 2), at((1 + level) / 2)];
}
