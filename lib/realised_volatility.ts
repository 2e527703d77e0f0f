import { createEwmaVolatility, type MidPoint, type VolatilityOptions } from "./volatility.ts";

const MICROS = 1e6;

/** Seconds in a year of 365 days: these markets have no holidays. */
export const YEAR_SECONDS = 365 * 86_400;

/** A volatility per sqrt(second) as one per sqrt(year) of 365 days: × 5615.692. */
export function annualise(sigmaPerSqrtSec: number): number {
  return sigmaPerSqrtSec * Math.sqrt(YEAR_SECONDS);
}

/**
 * Volatility from the ranges of bars (Parkinson 1980): sigma² = mean(ln(high/low)²)/(4 ln 2)/barSeconds.
 * Prices seen only now and then miss the true extremes and bias it low: 60 samples a bar give 0.84 of the variance.
 *
 * @returns sigma per sqrt(second); undefined without bars
 * @throws {RangeError} for low <= 0, high < low, or a bar length that is not positive
 */
export function parkinson(
  bars: readonly { readonly high: number; readonly low: number }[],
  barSeconds: number,
): number | undefined {
  if (!(barSeconds > 0)) throw new RangeError(`parkinson: barSeconds = ${barSeconds}, must be > 0`);
  if (bars.length === 0) return undefined;
  let sum = 0;
  bars.forEach(({ high, low }, i) => {
    if (!(low > 0 && high >= low)) {
      throw new RangeError(`parkinson: bar ${i} has high ${high}, low ${low}; need high >= low > 0`);
    }
    sum += Math.log(high / low) ** 2;
  });
  return Math.sqrt(sum / bars.length / (4 * Math.LN2) / barSeconds);
}

/**
 * Log mids at the multiples of `seconds` from the first mid's time to the last one's, each the last at or before its
 * point.
 */
export function sampleLogMids(mids: readonly MidPoint[], seconds: number): Float64Array {
  if (!(seconds * MICROS >= 1)) {
    throw new RangeError(`sampleLogMids: seconds = ${seconds}, must be at least a microsecond`);
  }
  const first = mids[0], last = mids[mids.length - 1];
  if (first === undefined || last === undefined) return new Float64Array(0);
  const step = Math.round(seconds * MICROS);
  const start = Math.ceil(first.ts / step) * step;
  const samples = new Float64Array(Math.max(0, Math.floor((last.ts - start) / step) + 1));
  let next = 0;
  for (let i = 0; i < samples.length; i++) {
    const point = start + i * step;
    for (let m = mids[next]; m !== undefined && m.ts <= point; m = mids[++next]);
    const mid = mids[next - 1]?.mid ?? NaN;
    if (!(mid > 0)) throw new RangeError(`sampleLogMids: mid = ${mid} at ${point}, must be > 0 (and times ordered)`);
    samples[i] = Math.log(mid);
  }
  return samples;
}

/** Sum of squared steps of `lag`, over all starting points. */
function squaredSteps(x: Float64Array, lag: number): number {
  let sum = 0;
  for (let i = lag; i < x.length; i++) sum += (x[i]! - x[i - lag]!) ** 2;
  return sum;
}

/**
 * Realised volatility: root of the sum of squared returns between points `seconds` apart, over the time they span.
 *
 * @returns per sqrt(second); undefined if the mids span less than one step
 */
export function realisedVolatility(mids: readonly MidPoint[], seconds: number): number | undefined {
  const x = sampleLogMids(mids, seconds);
  return x.length < 2 ? undefined : Math.sqrt(squaredSteps(x, 1) / ((x.length - 1) * seconds));
}

/** The two sampling intervals of the two-scale estimator, in seconds. */
export interface TwoScaleOptions {
  /** Every return of the fast scale: 1 when absent. */
  readonly fastSeconds?: number;
  /** A multiple of the fast one. */
  readonly slowSeconds: number;
}

/**
 * Two-scale realised variance (Zhang, Mykland, Aït-Sahalia 2005): the average over the K offset slow grids,
 * minus the noise measured by the fast grid, with the small-sample correction: ([Y]^avg − n̄/n·[Y]^all)/(1 − n̄/n),
 * n̄ = (n − K + 1)/K. Unbiased where the mid is a random walk plus independent noise. May be negative in short, quiet
 * samples.
 *
 * @returns the integrated variance over the span of the mids; undefined if they span less than two slow steps
 * @throws {RangeError} if the slow interval is not a multiple (2 or more) of the fast one
 */
export function twoScaleVariance(mids: readonly MidPoint[], options: TwoScaleOptions): number | undefined {
  return twoScale(mids, options)?.variance;
}

/** As {@link twoScaleVariance}, per sqrt(second). Undefined also where the variance came out negative. */
export function twoScaleSigma(mids: readonly MidPoint[], options: TwoScaleOptions): number | undefined {
  const result = twoScale(mids, options);
  return result !== undefined && result.variance >= 0 ? Math.sqrt(result.variance / result.seconds) : undefined;
}

function twoScale(mids: readonly MidPoint[], { fastSeconds = 1, slowSeconds }: TwoScaleOptions) {
  const k = Math.round(slowSeconds / fastSeconds);
  if (!(k >= 2) || Math.abs(k * fastSeconds - slowSeconds) > 1e-9 * slowSeconds) {
    throw new RangeError(
      `twoScale: slowSeconds = ${slowSeconds}, must be 2 or more times fastSeconds = ${fastSeconds}`,
    );
  }
  const x = sampleLogMids(mids, fastSeconds);
  const n = x.length - 1;
  if (n < 2 * k) return undefined;
  const share = (n - k + 1) / k / n;
  const variance = (squaredSteps(x, k) / k - share * squaredSteps(x, 1)) / (1 - share);
  return { variance, seconds: n * fastSeconds };
}

/** Volatility of one span of time by several estimators, each per sqrt(second), and ln(estimate/yardstick). */
export interface SigmaCrossCheck {
  /** The yardstick: realised volatility of 5-minute returns. */
  readonly slow: number;
  /** Realised volatility of 1-second returns: what a 1-second EWMA averages. */
  readonly fast: number;
  /** Two-scale estimate of 1-second mids against 5-minute ones: `fast` without the noise of single mids. */
  readonly twoScale: number | undefined;
  /** Root mean square, over time, of the EWMA that quotes are made from. */
  readonly ewma: number;
  readonly lnFast: number;
  readonly lnTwoScale: number | undefined;
  readonly lnEwma: number;
}

/**
 * Do one-second mids tell the same volatility as 5-minute returns over the same day? |ln ratio| below 0.2 is
 * agreement. A bouncing mid makes `fast` larger than `slow`, a mid that follows the market slowly makes it smaller.
 * Variances average over time, volatilities do not: hence the root mean square of the EWMA (the plain mean of a
 * moving sigma is always lower).
 *
 * @returns undefined if the mids span less than an hour, too few 5-minute returns, or never move
 */
export function crossCheckSigma(
  mids: readonly MidPoint[],
  options: VolatilityOptions = { halfLifeSeconds: 60, sampleSeconds: 1 },
): SigmaCrossCheck | undefined {
  const slow = realisedVolatility(mids, 300);
  const fast = realisedVolatility(mids, 1);
  const ewma = rootMeanSquareSigma(mids, options);
  if (!slow || !fast || !ewma || mids[mids.length - 1]!.ts - mids[0]!.ts < 3600 * MICROS) return undefined;
  const twoScale = twoScaleSigma(mids, { fastSeconds: 1, slowSeconds: 300 });
  const ln = (sigma: number) => Math.log(sigma / slow);
  const lnTwoScale = twoScale ? ln(twoScale) : undefined;
  return { slow, fast, twoScale, ewma, lnFast: ln(fast), lnTwoScale, lnEwma: ln(ewma) };
}

/** Each value of the EWMA weighted by the time until the next mid. */
function rootMeanSquareSigma(mids: readonly MidPoint[], options: VolatilityOptions): number | undefined {
  const volatility = createEwmaVolatility(options);
  let sum = 0, seconds = 0;
  mids.forEach(({ ts, mid }, i) => {
    const sigma = volatility.update(ts, mid);
    const next = mids[i + 1];
    if (sigma === undefined || next === undefined) return;
    sum += sigma * sigma * (next.ts - ts);
    seconds += next.ts - ts;
  });
  return seconds > 0 ? Math.sqrt(sum / seconds) : undefined;
}
