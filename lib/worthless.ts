import { createRandom } from "./random.ts";
import { deflatedSharpe, probabilisticSharpe, shape, sharpe } from "./sharpe.ts";

/** How often the best of worthless strategies passes for a good one. */
export interface FalseDiscoveries {
  /** Share of the searches whose winner has a probabilistic Sharpe ratio above 95 %. */
  readonly naive: number;
  /** The same for the deflated one. */
  readonly deflated: number;
}

/**
 * Searches among strategies whose changes of equity are noise without a mean.
 *
 * @param options.trials strategies a search
 * @param options.periods of each
 * @param options.searches how many searches
 */
export function searchWorthless(
  options: { readonly trials: number; readonly periods: number; readonly searches: number; readonly seed: number },
): FalseDiscoveries {
  const { trials, periods, searches, seed } = options;
  const random = createRandom(seed);
  let naive = 0, deflated = 0;
  for (let search = 0; search < searches; search++) {
    const all = Array.from({ length: trials }, () => {
      const returns = Array.from({ length: periods }, () => random.normal());
      return { returns, ratio: sharpe(returns)! };
    });
    const best = all.reduce((a, b) => b.ratio > a.ratio ? b : a);
    const mean = all.reduce((sum, { ratio }) => sum + ratio, 0) / trials;
    const trialVariance = all.reduce((sum, { ratio }) => sum + (ratio - mean) ** 2, 0) / (trials - 1);
    const evidence = { sharpe: best.ratio, n: periods, ...shape(best.returns)! };
    if (probabilisticSharpe(evidence) > 0.95) naive++;
    if (deflatedSharpe({ ...evidence, trials, trialVariance }) > 0.95) deflated++;
  }
  return { naive: naive / searches, deflated: deflated / searches };
}
