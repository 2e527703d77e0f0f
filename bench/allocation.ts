/**
 * What the engine allocates: bytes a row, a decision and an order, by function, as V8's sampling heap profiler sees them.
 *
 * `deno run -A bench/allocation.ts [RUNS]`: three runs of each where not given, behind two that let the compiler settle. The strategy runs
 * over the shipped day of ETH/USD, a grid rule over four copies of the BTC/USDT recording. Rows that pass by allocate nothing; orders, their
 * messages and their fills are objects.
 *
 * @module
 */

import inspector from "node:inspector";
import { runBacktest } from "../lib/backtest.ts";
import { openTape } from "../lib/recording.ts";
import { backtestRule } from "../lib/rule_backtest.ts";
import { forBacktest, loadConfig, locate } from "../lib/settings.ts";
import { gridRule } from "./grid_rule.ts";
import { sampleTape, tiled } from "./tiled.ts";

const runs = Number(Deno.args[0] ?? 3);
if (!Number.isInteger(runs) || runs < 1) {
  console.error("Usage: deno run -A bench/allocation.ts [RUNS]");
  Deno.exit(2);
}

interface Node {
  readonly callFrame: { readonly functionName: string; readonly url: string; readonly lineNumber: number };
  readonly selfSize: number;
  readonly children: readonly Node[];
}

const session = new inspector.Session();
session.connect();

function post<Answer>(method: string, parameters: object = {}): Promise<Answer> {
  return new Promise((resolve, reject) => {
    const done = (error: Error | null, answer: unknown) => error ? reject(error) : resolve(answer as Answer);
    session.post(method, parameters, done);
  });
}

/** Bytes allocated by each function while `work` runs. */
async function allocated(work: () => void): Promise<Map<string, number>> {
  await post("HeapProfiler.startSampling", {
    samplingInterval: 4096,
    includeObjectsCollectedByMajorGC: true,
    includeObjectsCollectedByMinorGC: true,
  });
  work();
  const { profile } = await post<{ profile: { head: Node } }>("HeapProfiler.stopSampling");
  const bytes = new Map<string, number>();
  const visit = ({ callFrame: { functionName, url }, selfSize, children }: Node) => {
    const name = `${functionName || "(anonymous)"} ${url.split("/").at(-1)}`;
    bytes.set(name, (bytes.get(name) ?? 0) + selfSize);
    children.forEach(visit);
  };
  visit(profile.head);
  return bytes;
}

async function show(name: string, rows: number, work: () => { readonly sent: number }) {
  work();
  const { sent } = work();
  const bytes = await allocated(() => {
    for (let i = 0; i < runs; i++) work();
  });
  const total = [...bytes.values()].reduce((sum, size) => sum + size, 0) / runs;
  console.log(
    `${name}: ${rows} rows, ${sent} orders: ${(total / 1e6).toFixed(1)} MB a run, ${
      (total / rows).toFixed(0)
    } bytes a row`,
  );
  for (const [place, size] of [...bytes].sort(([, a], [, b]) => b - a).slice(0, 12)) {
    console.log(`  ${(size / runs / rows).toFixed(1).padStart(7)}  ${place}`);
  }
}

await post("HeapProfiler.enable");
const config = await loadConfig();
const day = await openTape(locate(config, config.backtest.tape));
await show("strategy", day.length, () => runBacktest(day, forBacktest(config)).counts);
const tape = tiled(await sampleTape(), 4);
const rule = gridRule({ stepUs: 1e5, half: 150, skew: 0.002, lots: 10_000, cap: 100_000, levels: 1, spacing: 50 });
await show("grid rule", tape.length, () => backtestRule(tape, rule, forBacktest(config)).counts);
