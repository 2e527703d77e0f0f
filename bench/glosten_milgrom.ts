/**
 * Three days of the synthetic Glosten–Milgrom market: are k and the informed share found within their stated errors, and what do the
 * acceptance criteria say of the strategy there, with fees, without, and with a rebate?
 *
 * `deno run -A bench/glosten_milgrom.ts [DAYS]`: the market is made once (minutes) and kept below data/synthetic.
 *
 * @module
 */

import { join } from "node:path";
import { feeTier } from "../lib/fee_tiers.ts";
import { headlineText, judge } from "../lib/headline.ts";
import { informedShare, takerMoves } from "../lib/informed_share.ts";
import { axesOf, runMatrix } from "../lib/matrix.ts";
import { attributionTable, matrixTable } from "../lib/matrix_table.ts";
import { openTape, writeTape } from "../lib/recording.ts";
import { loadConfig, locate, override } from "../lib/settings.ts";
import { bar } from "../scripts/bar.ts";
import { worldTape } from "testnet/engine/synthetic_tape.ts";

const days = Number(Deno.args[0] ?? 3);
if (!(days > 0 && days <= 30)) {
  console.error("Usage: deno run -A bench/glosten_milgrom.ts [DAYS]");
  Deno.exit(2);
}
const WORLD = { seed: 1, k: 5, informed: 0.3, dealers: 1, levels: 3 };
const config = await loadConfig();
const folder = join(locate(config, config.paths.data), "synthetic");
const path = join(folder, `glosten_milgrom_${days}d_k${WORLD.k}_mu${WORLD.informed}_seed${WORLD.seed}.parquet`);
const isThere = await Deno.stat(path).then(() => true, () => false);
if (!isThere) {
  const tape = worldTape({ ...WORLD, seconds: days * 86_400, progress: bar("making the market") });
  await Deno.mkdir(folder, { recursive: true });
  await writeTape(path, tape);
}
const tape = await openTape(path);
console.log(`${tape.source}: ${tape.length} rows, ${days} days\n`);

const found = informedShare(takerMoves(tape))!;
const line = (name: string, value: number, error: number, truth: number) => {
  const off = error > 0
    ? `${((value - truth) / error).toFixed(2)} errors off`
    : value === truth
    ? "exact"
    : "no error stated";
  console.log(`${name.padEnd(34)} ${value.toFixed(5)} ± ${error.toFixed(5)}   truth ${truth}   ${off}`);
};
console.log(`${found.takers} takers`);
line("k (USDT/BTC)", found.k, found.kError, WORLD.k);
line("informed share mu", found.informed, found.informedError, WORLD.informed);
line("half-spread k·mu (USDT/BTC)", found.halfSpread, found.halfSpreadError, WORLD.k * WORLD.informed);

const settings = override(config, { mode: "paper", fills: { feed_latency: 0 }, risk: { max_drawdown: 1e6 } });
const axes = {
  models: axesOf(settings).models,
  tiers: ["configured", "zero", "rebate"].map((name) => feeTier(name, settings)),
  latencies: [1],
};
const { report } = await runMatrix(tape, settings, { axes, progress: bar("matrix") });
console.log(`\n${matrixTable(report).text}\n\n${attributionTable(report).text}\n`);
for (const cell of report.cells) {
  if (cell.model !== report.headline.cell.model) continue;
  console.log(`${headlineText(judge(cell, settings.session.metrics_interval))}\n`);
}
