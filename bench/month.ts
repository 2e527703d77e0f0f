/**
 * Days of BTC/USDT depth and trades through the project's own strategy, a part at a time: how fast, and how much memory at most.
 *
 * `deno run -A bench/month.ts [DAYS]`, 30 where not given: the shipped recording over and over, 42 million rows a day.
 *
 * @module
 */

import { startBacktest } from "../lib/backtest.ts";
import { loadConfig, override } from "../lib/settings.ts";
import { sampleTape, SPAN, tiled } from "./tiled.ts";

const days = Number(Deno.args[0] ?? 30);
if (!(days > 0)) {
  console.error("Usage: deno run -A bench/month.ts [DAYS]");
  Deno.exit(2);
}
/** Most memory that the process ever held, MiB. */
const peak = () => Number(/VmHWM:\s+(\d+)/.exec(Deno.readTextFileSync("/proc/self/status"))![1]) / 1024;

const config = override(await loadConfig(), { mode: "paper", risk: { max_drawdown: 1e9 } });
const sample = await sampleTape();
const copies = Math.ceil(days * 86_400e6 / SPAN);
console.log(
  `${copies} copies of ${sample.length} rows: ${(copies * sample.length / 1e6).toFixed(0)} million, ${days} days`,
);
const run = startBacktest(sample, config);
const start = performance.now();
let working = 0;
for (let n = 0; n < copies; n++) {
  const part = tiled(sample, 1, n);
  const before = performance.now();
  run.push(part);
  working += performance.now() - before;
  if ((n + 1) % Math.max(1, Math.round(copies / 10)) === 0) {
    console.log(
      `${String(n + 1).padStart(6)} copies   ${(working / 1e3).toFixed(1).padStart(7)} s   ${
        ((n + 1) * sample.length / working / 1e3).toFixed(2)
      } M rows/s   peak ${peak().toFixed(0)} MiB`,
    );
  }
}
const report = run.end();
const seconds = (performance.now() - start) / 1e3;
console.log(
  `${report.rows} rows, ${report.fills.length} fills, hash ${report.fillsHash}; ${seconds.toFixed(1)} s in all, ${
    (working / 1e3 / days).toFixed(1)
  } s a day in the engine; peak ${peak().toFixed(0)} MiB`,
);
