/**
 * Gaps of a tape: refused or masked, never passed over in silence.
 *
 * A mask is a GAP row: the engine cancels there and stays out until the next CLEAR. A silence is known only when it has lasted, so its GAP stands
 * the threshold after the last row, and a tape that ends earlier is masked the same up to its end.
 *
 * @module
 */

import { createBook } from "./book.ts";
import { DataError } from "./data_error.ts";
import { BUY, CLEAR, createTape, GAP, LAST, LEVEL, SELL, type Tape } from "./tape.ts";
import { type CheckOptions, checkTape, SILENCE, type TapeGap, type TapeReport } from "./tape_check.ts";

/** How to mask. */
export interface MaskOptions extends CheckOptions {
  /**
   * What ends a mask where the book may have changed unseen: `snapshot` (the default) waits for the next CLEAR; `book` believes the book
   * again as soon as it speaks, which is right where every message restates the touch.
   */
  readonly resume?: "snapshot" | "book";
}

/**
 * The tape itself, if nothing is missing unmarked.
 *
 * @throws {DataError} one line with the first gap, otherwise
 */
export function refuseGaps(tape: Tape, report: TapeReport = checkTape(tape)): Tape {
  const [first] = report.unmarked;
  if (!first) return tape;
  const at = new Date(first.fromTs / 1000).toISOString();
  const more = report.unmarked.length > 1 ? ` (and ${report.unmarked.length - 1} more)` : "";
  throw new DataError(`${tape.source}: gap at ${at}: ${first.reason}${more}; mask it or leave it out`);
}

/**
 * The tape with a GAP row for every stretch that is missing and not marked.
 *
 * @param report of this very tape; made with the same options where absent
 */
export function maskGaps(tape: Tape, options: MaskOptions = {}, report: TapeReport = checkTape(tape, options)): Tape {
  if (report.unmarked.length === 0) return tape;
  const silence = options.silence ?? SILENCE;
  const { length, kind, side, flags, exchTs, localTs, priceTicks, qty } = tape;
  const builder = createTape(tape, length + report.unmarked.length * 64);
  const book = createBook();
  const pending = report.unmarked.map((gap) => ({
    gap,
    gapTs: gap.kind === "silence" ? gap.fromTs + silence : gap.fromTs,
  }))
    .sort((a, b) => a.gapTs - b.gapTs);
  let next = 0;
  // Gaps under way; the last to end decides.
  let open: TapeGap | undefined;
  let message = true;

  function begin(gap: TapeGap, gapTs: number, i: number) {
    const past = i > 0 ? Math.max(0, gapTs - localTs[i - 1]!) : 0;
    builder.row(GAP, 0, LAST, i > 0 ? exchTs[i - 1]! + past : gapTs, i > 0 ? localTs[i - 1]! + past : gapTs, 0, 0);
    open = open && open.toTs > gap.toTs ? open : gap;
  }

  /** The book is believed again: it is told anew before the row that follows. */
  function restate(i: number) {
    let left = book.size(BUY) + book.size(SELL);
    builder.row(CLEAR, 0, left === 0 ? LAST : 0, exchTs[i]!, localTs[i]!, 0, 0);
    for (const s of [BUY, SELL]) {
      for (const [ticks, q] of book.top(s, Infinity)) {
        builder.row(LEVEL, s, --left === 0 ? LAST : 0, exchTs[i]!, localTs[i]!, ticks, q);
      }
    }
  }

  for (let i = 0; i < length; i++) {
    // A gap begins between two messages, behind the last row that is not later than it.
    while (message && next < pending.length && localTs[i]! > pending[next]!.gapTs) {
      const { gap, gapTs } = pending[next++]!;
      begin(gap, gapTs, i);
    }
    const k = kind[i]!;
    if (k === CLEAR) {
      book.clear();
      open = undefined;
    } else if (open && message && localTs[i]! >= open.toTs && k === LEVEL) {
      if (open.bookKnown || options.resume === "book") {
        open = undefined;
        restate(i);
      }
    }
    builder.row(k, side[i]!, flags[i]!, exchTs[i]!, localTs[i]!, priceTicks[i]!, qty[i]!);
    if (k === LEVEL && side[i] !== 0) book.set(side[i]!, priceTicks[i]!, qty[i]!);
    message = (flags[i]! & LAST) !== 0;
  }
  return builder.build();
}
