import { mean, sampleStandardDeviation, sumNthPowerDeviations } from "simple-statistics";
import { normalCdf, normalQuantile } from "./normal.ts";

/** Minutes in a year of 365 days: what annualises a Sharpe ratio of one-minute changes. */
export const MINUTES_PER_YEAR = 365 * 1440;

/**
 * Sharpe ratio: mean over sample standard deviation (n − 1), × sqrt(periodsPerYear).
 * Changes of equity in money serve as well as returns: the ratio has no unit.
 *
 * @param periodsPerYear 1 when absent: the figure per period
 * @returns undefined for fewer than two values, or where all are equal
 * @throws {RangeError} for a value that is not finite
 */
export function sharpe(returns: readonly number[], periodsPerYear = 1): number | undefined {
  returns.forEach((r, i) => {
    if (!Number.isFinite(r)) throw new RangeError(`sharpe: returns[${i}] = ${r}, must be finite`);
  });
  if (returns.length < 2 || flat(returns)) return undefined;
  return mean(returns as number[]) / sampleStandardDeviation(returns as number[]) * Math.sqrt(periodsPerYear);
}

/** Equal up to rounding, which is no variation: the deviation alone would not tell. */
function flat(values: readonly number[]): boolean {
  let low = Infinity, high = -Infinity;
  for (const value of values) {
    if (value < low) low = value;
    if (value > high) high = value;
  }
  return high - low <= 1e-14 * Math.max(Math.abs(low), Math.abs(high));
}

/**
 * Standard error of a per-period Sharpe ratio of independent normal returns: sqrt((1 + SR²/2)/T) (Lo 2002).
 * Multiply by sqrt(periodsPerYear) for the annualised figure.
 */
export function sharpeStandardError(perPeriod: number, periods: number): number {
  if (!(periods >= 1)) throw new RangeError(`sharpeStandardError: periods = ${periods}, must be >= 1`);
  return Math.sqrt((1 + perPeriod * perPeriod / 2) / periods);
}

/** Shape of a sample: skewness (normal 0) and raw kurtosis (normal 3), moments without small-sample correction. */
export function shape(values: readonly number[]): { skew: number; kurtosis: number } | undefined {
  if (values.length < 2 || flat(values)) return undefined;
  const moment = (n: number) => sumNthPowerDeviations(values as number[], n) / values.length;
  const variance = moment(2);
  return { skew: moment(3) / variance ** 1.5, kurtosis: moment(4) / (variance * variance) };
}

/** A per-period Sharpe ratio and the sample that it comes from. */
export interface SharpeEvidence {
  /** Per period, not annualised. */
  readonly sharpe: number;
  /** Number of periods. */
  readonly n: number;
  /** Of the returns; 0 when absent. */
  readonly skew?: number;
  /** Of the returns, raw; 3 (normal) when absent. */
  readonly kurtosis?: number;
}

/**
 * Probability that the true Sharpe ratio is above a benchmark (Bailey and López de Prado 2012):
 * Φ((SR − SR*)·sqrt(n − 1)/sqrt(1 − skew·SR + (kurtosis − 1)/4·SR²)).
 *
 * @param o with the benchmark per period, 0 when absent
 * @throws {RangeError} for n < 2 or moments that no distribution has
 */
export function probabilisticSharpe(o: SharpeEvidence & { readonly benchmark?: number }): number {
  const { sharpe, n, skew = 0, kurtosis = 3, benchmark = 0 } = o;
  if (!(n >= 2)) throw new RangeError(`probabilisticSharpe: n = ${n}, must be >= 2`);
  const variance = 1 - skew * sharpe + (kurtosis - 1) / 4 * sharpe * sharpe;
  // Zero for a sample of two values at one particular ratio, and then certain; below it no distribution has such
  // moments.
  if (!(variance > -1e-12)) {
    throw new RangeError(
      `probabilisticSharpe: skew ${skew} and kurtosis ${kurtosis} at ${sharpe} give variance ${variance}, must be >= 0`,
    );
  }
  return normalCdf((sharpe - benchmark) * Math.sqrt((n - 1) / Math.max(variance, 1e-300)));
}

/**
 * Minimum track record length (Bailey and López de Prado 2012): how many periods a sample with this ratio and shape must have before
 * the true ratio is above the benchmark with the given confidence,
 * 1 + (1 − skew·SR + (kurtosis − 1)/4·SR²)·(Φ⁻¹(confidence)/(SR − SR*))².
 *
 * @param o with the benchmark per period, 0 when absent; confidence 0.95 when absent
 * @returns undefined where the ratio is not above the benchmark: no length is enough
 * @throws {RangeError} for a confidence outside [0.5, 1)
 */
export function minTrackRecordLength(
  o: Omit<SharpeEvidence, "n"> & { readonly benchmark?: number; readonly confidence?: number },
): number | undefined {
  const { sharpe, skew = 0, kurtosis = 3, benchmark = 0, confidence = 0.95 } = o;
  if (!(confidence >= 0.5 && confidence < 1)) {
    throw new RangeError(`minTrackRecordLength: confidence = ${confidence}, must be >= 0.5 and < 1`);
  }
  if (!(sharpe > benchmark)) return undefined;
  const variance = Math.max(0, 1 - skew * sharpe + (kurtosis - 1) / 4 * sharpe * sharpe);
  return 1 + variance * (normalQuantile(confidence) / (sharpe - benchmark)) ** 2;
}

const EULER_GAMMA = 0.5772156649015329;

/**
 * The Sharpe ratio that the best of `trials` worthless strategies would show on average, in the unit of
 * sqrt(trialVariance): sqrt(V)·((1 − γ)·Φ⁻¹(1 − 1/N) + γ·Φ⁻¹(1 − 1/(N·e))), γ Euler's constant; 0 for a single trial.
 */
export function expectedBestSharpe({ trials, trialVariance }: { trials: number; trialVariance: number }): number {
  if (!(trials >= 1)) throw new RangeError(`expectedBestSharpe: trials = ${trials}, must be >= 1`);
  if (!(trialVariance >= 0)) throw new RangeError(`expectedBestSharpe: trialVariance = ${trialVariance}, must be >= 0`);
  if (trials === 1) return 0;
  const best = (1 - EULER_GAMMA) * normalQuantile(1 - 1 / trials) +
    EULER_GAMMA * normalQuantile(1 - 1 / (trials * Math.E));
  return Math.sqrt(trialVariance) * best;
}

/**
 * Deflated Sharpe ratio (Bailey and López de Prado 2014): the probabilistic one against {@link expectedBestSharpe},
 * the benchmark that trying many parameters sets.
 *
 * @param o all per period; `trialVariance` is the variance of the Sharpe ratio across the trials
 */
export function deflatedSharpe(
  o: {
    readonly sharpe: number;
    readonly n: number;
    readonly skew: number;
    readonly kurtosis: number;
    readonly trials: number;
    readonly trialVariance: number;
  },
): number {
  return probabilisticSharpe({ ...o, benchmark: expectedBestSharpe(o) });
}

/** Sharpe ratio over each window of `periods` consecutive values, in the place of its last one; undefined before. */
export function rollingSharpe(returns: readonly number[], periods: number, periodsPerYear = 1): (number | undefined)[] {
  return returns.map((_, i) =>
    i + 1 < periods ? undefined : sharpe(returns.slice(i + 1 - periods, i + 1), periodsPerYear)
  );
}
