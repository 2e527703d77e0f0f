import { parkinson } from "./realised_volatility.ts";
import { createRandom } from "./random.ts";
import type { MidPoint } from "./volatility.ts";

/** Highest and lowest mid in force during each whole bar of `seconds`, from the first multiple of it on. */
export function midBars(mids: readonly MidPoint[], seconds: number): { high: number; low: number }[] {
  if (!(seconds > 0)) throw new RangeError(`midBars: seconds = ${seconds}, must be > 0`);
  const [first, last] = [mids[0], mids.at(-1)];
  if (!first || !last) return [];
  const step = seconds * 1e6;
  const start = Math.ceil(first.ts / step) * step;
  const bars: { high: number; low: number }[] = [];
  let next = 0, mid = first.mid;
  for (let from = start; from + step <= last.ts; from += step) {
    for (; next < mids.length && mids[next]!.ts <= from; next++) mid = mids[next]!.mid;
    // What was in force when the bar began belongs to it.
    let high = mid, low = mid;
    for (; next < mids.length && mids[next]!.ts < from + step; next++) {
      mid = mids[next]!.mid;
      if (mid > high) high = mid;
      if (mid < low) low = mid;
    }
    bars.push({ high, low });
  }
  return bars;
}

/**
 * What Parkinson's estimator makes of a random walk that is seen only `samples` times a bar: its variance over the true one, below 1
 * because the extremes between two looks are missed.
 *
 * @param options.bars simulated
 * @returns the ratio and its standard error
 */
export function parkinsonDiscreteBias(
  samples: number,
  { bars, seed }: { readonly bars: number; readonly seed: number },
): { ratio: number; standardError: number } {
  if (!(Number.isInteger(samples) && samples >= 1)) {
    throw new RangeError(`parkinsonDiscreteBias: samples = ${samples}, must be an integer >= 1`);
  }
  const random = createRandom(seed);
  const step = 1 / Math.sqrt(samples);
  let sum = 0, squares = 0;
  for (let bar = 0; bar < bars; bar++) {
    let x = 0, high = 0, low = 0;
    for (let i = 0; i < samples; i++) {
      x += step * random.normal();
      if (x > high) high = x;
      if (x < low) low = x;
    }
    const variance = parkinson([{ high: Math.exp(high), low: Math.exp(low) }], 1)! ** 2;
    sum += variance;
    squares += variance * variance;
  }
  const ratio = sum / bars;
  return { ratio, standardError: Math.sqrt((squares / bars - ratio * ratio) / bars) };
}
