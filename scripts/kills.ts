/**
 * `deno task kills`: live sessions killed at random moments; how soon their orders were gone, and what the next start knew.
 *
 * @module
 */
import { dirname, join } from "node:path";
import { type Death, GONE_WITHIN, type KillTrial, runKills } from "../bench/kill_trial.ts";
import { spread } from "../bench/spread.ts";
import { createRandom } from "../lib/random.ts";
import { createTable, type Table } from "../lib/table.ts";
import { installKernel, installTools, ROOT } from "./jupyter.ts";
import { endWithChildren } from "./ending.ts";
import { help, positive, readOptions } from "./options.ts";
import { main, Stop } from "./steps.ts";

const OPTIONS = {
  count: { value: "N", about: "plain processes killed, 100 if absent" },
  kernels: { value: "N", about: "Jupyter kernels killed, a tenth of N if absent" },
  frozen: { value: "N", about: "processes stopped instead, a tenth of N if absent" },
  both: { value: "N", about: "processes killed together with their guard, a tenth of N if absent" },
  seed: { value: "N", about: "of the moments, 1 if absent" },
  lanes: { value: "N", about: "testnets side by side, 2 if absent" },
  out: { value: "FILE", about: "every death as a line of JSON, out/kills.jsonl if absent" },
  help: { about: "this text" },
};

await main(async () => {
  const options = readOptions(Deno.args, OPTIONS);
  if (options.has("help")) {
    console.log(help(
      "deno task kills [options]",
      "Kills live sessions on synthetic testnets at random moments, looks for orders that stay, and starts the next one.",
      OPTIONS,
    ));
    return 0;
  }
  endWithChildren({ name: "kills" });
  const count = whole(options, "count", 100);
  const tenth = Math.ceil(count / 10);
  const seed = whole(options, "seed", 1);
  const lanes = whole(options, "lanes", 2);
  const deaths: Death[] = [
    ...Array<Death>(count).fill("process"),
    ...Array<Death>(whole(options, "kernels", tenth)).fill("kernel"),
    ...Array<Death>(whole(options, "frozen", tenth)).fill("frozen"),
    ...Array<Death>(whole(options, "both", tenth)).fill("process and guard"),
  ];
  shuffle(deaths, seed);
  if (deaths.includes("kernel")) {
    await installTools("headless");
    await installKernel();
  }
  const file = options.get("out") ?? join(ROOT, "out", "kills.jsonl");
  await Deno.mkdir(dirname(file), { recursive: true });
  await Deno.writeTextFile(file, "");
  const trials: KillTrial[] = [];
  const found = (trial: KillTrial) => {
    trials.push(trial);
    Deno.writeTextFileSync(file, JSON.stringify(trial) + "\n", { append: true });
    console.log(
      `${trials.length} of ${deaths.length}: ${trial.death}, ${trial.open} open, gone after ${
        trial.gone.toFixed(0)
      } ms, ` +
        `${trial.late} late, ${trial.missed} trades since ${trial.problems.join("; ")}`,
    );
  };
  await Promise.all(Array.from({ length: lanes }, async (_, lane) => {
    const root = await Deno.makeTempDir({ prefix: "makerbook_kills_" });
    const own = deaths.filter((_, i) => i % lanes === lane);
    try {
      if (own.length > 0) await runKills({ deaths: own, seed: seed * 100 + lane, root, found });
    } finally {
      await Deno.remove(root, { recursive: true });
    }
  }));
  const table = killTable(trials, `seed ${seed}; times in ms`);
  console.log(`\n${table.text}`);
  await Deno.writeTextFile(file.replace(/\.jsonl$/, "") + ".txt", table.text + "\n");
  const bad = trials.filter(({ late, problems }) => late > 0 || problems.length > 0).length;
  console.log(
    `${trials.length} deaths, ${bad} of them with an order after ${GONE_WITHIN} ms or a difference afterwards`,
  );
  return bad > 0 ? 1 : 0;
});

function killTable(trials: readonly KillTrial[], title: string): Table {
  const sum = (of: readonly KillTrial[], count: (trial: KillTrial) => number) =>
    String(of.reduce((total, trial) => total + count(trial), 0));
  const rows = [...new Set(trials.map(({ death }) => death))].sort().map((death) => {
    const of = trials.filter((trial) => trial.death === death);
    return [
      death,
      String(of.length),
      sum(of, ({ open }) => open),
      ...(death === "process and guard" ? ["–", "–", "–"] : spread(of.map(({ gone }) => gone))),
      sum(of, ({ late }) => late),
      sum(of, ({ missed }) => missed),
      sum(of, ({ problems }) => problems.length),
      ...spread(of.map(({ back }) => back)),
    ];
  });
  return createTable(title, [
    ...[
      "killed",
      "n",
      "orders open",
      "gone p50",
      "gone p99",
      "gone max",
      "after 5 s",
      "trades while dead",
      "differences",
    ],
    ...["next start p50", "p99", "max"],
  ], rows);
}

/** Fisher and Yates. */
function shuffle<T>(list: T[], seed: number): void {
  const random = createRandom(seed);
  for (let i = list.length - 1; i > 0; i--) {
    const j = random.integer(i + 1);
    [list[i], list[j]] = [list[j]!, list[i]!];
  }
}

/** A whole number, also none of them. */
function whole(options: Map<string, string>, name: string, absent: number): number {
  if (options.get(name) === "0") return 0;
  const value = Number(positive(options, name) ?? absent);
  if (!Number.isInteger(value)) throw new Stop(`--${name} = ${value}, must be a whole number`, 2);
  return value;
}
