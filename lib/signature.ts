import { sampleLogMids } from "./realised_volatility.ts";
import type { MidPoint } from "./volatility.ts";

/** Realised volatility at one sampling interval. Per sqrt(second). */
export interface SignaturePoint {
  readonly seconds: number;
  /** Root of the realised variance averaged over grids of this interval that start at different moments. */
  readonly sigma: number;
  /** Of `sigma`, were prices a diffusion. */
  readonly standardError: number;
  /** Lowest and highest of the single grids: what choosing one of them decides. */
  readonly lowest: number;
  readonly highest: number;
  /** Returns of one grid. */
  readonly returns: number;
}

/** Grids that an interval is measured on. */
const GRIDS = 10;

/**
 * Volatility signature (Andersen, Bollerslev, Diebold, Labys 2000): realised volatility by sampling interval, averaged over ten
 * grids a tenth of an interval apart. Of a random walk it is flat; it rises towards short intervals where mids bounce, and falls
 * where they follow the market slowly. The error is that of realised variance, sqrt(2/3·Σr⁴) (Barndorff-Nielsen and Shephard
 * 2002), times sqrt(2/3) for the averaging over grids (Zhang, Mykland, Aït-Sahalia 2005).
 *
 * @returns one point for each interval with two returns at least and a price that moved
 * @throws {RangeError} for an interval below ten microseconds
 */
export function volatilitySignature(mids: readonly MidPoint[], intervalsSeconds: readonly number[]): SignaturePoint[] {
  return intervalsSeconds.flatMap((seconds) => {
    const x = sampleLogMids(mids, seconds / GRIDS);
    const returns = Math.floor((x.length - GRIDS) / GRIDS);
    if (returns < 2) return [];
    const variances: number[] = [];
    let fourth = 0;
    for (let grid = 0; grid < GRIDS; grid++) {
      let sum = 0, count = 0;
      for (let i = grid + GRIDS; i < x.length; i += GRIDS, count++) {
        const square = (x[i]! - x[i - GRIDS]!) ** 2;
        sum += square;
        fourth += square * square;
      }
      variances.push(sum / (count * seconds));
    }
    const variance = variances.reduce((sum, v) => sum + v, 0) / GRIDS;
    if (variance === 0) return [];
    const sigma = Math.sqrt(variance);
    const varianceError = 2 / 3 * Math.sqrt(fourth / GRIDS) / (returns * seconds);
    return [{
      seconds,
      sigma,
      standardError: varianceError / (2 * sigma),
      lowest: Math.sqrt(Math.min(...variances)),
      highest: Math.sqrt(Math.max(...variances)),
      returns,
    }];
  });
}

/**
 * The shortest interval from which on all intervals up to the yardstick's give its volatility.
 *
 * @param yardstickSeconds an interval of the signature
 * @param tolerance of ln(sigma/yardstick); 0.1 when absent
 * @throws {RangeError} where the signature has no such interval
 */
export function shortestFlat(
  signature: readonly SignaturePoint[],
  yardstickSeconds: number,
  tolerance = 0.1,
): SignaturePoint {
  const yardstick = signature.find(({ seconds }) => seconds === yardstickSeconds);
  if (!yardstick) {
    throw new RangeError(`shortestFlat: yardstick = ${yardstickSeconds} s, must be one of the signature's`);
  }
  let shortest = yardstick;
  const shorter = signature.filter(({ seconds }) => seconds < yardstickSeconds).sort((a, b) => b.seconds - a.seconds);
  for (const point of shorter) {
    if (Math.abs(Math.log(point.sigma / yardstick.sigma)) >= tolerance) break;
    shortest = point;
  }
  return shortest;
}

/** Autocorrelations of returns over `seconds` at lags 1 to `lags`; empty for fewer returns than that, or where nothing moved. */
export function returnAutocorrelation(mids: readonly MidPoint[], seconds: number, lags: number): number[] {
  const x = sampleLogMids(mids, seconds);
  const returns = Array.from(x.subarray(1), (value, i) => value - x[i]!);
  const variance = returns.reduce((sum, r) => sum + r * r, 0);
  if (returns.length <= lags || variance === 0) return [];
  return Array.from({ length: lags }, (_, l) => {
    let sum = 0;
    for (let i = l + 1; i < returns.length; i++) sum += returns[i]! * returns[i - l - 1]!;
    return sum / variance;
  });
}
