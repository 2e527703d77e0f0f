import { assert, assertEquals } from "@std/assert";
import { type Outcome, runCase } from "./import_mutations.ts";

/** Cases here; bench/tape_fuzz.ts runs more of the same. */
const CASES = 2_500;

Deno.test("a damaged file gives one clear line or what a plain reader gives, never another number", async () => {
  const folder = await Deno.makeTempDir({ prefix: "makerbook-" });
  try {
    const outcomes: Outcome[] = [];
    for (let number = 0; number < CASES; number++) outcomes.push(await runCase(folder, number));
    const faults = outcomes.flatMap(({ name, fault }, i) =>
      fault === undefined ? [] : [`case ${i} (${name}): ${fault}`]
    );
    assertEquals(faults.slice(0, 5), []);
    // Neither everything is refused nor everything believed.
    const refused = outcomes.filter((outcome) => outcome.refused).length;
    assert(refused > CASES / 4 && refused < CASES * 3 / 4, `${refused} of ${CASES} refused`);
  } finally {
    await Deno.remove(folder, { recursive: true });
  }
});
