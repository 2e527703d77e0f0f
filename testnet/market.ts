/**
 * What the exchange knows at a moment of the replay: the book, the trades so far, the last best prices.
 *
 * @module
 */
import { createServerBook, type DepthUpdate, type ServerBook } from "./book.ts";
import { depthOf } from "./message.ts";
import type { Tape, TapeEvent } from "./tape.ts";

/** The market after the last event applied. */
export interface Market {
  readonly tape: Tape;
  readonly book: ServerBook;
  /** How many of the tape's trades have happened. */
  readonly tradeCount: number;
  /** Text of the last `bookTicker`, if one has happened. */
  readonly bookTicker: string | undefined;
  /** Applies the next event of the tape. Returns the update, where it was a depth message. */
  apply(event: TapeEvent): DepthUpdate | undefined;
}

/**
 * The market before the first event. Its book is the first snapshot that the recorded diffs continue: later than the
 * first few events, and right from `tape.bookTs` on.
 */
export function createMarket(tape: Tape): Market {
  const book = createServerBook();
  let tradeCount = 0;
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
      if (event.kind === "trade") tradeCount = (event.trade as number) + 1;
      else if (event.kind === "bookTicker") bookTicker = event.text;
      return undefined;
    },
  };
}
