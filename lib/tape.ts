/**
 * The tape: what the market did, one row per level change or trade, as a struct of typed arrays.
 *
 * Rows are in the order in which they are to be believed: the order of arrival where it was recorded, otherwise by
 * `(localTs, kind, sequence)` as {@linkcode sortTape} does. All rows of one venue message share their times, and the last
 * of them carries {@linkcode LAST}: the strategy is asked once a message, never in the middle of one.
 *
 * @module
 */

import type { TapeControl } from "./controls.ts";
import { createRowColumns } from "./row_columns.ts";

/** A level's quantity was set (0: removed). With side 0 nothing was: a message without changes. */
export const LEVEL = 0;
/** A print. `side` is the aggressor's: +1 bought, -1 sold. */
export const TRADE = 1;
/** The book is forgotten; the LEVEL rows that follow rebuild it. */
export const CLEAR = 2;
/** From here on the market is unknown: orders are cancelled, until the next CLEAR. */
export const GAP = 3;
/** A print from before the start: the estimators see it, orders do not. */
export const WARM = 4;

/** Flag: last row of its message. */
export const LAST = 1;

/** Bid side of a LEVEL, or a buying aggressor. */
export const BUY = 1;
/** Ask side of a LEVEL, or a selling aggressor. */
export const SELL = -1;

/** What a tape is of. */
export interface TapeInfo {
  readonly symbol: string;
  readonly base: string;
  readonly quote: string;
  /** Price step, quote per base. */
  readonly tickSize: number;
  /** Quantity step, base. */
  readonly lotSize: number;
  /** Smallest order, base, where the venue has one. */
  readonly minQty?: number;
  /** Smallest order value, quote, where the venue has one. */
  readonly minNotional?: number;
  /** Where it comes from, one line. */
  readonly source: string;
}

/** Columns of equal length. Times in microseconds UTC, prices in ticks, quantities in base units. */
export interface TapeColumns {
  readonly kind: Uint8Array;
  /** {@linkcode BUY} or {@linkcode SELL}; 0 on CLEAR, GAP and empty messages. */
  readonly side: Int8Array;
  readonly flags: Uint8Array;
  readonly exchTs: Float64Array;
  readonly localTs: Float64Array;
  readonly priceTicks: Float64Array;
  readonly qty: Float64Array;
}

/** The rows, and what they are of. */
export interface Tape extends TapeInfo, TapeColumns {
  readonly length: number;
  /** What was done by hand in the session that recorded it, in order. */
  readonly controls?: readonly TapeControl[];
}

/** Rows `from` (included) to `to` (excluded) of columns. */
export interface RowRange extends TapeColumns {
  readonly from: number;
  readonly to: number;
}

/** Views of rows `from` (included) to `to` (excluded); the rows themselves where that is all of them. */
export function rowsOf(rows: TapeColumns, from: number, to: number): TapeColumns {
  const { kind, side, flags, exchTs, localTs, priceTicks, qty } = rows;
  if (from === 0 && to === kind.length) return rows;
  return {
    kind: kind.subarray(from, to),
    side: side.subarray(from, to),
    flags: flags.subarray(from, to),
    exchTs: exchTs.subarray(from, to),
    localTs: localTs.subarray(from, to),
    priceTicks: priceTicks.subarray(from, to),
    qty: qty.subarray(from, to),
  };
}

/** Takes one row; the arguments are the columns of {@linkcode Tape}. */
export type RowSink = (
  kind: number,
  side: number,
  flags: number,
  exchTs: number,
  localTs: number,
  priceTicks: number,
  qty: number,
) => void;

/** Appends rows to growing columns. */
export interface TapeBuilder {
  readonly row: RowSink;
  readonly length: number;
  /** The rows so far, in columns of exact length. */
  build(): Tape;
}

/** @param capacity rows to make room for at first */
export function createTape(info: TapeInfo, capacity = 1024): TapeBuilder {
  const rows = createRowColumns(capacity);
  return {
    row: rows.row,
    get length() {
      return rows.length;
    },
    build() {
      const { length, columns } = rows;
      return {
        ...info,
        length,
        kind: columns.kind.slice(0, length),
        side: columns.side.slice(0, length),
        flags: columns.flags.slice(0, length),
        exchTs: columns.exchTs.slice(0, length),
        localTs: columns.localTs.slice(0, length),
        priceTicks: columns.price.slice(0, length),
        qty: columns.qty.slice(0, length),
      };
    },
  };
}

/** Hands one row of a tape to a sink. */
export function playRow(tape: TapeColumns, row: number, sink: RowSink): void {
  sink(
    tape.kind[row]!,
    tape.side[row]!,
    tape.flags[row]!,
    tape.exchTs[row]!,
    tape.localTs[row]!,
    tape.priceTicks[row]!,
    tape.qty[row]!,
  );
}

/** The given rows of a tape, in the given order; without its controls, which have no place among others. */
export function takeRows(tape: Tape, rows: ArrayLike<number>): Tape {
  const builder = createTape({ ...tape, controls: undefined } as TapeInfo, rows.length);
  for (let i = 0; i < rows.length; i++) playRow(tape, rows[i]!, builder.row);
  return builder.build();
}

/** Rows `from` (included) to `to` (excluded) as a tape of its own. */
export function sliceTape(tape: Tape, from: number, to = tape.length): Tape {
  return takeRows(tape, Array.from({ length: Math.max(0, to - from) }, (_, i) => from + i));
}

/**
 * At equal times: first what ends certainty, then the state of the book, then the trades that met it. A book sampled at a
 * second is the one the trades of that second found.
 */
const RANK: Readonly<Record<number, number>> = { [GAP]: 0, [CLEAR]: 1, [LEVEL]: 1, [WARM]: 2, [TRADE]: 3 };

/** Stable merge order for rows whose order of arrival was not recorded: `(localTs, kind, position)`. */
export function sortTape(tape: Tape): Tape {
  const order = Uint32Array.from({ length: tape.length }, (_, i) => i);
  order.sort((a, b) => tape.localTs[a]! - tape.localTs[b]! || RANK[tape.kind[a]!]! - RANK[tape.kind[b]!]! || a - b);
  return takeRows(tape, order);
}
