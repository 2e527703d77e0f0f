/**
 * `deno task faults`: every fault of the testnet, at many seeded moments, against live sessions; what became of each as a table.
 *
 * @module
 */
import { dirname, join } from "node:path";
import { FAULT_CASES } from "../bench/fault_cases.ts";
import { BACK_WITHIN, faultMarkdown, faultTable, OUT_WITHIN } from "../bench/fault_table.ts";
import type { Trial } from "../bench/fault_trial.ts";
import { ROOT } from "./jupyter.ts";
import { endWithChildren } from "./ending.ts";
import { help, positive, readOptions } from "./options.ts";
import { main, Stop } from "./steps.ts";

const OPTIONS = {
  count: { value: "N", about: "moments of each fault, 100 if absent" },
  seed: { value: "N", about: "of the moments and of what strikes, 1 if absent" },
  only: { value: "TEXT", about: "only the faults whose name has this text" },
  workers: { value: "N", about: "sessions side by side, 4 if absent; times are honest only with cores to spare" },
  out: { value: "FILE", about: "every moment as a line of JSON, out/faults.jsonl if absent" },
  resume: { about: "keep what FILE has and do the rest" },
  help: { about: "this text" },
};
const WORKER = join(ROOT, "bench", "fault_worker.ts");

await main(async () => {
  const options = readOptions(Deno.args, OPTIONS);
  if (options.has("help")) {
    console.log(help(
      "deno task faults [options]",
      "Strikes live sessions on synthetic testnets with each fault, and compares them with the exchange after each.\n" +
        `Names: ${FAULT_CASES.map(({ name }) => name).join("; ")}.`,
      OPTIONS,
    ));
    return 0;
  }
  endWithChildren({ name: "faults" });
  const count = whole(options, "count", 100);
  const seed = whole(options, "seed", 1);
  const text = options.get("only") ?? "";
  const names = FAULT_CASES.map(({ name }) => name).filter((name) => name.includes(text));
  if (names.length === 0) throw new Stop(`--only ${text}: no fault has that in its name, see --help`, 2);
  const file = options.get("out") ?? join(ROOT, "out", "faults.jsonl");
  await Deno.mkdir(dirname(file), { recursive: true });
  const trials = options.has("resume") ? await read(file) : [];
  if (!options.has("resume")) await Deno.writeTextFile(file, "");

  const done = (name: string) => trials.filter((trial) => trial.name === name).length;
  const skip = Object.fromEntries(names.map((name) => [name, done(name)]));
  const lanes = Math.min(whole(options, "workers", 4), names.length);
  const total = names.length * count;
  const start = performance.now();
  const take = (trial: Trial) => {
    trials.push(trial);
    Deno.writeTextFileSync(file, JSON.stringify(trial) + "\n", { append: true });
    for (const problem of [...trial.mismatches, ...trial.lost, ...trial.double, ...trial.orphans]) {
      console.log(`${trial.name} ${trial.index}: ${problem}`);
    }
    if (done(trial.name) === count) console.log(faultTable(trials.filter(({ name }) => name === trial.name), "").text);
  };
  const progress = setInterval(() => {
    console.log(`${trials.length} of ${total} moments, ${((performance.now() - start) / 60_000).toFixed(1)} min`);
  }, 20_000);
  try {
    await Promise.all(
      Array.from({ length: lanes }, (_, lane) => work(names.filter((_, i) => i % lanes === lane), take)),
    );
  } finally {
    clearInterval(progress);
  }
  const table = faultTable(trials, `seed ${seed}, ${lanes} sessions side by side; times in ms after noticing`);
  console.log(`\n${table.text}`);
  const name = file.replace(/\.jsonl$/, "");
  await Deno.writeTextFile(`${name}.txt`, table.text + "\n");
  await Deno.writeTextFile(`${name}.md`, faultMarkdown(trials));
  return verdict(trials);

  async function work(names: readonly string[], take: (trial: Trial) => void): Promise<void> {
    const job = JSON.stringify({ names, count, seed, skip });
    if (names.length === 0) return;
    const child = new Deno.Command(Deno.execPath(), {
      args: ["run", "-A", "--no-check", WORKER, job],
      stdout: "piped",
    }).spawn();
    let rest = "";
    for await (const chunk of child.stdout.pipeThrough(new TextDecoderStream())) {
      const lines = (rest + chunk).split("\n");
      rest = lines.pop()!;
      for (const line of lines) if (line.startsWith("{")) take(JSON.parse(line));
    }
    if (!(await child.status).success) throw new Stop(`a worker failed on ${names.join(", ")}`);
  }
});

/** The promise kept or not, in one line each. */
function verdict(trials: readonly Trial[]): number {
  const wrong = trials.filter(({ mismatches, lost, double, orphans, taker }) =>
    mismatches.length + lost.length + double.length + orphans.length + taker > 0
  );
  const late = (of: "out" | "back", bound: number) => trials.filter((trial) => (trial[of] ?? 0) > bound).length;
  const lateOut = late("out", OUT_WITHIN);
  const lateBack = late("back", BACK_WITHIN);
  console.log(`${trials.length} moments, ${wrong.length} of them not as the exchange has it`);
  console.log(`out of the market later than ${OUT_WITHIN} ms after noticing: ${lateOut}`);
  console.log(`back later than ${BACK_WITHIN} ms after noticing: ${lateBack}`);
  return wrong.length + lateOut + lateBack > 0 ? 1 : 0;
}

async function read(file: string): Promise<Trial[]> {
  const text = await Deno.readTextFile(file).catch(() => "");
  return text.split("\n").filter((line) => line.endsWith("}")).map((line) => JSON.parse(line));
}

function whole(options: Map<string, string>, name: string, absent: number): number {
  const value = Number(positive(options, name) ?? absent);
  if (!Number.isInteger(value)) throw new Stop(`--${name} = ${value}, must be a whole number > 0`, 2);
  return value;
}
