/**
 * `deno task sweep`: a grid of parameters over days of recordings, on all cores, resumable.
 *
 * @module
 */
import { join } from "node:path";
import { readAxis } from "../lib/grid.ts";
import { openHeldOut } from "../lib/held_out.ts";
import { daysToHold, findDays, runSweep } from "../lib/parameter_sweep.ts";
import { forBacktest, loadConfig, locate, override } from "../lib/settings.ts";
import { writeSweep } from "../lib/sweep_files.ts";
import { sweepTable, sweepVerdict } from "../lib/sweep_table.ts";
import { openTrials } from "../lib/trial_store.ts";
import { bar } from "./bar.ts";
import { help, positive, readOptions } from "./options.ts";
import { main, step, Stop } from "./steps.ts";

const OPTIONS = {
  grid: {
    value: "AXES",
    about: 'keys and their values, axes with ";" between: "model.gamma=0.5,1,2; quotes.requote_ticks=0,5"',
  },
  data: { value: "PATHS", about: "tapes or recordings, commas between; backtest.tape with its overrides if absent" },
  config: { value: "FILE", about: "config.yaml if absent" },
  out: { value: "FOLDER", about: "writes sweep.json, .txt, .html and .parquet; <paths.out>/sweep if absent" },
  "hold-out": {
    value: "N",
    about: "days kept from every choice, for good: the last never chosen from; a fifth of all if absent",
  },
  unlock: { value: "DAYS", about: "held-out days to run the winner on, 2024-08-08; each look is recorded" },
  train: { value: "N", about: "days before the first that walk-forward trades; 1 if absent" },
  workers: { value: "N", about: "threads; as many as cores if absent" },
  help: { about: "this text" },
};

await main(async () => {
  const options = readOptions(Deno.args, OPTIONS);
  if (options.has("help")) {
    const about = "Backtests a grid of parameters over days. Killed and started again, it goes on where it stopped.";
    console.log(help("deno task sweep --grid AXES [options]", about, OPTIONS));
    return;
  }
  const text = options.get("grid");
  if (text === undefined) throw new Stop('--grid is missing, for example --grid "model.gamma=0.5,1,2"', 2);
  const axes = text.split(";").map((axis) => axis.trim()).filter((axis) => axis !== "").map(readAxis);
  const config = await loadConfig(options.get("config"));
  const given = options.get("data")?.split(",").map((path) => path.trim());
  const settings = given === undefined ? forBacktest(config) : override(config, { mode: "paper" });
  const paths = given ?? [locate(config, config.backtest.tape)];
  const out = options.get("out") ?? join(locate(config, config.paths.out), "sweep");
  const [workers, train] = [count(options, "workers"), count(options, "train")];

  const days = await step("reading the recordings", () => findDays(paths));
  const root = join(locate(config, config.paths.data), "trials");
  const heldOut = openHeldOut(root);
  const trials = openTrials(root);
  const hold = options.get("hold-out");
  if (hold !== undefined && !/^\d+$/.test(hold)) {
    throw new Stop(`--hold-out = ${hold}, must be a whole number >= 0`, 2);
  }
  heldOut.lock(daysToHold(days, { trials, heldOut }, hold === undefined ? undefined : Number(hold)));
  const unlock = options.get("unlock")?.split(",").map((day) => day.trim());
  const draw = bar("trials");
  const report = await runSweep({
    ...{ config: settings, axes, days, trials, heldOut, unlock, workers, trainDays: train },
    progress: (done, total) => draw(done / total),
  });
  console.log(`\n${sweepTable(report).text}\n\n${sweepVerdict(report)}\n`);
  const files = await writeSweep(out, report);
  console.log(files.map((name) => join(out, name)).join("\n"));
});

function count(options: Map<string, string>, name: string): number | undefined {
  const text = positive(options, name);
  if (text === undefined) return undefined;
  if (!Number.isInteger(Number(text))) throw new Stop(`--${name} = ${text}, must be a whole number`, 2);
  return Number(text);
}
