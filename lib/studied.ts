/**
 * The recordings that the research notebooks study: the testnet's and the backtest's, each with the parameters that belong to it.
 * (I/O)
 *
 * @module
 */

import { openTape } from "./recording.ts";
import { type Config, forBacktest, locate, override } from "./settings.ts";
import type { Tape } from "./tape.ts";
import { tapeMids } from "./tape_mids.ts";
import type { MidPoint } from "./volatility.ts";

/** A recording with what is needed to study it. */
export interface Studied {
  /** Symbol and length: `BTC/USDT, 11 min`. */
  readonly name: string;
  readonly symbol: string;
  readonly base: string;
  readonly quote: string;
  readonly seconds: number;
  readonly tape: Tape;
  /** Each change of the mid, at our times. */
  readonly mids: readonly MidPoint[];
  /** Paper mode, with `backtest.overrides` for the backtest's recording. */
  readonly config: Config;
}

/** Opens `testnet.tape` and `backtest.tape`. @throws {DataError} one line, where one cannot be read */
export async function openStudied(config: Config): Promise<Studied[]> {
  const both = [
    { path: config.testnet.tape, config: override(config, { mode: "paper" }) },
    { path: config.backtest.tape, config: forBacktest(config) },
  ];
  return await Promise.all(both.map(async ({ path, config }) => {
    const tape = await openTape(locate(config, path));
    const { symbol, base, quote } = tape;
    const mids = tapeMids(tape);
    const seconds = (tape.localTs[tape.length - 1]! - tape.localTs[0]!) / 1e6;
    const length = seconds < 3600 ? `${Math.round(seconds / 60)} min` : `${Math.round(seconds / 3600)} h`;
    return { name: `${symbol}, ${length}`, symbol, base, quote, seconds, tape, mids, config };
  }));
}
