/**
 * `deno task backtest`: the strategy of config.yaml over a recorded market, by fill model.
 *
 * @module
 */
import { BRACKET, runBacktest } from "../lib/backtest.ts";
import { kpis, kpiText } from "../lib/kpis.ts";
import { openTape, readRecording } from "../lib/recording.ts";
import { forBacktest, loadConfig, locate, override } from "../lib/settings.ts";
import { help, readOptions, writable } from "./options.ts";
import { main, step, Stop } from "./steps.ts";

const OPTIONS = {
  tape: {
    value: "PATH",
    about: "a tape (.parquet) or a recording's folder; backtest.tape with backtest.overrides if absent",
  },
  run: { value: "NAME", about: "which run of a recording's folder; the latest if absent" },
  config: { value: "FILE", about: "config.yaml if absent" },
  out: { value: "FILE", about: "writes the KPIs as JSON" },
  help: { about: "this text" },
};

await main(async () => {
  const options = readOptions(Deno.args, OPTIONS);
  if (options.has("help")) {
    console.log(
      help("deno task backtest [options]", "Backtests the strategy on a recorded market, by fill model.", OPTIONS),
    );
    return;
  }
  const config = await loadConfig(options.get("config"));
  const path = options.get("tape");
  const run = options.get("run");
  if (run !== undefined && path === undefined) throw new Stop("--run needs --tape, the folder of a recording", 2);
  const out = await writable(options, "out");
  const settings = path === undefined ? forBacktest(config) : override(config, { mode: "paper" });
  const tape = await step("reading the tape", () => {
    if (path === undefined) return openTape(locate(config, config.backtest.tape));
    return run === undefined ? openTape(path) : readRecording(path, run);
  });
  console.log(`${tape.symbol}, ${tape.length} rows: ${tape.source}`);
  const reports = [];
  for (const model of BRACKET) {
    const chosen = override(settings, { fills: { model } });
    reports.push(await step(`fill model ${model}`, () => Promise.resolve(runBacktest(tape, chosen))));
  }
  console.log(kpiText(reports, settings));
  if (out !== undefined) await Deno.writeTextFile(out, JSON.stringify(kpis(reports), undefined, 2) + "\n");
});
