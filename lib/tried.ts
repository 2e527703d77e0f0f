/**
 * A backtest that was looked at is a trial like any of a sweep (I/O): it counts where a Sharpe ratio is deflated by everything tried.
 *
 * @module
 */

import { runBacktest } from "./backtest.ts";
import { tapeId } from "./parameter_sweep.ts";
import type { Config } from "./schema.ts";
import type { Tape } from "./tape.ts";
import { splitDays } from "./tape_days.ts";
import { configId, trialOf } from "./trial.ts";
import type { TrialStore } from "./trial_store.ts";

/**
 * Notes a configuration as tried on each day of a tape, as a sweep would have run it there. What is noted already is not run again.
 *
 * @param config with the market's overrides applied
 * @returns how many days were new to it
 */
export async function noteTried(
  tape: Tape,
  config: Config,
  trials: Pick<TrialStore, "has" | "write">,
): Promise<number> {
  const id = configId(config);
  let noted = 0;
  // What was done by hand meanwhile is no part of the configuration.
  for (const { day, tape: rows } of splitDays({ ...tape, controls: undefined })) {
    const dayId = tapeId(rows);
    if (trials.has(dayId, id)) continue;
    await trials.write(trialOf(runBacktest(rows, config), config, { day, dayId }));
    noted++;
  }
  return noted;
}
