/**
 * How a sweep scales: the same trials on one core and on two, on an idle machine.
 *
 * `deno run -A bench/sweep_scaling.ts [PAIRS]`: five pairs where not given. First whole sweeps, each a process of its own; with one core it
 * is pinned to it. One thread that may use the second core as well stands beside: the collector and the compiler work there. Then threads
 * that are warm take turns of some seconds, one alone and both at once, in as many pairs times ten, so that what drifts on the machine meets
 * both alike; and in between the same of a loop without any memory, which shows what two cores of this machine are worth at the time.
 * Prints all times of the sweeps, and the median of each ratio.
 *
 * @module
 */

import { join } from "node:path";
import process from "node:process";
import { median, quantileSorted } from "simple-statistics";
import { gridPoints, readAxis } from "../lib/grid.ts";
import { openHeldOut } from "../lib/held_out.ts";
import { withoutSecrets } from "../lib/matrix.ts";
import { findDays, runSweep, type SweepOrder, type SweepSetup } from "../lib/parameter_sweep.ts";
import { forBacktest, loadConfig, locate } from "../lib/settings.ts";
import { openTrials } from "../lib/trial_store.ts";

const SELF = new URL(import.meta.url).pathname;
/** As `deno task sweep` has them: threads that collect together wait for each other where every core is busy. */
const FLAGS = "--v8-flags=--single-threaded-gc";

interface Timed {
  readonly wall: number;
  /** Of all threads, the collector's and the compiler's included. */
  readonly cpu: number;
}

// Long enough that starting a thread, which compiles the code for itself, is little of it.
const axes = [
  readAxis("model.gamma=0.3,0.5,1,2"),
  readAxis("quotes.requote_ticks=0,1,2,5,10,20"),
  readAxis("quotes.size=0.01,0.02,0.05,0.1"),
];

async function inputs() {
  const config = await loadConfig();
  return { config, days: await findDays([locate(config, config.backtest.tape)]) };
}

/** The child: one sweep, its times on a line. */
async function sweep(workers: number): Promise<Timed> {
  const { config, days } = await inputs();
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
  const run = [Deno.execPath(), "run", "-A", FLAGS, SELF, "--run", String(workers)];
  const [command, ...args] = core === undefined ? run : ["taskset", "-c", String(core), ...run];
  const { success, stdout } = await new Deno.Command(command!, { args, stderr: "inherit" }).output();
  if (!success) throw new Error(`${[command, ...args].join(" ")} failed`);
  return JSON.parse(new TextDecoder().decode(stdout).trim().split("\n").at(-1)!) as Timed;
}

/** A thread, and how to have it do one thing. */
interface Hand {
  do(message: unknown): Promise<void>;
  end(): void;
}

async function hand(module: URL): Promise<Hand> {
  const worker = new Worker(module, { type: "module" });
  const answer = () => new Promise<MessageEvent>((resolve) => worker.onmessage = resolve);
  await answer();
  return {
    async do(message) {
      const answered = answer();
      worker.postMessage(message);
      const { data } = await answered;
      if (data?.error) throw new Error(data.error.message);
    },
    end: () => worker.terminate(),
  };
}

/**
 * A turn of one of them beside a turn of both, milliseconds; `ratio` is what they do together in units of what one does alone. Both take from
 * one heap, as the workers of a sweep do.
 */
async function together(hands: readonly Hand[], jobs: readonly unknown[], pair: number) {
  const turn = async (some: readonly Hand[], share: readonly unknown[]) => {
    const start = performance.now();
    let next = 0;
    await Promise.all(some.map(async (one) => {
      while (next < share.length) await one.do(share[next++]);
    }));
    return performance.now() - start;
  };
  const alone = () => turn([hands[pair % 2]!], jobs);
  const both = () => turn(hands, [...jobs, ...jobs]);
  const [first, second] = pair % 4 < 2 ? [alone, both] : [both, alone];
  const [one, two] = [await first(), await second()];
  const times = first === alone ? { alone: one, both: two } : { alone: two, both: one };
  return { ...times, ratio: 2 * times.alone / times.both };
}

async function turns(pairs: number) {
  const { config, days: [day] } = await inputs();
  const { tape, dayId } = day!;
  const points = gridPoints(axes);
  const module = (name: string) => new URL(name, import.meta.url);
  const workers = await Promise.all([0, 1].map(() => hand(module("../lib/parameter_sweep_worker.ts"))));
  const spinners = await Promise.all([0, 1].map(() => hand(module("spin_worker.ts"))));
  const setup: SweepSetup = { config: withoutSecrets(forBacktest(config)), axes };
  const trials = (number: number) =>
    Array.from({ length: 4 }, (_, i) => {
      const point = points[(number * 4 + i) % points.length]!;
      const job: SweepOrder = { day: { day: day!.day, dayId }, tape: tape!, point };
      return { index: 0, job };
    });
  const loops = Array.from({ length: 4 }, () => 2e8);
  for (const worker of workers) await worker.do({ setup });
  type Turns = Awaited<ReturnType<typeof together>>;
  const found = { sweep: [] as Turns[], loop: [] as Turns[] };
  // The first turns compile.
  for (let pair = -2; pair < pairs; pair++) {
    const [sweep, loop] = [
      await together(workers, trials(pair + 2), pair + 2),
      await together(spinners, loops, pair + 2),
    ];
    if (pair < 0) continue;
    found.sweep.push(sweep);
    found.loop.push(loop);
  }
  for (const one of [...workers, ...spinners]) one.end();
  const line = (name: string, all: Turns[]) => {
    const at = (of: keyof Turns, share = 0.5) =>
      quantileSorted(all.map((turns) => turns[of]).toSorted((a, b) => a - b), share);
    const quarters = `${at("ratio", 0.25).toFixed(2)} to ${at("ratio", 0.75).toFixed(2)}`;
    console.log(
      `warm, ${name}: two threads ${at("ratio").toFixed(2)} times one, quarters ${quarters}; a turn ${
        at("alone").toFixed(0)
      } ms alone, ${at("both").toFixed(0)} ms together`,
    );
  };
  line("trials", found.sweep);
  line("a loop", found.loop);
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
  const turned = await new Deno.Command(Deno.execPath(), {
    args: ["run", "-A", FLAGS, SELF, "--turns", String(10 * pairs)],
    stdout: "inherit",
    stderr: "inherit",
  }).output();
  if (!turned.success) Deno.exit(1);
}

if (Deno.args[0] === "--run") console.log(JSON.stringify(await sweep(Number(Deno.args[1]))));
else if (Deno.args[0] === "--turns") await turns(Number(Deno.args[1]));
else {
  const pairs = Number(Deno.args[0] ?? 5);
  if (!Number.isInteger(pairs) || pairs < 1) {
    console.error("Usage: deno run -A bench/sweep_scaling.ts [PAIRS]");
    Deno.exit(2);
  }
  await main(pairs);
}
