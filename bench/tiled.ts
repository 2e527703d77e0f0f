/**
 * The shipped BTC/USDT recording over and over, to any length. Each copy begins with the recording's own snapshot, so that the book is right
 * at every seam.
 *
 * @module
 */

import { importTape } from "../lib/import_tape.ts";
import { fillIn } from "../lib/row_order.ts";
import type { Tape, TapeColumns } from "../lib/tape.ts";

/** Eleven minutes, 319,999 rows. */
export const SAMPLE = new URL("../data/sample/binance_spot_btcusdt_20240808", import.meta.url).pathname;
/** How late a row is whose time of arrival was not measured, microseconds. */
const FEED_LATENCY = 5000;
/** From the beginning of one copy to that of the next, microseconds. */
export const SPAN = 651e6;

/** The recording, with a time of arrival for the one row that has none: its snapshot came over REST. */
export async function sampleTape(): Promise<Tape> {
  const { tape } = await importTape(SAMPLE, { from: "raw" });
  fillIn(tape.localTs, tape.exchTs, 0, tape.length, -Infinity, FEED_LATENCY);
  return tape;
}

const TIMES: readonly string[] = ["exchTs", "localTs"];

/** Copies `first` to `first + copies` of a tape, each {@linkcode SPAN} after the last. */
export function tiled(tape: Tape, copies: number, first = 0): Tape {
  const { length } = tape;
  const column = <K extends keyof TapeColumns>(name: K): TapeColumns[K] => {
    const from = tape[name];
    const made = new (from.constructor as new (length: number) => Float64Array)(length * copies);
    for (let n = 0; n < copies; n++) {
      made.set(from as Float64Array, n * length);
      if (!TIMES.includes(name)) continue;
      const shift = (first + n) * SPAN;
      for (let i = n * length; i < (n + 1) * length; i++) made[i]! += shift;
    }
    return made as unknown as TapeColumns[K];
  };
  return {
    ...tape,
    length: length * copies,
    kind: column("kind"),
    side: column("side"),
    flags: column("flags"),
    exchTs: column("exchTs"),
    localTs: column("localTs"),
    priceTicks: column("priceTicks"),
    qty: column("qty"),
  };
}
