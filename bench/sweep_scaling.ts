/**
 * How a sweep scales: the same trials on one thread and on two, in pairs, on an idle machine.
 *
 * `deno run -A bench/sweep_scaling.ts [PAIRS]`: five pairs where not given. Prints both times of each pair and the median ratio.
 *
 * @module
 */

import { join } from "node:path";
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
const axes = [readAxis("model.gamma=0.3,0.5,1,2"), readAxis("quotes.requote_ticks=0,1,2,5,10,20")];
const days = await findDays([locate(config, config.backtest.tape)]);
const folder = await Deno.makeTempDir({ prefix: "makerbook-" });
let made = 0;

async function seconds(workers: number): Promise<number> {
  const root = join(folder, String(made++));
  const start = performance.now();
  await runSweep({
    ...{ config: forBacktest(config), axes, days, workers },
    trials: openTrials(root),
    heldOut: openHeldOut(root),
  });
  return (performance.now() - start) / 1000;
}

const median = (values: number[]) => values.toSorted((a, b) => a - b)[values.length >> 1]!;
try {
  console.log(`24 trials of a day, ${navigator.hardwareConcurrency} cores, load ${Deno.loadavg()[0]!.toFixed(2)}`);
  await seconds(2); // the first run compiles
  const ratios: number[] = [];
  for (let pair = 0; pair < pairs; pair++) {
    const [one, two] = pair % 2 === 0
      ? [await seconds(1), await seconds(2)]
      : [await seconds(2), await seconds(1)].reverse() as [number, number];
    ratios.push(one / two);
    console.log(
      `pair ${pair + 1}: one thread ${one.toFixed(2)} s, two ${two.toFixed(2)} s, ratio ${(one / two).toFixed(2)}`,
    );
  }
  console.log(`median ratio ${median(ratios).toFixed(2)}`);
} finally {
  await Deno.remove(folder, { recursive: true });
}
