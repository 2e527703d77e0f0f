/**
 * Damages many files and imports them: each gives one clear line or what a plain reader gives. Exit code 1 where one does not.
 *
 * `deno run -A bench/tape_fuzz.ts [CASES] [FIRST]`, 100,000 cases from number 0 where not given. A case is its number.
 *
 * @module
 */

import { runCase } from "../tests/import_mutations.ts";

const cases = Number(Deno.args[0] ?? 100_000);
const first = Number(Deno.args[1] ?? 0);
if (!Number.isInteger(cases) || cases < 1 || !Number.isInteger(first)) {
  console.error("Usage: deno run -A bench/tape_fuzz.ts [CASES] [FIRST]");
  Deno.exit(2);
}

const folder = await Deno.makeTempDir({ prefix: "makerbook-" });
const kinds = new Map<string, { refused: number; read: number }>();
const faults: string[] = [];
let slowest = { ms: 0, number: 0 };
const start = performance.now();
try {
  for (let number = first; number < first + cases; number++) {
    const { name, refused, fault, ms } = await runCase(folder, number);
    const kind = name.split(" and ")[0]!;
    const count = kinds.get(kind) ?? { refused: 0, read: 0 };
    kinds.set(kind, count);
    if (refused) count.refused++;
    else count.read++;
    if (fault !== undefined) faults.push(`case ${number} (${name}): ${fault}`);
    if (ms > slowest.ms) slowest = { ms, number };
    const done = number - first + 1;
    if (done % 10_000 === 0) console.log(`${done} of ${cases}, ${faults.length} faults`);
  }
} finally {
  await Deno.remove(folder, { recursive: true });
}
console.log("\nfirst damage                     refused     read");
for (const [kind, { refused, read }] of [...kinds].sort(([a], [b]) => a < b ? -1 : 1)) {
  console.log(`${kind.padEnd(30)} ${String(refused).padStart(9)} ${String(read).padStart(8)}`);
}
for (const fault of faults.slice(0, 20)) console.log(fault);
const seconds = (performance.now() - start) / 1000;
console.log(
  `\n${cases} files in ${seconds.toFixed(1)} s, ${faults.length} faults; the slowest took ${
    slowest.ms.toFixed(0)
  } ms (case ${slowest.number})`,
);
if (faults.length > 0) Deno.exit(1);
