import { createEwma } from "./ewma.ts";

/** Options of {@link createGamma}. */
export interface GammaOptions {
  /** gamma when the risk taken is just the budget, 1/quote. */
  readonly reference: number;
  /** Clips, 1/quote. */
  readonly min: number;
  readonly max: number;
  /** Root mean square position whose risk is the budget, base. */
  readonly inventoryBudget: number;
  /** Market seconds in which a change of equity loses half of its weight. */
  readonly halfLifeSeconds: number;
}

/** Risk aversion that follows the risk taken. */
export interface RiskAversion {
  /**
   * Take the equity at a time; to be called on a regular grid of market time.
   * @param ts microseconds
   * @param equity quote
   * @param sigmaPrice price volatility now, quote per base per sqrt(second)
   * @returns gamma after it
   * @throws {RangeError} for a time before the last one, or values that are not finite
   */
  update(ts: number, equity: number, sigmaPrice: number): number;
  /** From now on another reference and other clips. @throws {RangeError} for values out of order; then nothing changes */
  configure(values: Pick<GammaOptions, "reference" | "min" | "max">): void;
  /** 1/quote. The reference, clipped, until two equities of different time and a volatility are known. */
  readonly gamma: number;
  /** EWMA of (change of equity)² per second, quote²/s; undefined before. */
  readonly equityVariance: number | undefined;
  /** sqrt(V)/sigma_p: the position that would explain the variance of equity by mid moves alone, base. */
  readonly effectiveInventory: number | undefined;
}

/**
 * gamma = clip(reference · (V/sigma_p²)/inventoryBudget²), V the variance of equity per second. V/sigma_p² is the
 * mean square position that such equity changes amount to. The division keeps sigma² out of gamma: kappa has it
 * already.
 *
 * @throws {RangeError} for options out of order
 */
export function createGamma(options: GammaOptions): RiskAversion {
  const { inventoryBudget, halfLifeSeconds } = options;
  let { reference, min, max } = options;
  check(options);
  if (!(inventoryBudget > 0)) throw new RangeError(`createGamma: inventoryBudget = ${inventoryBudget}, must be > 0`);
  const clip = (gamma: number) => Math.min(Math.max(gamma, min), max);
  const reached = () =>
    clip(Number.isNaN(at.effective) ? reference : reference * (at.effective / inventoryBudget) ** 2);
  const variance = createEwma({ halfLifeSeconds });
  const at = { gamma: clip(reference), effective: NaN };
  const last = { ts: NaN, equity: NaN };
  return {
    update(ts, equity, sigmaPrice) {
      if (!Number.isFinite(equity) || !(sigmaPrice >= 0)) {
        throw new RangeError(`gamma: equity ${equity}, sigmaPrice ${sigmaPrice} at ${ts}, must be finite and >= 0`);
      }
      if (ts < last.ts) throw new RangeError(`gamma: time ${ts} after ${last.ts}, must not go back`);
      const seconds = (ts - last.ts) / 1e6;
      if (seconds > 0) variance.add((equity - last.equity) ** 2 / seconds, seconds);
      if (ts !== last.ts) {
        last.ts = ts;
        last.equity = equity;
      }
      if (variance.value !== undefined && sigmaPrice > 0) {
        at.effective = Math.sqrt(variance.value) / sigmaPrice;
        at.gamma = reached();
      }
      return at.gamma;
    },
    configure(values) {
      check(values);
      ({ reference, min, max } = values);
      at.gamma = reached();
    },
    get gamma() {
      return at.gamma;
    },
    get equityVariance() {
      return variance.value;
    },
    get effectiveInventory() {
      return Number.isNaN(at.effective) ? undefined : at.effective;
    },
  };
}

function check({ reference, min, max }: Pick<GammaOptions, "reference" | "min" | "max">): void {
  if (!(reference > 0)) throw new RangeError(`createGamma: reference = ${reference}, must be > 0`);
  if (!(min >= 0 && max >= min)) throw new RangeError(`createGamma: min = ${min}, max = ${max}, need 0 <= min <= max`);
}
