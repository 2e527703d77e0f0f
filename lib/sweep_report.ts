/**
 * What a sweep shows: every point with its Sharpe ratio, the winner against chance, and what choosing by the past would have earned. Pure.
 *
 * @module
 */

import { type Axis, type Edge, edgesOf, type Point } from "./grid.ts";
import { deflatedSharpe, expectedBestSharpe, shape, sharpe, sharpeStandardError } from "./sharpe.ts";
import { type SharpeReport, sharpeReport } from "./sharpe_report.ts";
import type { Trial } from "./trial.ts";
import type { Fold } from "./trial_folds.ts";

/** A point of the grid over all days that may be chosen from. Money in quote currency. */
export interface PointReport {
  readonly point: Point;
  readonly configId: string;
  readonly net: number;
  readonly gross: number;
  readonly fills: number;
  readonly turnover: number;
  /** Annualised, net of fees, with Lo's standard error; absent where equity never changed. */
  readonly sharpe?: number;
  readonly standardError?: number;
  /** Net PnL of each day, in order. */
  readonly netByDay: readonly number[];
}

/** The winner's ratio against the best that as many worthless trials would show. */
export interface Deflated {
  /** Parameter sets ever tried on any of these days, this sweep's among them. */
  readonly trials: number;
  /** Annualised: what the best of so many worthless ones shows on average. */
  readonly expectedBest: number;
  /** Probability that the true ratio of the winner is above zero, after so many trials. */
  readonly probability: number;
}

/** Chronological walk-forward: each day is traded with what was best on the days before it. */
export interface WalkForward {
  readonly choices: readonly { readonly day: string; readonly point: Point; readonly net: number }[];
  /** Of the days traded, put together. */
  readonly sharpe?: SharpeReport;
  readonly net: number;
}

/** A day that was held out and named: the winner, chosen without it. */
export interface HeldOutReport {
  readonly day: string;
  readonly net: number;
  readonly sharpe?: SharpeReport;
  /** How often the day has been looked at, this time included. */
  readonly looks: number;
}

/** The whole sweep as a plain value. */
export interface SweepReport {
  readonly symbol: string;
  readonly axes: readonly Axis[];
  readonly days: readonly string[];
  /** Held out and not named. */
  readonly locked: readonly string[];
  readonly points: readonly PointReport[];
  /** Index of the point with the highest Sharpe ratio; the first of equals. */
  readonly winner: number;
  readonly winnerSharpe?: SharpeReport;
  readonly deflated?: Deflated;
  readonly edges: readonly Edge[];
  /** Absent for fewer than two days. */
  readonly walkForward?: WalkForward;
  readonly heldOut: readonly HeldOutReport[];
}

/** What the report is made from. */
export interface SweepResults {
  readonly axes: readonly Axis[];
  readonly points: readonly Point[];
  /** By point, then by day in order of time. */
  readonly trials: readonly (readonly Trial[])[];
  /** Everything else ever tried on these days: by parameter set, its days in order of time. */
  readonly earlier: readonly (readonly Trial[])[];
  readonly locked: readonly string[];
  readonly heldOut: readonly { readonly trial: Trial; readonly looks: number }[];
  /** Days before the first that walk-forward trades; 1 when absent. */
  readonly trainDays?: number;
}

const YEAR = 365 * 86_400;

/** @throws {RangeError} without a point or a day */
export function sweepReport(results: SweepResults): SweepReport {
  const { axes, points, trials, earlier, locked, heldOut, trainDays = 1 } = results;
  const first = trials[0]?.[0];
  if (first === undefined) throw new RangeError("sweep: there is no day to choose from");
  const period = first.period_seconds;
  const root = Math.sqrt(YEAR / period);
  const winner = best(trials.map((days) => score(days)));
  const winnerReturns = returnsOf(trials[winner]!);
  const days = trials[0]!.map(({ day }) => day);
  return {
    symbol: first.symbol,
    axes,
    days,
    locked,
    points: trials.map((own, i): PointReport => {
      const ratio = sharpe(returnsOf(own));
      const total = (value: (trial: Trial) => number) => own.reduce((sum, trial) => sum + value(trial), 0);
      return {
        point: points[i]!,
        configId: own[0]!.config_id,
        net: total(({ net }) => net),
        gross: total(({ gross }) => gross),
        fills: total(({ fills }) => fills),
        turnover: total(({ turnover }) => turnover),
        ...(ratio === undefined
          ? {}
          : { sharpe: ratio * root, standardError: sharpeStandardError(ratio, returnsOf(own).length) * root }),
        netByDay: own.map(({ net }) => net),
      };
    }),
    winner,
    winnerSharpe: sharpeReport(winnerReturns, period),
    deflated: deflate(winnerReturns, [...trials, ...earlier], period),
    edges: edgesOf(axes, points[winner]!),
    ...(days.length > trainDays ? { walkForward: walkForward(points, trials, trainDays) } : {}),
    heldOut: heldOut.map(({ trial, looks }) => ({
      day: trial.day,
      net: trial.net,
      sharpe: sharpeReport(trial.returns, period),
      looks,
    })),
  };
}

/**
 * Chooses before each day the point that was best on all days before it, and trades that day with it. Nothing of a day can change what
 * was chosen for it.
 *
 * @throws {RangeError} for fewer than one day to learn from
 */
export function walkForward(
  points: readonly Point[],
  trials: readonly (readonly Fold[])[],
  trainDays = 1,
): WalkForward {
  if (!(trainDays >= 1)) throw new RangeError(`walk-forward: trainDays = ${trainDays}, must be >= 1`);
  const count = trials[0]?.length ?? 0;
  const chosen: Fold[] = [];
  const choices = [];
  for (let day = trainDays; day < count; day++) {
    const at = best(trials.map((days) => score(days.slice(0, day))));
    const trial = trials[at]![day]!;
    chosen.push(trial);
    choices.push({ day: trial.day, point: points[at]!, net: trial.net });
  }
  const ratio = chosen[0] && sharpeReport(returnsOf(chosen), chosen[0].period_seconds);
  return {
    choices,
    ...(ratio ? { sharpe: ratio } : {}),
    net: chosen.reduce((sum, { net }) => sum + net, 0),
  };
}

function returnsOf(trials: readonly Pick<Trial, "returns">[]): number[] {
  return trials.flatMap(({ returns }) => returns);
}

/** Sharpe ratio a period; equity that never changed, for instance without a fill, is as good as zero. */
function score(trials: readonly Pick<Trial, "returns">[]): number {
  return sharpe(returnsOf(trials)) ?? 0;
}

function best(scores: readonly number[]): number {
  return scores.reduce((at, score, i) => score > scores[at]! ? i : at, 0);
}

/** Ratios of trials with another period of the curve are brought to this one's before their variance is taken. */
function deflate(returns: readonly number[], all: readonly (readonly Trial[])[], period: number): Deflated | undefined {
  const ratio = sharpe(returns);
  const moments = shape(returns);
  if (ratio === undefined || moments === undefined || returns.length < 2) return undefined;
  const ratios = all.flatMap((days) => {
    const own = sharpe(returnsOf(days));
    return own === undefined ? [] : [own * Math.sqrt(period / days[0]!.period_seconds)];
  });
  const trials = new Set(all.map((days) => days[0]!.config_id)).size;
  const mean = ratios.reduce((sum, r) => sum + r, 0) / ratios.length;
  const variance = ratios.length < 2 ? 0 : ratios.reduce((sum, r) => sum + (r - mean) ** 2, 0) / (ratios.length - 1);
  const among = { trials, trialVariance: variance };
  return {
    trials,
    expectedBest: expectedBestSharpe(among) * Math.sqrt(YEAR / period),
    probability: deflatedSharpe({ sharpe: ratio, n: returns.length, ...moments, ...among }),
  };
}
