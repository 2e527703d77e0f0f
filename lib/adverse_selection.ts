/** Options of {@link createK}. */
export interface KOptions {
  /** Weight that each markout keeps when the next one arrives, 0..1; 1 never forgets. */
  readonly lambda: number;
  /** Prior of k, quote per base. */
  readonly k0: number;
  /** P at the start: the larger, the less the prior counts. */
  readonly p0: number;
  /** Floor of `k`, quote per base; 0 when absent. */
  readonly kMin?: number;
}

/** The running scale of adverse selection. */
export interface AdverseSelection {
  /**
   * Take one markout.
   * @param slipSpread the aggressor's gain at the horizon, AS = d·(m(t+h) − m(t)), quote per base
   * @param tau toxicity when the trade happened
   * @returns k after it
   * @throws {RangeError} if either is not finite
   */
  update(slipSpread: number, tau: number): number;
  /** As used for quoting: never below `kMin`. quote per base */
  readonly k: number;
  /** As estimated; negative where toxic flow was followed by reversals. */
  readonly raw: number;
  /** P of the recursion: inverse of the weighted Σtau² plus the prior's share. */
  readonly variance: number;
  /**
   * Of `raw`, were the markouts independent; undefined before three of them. Overlapping markouts make it too small.
   */
  readonly standardError: number | undefined;
  /** Markouts taken. */
  readonly count: number;
}

/** Keeps 1/P from vanishing in an endless stretch of tau = 0; far below any weight that data has. */
const LEAST_INFORMATION = 1e-100;

/**
 * k by recursive least squares of AS on tau through the origin, with forgetting: K = P·tau/(lambda + tau²P), k ← k +
 * K(AS − k·tau), P ← (P − K·tau·P)/lambda. Equal to weighted least squares with the weights lambda^age and the prior
 * (k0, 1/p0), itself forgotten at the same pace. It is carried as A = 1/P (A ← lambda·A + tau², K = tau/A), which
 * neither overflows nor loses digits.
 *
 * @throws {RangeError} for lambda outside (0, 1], p0 <= 0 or k0 not finite
 */
export function createK({ lambda, k0, p0, kMin = 0 }: KOptions): AdverseSelection {
  if (!(lambda > 0 && lambda <= 1)) throw new RangeError(`createK: lambda = ${lambda}, must be > 0 and <= 1`);
  if (!(p0 > 0)) throw new RangeError(`createK: p0 = ${p0}, must be > 0`);
  if (!Number.isFinite(k0)) throw new RangeError(`createK: k0 = ${k0}, must be finite`);
  let raw = k0;
  let information = 1 / p0;
  let count = 0;
  // Weighted sums: of weights, of squared residuals, and of tau² under squared weights (the variance of the estimate).
  let weights = 0, residuals = 0, spread = 0;
  const clamped = () => Math.max(raw, kMin);
  return {
    update(slipSpread, tau) {
      if (!Number.isFinite(slipSpread) || !Number.isFinite(tau)) {
        throw new RangeError(`createK: markout (${slipSpread}, tau ${tau}), must be finite`);
      }
      const kept = lambda * information;
      information = Math.max(kept + tau * tau, LEAST_INFORMATION);
      const error = slipSpread - raw * tau;
      raw += (tau / information) * error;
      residuals = lambda * residuals + error * error * kept / information;
      spread = lambda * lambda * spread + tau * tau;
      weights = lambda * weights + 1;
      count++;
      return clamped();
    },
    get k() {
      return clamped();
    },
    get raw() {
      return raw;
    },
    get variance() {
      return 1 / information;
    },
    get standardError() {
      if (count < 3 || weights <= 1) return undefined;
      return Math.sqrt(residuals / (weights - 1) * spread) / information;
    },
    get count() {
      return count;
    },
  };
}
