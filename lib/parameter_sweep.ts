/**
 * A sweep (I/O): a grid of parameters over days of recordings, on all cores. Each trial is a file of its own as soon as it is done, so that
 * a sweep that was killed goes on where it stopped.
 *
 * @module
 */

import { runBacktest } from "./backtest.ts";
import { type Axis, gridPoints, type Point, pointConfig } from "./grid.ts";
import type { HeldOut, NamedDay } from "./held_out.ts";
import { runJobs } from "./job_pool.ts";
import { withoutSecrets } from "./matrix.ts";
import { openTape } from "./recording.ts";
import type { Config } from "./schema.ts";
import { type SweepReport, sweepReport } from "./sweep_report.ts";
import { shareTape } from "./shared_tape.ts";
import type { Tape } from "./tape.ts";
import { splitDays } from "./tape_days.ts";
import { createTapeShelf } from "./tape_shelf.ts";
import { configId, shortHash, type Trial, trialOf } from "./trial.ts";
import type { TrialStore } from "./trial_store.ts";

/** A day of a recording, and where it is read from. */
export interface SweepDay extends NamedDay {
  readonly path: string;
  readonly symbol: string;
  readonly rows: number;
  /** Its rows in shared memory, where there is only one recording. */
  readonly tape?: Tape;
}

/** A trial to be run. */
interface SweepJob {
  readonly day: SweepDay;
  readonly point: Point;
}

/** What a worker is asked for. */
export interface SweepOrder {
  readonly day: NamedDay;
  readonly tape: Tape;
  readonly point: Point;
}
export interface SweepSetup {
  readonly config: Config;
  readonly axes: readonly Axis[];
}

/** A sweep. */
export interface SweepOptions {
  /** With the market's overrides applied. */
  readonly config: Config;
  readonly axes: readonly Axis[];
  /** In order of time: {@linkcode findDays}. */
  readonly days: readonly SweepDay[];
  readonly trials: TrialStore;
  readonly heldOut: HeldOut;
  /** Days to look at although they are held out: the winner alone is run on them, and that is recorded. */
  readonly unlock?: readonly string[];
  readonly trainDays?: number;
  readonly workers?: number;
  /** Trials done and to be done in all, those of an earlier run among them. */
  readonly progress?: (done: number, total: number) => void;
}

/** A tape's identity: what its rows say, wherever they are kept. */
export function tapeId(tape: Tape): string {
  const bytes = (column: ArrayBufferView) => new Uint8Array(column.buffer, column.byteOffset, column.byteLength);
  const { kind, side, flags, exchTs, localTs, priceTicks, qty } = tape;
  const steps = `${tape.symbol} ${tape.tickSize} ${tape.lotSize} `;
  return shortHash(steps, ...[kind, side, flags, exchTs, localTs, priceTicks, qty].map(bytes));
}

/**
 * The days of recordings in order of time. One recording is in memory at a time; an only one stays there.
 *
 * @throws {RangeError} where two recordings have the same day, or their symbols differ
 */
export async function findDays(paths: readonly string[], done?: (path: string) => void): Promise<SweepDay[]> {
  const days: SweepDay[] = [];
  for (const path of paths) {
    for (const { day, tape } of splitDays(await openTape(path))) {
      const found = { path, day, dayId: tapeId(tape), symbol: tape.symbol, rows: tape.length };
      days.push(paths.length === 1 ? { ...found, tape: shareTape(tape) } : found);
    }
    done?.(path);
  }
  days.sort((a, b) => a.day < b.day ? -1 : a.day > b.day ? 1 : 0);
  days.forEach((day, i) => {
    const before = days[i - 1];
    if (before === undefined) return;
    if (before.symbol !== day.symbol) {
      throw new RangeError(`${day.path}: is ${day.symbol}, must be ${before.symbol} as ${before.path}`);
    }
    if (before.day === day.day) throw new RangeError(`${day.path}: has ${day.day}, which ${before.path} has too`);
  });
  return days;
}

/** What is known of days: which are locked, and what was tried on each. */
export interface KnownDays {
  readonly trials: Pick<TrialStore, "list">;
  readonly heldOut: Pick<HeldOut, "isLocked">;
}

/**
 * Which days to lock, so that `count` of them are held out in all: the last that no choice has been made from. The same again gives none.
 *
 * @param count a fifth where absent, or as many as there are
 * @throws {RangeError} where there are not so many
 */
export function daysToHold<D extends NamedDay>(days: readonly D[], known: KnownDays, count?: number): D[] {
  const { heldOut, trials } = known;
  const locked = days.filter(({ dayId }) => heldOut.isLocked(dayId)).length;
  const fresh = days.filter(({ dayId }) => !heldOut.isLocked(dayId) && trials.list(dayId).length === 0);
  const wanted = Math.max(0, (count ?? Math.min(Math.floor(days.length / 5), locked + fresh.length)) - locked);
  if (wanted > fresh.length) {
    throw new RangeError(`hold out ${count} days: ${locked} are, and only ${fresh.length} more were never chosen from`);
  }
  return wanted === 0 ? [] : fresh.slice(-wanted);
}

/** Does one job. */
export function sweepWork({ config, axes }: SweepSetup): (order: SweepOrder) => Trial {
  return ({ day, tape, point }) => {
    const settings = pointConfig(config, axes, point);
    return trialOf(runBacktest(tape, settings), settings, day);
  };
}

/**
 * Runs what is missing of a sweep, and judges the whole.
 *
 * @throws {RangeError} where no day is left to choose from, or a day to unlock is not there
 * @throws {ConfigError} where a point of the grid is out of bounds, before anything is run
 */
export async function runSweep(options: SweepOptions): Promise<SweepReport> {
  const { config, axes, trials, heldOut, unlock = [], trainDays } = options;
  const points = gridPoints(axes);
  const ids = points.map((point) => configId(pointConfig(config, axes, point)));
  const days = options.days.filter(({ dayId }) => !heldOut.isLocked(dayId));
  const locked = options.days.filter(({ dayId }) => heldOut.isLocked(dayId));
  for (const name of unlock) {
    if (locked.some(({ day }) => day === name)) continue;
    throw new RangeError(`unlock ${name}: is no held-out day of these recordings, which are ${list(locked)}`);
  }
  if (days.length === 0) throw new RangeError(`sweep: no day to choose from, held out are ${list(locked)}`);

  await runMissing(options, days.flatMap((day) => points.map((point, i) => ({ day, point, id: ids[i]! }))));
  const own = await Promise.all(ids.map((id) => Promise.all(days.map(({ dayId }) => trials.read(dayId, id)))));
  const results = {
    ...{ axes, points, trials: own, trainDays },
    earlier: await earlierTrials(trials, days, new Set(ids)),
    locked: locked.map(({ day }) => day).filter((day) => !unlock.includes(day)),
  };
  const report = sweepReport({ ...results, heldOut: [] });
  if (unlock.length === 0) return report;

  const named = locked.filter(({ day }) => unlock.includes(day));
  const winner = points[report.winner]!;
  const id = ids[report.winner]!;
  await runMissing({ ...options, progress: undefined }, named.map((day) => ({ day, point: winner, id })));
  const looked = [];
  for (const day of named) {
    looked.push({ looks: heldOut.look(day, id), trial: await trials.read(day.dayId, id) });
  }
  return sweepReport({ ...results, heldOut: looked });
}

async function runMissing(options: SweepOptions, wanted: readonly (SweepJob & { readonly id: string })[]) {
  const { config, axes, trials, workers, progress } = options;
  const missing = wanted.filter(({ day, id }) => !trials.has(day.dayId, id));
  let left = missing.length;
  const tell = () => progress?.(wanted.length - left, wanted.length);
  tell();
  const tapeOf = createTapeShelf(missing.map(({ day }) => day));
  await runJobs<SweepSetup, SweepJob, Trial, SweepOrder>({
    module: new URL("./parameter_sweep_worker.ts", import.meta.url),
    setup: { config: withoutSecrets(config), axes },
    jobs: missing,
    send: async ({ day, point }) => ({ day: { day: day.day, dayId: day.dayId }, tape: await tapeOf(day), point }),
    workers,
    async done(trial) {
      await trials.write(trial);
      left--;
      tell();
    },
  });
}

/** What else was tried on these days, in this order: parameter sets by name, their days by time. */
async function earlierTrials(trials: TrialStore, days: readonly NamedDay[], own: ReadonlySet<string>) {
  const sets = new Map<string, Trial[]>();
  for (const { dayId } of days) {
    for (const id of trials.list(dayId)) {
      if (own.has(id)) continue;
      const found = sets.get(id) ?? [];
      found.push(await trials.read(dayId, id));
      sets.set(id, found);
    }
  }
  return [...sets.entries()].sort(([a], [b]) => a < b ? -1 : 1).map(([, found]) => found);
}

function list(days: readonly NamedDay[]): string {
  return days.length === 0 ? "none" : days.map(({ day }) => day).join(", ");
}
