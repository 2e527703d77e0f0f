/**
 * The order of rows in the exchange's time and in ours, over a window that grows at one end and shrinks at the other. Pure.
 *
 * Rows come in the order in which they reached us. Where the exchange's times run the same way, both orders are the rows as they are, and
 * nothing is copied but what a window keeps.
 *
 * @module
 */

import { rowsOf, type TapeColumns } from "./tape.ts";

/** No row is believed to have been longer on its way, microseconds: one that was happened this long before it came. */
export const LONGEST_DELAY = 10e6;

/** Rows that are still needed. */
export interface Arranged {
  readonly length: number;
  /** In our order, with the time at which each reached us, which never runs back. */
  readonly local: TapeColumns;
  readonly arrival: Float64Array;
  /** In the exchange's order; `exchTs` never runs back. */
  readonly venue: TapeColumns;
  readonly venueLength: number;
  readonly exchTs: Float64Array;
}

/**
 * What is left of a window, and more rows behind it.
 *
 * @param localFrom first row that has not reached us
 * @param venueFrom first row that the venue has not had
 * @param since nothing arrives before this, where nothing is held
 */
export function arrange(
  held: Arranged | undefined,
  localFrom: number,
  venueFrom: number,
  rows: TapeColumns,
  length: number,
  feedLatencyUs: number,
  since = -Infinity,
): Arranged {
  const before = held?.arrival[held.length - 1] ?? since;
  const times = timesOf(rows, length, before, feedLatencyUs);
  const fresh: TapeColumns = { ...rows, exchTs: times.exchTs };
  const isKept = held !== undefined && (localFrom < held.length || venueFrom < held.venueLength);
  const lastExch = held !== undefined && held.venueLength > 0 ? held.exchTs[held.venueLength - 1]! : -Infinity;
  const inOrder = times.isOrdered && times.exchTs[0]! >= lastExch;
  const local = isKept ? join(held.local, localFrom, held.length, fresh, length) : rowsOf(fresh, 0, length);
  const arrival = isKept ? joined(held.arrival, localFrom, held.length, times.arrival, length) : times.arrival;
  let venue = local;
  if (isKept && (localFrom !== venueFrom || held.local !== held.venue)) {
    venue = join(held.venue, venueFrom, held.venueLength, fresh, length);
  }
  const venueLength = isKept ? held.venueLength - venueFrom + length : length;
  if (!inOrder) venue = sorted(venue, venueLength);
  return {
    length: isKept ? held.length - localFrom + length : length,
    local,
    arrival,
    venue,
    venueLength,
    exchTs: venue.exchTs,
  };
}

/** Times that can be believed: the very columns where all of them can. */
function timesOf({ exchTs, localTs }: TapeColumns, length: number, before: number, feedLatencyUs: number) {
  let isMeasured = true;
  let isOrdered = true;
  let last = before;
  for (let i = 0; i < length; i++) {
    const local = localTs[i]!, exch = exchTs[i]!;
    if (!(local > exch && local >= last && local - exch <= LONGEST_DELAY)) {
      isMeasured = false;
      break;
    }
    if (i > 0 && exch < exchTs[i - 1]!) isOrdered = false;
    last = local;
  }
  if (isMeasured) return { arrival: localTs, exchTs, isOrdered };
  const arrival = new Float64Array(length);
  const believed = new Float64Array(length);
  isOrdered = true;
  last = before;
  for (let i = 0; i < length; i++) {
    const local = localTs[i]!, exch = exchTs[i]!;
    last = Math.max(last, local > exch ? local : exch + feedLatencyUs);
    arrival[i] = last;
    believed[i] = Math.max(exch, last - LONGEST_DELAY);
    if (i > 0 && believed[i]! < believed[i - 1]!) isOrdered = false;
  }
  return { arrival, exchTs: believed, isOrdered };
}

type Names = keyof TapeColumns;
const NAMES: readonly Names[] = ["kind", "side", "flags", "exchTs", "localTs", "priceTicks", "qty"];

function each(make: (name: Names) => TapeColumns[Names]): TapeColumns {
  return Object.fromEntries(NAMES.map((name) => [name, make(name)])) as unknown as TapeColumns;
}

function join(a: TapeColumns, from: number, to: number, b: TapeColumns, length: number): TapeColumns {
  return each((name) => joined(a[name] as Float64Array, from, to, b[name] as Float64Array, length));
}

/** Whether rows arrive in the order in which they happened, each after it happened and not too late. `last` is the arrival before. */
export function inStep(localTs: Float64Array, exchTs: Float64Array, from: number, to: number, last: number): boolean {
  let lastExch = from > 0 ? exchTs[from - 1]! : -Infinity;
  for (let i = from; i < to; i++) {
    const local = localTs[i]!, exch = exchTs[i]!;
    if (!(local > exch && local >= last && exch >= lastExch && local - exch <= LONGEST_DELAY)) return false;
    last = local;
    lastExch = exch;
  }
  return true;
}

/**
 * As {@linkcode inStep}, where some times of arrival were not measured: those are filled in. False where the rows are out of order all the
 * same; what has been filled in is then of no use.
 */
export function fillIn(
  arrival: Float64Array,
  exchTs: Float64Array,
  from: number,
  to: number,
  last: number,
  feedLatencyUs: number,
): boolean {
  let lastExch = from > 0 ? exchTs[from - 1]! : -Infinity;
  for (let i = from; i < to; i++) {
    const exch = exchTs[i]!;
    if (!(arrival[i]! > exch)) arrival[i] = Math.max(last, exch + feedLatencyUs);
    const at = arrival[i]!;
    if (!(at >= last && exch >= lastExch && at - exch <= LONGEST_DELAY)) return false;
    last = at;
    lastExch = exch;
  }
  return true;
}

/** Rows `from` to `to`, then more. */
export function joinRows(a: TapeColumns, from: number, to: number, b: TapeColumns, length: number): TapeColumns {
  return join(a, from, to, b, length);
}

/** Rows of one column, then of another. */
function joined<T extends Float64Array | Uint8Array | Int8Array>(
  a: T,
  from: number,
  to: number,
  b: T,
  length: number,
): T {
  const Made = a.constructor as new (length: number) => T;
  const made = new Made(to - from + length);
  made.set(a.subarray(from, to));
  made.set(b.subarray(0, length), to - from);
  return made;
}

/** Rows by the exchange's time; equal times stay as they are. */
function sorted(rows: TapeColumns, length: number): TapeColumns {
  const { exchTs } = rows;
  const order = Uint32Array.from({ length }, (_, i) => i).sort((a, b) => exchTs[a]! - exchTs[b]! || a - b);
  return each((name) => {
    const column = rows[name];
    const made = new (column.constructor as new (length: number) => Float64Array)(length);
    for (let i = 0; i < length; i++) made[i] = column[order[i]!]!;
    return made;
  });
}
