/**
 * `deno task latency`: measured orders of a live session, or of a file of hftbacktest's, as a file for `fills.latency_file`.
 *
 * @module
 */
import { readLatency, writeLatency } from "../lib/latency_file.ts";
import { measuredOrders } from "../lib/measured_orders.ts";
import type { MeasuredLatency } from "../lib/order_latency.ts";
import { loadConfig, locate } from "../lib/settings.ts";
import { help, readOptions, writable } from "./options.ts";
import { main, step, Stop } from "./steps.ts";

const OPTIONS = {
  data: { value: "PATH", about: "a live recording's folder, or a file of measured orders; paths.data if absent" },
  run: { value: "NAME", about: "which run of the folder; the latest if absent" },
  out: { value: "FILE", about: "writes them as Parquet, for fills.latency_file" },
  help: { about: "this text" },
};

await main(async () => {
  const options = readOptions(Deno.args, OPTIONS);
  if (options.has("help")) {
    console.log(help("deno task latency [options]", "Shows, and writes, how long measured orders took.", OPTIONS));
    return;
  }
  const config = await loadConfig();
  const path = options.get("data") ?? locate(config, config.paths.data);
  const out = await writable(options, "out");
  if (out !== undefined && !out.endsWith(".parquet")) throw new Stop(`--out ${out}: must end in .parquet`, 2);
  const measured = await step(`reading ${path}`, () => read(path, options.get("run")));
  show(measured);
  if (out === undefined) return;
  await writeLatency(out, measured);
  console.log(out);
});

async function read(path: string, run: string | undefined): Promise<MeasuredLatency> {
  if (run === undefined && (await Deno.stat(path).catch(() => undefined))?.isFile) return await readLatency(path);
  const found = await measuredOrders(path, run);
  console.log(
    `run ${found.run}: ${found.unmeasured} orders without an answer that dates them, ${found.moved} dated outside of sending and answer`,
  );
  return found;
}

/** Percentiles of both ways. */
function show({ sentTs, exchTs, answeredTs }: MeasuredLatency) {
  const line = (name: string, from: Float64Array, to: Float64Array) => {
    const sorted = from.map((ts, i) => to[i]! - ts).sort();
    const at = (share: number) => `${(sorted[Math.round(share * (sorted.length - 1))]! / 1000).toFixed(3)} ms`;
    console.log(`${name.padEnd(9)} median ${at(0.5)}, 90 % ${at(0.9)}, 99 % ${at(0.99)}, most ${at(1)}`);
  };
  const time = (ts: number) => new Date(ts / 1000).toISOString();
  console.log(`${sentTs.length} orders, ${time(sentTs[0]!)} to ${time(sentTs.at(-1)!)}`);
  line("entry", sentTs, exchTs);
  line("response", exchTs, answeredTs);
}
