/**
 * How a sweep scales: the same trials on one core and on two, in pairs, on an idle machine.
 *
 * `deno run -A bench/sweep_scaling.ts [PAIRS]`: five pairs where not given. Each run is a process of its own; with one core it is pinned to
 * it. One thread that may use the second core as well stands beside: the collector and the compiler work there, so that it is faster than
 * one core by some tenth. Prints all times, and the median of each ratio.
 *
 * @module
 */

import { join } from "node:path";
import process from "node:process";
import { median } from "simple-statistics";
import { readAxis } from "../lib/grid.ts";
import { openHeldOut } from "../lib/held_out.ts";
import { findDays, runSweep } from "../lib/parameter_sweep.ts";
import { forBacktest, loadConfig, locate } from "../lib/settings.ts";
import { openTrials } from "../lib/trial_store.ts";

const SELF = new URL(import.meta.url).pathname;

interface Timed {
  readonly wall: number;
  /** Of all threads, the collector's and the compiler's included. */
  readonly cpu: number;
}

/** The child: one sweep, its times on a line. */
async function sweep(workers: number): Promise<Timed> {
  const config = await loadConfig();
  // Long enough that starting a thread, which compiles the code for itself, is little of it.
  const axes = [
    readAxis("model.gamma=0.3,0.5,1,2"),
    readAxis("quotes.requote_ticks=0,1,2,5,10,20"),
    readAxis("quotes.size=0.01,0.02,0.05,0.1"),
  ];
  const days = await findDays([locate(config, config.backtest.tape)]);
  const folder = await Deno.makeTempDir({ prefix: "makerbook-" });
  try {
    const [start, before] = [performance.now(), process.cpuUsage()];
    await runSweep({
      ...{ config: forBacktest(config), axes, days, workers },
      trials: openTrials(join(folder, "trials")),
      heldOut: openHeldOut(folder),
    });
    const { user, system } = process.cpuUsage(before);
    return { wall: (performance.now() - start) / 1000, cpu: (user + system) / 1e6 };
  } finally {
    await Deno.remove(folder, { recursive: true });
  }
}

async function timed(workers: number, core?: number): Promise<Timed> {
  const run = [Deno.execPath(), "run", "-A", SELF, "--run", String(workers)];
  const [command, ...args] = core === undefined ? run : ["taskset", "-c", String(core), ...run];
  const { success, stdout } = await new Deno.Command(command!, { args, stderr: "inherit" }).output();
  if (!success) throw new Error(`${[command, ...args].join(" ")} failed`);
  return JSON.parse(new TextDecoder().decode(stdout).trim().split("\n").at(-1)!) as Timed;
}

async function main(pairs: number) {
  console.log(`96 trials of a day, ${navigator.hardwareConcurrency} cores, load ${Deno.loadavg()[0]!.toFixed(2)}`);
  console.log("pair   one core: s   cpu s   one thread: s   cpu s   two: s   cpu s   two to one core   to one thread");
  const ratios = { core: [] as number[], thread: [] as number[] };
  const runs = { core: () => timed(1, 0), thread: () => timed(1), two: () => timed(2) };
  for (let pair = 0; pair < pairs; pair++) {
    const found = {} as Record<keyof typeof runs, Timed>;
    // Whatever drifts while they run falls on none of them alone.
    const names = Object.keys(runs) as (keyof typeof runs)[];
    for (const name of pair % 2 === 0 ? names : names.reverse()) found[name] = await runs[name]();
    const { core, thread, two } = found;
    ratios.core.push(core.wall / two.wall);
    ratios.thread.push(thread.wall / two.wall);
    const figures = [
      [core.wall, 13],
      [core.cpu, 7],
      [thread.wall, 15],
      [thread.cpu, 7],
      [two.wall, 8],
      [two.cpu, 7],
      [ratios.core.at(-1)!, 17],
      [ratios.thread.at(-1)!, 15],
    ] as const;
    console.log(
      `${String(pair + 1).padStart(4)} ${figures.map(([n, width]) => n.toFixed(2).padStart(width)).join(" ")}`,
    );
  }
  console.log(
    `median: two cores ${median(ratios.core).toFixed(2)} times one core, ${
      median(ratios.thread).toFixed(2)
    } times one thread on two`,
  );
}

if (Deno.args[0] === "--run") console.log(JSON.stringify(await sweep(Number(Deno.args[1]))));
else {
  const pairs = Number(Deno.args[0] ?? 5);
  if (!Number.isInteger(pairs) || pairs < 1) {
    console.error("Usage: deno run -A bench/sweep_scaling.ts [PAIRS]");
    Deno.exit(2);
  }
  await main(pairs);
}
