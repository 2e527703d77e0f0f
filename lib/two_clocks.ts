/**
 * A desk and its simulated venue in both times: the venue acts at the exchange's while a row is still on its way to us, so that an answer may
 * reach us before the row that caused it, and rows that overtook each other are in order for the venue. Pure.
 *
 * A session in paper mode cannot do that: it knows of the market what has arrived.
 *
 * @module
 */

import { createBook } from "./book.ts";
import type { OpenBroker } from "./broker.ts";
import type { Desk } from "./engine.ts";
import type { OrderLatency } from "./order_latency.ts";
import { type PaperBroker, paperBroker } from "./paper.ts";
import { createReplay, type Replay } from "./replay.ts";
import type { Config } from "./schema.ts";
import { playRow, type RowRange, rowsOf, type TapeColumns, WARM } from "./tape.ts";
import type { Market } from "./types.ts";

/**
 * @param openDesk with this broker
 * @param before is told the number of each row before that reaches the desk
 */
export function createTwoClocks(
  market: Market,
  config: Config,
  latency: OrderLatency,
  openDesk: (openBroker: OpenBroker) => Desk,
  before: (row: number) => void,
): { readonly desk: Desk; readonly replay: Replay } {
  const venueBook = createBook();
  let venue!: PaperBroker;
  const desk = openDesk((_book, listener) => {
    venue = paperBroker(market, config, latency)(venueBook, listener);
    // What the market does is told to the venue by the replay.
    const { pass: _, ...deaf } = venue;
    return { ...deaf, advance() {}, level() {}, settle() {}, trade() {} };
  });
  let told = 0;
  const tell = (rows: TapeColumns, i: number) => {
    before(told++);
    playRow(rows, i, desk.row);
  };
  const replay = createReplay(
    venue,
    venueBook,
    {
      book: desk.book,
      begin() {},
      rows(rows: RowRange, arrival, until) {
        let i = rows.from;
        for (; i < rows.to && arrival[i]! <= until; i++) tell(rows, i);
        return i;
      },
      wake() {},
    },
    Math.round(config.fills.feed_latency * 1e6),
  );
  return {
    desk,
    replay: {
      push(rows, length) {
        // Prints from before the start have no place in the market's time.
        let from = 0;
        for (; told === from && from < length && rows.kind[from] === WARM; from++) {
          tell(rows, from);
        }
        if (from < length) replay.push(rowsOf(rows, from, length), length - from);
      },
      end: replay.end,
    },
  };
}
