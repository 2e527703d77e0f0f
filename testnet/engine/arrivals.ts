/**
 * When traders come: a Hawkes process, in which each arrival makes further ones more likely for a while.
 *
 * Intensity: base + sum of jump · exp(−decay · age) over the arrivals so far; each causes jump/decay others on average, so the
 * mean rate is base / (1 − jump/decay) (Hawkes 1971). Simulated by thinning (Ogata 1981).
 *
 * @module
 */
import type { Random } from "makerbook/random.ts";

/** Arrival times. */
export interface Arrivals {
  /** The next arrival after the last, seconds from the start. */
  next(): number;
  /** Arrivals a second in the long run. */
  readonly meanRate: number;
}

/** Rates per second. */
export interface ArrivalOptions {
  readonly base: number;
  readonly jump: number;
  readonly decay: number;
}

/** Arrivals a second in the long run. */
export const meanRate = ({ base, jump, decay }: ArrivalOptions) => base / (1 - jump / decay);

/** @throws {RangeError} for rates that are not positive, or where each arrival causes one or more others. */
export function createArrivals(random: Random, { base, jump, decay }: ArrivalOptions): Arrivals {
  if (!(base > 0 && base < Infinity)) throw new RangeError(`arrivals: base = ${base}, must be above 0 (per second)`);
  if (!(jump >= 0 && decay > jump)) throw new RangeError(`arrivals: jump = ${jump}, must be 0 or more and below decay`);
  let now = 0;
  let excited = 0;
  return {
    next() {
      while (true) {
        // The intensity only falls until the next arrival, so its present value bounds it.
        const bound = base + excited;
        const wait = -Math.log(1 - random.uniform()) / bound;
        now += wait;
        excited *= Math.exp(-decay * wait);
        if (random.uniform() * bound > base + excited) continue;
        excited += jump;
        return now;
      }
    },
    meanRate: meanRate({ base, jump, decay }),
  };
}
