/**
 * What the exchange knows at a moment of the replay: the book, the trades so far, the last best prices.
 *
 * @module
 */
import { aggregate, type Aggregates } from "./aggregates.ts";
import { type Bars, createBars } from "./bars.ts";
import { createServerBook, type DepthUpdate, type ServerBook } from "./book.ts";
import { depthOf } from "./message.ts";
import type { Tape, TapeEvent } from "./tape.ts";

/** The market after the last event applied. */
export interface Market {
  readonly tape: Tape;
  readonly book: ServerBook;
  readonly bars: Bars;
  readonly aggregates: Aggregates;
  /** How many of the tape's trades have happened. */
  readonly tradeCount: number;
  /** How many of the aggregates are complete. */
  readonly aggregateCount: number;
  /** Text of the last `bookTicker`, if one has happened. */
  readonly bookTicker: string | undefined;
  /** Applies the next event of the tape. Returns the update, where it was a depth message. */
  apply(event: TapeEvent): DepthUpdate | undefined;
}

/**
 * The market before the first event. Its book is the first snapshot that the recorded diffs continue: later than the
 * first few events, and right from `tape.bookTs` on.
 *
 * @param aggregates those of a tape that is still being written
 * @param keepSeconds as of the bars
 */
export function createMarket(
  tape: Tape,
  aggregates: Aggregates = aggregate(tape.trades),
  keepSeconds = Infinity,
): Market {
  const book = createServerBook();
  const bars = createBars(tape.trades, keepSeconds);
  let tradeCount = 0;
  let aggregateCount = 0;
  let bookTicker: string | undefined;
  const applyDepth = (update: DepthUpdate) => {
    const last = book.lastUpdateId;
    if (last > 0 && update.u <= last) return;
    if (last > 0 && update.U <= last + 1) return book.apply(update);
    // A gap in the recording: the book is that of the next snapshot until the diffs reach it. Clients synchronise with
    // that too: they drop the diffs up to its id. Without another snapshot, what is known of the book goes on.
    const next = tape.snapshots.find((s) => s.lastUpdateId > last && s.lastUpdateId + 1 >= update.U);
    if (next !== undefined) book.reset(next);
    if (next === undefined || update.u > next.lastUpdateId) book.apply(update);
  };
  return {
    tape,
    book,
    bars,
    aggregates,
    get aggregateCount() {
      return aggregateCount;
    },
    get tradeCount() {
      return tradeCount;
    },
    get bookTicker() {
      return bookTicker;
    },
    apply(event) {
      if (event.kind === "depth") {
        const update = depthOf(event.text);
        applyDepth(update);
        return update;
      }
      if (event.trade !== undefined) {
        tradeCount = event.trade + 1;
        bars.advance(tradeCount);
        if (aggregates.last.at(aggregateCount) === event.trade) aggregateCount++;
      } else if (event.kind === "bookTicker") bookTicker = event.text;
      return undefined;
    },
  };
}
