/**
 * Whether a session's memory, and the notebook in which it is watched, stay flat: hours of a simulated market in a real kernel, as the
 * notebook runs it, with the panel on; the testnet is a process of its own.
 *
 *     deno run -A bench/session_memory.ts [--hours 24] [--speed 60] [--mode live] [--without-kernel]
 *
 * Prints a line each market hour, the slopes of the least-squares lines after the first tenth of the hours (what a process takes before
 * it has what it needs), what grows by design, and the size of the executed notebook.
 *
 * @module
 */
import { parseArgs } from "node:util";
import { join } from "node:path";
import { installKernel, installTools, ROOT } from "../scripts/jupyter.ts";
import { executeNotebook } from "../scripts/notebook.ts";
import type { MemoryEnd, MemoryJob, MemorySample } from "./memory_session.ts";
import { residentSet } from "./resident_set.ts";
import { slopeOf } from "./slope.ts";
import { startTestnetChild } from "./testnet_child.ts";

const HELP = `deno run -A bench/session_memory.ts [options]

  --hours H          market hours (default 24)
  --speed X          market seconds a wall second (default 60)
  --mode M           live or paper (default live)
  --seed N           of the simulated market (default 1)
  --without-kernel   in a plain process, where nothing is displayed
  --help             this text`;

const { values } = parseArgs({
  options: {
    hours: { type: "string", default: "24" },
    speed: { type: "string", default: "60" },
    mode: { type: "string", default: "live" },
    seed: { type: "string", default: "1" },
    "without-kernel": { type: "boolean", default: false },
    help: { type: "boolean", default: false },
  },
});
if (values.help) {
  console.log(HELP);
  Deno.exit(0);
}
const [hours, speed, seed] = [values.hours, values.speed, values.seed].map(Number) as [number, number, number];
const mode = values.mode as MemoryJob["mode"];
if (![hours, speed, seed].every((value) => value > 0) || !["live", "paper"].includes(mode)) {
  console.error("--hours, --speed and --seed must be numbers > 0, --mode live or paper");
  Deno.exit(2);
}

const MODULE = new URL("./memory_session.ts", import.meta.url);
const MB = 1024 * 1024;
const mb = (bytes: number, digits = 0) => (bytes / MB).toFixed(digits);

interface Sample extends MemorySample {
  /** Bytes. */
  readonly testnet: number;
}

const isKernel = !values["without-kernel"];
if (isKernel) {
  await installTools("headless");
  await installKernel();
}
// A kernel finds the project's modules by the folder that it runs in.
await Deno.mkdir(join(ROOT, "out"), { recursive: true });
const folder = await Deno.makeTempDir({ dir: join(ROOT, "out"), prefix: "memory_" });
const testnet = await startTestnetChild({ market: "synthetic", speed, start: 300, seed });
const { rest, ws, control } = testnet;
const job: MemoryJob = {
  ...{ testnet: { rest, ws, control }, mode, minutes: hours * 60, root: join(folder, "data") },
  ...{ lines: join(folder, "lines.jsonl"), every: hours * 3600 / 288 },
};
await Deno.writeTextFile(job.lines, "");
const samples: Sample[] = [];
let end: MemoryEnd | undefined;
let isOver = false;
const running = (isKernel ? inKernel() : inProcess()).finally(() => isOver = true);
running.catch(() => {});
await follow();
const notebook = await running;
await testnet.close();

if (end === undefined) {
  console.error("the session did not end as it should");
  Deno.exit(1);
}
const settled = samples.slice(Math.floor(samples.length / 10));
console.log(`\nended: ${end.reason}; ${end.fills} fills, ${end.takers} of them taker`);
if (end.problems) console.log(`account: ${end.problems.join("; ") || "no difference"}`);
console.log(`slopes after the first ${(settled[0]!.market / 3600).toFixed(1)} market hours, MB a market hour:`);
const series: Record<string, (sample: Sample) => number> = {
  ...{ "session, resident": (one) => one.resident / MB, "session, heap": (one) => one.heap / MB },
  ...{ "session, buffers": (one) => one.external / MB, "testnet, resident": (one) => one.testnet / MB },
  ...(isKernel ? { "notebook": (one: Sample) => one.shown / MB } : {}),
};
for (const [name, value] of Object.entries(series)) {
  const line = slopeOf(settled.map((one) => [one.market / 3600, value(one)]));
  const [first, last] = [
    mean(settled.slice(0, settled.length / 2), value),
    mean(settled.slice(settled.length / 2), value),
  ];
  const halves = `mean of the first half ${first.toFixed(2)}, of the second ${last.toFixed(2)}`;
  if (line) console.log(`  ${name.padEnd(18)} ${line.slope.toFixed(3)} ± ${line.error.toFixed(3)}; ${halves}`);
}
const { fills, mids, positions, curve } = end.history;
console.log(
  `by design: fills ${mb(fills, 2)} MB, mids ${mb(mids, 2)}, positions ${mb(positions, 2)}, equity ${mb(curve, 2)}; ` +
    `${mb((fills + mids + positions + curve) / hours * 24, 1)} MB a day`,
);
if (notebook !== undefined) {
  const sent = samples.at(-1)?.sent ?? 0;
  console.log(`notebook: ${(notebook / 1024).toFixed(0)} KB on disk; ${mb(sent, 1)} MB were sent to it`);
}
await Deno.remove(folder, { recursive: true });
Deno.exit(end.problems?.length || end.takers > 0 ? 1 : 0);

function mean(of: readonly Sample[], value: (sample: Sample) => number): number {
  return of.reduce((sum, one) => sum + value(one), 0) / of.length;
}

/** Bytes of the executed notebook. */
async function inKernel(): Promise<number> {
  const file = join(folder, "memory.ipynb");
  const source = `const { runMemorySession } = await import(${JSON.stringify(MODULE.href)});\n` +
    `await runMemorySession(${JSON.stringify(job)});`;
  const cell = { cell_type: "code", execution_count: null, id: "session", metadata: {}, outputs: [], source };
  const kernelspec = { display_name: "Deno", language: "typescript", name: "deno" };
  await Deno.writeTextFile(
    file,
    JSON.stringify({ cells: [cell], metadata: { kernelspec }, nbformat: 4, nbformat_minor: 5 }),
  );
  const executed = await executeNotebook({ notebook: file, outFolder: join(folder, "executed") });
  return (await Deno.stat(executed)).size;
}

async function inProcess(): Promise<undefined> {
  const args = ["run", "-A", MODULE.pathname, JSON.stringify(job)];
  const { success } = await new Deno.Command(Deno.execPath(), { args, stdout: "null", stderr: "inherit" }).output();
  if (!success) throw new Error("the session's process failed");
}

/** Takes the lines as they come, and prints one each market hour. */
async function follow(): Promise<void> {
  let nextHour = 0;
  for (let taken = 0, isLast = false; !isLast;) {
    isLast = isOver;
    const lines = (await Deno.readTextFile(job.lines)).split("\n").slice(0, -1);
    for (const text of lines.slice(taken)) {
      const line = JSON.parse(text) as MemorySample | MemoryEnd;
      if (line.type === "end") end = line;
      else samples.push({ ...line, testnet: await residentSet(testnet.pid) });
    }
    taken = lines.length;
    const last = samples.at(-1);
    if (last !== undefined && last.market / 3600 >= nextHour) {
      nextHour = Math.floor(last.market / 3600) + 1;
      console.log(
        `${(last.market / 3600).toFixed(1).padStart(4)} market h, ${(last.wall / 60).toFixed(1)} min: session ${
          mb(last.resident)
        } MB (heap ${mb(last.heap)} of ${mb(last.heapRoom)}, buffers ${mb(last.external)}), testnet ${
          mb(last.testnet)
        } MB, notebook ${(last.shown / 1024).toFixed(0)} KB, ${last.orders} orders, ${last.fills} fills, ${last.state}`,
      );
    }
    if (!isLast) await new Promise((resolve) => setTimeout(resolve, 200));
  }
}
