/**
 * `deno task backtest`: the strategy of config.yaml over a recorded market, by fill model, fee tier and latency.
 *
 * @module
 */
import { join } from "node:path";
import { BRACKET } from "../lib/backtest.ts";
import { openHeldOut } from "../lib/held_out.ts";
import { kpis, kpiText } from "../lib/kpis.ts";
import { axesOf, headlineConfig, runMatrix } from "../lib/matrix.ts";
import { attributionTable, headlineTable, matrixTable } from "../lib/matrix_table.ts";
import { tapeId } from "../lib/parameter_sweep.ts";
import { openTape, readRecording } from "../lib/recording.ts";
import { writeReport } from "../lib/report_files.ts";
import { type Config, forBacktest, loadConfig, locate, override } from "../lib/settings.ts";
import { splitDays } from "../lib/tape_days.ts";
import type { Tape } from "../lib/tape.ts";
import { unquotable } from "../lib/tape_rows.ts";
import { configId } from "../lib/trial.ts";
import { openTrials } from "../lib/trial_store.ts";
import { noteTried } from "../lib/tried.ts";
import { bar } from "./bar.ts";
import { help, positive, readOptions, writable } from "./options.ts";
import { main, step, Stop } from "./steps.ts";

const OPTIONS = {
  data: {
    value: "PATH",
    about:
      "a tape (.parquet), a recording's folder or another recorder's files; backtest.tape with its overrides if absent",
  },
  tape: { value: "PATH", about: "the same as --data" },
  run: { value: "NAME", about: "which run of a recording's folder; the latest if absent" },
  config: { value: "FILE", about: "config.yaml if absent" },
  out: { value: "FOLDER", about: "writes report.json, .txt, .html and fills.parquet; a name.json gets the KPIs alone" },
  unlock: { value: "DAYS", about: "days that a sweep holds out, 2024-08-08, to look at all the same; it is recorded" },
  orders: { about: "writes orders.parquet too: each order of the headline's fee tier and latency" },
  brief: { about: "only the headline's fee tier and latency, by fill model" },
  workers: { value: "N", about: "threads; as many as cores if absent" },
  help: { about: "this text" },
};

await main(async () => {
  const options = readOptions(Deno.args, OPTIONS);
  if (options.has("help")) {
    const about =
      "Backtests the strategy on a recorded market, by fill model, fee tier and latency, and judges the headline.";
    console.log(help("deno task backtest [options]", about, OPTIONS));
    return;
  }
  const config = await loadConfig(options.get("config"));
  if (options.has("data") && options.has("tape")) throw new Stop("--data and --tape are the same, give one", 2);
  const path = options.get("data") ?? options.get("tape");
  const run = options.get("run");
  if (run !== undefined && path === undefined) throw new Stop("--run needs --data, the folder of a recording", 2);
  const isKpiFile = options.get("out")?.endsWith(".json") ?? false;
  const kpiFile = isKpiFile ? await writable(options, "out") : undefined;
  const folder = isKpiFile ? undefined : options.get("out");
  if (folder !== undefined) await makeFolder(folder);
  const workers = positive(options, "workers");
  const settings = path === undefined ? forBacktest(config) : override(config, { mode: "paper" });
  const tape = await step("reading the tape", () => {
    if (path === undefined) return openTape(locate(config, config.backtest.tape));
    return run === undefined ? openTape(path) : readRecording(path, run);
  });
  console.log(`${tape.symbol}, ${tape.length} rows: ${tape.source}`);
  const reason = unquotable(tape);
  if (reason !== undefined) console.log(`WARNING: nothing will be quoted on this tape: ${reason}`);
  lookAtHeldOut(tape, settings, options.get("unlock"));
  const { headline_tier, headline_latency } = settings.backtest;
  const all = axesOf(settings);
  const axes = options.has("brief")
    ? { ...all, tiers: all.tiers.filter(({ name }) => name === headline_tier), latencies: [headline_latency] }
    : all;
  const cells = axes.models.length * axes.tiers.length * axes.latencies.length;
  const progress = bar(`${cells} cells`);
  const matrix = await runMatrix(tape, settings, {
    axes,
    progress,
    keepOrders: folder !== undefined && options.has("orders"),
    ...(workers === undefined ? {} : { workers: Math.ceil(Number(workers)) }),
  });
  const trials = openTrials(join(locate(config, config.paths.data), "trials"));
  await step("noting it as a trial", () => noteTried(tape, headlineConfig(settings), trials));
  const bracket = matrix.runs.filter(({ model }) => (BRACKET as readonly string[]).includes(model))
    .sort((a, b) => BRACKET.indexOf(a.model as never) - BRACKET.indexOf(b.model as never));
  console.log(kpiText(bracket, settings));
  for (const table of [matrixTable, attributionTable, headlineTable]) console.log(`\n${table(matrix.report).text}`);
  if (kpiFile !== undefined) {
    await Deno.writeTextFile(kpiFile, JSON.stringify(kpis(bracket), undefined, 2) + "\n");
  }
  if (folder !== undefined) {
    const files = await step(`writing ${folder}`, () => writeReport(folder, matrix, settings));
    console.log(files.map((name) => `${folder}/${name}`).join("\n"));
  }
});

/** @throws {Stop} where the tape has a held-out day that is not named */
function lookAtHeldOut(tape: Tape, config: Config, unlock = ""): void {
  const heldOut = openHeldOut(join(locate(config, config.paths.data), "trials"));
  if (heldOut.isEmpty) return;
  const named = unlock.split(",").map((day) => day.trim());
  for (const { day, tape: rows } of splitDays(tape)) {
    const dayId = tapeId(rows);
    if (!heldOut.isLocked(dayId)) continue;
    if (!named.includes(day)) {
      throw new Stop(`${day} is held out; to look at it all the same, name it: --unlock ${day}`);
    }
    const looks = heldOut.look({ day, dayId }, configId(config));
    console.log(`${day} is held out, and has now been looked at ${looks} time${looks > 1 ? "s" : ""}`);
  }
}

/** Found out before the work whose results go there. */
async function makeFolder(path: string): Promise<void> {
  try {
    await Deno.mkdir(path, { recursive: true });
  } catch (error) {
    throw new Stop(`--out ${path}: cannot be made (${error instanceof Error ? error.message : error})`, 2);
  }
}
