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

/**
 * Cuts the days of one parameter set into about as many stretches as wanted, none across a night.
 *
 * @param days in order of time
 * @throws {RangeError} where their curves have fewer points than that
 */
export function foldDays(days: readonly Fold[], wanted: number): Fold[] {
  const periods = days.reduce((sum, { returns }) => sum + returns.length, 0);
  if (periods < wanted) {
    throw new RangeError(
      `walk-forward: ${periods} changes of equity, must be >= ${wanted}: a longer recording, or a shorter session.metrics_interval`,
    );
  }
  return days.flatMap((day) => foldTrial(day, Math.ceil(periods / wanted) * day.period_seconds));
}
