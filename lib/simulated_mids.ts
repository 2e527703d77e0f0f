import { createRandom } from "./random.ts";
import type { MidPoint } from "./volatility.ts";

/** A market whose volatility is known. */
export interface SimulatedMids {
  readonly hours: number;
  /** Time between mids. */
  readonly stepSeconds: number;
  /** Of the efficient price, per sqrt(second). */
  readonly sigma: number;
  /** Deviation of an independent error of each mid, as a log price: a bounce. 0 when absent. */
  readonly noise?: number;
  /** Time in which a mid covers all but 1/e of the way to the efficient price; follows at once when absent. */
  readonly lagSeconds?: number;
  readonly seed: number;
}

/** Mids around a random walk: exact, bouncing, or following late. */
export function simulateMids(market: SimulatedMids): MidPoint[] {
  const { hours, stepSeconds, sigma, noise = 0, lagSeconds = 0, seed } = market;
  const random = createRandom(seed);
  const follow = lagSeconds > 0 ? -Math.expm1(-stepSeconds / lagSeconds) : 1;
  let efficient = Math.log(100), shown = efficient;
  return Array.from({ length: Math.floor(hours * 3600 / stepSeconds) }, (_, i) => {
    efficient += sigma * Math.sqrt(stepSeconds) * random.normal();
    shown += follow * (efficient - shown);
    return { ts: Math.round(i * stepSeconds * 1e6), mid: Math.exp(shown + noise * random.normal()) };
  });
}
