/**
 * Standard error of a mean of correlated values (Newey and West 1987): the autocovariances up to `lags`, with Bartlett's weights,
 * so that the variance is never negative.
 *
 * @param lags 4·(n/100)^(2/9), rounded down, when absent
 * @returns undefined for fewer than two values
 * @throws {RangeError} for a negative number of lags
 */
export function neweyWestError(values: ArrayLike<number>, lags?: number): number | undefined {
  const n = values.length;
  const most = lags ?? Math.floor(4 * (n / 100) ** (2 / 9));
  if (!(most >= 0)) throw new RangeError(`neweyWestError: lags = ${lags}, must be >= 0`);
  if (n < 2) return undefined;
  let mean = 0;
  for (let i = 0; i < n; i++) mean += values[i]! / n;
  let variance = 0;
  for (let lag = 0; lag <= Math.min(most, n - 1); lag++) {
    let sum = 0;
    for (let i = lag; i < n; i++) sum += (values[i]! - mean) * (values[i - lag]! - mean);
    variance += (lag === 0 ? 1 : 2 * (1 - lag / (most + 1))) * sum;
  }
  return Math.sqrt(Math.max(0, variance)) / n;
}
