import { assert, assertEquals, assertLess } from "@std/assert";
import { GONE_WITHIN, type KillTrial, runKills } from "../bench/kill_trial.ts";

Deno.test("a killed live session leaves no order after 5 s, and the next one knows what the exchange knows", async () => {
  const root = await Deno.makeTempDir({ prefix: "makerbook_kill_" });
  const trials: KillTrial[] = [];
  try {
    await runKills({
      ...{ deaths: ["process", "process and guard"], seed: 5, root, lifeSeconds: 1 },
      found: (trial) => trials.push(trial),
    });
  } finally {
    await Deno.remove(root, { recursive: true });
  }
  const [killed, both] = trials as [KillTrial, KillTrial];
  assert(killed.open > 0 && both.open > 0, "nothing was open when it died");
  assertLess(killed.gone, GONE_WITHIN);
  for (const { death, late, problems } of trials) {
    assertEquals({ death, late, problems }, { death, late: 0, problems: [] });
  }
});
