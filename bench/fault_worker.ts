/**
 * Runs some rows of the fault matrix, one session a row, and prints each moment as a line of JSON. `scripts/faults.ts` starts it.
 *
 * Argument: `{"names": […], "count": 100, "seed": 1, "skip": {"<name>": 12}}`.
 *
 * @module
 */
import { createRandom } from "../lib/random.ts";
import { FAULT_CASES, type FaultCase } from "./fault_cases.ts";
import { runTrial, type Trial } from "./fault_trial.ts";
import { type LiveBed, openLiveBed } from "./live_bed.ts";

interface Job {
  readonly names: readonly string[];
  readonly count: number;
  readonly seed: number;
  /** Moments of a row that an earlier run has done. */
  readonly skip: Readonly<Record<string, number>>;
}

const ABORTED = "aborted";
const FAILED = {
  isStruck: true,
  noticed: undefined,
  out: undefined,
  back: undefined,
  agreed: 0,
  reason: "",
  taker: 0,
} as const;

/** All moments of one row. A session that ends is a finding, and another one takes over. */
export async function runCase(
  fault: FaultCase,
  { count, seed, skip = 0, found }: { count: number; seed: number; skip?: number; found: (trial: Trial) => void },
): Promise<void> {
  let bed: LiveBed | undefined;
  for (let index = skip; index < count; index++) {
    // Each moment has a seed of its own, so that one of them can be had again.
    const random = createRandom((seed * 1000 + FAULT_CASES.indexOf(fault)) * 1000 + index);
    const failed = (why: string): Trial => ({
      ...{ name: fault.name, index, ...FAILED, lost: [], double: [], orphans: [] },
      mismatches: [why],
    });
    const striking = async () => {
      bed ??= await openLiveBed({ seed: random.integer(2 ** 31) });
      const ended = bed.ended.then((reason) => failed(`the session ended: ${reason}`));
      return await Promise.race([runTrial(bed, fault, random, index), ended]);
    };
    const trial = await striking().catch((error) => failed(`the moment failed: ${error}`));
    found(trial);
    if (trial.reason !== ABORTED) continue;
    await bed?.close().catch(() => {});
    bed = undefined;
  }
  await bed?.close();
}

if (import.meta.main) {
  const { names, count, seed, skip } = JSON.parse(Deno.args[0] ?? "{}") as Job;
  for (const name of names) {
    const fault = FAULT_CASES.find((candidate) => candidate.name === name)!;
    await runCase(fault, { count, seed, skip: skip[name] ?? 0, found: (trial) => console.log(JSON.stringify(trial)) });
  }
  Deno.exit(0);
}
