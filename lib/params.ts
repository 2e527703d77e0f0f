/**
 * The parameters of the pricing rule: k from markouts, gamma from the risk taken, kappa from gamma.
 *
 * @module
 */
export { type AdverseSelection, createK, type KOptions } from "./adverse_selection.ts";
export { createMarkouts, type MarkoutOptions, type Markouts } from "./markouts.ts";
export { createGamma, type GammaOptions, type RiskAversion } from "./risk_aversion.ts";
export { type Markout, type MarkoutRegression, regressMarkouts } from "./markout_regression.ts";

/** What kappa is made of. */
export interface KappaInputs {
  /** CARA risk aversion, 1/quote. */
  readonly gamma: number;
  /** **Price** volatility, quote per base per sqrt(second): mid × return volatility. */
  readonly sigma: number;
  /** Time an inventory is expected to be carried, seconds. */
  readonly delta: number;
  /** Competing dealers. */
  readonly n: number;
  /**
   * What to divide by: `n` (when absent), `n+1`, or `own` for 1. In Grossman and Miller (1988) the n + 1 shares the
   * imbalance among dealers and is no part of a dealer's price for the position he holds; dividing by n therefore
   * means that each acts with the risk aversion gamma/n.
   */
  readonly denominator?: "n" | "n+1" | "own";
}

/**
 * Slope of the quotes against the inventory: kappa = gamma·sigma²·delta/n, quote per base².
 *
 * @throws {RangeError} for a negative or infinite input
 */
export function kappa({ gamma, sigma, delta, n, denominator = "n" }: KappaInputs): number {
  check("gamma", gamma);
  check("sigma", sigma);
  check("delta", delta);
  if (!(n > 0)) throw new RangeError(`kappa: n = ${n}, must be > 0`);
  const dealers = denominator === "own" ? 1 : denominator === "n+1" ? n + 1 : n;
  return gamma * sigma * sigma * delta / dealers;
}

function check(name: keyof KappaInputs, value: number): void {
  if (!(value >= 0 && value < Infinity)) throw new RangeError(`kappa: ${name} = ${value}, must be >= 0 and finite`);
}
