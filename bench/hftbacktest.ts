/**
 * Our engine beside hftbacktest's: the shipped recording, tiled, under one quoting rule with one queue model and one latency in both. The
 * fills must be the same; then the rates are compared, in pairs of runs, each side on the same core.
 *
 * `deno run -A bench/hftbacktest.ts [--copies 64] [--pairs 5] [--core 1] [--levels 1]`. The first start installs hftbacktest from PyPI
 * into `.bench/venv`; it needs python3 (3.11 or newer) and 6 GB of memory for 20 million rows.
 *
 * @module
 */

import { join } from "node:path";
import process from "node:process";
import { median } from "simple-statistics";
import { exportHftbacktest } from "../lib/import/hftbacktest.ts";
import { readLatency } from "../lib/latency_file.ts";
import { measuredLatency, type OrderLatency } from "../lib/order_latency.ts";
import { createRandom } from "../lib/random.ts";
import { backtestRule, type RuleReport } from "../lib/rule_backtest.ts";
import { validate } from "../lib/schema.ts";
import { override } from "../lib/settings.ts";
import type { Tape } from "../lib/tape.ts";
import { gridRule } from "./grid_rule.ts";
import { sampleTape, SPAN, tiled } from "./tiled.ts";

const VERSION = "2.4.4";
const FOLDER = new URL("../.bench", import.meta.url).pathname;
const VENV = join(FOLDER, "venv");
const PEER = new URL("./hftbacktest_peer.py", import.meta.url).pathname;
const MODELS = ["risk_averse", "power", "log"] as const;
const EXCHANGES = ["partial", "whole"] as const;
const STEP = 100_000;
const LATENCY = 10_000;
/** The case that is run with measured latencies too. */
const MEASURED = ["risk_averse", "partial"] as const;

interface Case {
  readonly model: typeof MODELS[number];
  readonly exchange: typeof EXCHANGES[number];
  readonly levels: number;
  /** File of measured orders; the constant where absent. */
  readonly latency?: string;
}

interface Timed {
  readonly wall: number;
  readonly cpu: number;
  readonly fills: number;
  readonly orders: number;
}

const args = new Map(
  Deno.args.join(" ").split("--").filter(Boolean).map((part) => part.trim().split(/[ =]/) as [string, string]),
);
const number = (name: string, first: number) => Number(args.get(name) ?? first);
const [copies, pairs, core, levels] = [
  number("copies", 64),
  number("pairs", 5),
  number("core", 1),
  number("levels", 1),
];
if (![copies, pairs, levels].every((n) => Number.isInteger(n) && n > 0) || !(core >= 0) || args.has("help")) {
  console.log("Usage: deno run -A bench/hftbacktest.ts [--copies 64] [--pairs 5] [--core 1] [--levels 1]");
  Deno.exit(args.has("help") ? 0 : 2);
}

/** Our side: one run, timed like the peer's, from the first row to the last. */
function runOurs(
  tape: Tape,
  { model, exchange, levels }: Case,
  latency?: OrderLatency,
): { timed: Timed; report: RuleReport } {
  const config = override(validate({}), {
    fills: {
      model,
      power: 2,
      entry_latency: LATENCY / 1e6,
      cancel_latency: LATENCY / 1e6,
      response_latency: LATENCY / 1e6,
    },
    fees: { maker: 0, taker: 0 },
  });
  const rule = gridRule({ stepUs: STEP, half: 150, skew: 0.002, lots: 10_000, cap: 100_000, levels, spacing: 50 });
  const [wall, cpu] = [performance.now(), process.cpuUsage()];
  const report = backtestRule(tape, rule, config, { partialFills: exchange === "partial", latency });
  const { user, system } = process.cpuUsage(cpu);
  return {
    timed: {
      wall: (performance.now() - wall) / 1e3,
      cpu: (user + system) / 1e6,
      fills: report.fills.length,
      orders: report.counts.sent,
    },
    report,
  };
}

/** What the peer can tell of its fills: of each order, by the time of asking at which it was known, with the time of the last of them. */
function asPeerTells({ fills }: RuleReport, lastAsked: number): string[] {
  const told = new Map<
    string,
    { order: number; asked: number; side: number; ticks: number; lots: number; ts: number }
  >();
  for (const { orderId, side, priceTicks, lots, exchTs, localTs } of fills) {
    const asked = Math.ceil(localTs / STEP) * STEP;
    if (asked > lastAsked) continue;
    const before = told.get(`${orderId} ${asked}`);
    const order = Number(orderId);
    const sum = lots + (before?.lots ?? 0);
    told.set(`${orderId} ${asked}`, {
      ...{ order, asked, side: side === "buy" ? 1 : -1, ticks: priceTicks, lots: sum, ts: exchTs },
    });
  }
  return [...told.values()].sort((a, b) => a.asked - b.asked || a.order - b.order)
    .map(({ order, side, ticks, lots, ts }) => `${order} ${side} ${ticks} ${lots} ${ts}`);
}

function peerFills(path: string): string[] {
  const rows = new BigInt64Array(Deno.readFileSync(path).buffer);
  return Array.from({ length: rows.length / 5 }, (_, i) => {
    const [order, side, ticks, lots, ns] = rows.subarray(5 * i, 5 * i + 5);
    return `${order} ${side} ${ticks} ${lots} ${ns! / 1000n}`;
  });
}

/** A program that answers a line with a line. */
function talkTo(command: string, argv: string[]) {
  const child = new Deno.Command(command, { args: argv, stdin: "piped", stdout: "piped", stderr: "inherit" }).spawn();
  const writer = child.stdin.getWriter();
  const lines = child.stdout.pipeThrough(new TextDecoderStream()).getReader();
  let rest = "";
  return {
    async ask<T>(question: unknown): Promise<T> {
      await writer.write(new TextEncoder().encode(JSON.stringify(question) + "\n"));
      while (!rest.includes("\n")) {
        const { value, done } = await lines.read();
        if (done) throw new Error(`${command} ended without an answer`);
        rest += value;
      }
      const end = rest.indexOf("\n");
      const line = rest.slice(0, end);
      rest = rest.slice(end + 1);
      return JSON.parse(line) as T;
    },
    async close() {
      await writer.close();
      await lines.cancel();
      await child.status;
    },
  };
}

async function install() {
  try {
    Deno.statSync(join(VENV, "bin/python"));
    return;
  } catch { /* not installed yet */ }
  console.log(`installing hftbacktest ${VERSION} into ${VENV} (half a minute)`);
  for (
    const [command, ...argv] of [
      ["python3", "-m", "venv", VENV],
      [join(VENV, "bin/pip"), "install", "-q", `hftbacktest==${VERSION}`],
    ]
  ) {
    const { success } = await new Deno.Command(command!, { args: argv }).output();
    if (!success) throw new Error(`${command} ${argv.join(" ")} failed`);
  }
}

/** The other program of ours: the same file, asked for runs. */
async function worker() {
  const tape = tiled(await sampleTape(), copies);
  const reader = Deno.stdin.readable.pipeThrough(new TextDecoderStream());
  let rest = "";
  for await (const text of reader) {
    rest += text;
    for (let end = rest.indexOf("\n"); end >= 0; end = rest.indexOf("\n")) {
      const asked = JSON.parse(rest.slice(0, end)) as Case & { out?: string };
      rest = rest.slice(end + 1);
      const latency = asked.latency === undefined ? undefined : measuredLatency(await readLatency(asked.latency));
      const { timed, report } = runOurs(tape, asked, latency);
      if (asked.out !== undefined) {
        const first = tape.localTs[0]!;
        const last = Math.max(tape.localTs[tape.length - 1]!, tape.exchTs[tape.length - 1]!);
        const lastAsked = Math.ceil(last / STEP) * STEP - STEP;
        if (!(lastAsked > first)) throw new Error("the tape is shorter than a step");
        Deno.writeTextFileSync(asked.out, asPeerTells(report, lastAsked).join("\n"));
      }
      console.log(JSON.stringify(timed));
    }
  }
}

/**
 * Orders measured each second of a tape, nanoseconds. Entries differ by so much that all orders of the rule, sent at whole steps, arrive at
 * whole microseconds: ours have no others.
 */
function madeLatency(sample: Tape, copies: number) {
  const random = createRandom(1);
  const first = Math.floor(sample.localTs[0]! / 1e6);
  const seconds = Math.ceil(copies * SPAN / 1e6) + 2;
  const made = (value: (i: number) => number) => Array.from({ length: seconds }, (_, i) => value(i));
  return {
    req: made((i) => (first + i) * 1e9),
    entry: made(() => (200 + random.integer(3000)) * 10_000),
    response: made(() => (2000 + random.integer(30_000)) * 1000),
  };
}

async function main() {
  await Deno.mkdir(FOLDER, { recursive: true });
  await install();
  const sample = await sampleTape();
  const npz = join(FOLDER, "sample.npz");
  exportHftbacktest(npz, sample);
  const rows = sample.length * copies;
  console.log(
    `${
      rows.toLocaleString("en-US")
    } rows: the BTC/USDT recording ${copies} times; Deno ${Deno.version.deno}, hftbacktest ${VERSION}`,
  );
  console.log(
    `both on core ${core}, a quote a side × ${levels} asked every ${STEP / 1000} ms, latencies ${
      LATENCY / 1000
    } ms each\n`,
  );

  const pin = (argv: string[]) => ["-c", String(core), ...argv];
  const self = new URL(import.meta.url).pathname;
  const ours = talkTo("taskset", pin([Deno.execPath(), "run", "-A", self, ...Deno.args, "--worker", "1"]));
  const peer = talkTo("taskset", pin([join(VENV, "bin/python"), PEER]));
  const spec = {
    ...{
      tick: sample.tickSize,
      lot: sample.lotSize,
      entry: LATENCY * 1000,
      response: LATENCY * 1000,
      step: STEP * 1000,
    },
    ...{ half: 150, skew: 0.002, size: 0.01, cap: 100_000, levels, spacing: 50, power: 2 },
    // The narrowest range that holds the prices of the quotes: its vector of prices is fastest then.
    roi: [58_000, 65_000],
  };
  await peer.ask({ load: npz, copies, span: SPAN * 1000, spec });

  const measured = join(FOLDER, "latency.npz");
  await peer.ask({ latency: measured, ...madeLatency(sample, copies) });

  let differences = 0;
  console.log("queue model    exchange   latency    fills told   only ours   only theirs");
  const compare = async (latency?: string) => {
    const cases = latency
      ? [MEASURED]
      : MODELS.flatMap((model) => EXCHANGES.map((exchange) => [model, exchange] as const));
    for (const [model, exchange] of cases) {
      const [mine, theirs] = [join(FOLDER, "ours.txt"), join(FOLDER, "theirs.bin")];
      const { fills } = await peer.ask<Timed>({
        ...{ model, exchange, room: 4_000_000, out: theirs },
        spec: latency ? { ...spec, latency: [latency] } : spec,
      });
      await ours.ask({ model, exchange, levels, out: mine, latency });
      const a = Deno.readTextFileSync(mine).split("\n").filter(Boolean);
      const b = peerFills(theirs);
      const [inA, inB] = [new Set(a), new Set(b)];
      const onlyA = a.filter((fill) => !inB.has(fill)), onlyB = b.filter((fill) => !inA.has(fill));
      differences += onlyA.length + onlyB.length + Math.abs(fills - b.length);
      console.log(
        `${model.padEnd(14)} ${exchange.padEnd(10)} ${(latency ? "measured" : "constant").padEnd(8)} ${
          String(b.length).padStart(12)
        } ${String(onlyA.length).padStart(11)} ${String(onlyB.length).padStart(13)}`,
      );
      for (const fill of [...onlyA.slice(0, 3), ...onlyB.slice(0, 3)]) {
        console.log(`  order side ticks lots time: ${fill}`);
      }
    }
  };
  await compare();

  const ratios = { wall: [] as number[], cpu: [] as number[] };
  console.log("\npair   ours: wall s   cpu s   M rows/s     theirs: wall s   cpu s   M rows/s     ratio: wall    cpu");
  for (let pair = 1; pair <= pairs; pair++) {
    const asked = { model: "risk_averse", exchange: "partial" } as const;
    const mine = await ours.ask<Timed>({ ...asked, levels });
    const theirs = await peer.ask<Timed>({ ...asked, spec, room: 4_000_000, out: join(FOLDER, "theirs.bin") });
    ratios.wall.push(theirs.wall / mine.wall);
    ratios.cpu.push(theirs.cpu / mine.cpu);
    const side = ({ wall, cpu }: Timed, width: number) =>
      `${wall.toFixed(2).padStart(width)} ${cpu.toFixed(2).padStart(7)} ${(rows / wall / 1e6).toFixed(1).padStart(10)}`;
    console.log(
      `${String(pair).padStart(4)} ${side(mine, 14)} ${side(theirs, 18)} ${
        ratios.wall.at(-1)!.toFixed(2).padStart(15)
      } ${ratios.cpu.at(-1)!.toFixed(2).padStart(6)}`,
    );
  }
  for (const [name, values] of Object.entries(ratios)) {
    console.log(
      `ratio by ${name} time: median ${median(values).toFixed(2)}, from ${Math.min(...values).toFixed(2)} to ${
        Math.max(...values).toFixed(2)
      }`,
    );
  }
  // Last: a process that has seen two kinds of latency is compiled for both, and slower.
  console.log("\nqueue model    exchange   latency    fills told   only ours   only theirs");
  await compare(measured);
  await Promise.all([ours.close(), peer.close()]);
  if (differences > 0) Deno.exit(1);
}

if (args.has("worker")) await worker();
else await main();
