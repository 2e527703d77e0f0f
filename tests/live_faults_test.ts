import { assert, assertEquals, assertLess } from "@std/assert";
import { FAULT_CASES } from "../bench/fault_cases.ts";
import { BACK_WITHIN } from "../bench/fault_table.ts";
import { runTrial } from "../bench/fault_trial.ts";
import { openLiveBed } from "../bench/live_bed.ts";
import { createRandom } from "../lib/random.ts";

/** A sample of `deno task faults`: one moment each, another seed than there. */
const SAMPLE = [
  "drop, all sockets",
  "lost user events",
  "order answer lost, placed",
  "late fill after a cancel",
  "restart",
  "subscription not answered",
];

Deno.test("a live session is struck by faults and then has, to the last unit, what the exchange has", async () => {
  const bed = await openLiveBed({ seed: 20 });
  try {
    for (const [index, name] of SAMPLE.entries()) {
      const fault = FAULT_CASES.find((one) => one.name === name)!;
      const trial = await runTrial(bed, fault, createRandom(2000 + index), index);
      const { mismatches, lost, double, orphans, taker, back = 0 } = trial;
      assertEquals({ name, mismatches, lost, double, orphans, taker }, {
        ...{ name, mismatches: [], lost: [], double: [], orphans: [], taker: 0 },
      });
      assertLess(back, BACK_WITHIN, `${name}: back in the market`);
    }
    assert(bed.fills.length > 0, "nothing traded");
  } finally {
    await bed.close();
  }
});
