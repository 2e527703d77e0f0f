/**
 * The two models that the pricing rule joins, in closed form.
 *
 * @module
 */

/** A binary value, the prior probability of its high one, and the share of traders who know it. */
export interface GlostenMilgromInputs {
  readonly prior: number;
  readonly informed: number;
  readonly low: number;
  readonly high: number;
}

/**
 * Quotes that lose nothing on average (Glosten and Milgrom 1985): the ask is the value expected after a purchase, the
 * bid after a sale. With prior 1/2 the half-spread is informed·(high − low)/2 = k·tau.
 *
 * @throws {RangeError} for a probability outside [0, 1]
 */
export function glostenMilgrom({ prior, informed, low, high }: GlostenMilgromInputs): { bid: number; ask: number } {
  for (const [name, p] of [["prior", prior], ["informed", informed]] as const) {
    if (!(p >= 0 && p <= 1)) throw new RangeError(`glostenMilgrom: ${name} = ${p}, must be between 0 and 1`);
  }
  const expected = (highMeans: number, lowMeans: number) => {
    const up = prior * highMeans, down = (1 - prior) * lowMeans;
    return (up * high + down * low) / (up + down);
  };
  const knows = (1 + informed) / 2, noise = (1 - informed) / 2;
  return { ask: expected(knows, noise), bid: expected(noise, knows) };
}

/** Of a liquidity trader who must sell now, while the buyer comes one period later. */
export interface GrossmanMillerInputs {
  /** Expected value. */
  readonly mu: number;
  /** Risk aversion, the same for all. */
  readonly gamma: number;
  /** Variance of the value over the period. */
  readonly variance: number;
  /** Units sold. */
  readonly i: number;
  /** Dealers. */
  readonly n: number;
}

/** Price today and what each dealer takes (Grossman and Miller 1988): mu − gamma·variance·i/(n + 1), and i/(n + 1). */
export function grossmanMiller({ mu, gamma, variance, i, n }: GrossmanMillerInputs): { price: number; share: number } {
  if (!(n >= 1)) throw new RangeError(`grossmanMiller: n = ${n}, must be >= 1`);
  const share = i / (n + 1);
  return { price: mu - gamma * variance * share, share };
}
