/**
 * A tape as the messages that an exchange would have sent: any recording can so be replayed by the testnet.
 *
 * @module
 */
import { createRandom } from "../lib/random.ts";
import { BUY, CLEAR, LEVEL, SELL, type Tape, TRADE } from "../lib/tape.ts";
import { createGrid } from "../lib/ticks.ts";
import type { RawMessage, TapeSource } from "../testnet/source.ts";

/** How it is told. */
export interface TapeMessagesOptions {
  /** Minutes of it; all by default. */
  readonly minutes?: number;
  /** Trades are told up to so many milliseconds after they were made, by chance, and in their sequence; at once by default. */
  readonly lateMs?: number;
  readonly seed?: number;
}

/** Levels that change at one moment are one message. Without the rows of gaps, which no exchange tells. */
export function tapeMessages(
  tape: Tape,
  { minutes = Infinity, lateMs = 0, seed = 1 }: TapeMessagesOptions = {},
): TapeSource {
  return {
    name: tape.source,
    async *messages() {
      const s = tape.symbol.replace("/", "");
      const prices = createGrid(tape.tickSize);
      const price = (row: number) => prices.decimal(tape.priceTicks[row]!).toFixed(8);
      const qty = (row: number) => tape.qty[row]!.toFixed(8);
      const end = tape.exchTs[0]! + minutes * 60e6;
      const random = createRandom(seed);
      const told: { readonly at: number; readonly message: RawMessage }[] = [];
      const tell = (message: Record<string, unknown>, at: number, row: number) =>
        void told.push({ at, message: { json: JSON.stringify(message), place: `${tape.source} row ${row}` } });
      let id = 1;
      let trades = 0;
      let lastTold = 0;
      let isShown = false;
      for (let row = 0; row < tape.length && tape.exchTs[row]! < end;) {
        const first = row;
        const T = Math.floor(tape.exchTs[row]! / 1000);
        if (tape.kind[row] === TRADE) {
          const E = lastTold = Math.max(lastTold, T + (lateMs > 0 ? random.integer(lateMs + 1) : 0));
          const trade = { s, t: ++trades, p: price(row), q: qty(row), T, m: tape.side[row] === SELL, M: true };
          tell({ e: "trade", E, ...trade }, E, row++);
          continue;
        }
        const b: [string, string][] = [], a: [string, string][] = [];
        do {
          if (tape.kind[row] === LEVEL && tape.side[row] !== 0) {
            (tape.side[row] === BUY ? b : a).push([price(row), qty(row)]);
          } else if (tape.kind[row] === CLEAR && isShown) {
            throw new RangeError(`row ${row} of ${tape.source}: a second snapshot`);
          }
          row++;
        } while (tape.kind[row] !== TRADE && tape.exchTs[row] === tape.exchTs[first]);
        if (!isShown) tell({ lastUpdateId: id++, bids: b, asks: a }, T, first);
        else if (b.length + a.length > 0) tell({ e: "depthUpdate", E: T, s, U: id, u: id++, b, a }, T, first);
        isShown = true;
      }
      yield told.sort((x, y) => x.at - y.at).map(({ message }) => message);
    },
  };
}
