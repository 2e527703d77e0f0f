import { neweyWestError } from "./newey_west.ts";
import { sampleLogMids } from "./realised_volatility.ts";
import { createEwmaVolatility, type MidPoint } from "./volatility.ts";

/** Which forecast of which future. */
export interface ForecastOptions {
  readonly halfLifeSeconds: number;
  /** Between the mids that both the forecast and the outcome are measured on. */
  readonly sampleSeconds: number;
  /** Length of each stretch that is forecast at its beginning. */
  readonly horizonSeconds: number;
  /** Left out at the start; ten horizons when absent. */
  readonly warmUpSeconds?: number;
}

/** How well an EWMA told the volatility that followed. */
export interface ForecastLoss {
  /**
   * QLIKE of each stretch, v/f − ln(v/f) − 1 with the realised variance v and its forecast f: 0 where right (Patton 2011).
   * Stretches without a move have none.
   */
  readonly losses: readonly number[];
  readonly mean: number;
  /** Of the mean (Newey–West). */
  readonly standardError: number | undefined;
}

/**
 * Forecasts the realised variance of each stretch by the EWMA as it stood when the stretch began.
 *
 * @returns undefined without a stretch after the warm-up
 * @throws {RangeError} where the horizon is not a multiple of the sampling interval
 */
export function forecastLoss(mids: readonly MidPoint[], options: ForecastOptions): ForecastLoss | undefined {
  const { halfLifeSeconds, sampleSeconds, horizonSeconds, warmUpSeconds = 10 * horizonSeconds } = options;
  const steps = Math.round(horizonSeconds / sampleSeconds);
  if (!(steps >= 1) || Math.abs(steps * sampleSeconds - horizonSeconds) > 1e-9 * horizonSeconds) {
    throw new RangeError(`forecastLoss: horizon ${horizonSeconds} s, must be a multiple of ${sampleSeconds} s`);
  }
  const x = sampleLogMids(mids, sampleSeconds);
  const volatility = createEwmaVolatility({ halfLifeSeconds });
  const losses: number[] = [];
  for (let i = 0; i + steps < x.length; i++) {
    const sigma = volatility.update(Math.round(i * sampleSeconds * 1e6), Math.exp(x[i]!));
    if (i * sampleSeconds < warmUpSeconds || i % steps !== 0 || !sigma) continue;
    let variance = 0;
    for (let j = i + 1; j <= i + steps; j++) variance += (x[j]! - x[j - 1]!) ** 2;
    const ratio = variance / (sigma * sigma * horizonSeconds);
    if (ratio > 0) losses.push(ratio - Math.log(ratio) - 1);
  }
  if (losses.length === 0) return undefined;
  const mean = losses.reduce((sum, loss) => sum + loss, 0) / losses.length;
  return { losses, mean, standardError: neweyWestError(losses) };
}
