/**
 * A tape cut into days, each a tape of its own. Pure.
 *
 * @module
 */

import { createBook } from "./book.ts";
import {
  BUY,
  CLEAR,
  createTape,
  GAP,
  LAST,
  LEVEL,
  playRow,
  type RowSink,
  SELL,
  type Tape,
  type TapeBuilder,
  WARM,
} from "./tape.ts";

/** A day of a tape. */
export interface TapeDay {
  /** UTC, `2024-08-08`. */
  readonly day: string;
  readonly tape: Tape;
}

const DAY = 86_400e6;

/** The UTC day of a time in microseconds. */
export function dayOf(ts: number): string {
  return new Date(ts / 1000).toISOString().slice(0, 10);
}

/** The days that a tape has rows of, by our time. */
export function daysOf({ localTs, kind, length }: Tape): string[] {
  const days = new Set<string>();
  for (let i = 0, number = NaN; i < length; i++) {
    const next = Math.floor(localTs[i]! / DAY);
    if (kind[i] === WARM || next === number) continue;
    number = next;
    days.add(dayOf(localTs[i]!));
  }
  return [...days];
}

/**
 * Cuts a tape at midnight UTC, our time. A later day begins with the book that midnight found, told anew; one that begins in a gap
 * begins with a gap, which lasts until the next snapshot. Prints from before the start belong to the first day.
 */
export function splitDays(tape: Tape): TapeDay[] {
  const { length, kind, side, flags, localTs, priceTicks, qty } = tape;
  const days: { day: string; rows: TapeBuilder }[] = [];
  const book = createBook();
  let known = true, number = NaN, isBoundary = true;
  for (let i = 0; i < length; i++) {
    const k = kind[i]!;
    const next = Math.floor(localTs[i]! / DAY);
    // Between two messages only: one is never cut in half.
    if (isBoundary && next !== number && !(k === WARM && days.length > 0)) {
      if (k !== WARM || days.length === 0) {
        const isFirst = days.length === 0;
        days.push({ day: dayOf(localTs[i]!), rows: createTape(tape) });
        number = next;
        if (!isFirst && k !== CLEAR && k !== GAP) {
          const { row } = days.at(-1)!.rows;
          if (known) restate(tape, i, book, row);
          else row(GAP, 0, LAST, tape.exchTs[i]!, tape.localTs[i]!, 0, 0);
        }
      }
    }
    playRow(tape, i, days.at(-1)!.rows.row);
    if (k === CLEAR) {
      book.clear();
      known = true;
    } else if (k === GAP) known = false;
    else if (k === LEVEL && side[i] !== 0) book.set(side[i]!, priceTicks[i]!, qty[i]!);
    isBoundary = (flags[i]! & LAST) !== 0;
  }
  // Prints that only warm are stamped with our time of fetching them, which may be the day before the first of the market.
  return days.map(({ day, rows }) => {
    const made = rows.build();
    return { day: daysOf(made)[0] ?? day, tape: made };
  });
}

function restate(tape: Tape, at: number, book: ReturnType<typeof createBook>, row: RowSink): void {
  const [exchTs, localTs] = [tape.exchTs[at]!, tape.localTs[at]!];
  let left = book.size(BUY) + book.size(SELL);
  row(CLEAR, 0, left === 0 ? LAST : 0, exchTs, localTs, 0, 0);
  for (const side of [BUY, SELL]) {
    for (const [ticks, qty] of book.top(side, Infinity)) {
      row(LEVEL, side, --left === 0 ? LAST : 0, exchTs, localTs, ticks, qty);
    }
  }
}
