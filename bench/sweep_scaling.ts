/**
 * How a sweep scales: the same trials on one thread and on two, in pairs, on an idle machine.
 *
 * `deno run -A bench/sweep_scaling.ts [PAIRS]`: five pairs where not given. Prints both times of each pair and the median ratio.
 *
 * @module
 */

import { join } from "node:path";
import process from "node:process";
import { readAxis } from "../lib/grid.ts";
import { openHeldOut } from "../lib/held_out.ts";
import { findDays, runSweep } from "../lib/parameter_sweep.ts";
import { forBacktest, loadConfig, locate } from "../lib/settings.ts";
import { openTrials } from "../lib/trial_store.ts";

const pairs = Number(Deno.args[0] ?? 5);
if (!Number.isInteger(pairs) || pairs < 1) {
  console.error("Usage: deno run -A bench/sweep_scaling.ts [PAIRS]");
  Deno.exit(2);
}
const config = await loadConfig();
// Long enough that starting a thread, which compiles the code for itself, is little of it.
const axes = [
  readAxis("model.gamma=0.3,0.5,1,2"),
  readAxis("quotes.requote_ticks=0,1,2,5,10,20"),
  readAxis("quotes.size=0.01,0.02,0.05,0.1"),
];
const days = await findDays([locate(config, config.backtest.tape)]);
const folder = await Deno.makeTempDir({ prefix: "makerbook-" });
let made = 0;

interface Timed {
  readonly wall: number;
  /** Of all threads, the collector's and the compiler's included. */
  readonly cpu: number;
}

async function timed(workers: number): Promise<Timed> {
  const root = join(folder, String(made++));
  const [start, before] = [performance.now(), process.cpuUsage()];
  await runSweep({
    ...{ config: forBacktest(config), axes, days, workers },
    trials: openTrials(root),
    heldOut: openHeldOut(root),
  });
  const { user, system } = process.cpuUsage(before);
  return { wall: (performance.now() - start) / 1000, cpu: (user + system) / 1e6 };
}

const median = (values: number[]) => values.toSorted((a, b) => a - b)[values.length >> 1]!;
try {
  console.log(`96 trials of a day, ${navigator.hardwareConcurrency} cores, load ${Deno.loadavg()[0]!.toFixed(2)}`);
  await timed(2); // the first run compiles
  const ratios: number[] = [];
  console.log("pair   one thread: wall s   cpu s   two: wall s   cpu s   ratio   at best");
  for (let pair = 0; pair < pairs; pair++) {
    const [one, two] = pair % 2 === 0
      ? [await timed(1), await timed(2)]
      : [await timed(2), await timed(1)].reverse() as [Timed, Timed];
    ratios.push(one.wall / two.wall);
    const figures = [
      [one.wall, 18],
      [one.cpu, 7],
      [two.wall, 13],
      [two.cpu, 7],
      [ratios.at(-1)!, 7],
      // Two cores cannot do it faster than in half the time that all threads need.
      [2 * one.wall / two.cpu, 9],
    ] as const;
    console.log(
      `${String(pair + 1).padStart(4)} ${figures.map(([n, width]) => n.toFixed(2).padStart(width)).join(" ")}`,
    );
  }
  console.log(`median ratio ${median(ratios).toFixed(2)}`);
} finally {
  await Deno.remove(folder, { recursive: true });
}
