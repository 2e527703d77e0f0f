/**
 * A long live session on a simulated market at high speed: memory of both processes by market time, takers among the fills, and
 * whether session and exchange agree at the end. `bench/session_memory.ts` is the same in a notebook's kernel, with the panel.
 *
 *     deno run -A bench/soak.ts [--hours 24] [--speed 60] [--seed 1] [--tape]
 *
 * `--tape` plays the shipped recording once instead (ten market minutes).
 *
 * @module
 */
import { parseArgs } from "node:util";
import { compareTruth, isEqual } from "./exchange_truth.ts";
import { type LiveBed, openLiveBed } from "./live_bed.ts";
import { residentSet } from "./resident_set.ts";
import { slopeOf } from "./slope.ts";
import { startTestnetChild } from "./testnet_child.ts";

const HELP = `deno run -A bench/soak.ts [options]

  --hours H     market hours (default 24)
  --speed X     market seconds a wall second (default 60)
  --seed N      of the simulated market (default 1)
  --tape        play the shipped recording once instead
  --help        this text`;

const { values } = parseArgs({
  options: {
    hours: { type: "string", default: "24" },
    speed: { type: "string", default: "60" },
    seed: { type: "string", default: "1" },
    tape: { type: "boolean", default: false },
    help: { type: "boolean", default: false },
  },
});
if (values.help) {
  console.log(HELP);
  Deno.exit(0);
}
const [hours, speed, seed] = [values.hours, values.speed, values.seed].map(Number) as [number, number, number];
if (![hours, speed, seed].every((value) => value > 0)) {
  console.error("--hours, --speed and --seed must be numbers > 0");
  Deno.exit(2);
}

interface Sample {
  /** Market hours since the start, wall hours since the start. */
  readonly market: number;
  readonly wall: number;
  /** MB: resident sets, and what of the session's is live objects. */
  readonly session: number;
  readonly heap: number;
  readonly testnet: number;
  readonly fills: number;
}

const tape = new URL("../data/sample/binance_spot_btcusdt_20240808", import.meta.url).pathname;
const testnet = await startTestnetChild(
  values.tape ? { tape, speed, start: 48 } : { market: "synthetic", speed, start: 300, seed },
);
const bed = await openLiveBed({
  testnet,
  isLong: true,
  config: { session: { minutes: values.tape ? 0 : hours * 60 } },
});
const started = performance.now();
const samples: Sample[] = [];
/** Market hours between two samples. */
const EVERY = hours / 288;
let nextSample = 0;
let nextLine = 0;
let isOver = false;
void bed.ended.then(() => isOver = true);

async function sample(bed: LiveBed): Promise<void> {
  const { elapsed, fills } = bed.session.snapshot();
  const market = elapsed / 3600;
  if (market < nextSample) return;
  nextSample += EVERY;
  const { rss, heapUsed } = Deno.memoryUsage();
  const wall = (performance.now() - started) / 3.6e6;
  const mb = 1024 * 1024;
  samples.push({
    market,
    wall,
    session: rss / mb,
    heap: heapUsed / mb,
    testnet: await residentSet(testnet.pid) / mb,
    fills,
  });
  if (market < nextLine) return;
  nextLine += hours / 48;
  const { session, heap, testnet: other } = samples.at(-1)!;
  console.log(
    `${market.toFixed(2)} market h, ${(wall * 60).toFixed(1)} min: session ${session.toFixed(0)} MB ` +
      `(heap ${heap.toFixed(0)}), testnet ${other.toFixed(0)} MB, ${fills} fills, ${bed.session.snapshot().state}`,
  );
}

while (!isOver) {
  await sample(bed);
  if (values.tape && (await testnet.ask("/status")).ended) break;
  await new Promise((resolve) => setTimeout(resolve, 100));
}
const report = await bed.session.stop("the recording is over");
const wallHours = (performance.now() - started) / 3.6e6;
const difference = compareTruth(await bed.truth(), bed.belief, bed.opening, bed.pair);
const venue = await bed.orders.close();
console.log(
  `\nended: ${report.reason}, after ${((report.endTs - report.startTs) / 3.6e9).toFixed(2)} market h and ` +
    `${(wallHours * 60).toFixed(1)} min; ${report.fills.length} fills, ${difference.taker} of them taker`,
);
console.log(`orders: ${JSON.stringify(report.counts)}`);
console.log(`session and exchange: ${isEqual(difference) ? "equal" : JSON.stringify(difference, undefined, 1)}`);
console.log(`the session's own last comparison: ${venue.problems.join("; ") || "no difference"}`);

const meanOf = (of: readonly Sample[], what: "session" | "heap" | "testnet") =>
  of.reduce((sum, one) => sum + one[what], 0) / of.length;
// The first tenth is what a process takes before it has what it needs.
const settled = samples.slice(Math.floor(samples.length / 10));
for (const what of ["session", "heap", "testnet"] as const) {
  for (const by of ["market", "wall"] as const) {
    const line = slopeOf(settled.map((one) => [one[by], one[what]]));
    if (!line) continue;
    console.log(`${what.padEnd(8)} ${line.slope.toFixed(3)} ± ${line.error.toFixed(3)} MB a ${by} hour`);
  }
  const half = settled.length / 2;
  const [first, second] = [settled.slice(0, half), settled.slice(half)].map((part) => meanOf(part, what).toFixed(1));
  console.log(`${what.padEnd(8)} mean of the first half ${first} MB, of the second ${second}`);
}
await bed.close();
await testnet.close();
const isGood = isEqual(difference) && difference.taker === 0 && venue.problems.length === 0;
Deno.exit(isGood ? 0 : 1);
