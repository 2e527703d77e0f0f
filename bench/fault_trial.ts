/**
 * One moment of the fault matrix: a fault strikes a live session, which must notice, leave, come back, and then agree with the
 * exchange to the last unit.
 *
 * @module
 */
import type { TimedRiskEvent } from "../lib/journal.ts";
import type { Random } from "../lib/random.ts";
import { steadyNow } from "../lib/steady_clock.ts";
import { compareTruth, type Difference, isEqual } from "./exchange_truth.ts";
import type { FaultCase } from "./fault_cases.ts";
import { type FaultSpec } from "../testnet/fault_spec.ts";
import { stormFaults } from "../testnet/fault_storm.ts";
import { BACK_WITHIN, OUT_WITHIN } from "./fault_table.ts";
import type { LiveBed } from "./live_bed.ts";

/** What came of it. Times are wall milliseconds. */
export interface Trial extends Difference {
  readonly name: string;
  readonly index: number;
  /** Whether what was asked for happened at all: an answer can only be lost where there is a request. */
  readonly isStruck: boolean;
  /** From the strike to the session's noticing it; undefined where it had no reason to leave. */
  readonly noticed: number | undefined;
  /**
   * From noticing until the venue had confirmed the end of every order of ours that it had in the market; for one that came into it
   * later, from its coming. Time during which nobody could reach the exchange does not count.
   */
  readonly out: number | undefined;
  /** From noticing to resynchronised: market and account known, quoting again. */
  readonly back: number | undefined;
  /** Until session and exchange agree, the market standing still. */
  readonly agreed: number;
  /** Why it left. */
  readonly reason: string;
  /** Where it left or came back late: what its orders did, wall milliseconds from a little before the strike. */
  readonly story?: readonly string[];
}

/** Longest waits, wall milliseconds. Beyond them the promise is broken, and how far is of no interest. */
const NOTICE_MS = 15_000;
const BACK_MS = 30_000;
const AGREE_MS = 10_000;

/** Strikes a session that quotes. */
export async function runTrial(bed: LiveBed, fault: FaultCase, random: Random, index: number): Promise<Trial> {
  const problems: string[] = [];
  await bed.rest();
  if (!await waitFor(() => bed.isQuoting, BACK_MS)) problems.push(`was not quoting before the fault: ${bed.why}`);
  await sleep(100 + random.integer(900));
  const specs = fault.draw(random);
  const struck = steadyNow();
  for (const spec of specs) await bed.fault(spec);
  await sleep(fault.watchMs);
  const since = () => bed.transitions.filter(({ wallMs }) => wallMs >= struck);
  const { follows } = fault;
  // Where it had nothing in the market, for a cool-down or the cap, there is nothing to cancel.
  const isOut = () =>
    since().some(({ event }) => event === "cancelled") ||
    (since().some(({ event }) => event === "halted" || event === "gap") && bed.orders.status().working.length === 0);
  const hasLeft = () => isOut() && (follows !== "gap" || since().some(({ event }) => event === "gap"));
  if (follows !== "maybe" && !await waitFor(hasLeft, NOTICE_MS)) {
    problems.push(`did not leave the market after ${JSON.stringify(specs)}`);
  }
  const isStruck = await bed.isOver(NOTICE_MS);
  await bed.fault({ kind: "clear" });
  await sleep(fault.settleMs ?? 0);
  if (!await waitFor(() => bed.isQuoting, BACK_MS)) problems.push(`did not come back: ${bed.why}`);

  await bed.hold();
  const asked = steadyNow();
  let difference = await look(bed);
  while (!isEqual(difference) && steadyNow() - asked < AGREE_MS) {
    // Each look weighs some 50 of the 6000 a minute that all requests together may.
    await sleep(250);
    difference = await look(bed);
  }
  const agreed = steadyNow() - asked;
  const absences = absencesOf(since());
  const away = awayTimes(specs, struck);
  const existed = absences.length > 0 ? await bed.existed() : new Map<string, number>();
  const outs = absences.map(({ noticed, back }) =>
    Math.max(0, ...bed.lives(back, existed).map(({ from, to }) => waitedFor(Math.max(noticed, from), to, away)))
  );
  // A storm goes on while the session is out: it cannot be back before the last fault is over.
  const storm = struck + Math.max(0, ...specs.map(({ kind, seconds = 0 }) => kind === "storm" ? seconds * 1000 : 0));
  const backs = absences.map(({ noticed, back }) =>
    back - Math.max(noticed, lastOf(away, noticed), back > storm ? storm : 0)
  );
  await bed.release();
  const isLate = Math.max(0, ...outs) > OUT_WITHIN || Math.max(0, ...backs) > BACK_WITHIN;
  return {
    ...(isLate ? { story: [...told(since(), struck), ...bed.story(struck - 200, steadyNow())] } : {}),
    ...{ name: fault.name, index, isStruck, agreed },
    noticed: absences[0] && absences[0].noticed - struck,
    out: outs.length > 0 ? Math.max(...outs) : undefined,
    back: backs.length > 0 ? Math.max(...backs) : undefined,
    reason: absences.map(({ reason }) => reason).join("; "),
    ...difference,
    mismatches: [...problems, ...difference.mismatches],
  };
}

/** Times during which nobody can reach the exchange, wall milliseconds. */
type Away = readonly (readonly [from: number, to: number])[];

/** A restart begins a little after it is asked for, see testnet/server.ts. */
const RESTART_MS = 10;

/** What is not there cannot be asked to cancel: restarts, alone or in a storm. */
function awayTimes(specs: readonly FaultSpec[], struck: number): Away {
  return specs.flatMap((spec) => {
    const { kind, refuse_ms = 0, seed = 0, rate = 0, seconds = 0 } = spec;
    if (kind === "restart") return [[struck, struck + RESTART_MS + refuse_ms]];
    if (kind !== "storm") return [];
    const found: [number, number][] = [];
    for (const fault of stormFaults({ seed, rate }, 0)) {
      if (fault.at > seconds) return found;
      const from = struck + fault.at * 1000;
      if (fault.kind === "restart") found.push([from, from + RESTART_MS + (fault.refuse_ms ?? 0)]);
    }
    return found;
  });
}

/** When the exchange that was away at `moment` was there again; 0 where it was there. */
const lastOf = (away: Away, moment: number) => Math.max(0, ...away.map(([from, to]) => from <= moment ? to : 0));

/** How long it took from one time to another, not counting when the exchange was away. */
function waitedFor(from: number, to: number, away: Away): number {
  if (to <= from) return 0;
  let waited = to - from;
  let counted = from;
  for (const [start, end] of away) {
    const overlap = Math.min(to, end) - Math.max(counted, start);
    if (overlap <= 0) continue;
    waited -= overlap;
    counted = Math.max(counted, end);
  }
  return waited;
}

function told(transitions: readonly TimedRiskEvent[], struck: number): string[] {
  return transitions.map(({ wallMs, event, reason }) => `${(wallMs - struck + 200).toFixed(0)} ${event} ${reason}`);
}

/** A time out of the market, wall milliseconds. */
interface Absence {
  /** When the cause of leaving was known. */
  readonly noticed: number;
  readonly back: number;
  readonly reason: string;
}

function absencesOf(transitions: readonly TimedRiskEvent[]): Absence[] {
  const found: Absence[] = [];
  let cause: TimedRiskEvent | undefined;
  let left: TimedRiskEvent | undefined;
  for (const transition of transitions) {
    const { event, wallMs } = transition;
    if (event === "gap" || event === "halted") cause ??= transition;
    if (event === "continued" && left === undefined) cause = undefined;
    if (event === "cancelled") left = cause ?? transition;
    if (event !== "resumed") continue;
    if (left) found.push({ noticed: left.wallMs, back: wallMs, reason: left.reason });
    cause = left = undefined;
  }
  return found;
}

async function look(bed: LiveBed): Promise<Difference> {
  // Asked first, because what the session learns meanwhile only brings it nearer to the truth.
  const truth = await bed.truth();
  const difference = compareTruth(truth, bed.belief, bed.opening, bed.pair);
  return { ...difference, mismatches: [...difference.mismatches, ...await bed.bookDifferences()] };
}

export const sleep = (ms: number) => new Promise<void>((resolve) => setTimeout(resolve, ms));

/** Whether it came true in time. */
export async function waitFor(isSo: () => boolean, ms: number): Promise<boolean> {
  for (const end = steadyNow() + ms; !isSo();) {
    if (steadyNow() > end) return false;
    await sleep(5);
  }
  return true;
}
