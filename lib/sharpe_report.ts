import { bootstrapInterval } from "./bootstrap.ts";
import { minTrackRecordLength, probabilisticSharpe, shape, sharpe, sharpeStandardError } from "./sharpe.ts";

/** A Sharpe ratio with what is needed to believe it or not. */
export interface SharpeReport {
  /** Periods of the equity curve. */
  readonly periods: number;
  readonly perPeriod: number;
  readonly annualised: number;
  /** Of the annualised figure, were the periods independent and normal (Lo 2002). */
  readonly standardError: number;
  /** 95 % interval of the annualised figure, by the stationary block bootstrap. */
  readonly interval: readonly [low: number, high: number] | undefined;
  /** Probability that the true ratio is above zero, with the skewness and kurtosis of the sample. */
  readonly probability: number;
  /** Periods after which a true ratio of this size is told from zero at 95 %; undefined for one below zero. */
  readonly minPeriods: number | undefined;
  readonly skew: number;
  readonly kurtosis: number;
}

/**
 * Sharpe ratio of the changes of an equity curve, never without its errors.
 *
 * @param periodSeconds spacing of the curve; annualised with years of 365 days
 * @param seed of the bootstrap
 * @returns undefined for fewer than three changes, or where equity never changed
 */
export function sharpeReport(changes: readonly number[], periodSeconds: number, seed = 1): SharpeReport | undefined {
  const perPeriod = sharpe(changes);
  const moments = shape(changes);
  if (changes.length < 3 || perPeriod === undefined || moments === undefined) return undefined;
  const periods = changes.length;
  const root = Math.sqrt(365 * 86_400 / periodSeconds);
  const interval = bootstrapInterval(changes, sharpe, { seed, draws: 500 });
  return {
    periods,
    perPeriod,
    annualised: perPeriod * root,
    standardError: sharpeStandardError(perPeriod, periods) * root,
    interval: interval && [interval[0] * root, interval[1] * root],
    probability: probabilisticSharpe({ sharpe: perPeriod, n: periods, ...moments }),
    minPeriods: minTrackRecordLength({ sharpe: perPeriod, ...moments }),
    ...moments,
  };
}
