/**
 * A recorded session once more, as a backtest (I/O): under its own fill model it must give the identical fills; under the others it
 * gives the bracket.
 *
 * @module
 */

import { type BacktestReport, BRACKET, runBracket } from "./backtest.ts";
import { readRecording } from "./recording.ts";
import type { SessionReport } from "./session.ts";
import { type Config, locate } from "./settings.ts";

/** The replays, and whether the session's own came out the same. */
export interface ReplayedSession {
  /** One for each model, the bracket's and the session's. */
  readonly runs: readonly BacktestReport[];
  readonly isIdentical: boolean;
  /** Both hashes in a sentence; of a live session, whose fills are no simulation's, both numbers. */
  readonly verdict: string;
}

/** Replays a recorded session from disk under every fill model of the bracket. */
export async function replaySession(
  report: Pick<SessionReport, "run" | "fillsHash" | "fills">,
  config: Config,
): Promise<ReplayedSession> {
  const tape = await readRecording(locate(config, config.paths.data), report.run);
  const runs = runBracket(tape, config, [...new Set([...BRACKET, config.fills.model])]);
  const own = runs.find(({ model }) => model === config.fills.model)!;
  const isIdentical = own.fillsHash === report.fillsHash;
  const verdict = config.mode === "live"
    ? `live session: ${report.fills.length} fills; simulated on its recording: ${own.fills.length} fills. They differ as far as ` +
      "real latencies and the real place in the queue differ from the simulated ones."
    : `paper session: ${report.fills.length} fills, hash ${report.fillsHash}; replayed as a backtest: ${own.fills.length} fills, ` +
      `hash ${own.fillsHash}: ${isIdentical ? "identical" : "DIFFERENT"}`;
  return { runs, isIdentical, verdict };
}
