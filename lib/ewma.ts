/** Exponentially weighted mean of a rate in time, with irregular steps. */
export interface Ewma {
  /** Account for `seconds` of time during which the rate was `rate`. A step of no length changes nothing. */
  add(rate: number, seconds: number): void;
  /** What `value` would be after such a step; nothing is stored. */
  after(rate: number, seconds: number): number | undefined;
  /** The weighted mean of everything added; undefined before the first step of positive length. */
  readonly value: number | undefined;
  /** The share of the total weight that data has so far, 0..1. */
  readonly weight: number;
}

/**
 * Mean of a rate with weights that halve every `halfLifeSeconds` of time: v ← w·v + (1 − w)·x, w =
 * exp(−dt·ln2/halfLife), divided by the sum of the weights given so far. So the start is unbiased: a constant rate is
 * returned exactly from the first step on, and cutting a step in two changes nothing.
 *
 * @throws {RangeError} for a half-life that is not positive and finite.
 */
export function createEwma(options: { readonly halfLifeSeconds: number }): Ewma {
  const { halfLifeSeconds } = options;
  if (!(halfLifeSeconds > 0) || !Number.isFinite(halfLifeSeconds)) {
    throw new RangeError(`createEwma: halfLifeSeconds = ${halfLifeSeconds}, must be > 0 and finite`);
  }
  const decay = Math.LN2 / halfLifeSeconds;
  const mean = { value: 0, weight: 0 };
  return {
    add(rate, seconds) {
      if (!(seconds > 0)) return;
      const fresh = -Math.expm1(-decay * seconds);
      mean.weight += fresh * (1 - mean.weight);
      // A step towards the rate rather than a quotient of sums: a constant stays constant to the last bit.
      mean.value += (fresh / mean.weight) * (rate - mean.value);
    },
    after(rate, seconds) {
      const { value, weight } = mean;
      if (!(seconds > 0)) return weight > 0 ? value : undefined;
      const fresh = -Math.expm1(-decay * seconds);
      return value + (fresh / (weight + fresh * (1 - weight))) * (rate - value);
    },
    get value() {
      return mean.weight > 0 ? mean.value : undefined;
    },
    get weight() {
      return mean.weight;
    },
  };
}
