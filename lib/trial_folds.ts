import type { Trial } from "./trial.ts";

/** A stretch of a trial: what walk-forward chooses by. */
export type Fold = Pick<Trial, "day" | "net" | "returns" | "period_seconds">;

/**
 * Cuts a trial's curve into stretches of equal length, so that a single day can be walked through too. The run is one: positions and
 * estimates go on from stretch to stretch.
 *
 * @param seconds of a stretch, a multiple of the curve's period; the last one may be shorter
 * @throws {RangeError} where it is not
 */
export function foldTrial(trial: Fold, seconds: number): Fold[] {
  const { day, returns, period_seconds } = trial;
  const periods = Math.round(seconds / period_seconds);
  if (!(periods >= 1) || Math.abs(periods * period_seconds - seconds) > 1e-9 * seconds) {
    throw new RangeError(`foldTrial: ${seconds} s, must be a multiple of the curve's period ${period_seconds} s`);
  }
  return Array.from({ length: Math.ceil(returns.length / periods) }, (_, i) => {
    const own = returns.slice(i * periods, (i + 1) * periods);
    return { day: `${day} + ${i * seconds} s`, net: own.reduce((sum, r) => sum + r, 0), returns: own, period_seconds };
  });
}
