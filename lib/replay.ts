/**
 * Recorded rows in both times at once: the venue takes them at the exchange's, we at ours, and neither knows what the other is told
 * later. Pure; rows come in parts of any size and the result does not depend on where they were cut.
 *
 * As long as rows reach us in the order in which they happened, one book serves both sides: the venue's, and when we look at it the few
 * rows that are still on their way to us are taken back for that moment. From the first row on that breaks the order each side has its own.
 *
 * @module
 */

import type { LadderBook } from "./book.ts";
import type { Ladder, Levels } from "./ladder.ts";
import type { PaperBroker } from "./paper.ts";
import { arrange, type Arranged, fillIn, inStep, joinRows, LONGEST_DELAY } from "./row_order.ts";
import { CLEAR, LEVEL, type RowRange, rowsOf, type TapeColumns } from "./tape.ts";

/** Whoever stands on our side of the market. Times are ours, microseconds. */
export interface OurSide {
  /** As the market has reached us. */
  readonly book: LadderBook;
  /** When it wants to be asked next; absent where it is told of rows one after the other, each when it arrives. */
  readonly nextTs?: number;
  /** The first row has this time of arrival. */
  begin(now: number): void;
  /**
   * Rows that reach us, as long as they arrive no later than `until`. Returns the index of the first row left.
   * @param shared the levels are kept by the venue, in this ladder: its own where absent
   */
  rows(rows: RowRange, arrival: Float64Array, until: number, shared?: Ladder): number;
  /** Hears what the venue has told by now, and decides. */
  wake(now: number): void;
}

/** A run over rows. */
export interface Replay {
  /** More rows. As much happens as no row that is still to come can change. */
  push(rows: TapeColumns, length: number): void;
  /** There are no more rows: what is left happens. Returns the time of the last event, ours; undefined without rows. */
  end(): number | undefined;
}

/** Rows on their way to us that can be taken back; more than so many break the order. */
const IN_FLIGHT = 1 << 12;
/** Rows whose order is checked at a time. */
const BLOCK = 1 << 12;

type Mutable<T> = { -readonly [K in keyof T]?: T[K] };

/**
 * @param venueBook the broker's
 * @param feedLatencyUs how late rows are whose time of arrival was not measured
 */
export function createReplay(
  broker: Pick<PaperBroker, "play" | "advanceTo">,
  venueBook: LadderBook,
  ours: OurSide,
  feedLatencyUs: number,
): Replay {
  const own = ours.book.ladder;
  const before = new Float64Array(IN_FLIGHT);
  /** What CLEARs that are on their way to us took away, by row. */
  let cleared: { readonly row: number; readonly levels: Levels }[] = [];
  // Next row of each side.
  const venue: Mutable<RowRange> = { from: 0, to: 0 };
  const local: Mutable<RowRange> = { from: 0, to: 0 };
  /** One book for both. */
  let isShared = ours.nextTs !== undefined;
  let isBegun = false;
  let length = 0;
  /** Rows that are known to be in order. */
  let checked = 0;
  let held: Arranged | undefined;
  let lastArrival = -Infinity;
  /** When each row reaches us: the very times of the rows where all of them were measured. */
  let arrival: Float64Array = new Float64Array(0);

  function run(limit: number, end: number) {
    for (let now = nextStep(); now < limit && now < end; now = nextStep()) {
      if (isShared && !inOrderUntil(now)) part();
      if (isShared) sharedStep(now);
      else {
        venue.from = broker.play(venue as RowRange, now);
        broker.advanceTo(now);
        local.from = ours.rows(local as RowRange, arrival, now);
        ours.wake(now);
      }
    }
  }

  function nextStep(): number {
    return ours.nextTs ?? (local.from! < length ? arrival[local.from!]! : Infinity);
  }

  /** Whether what happens until then does so in the order in which it reaches us. */
  function inOrderUntil(now: number): boolean {
    const { exchTs } = local as RowRange;
    while (checked < length && (checked === 0 || arrival[checked - 1]! < now + LONGEST_DELAY)) {
      const to = Math.min(length, checked + BLOCK);
      const last = checked === 0 ? lastArrival : arrival[checked - 1]!;
      if (!inStep(arrival, exchTs, checked, to, last)) {
        if (arrival === local.localTs) arrival = arrival.slice();
        if (!fillIn(arrival, exchTs, checked, to, last, feedLatencyUs)) return false;
      }
      checked = to;
    }
    // Mostly there are too few rows for too many of them to be on their way.
    const next = local.from! + IN_FLIGHT;
    if (next >= length || exchTs[next]! > now) return true;
    let [happened, arrived] = [venue.from!, local.from!];
    while (happened < length && exchTs[happened]! <= now) happened++;
    while (arrived < length && arrival[arrived]! <= now) arrived++;
    return happened - arrived < IN_FLIGHT;
  }

  function sharedStep(now: number) {
    venue.from = broker.play(venue as RowRange, now, before, keepCleared);
    broker.advanceTo(now);
    local.from = ours.rows(local as RowRange, arrival, now, venueBook.ladder);
    if (local.from === venue.from) ours.wake(now);
    else {
      takeBack();
      ours.wake(now);
      bringForward();
    }
    if (cleared.length > 0) cleared = cleared.filter(({ row }) => row >= local.from!);
  }

  function keepCleared(row: number) {
    cleared.push({ row, levels: venueBook.ladder.levels() });
  }

  /** The book becomes what it was before the rows that have not reached us. */
  function takeBack() {
    const { kind, side, priceTicks } = venue as RowRange;
    for (let i = venue.from! - 1; i >= local.from!; i--) {
      if (kind[i] === LEVEL && side[i] !== 0) {
        venueBook.ladder.set(side[i]!, priceTicks[i]!, before[i & (IN_FLIGHT - 1)]!);
      } else if (kind[i] === CLEAR) venueBook.ladder.take(cleared.find(({ row }) => row === i)!.levels);
    }
  }

  function bringForward() {
    const { kind, side, priceTicks, qty } = venue as RowRange;
    for (let i = local.from!; i < venue.from!; i++) {
      if (kind[i] === LEVEL && side[i] !== 0) venueBook.ladder.set(side[i]!, priceTicks[i]!, qty[i]!);
      else if (kind[i] === CLEAR) venueBook.ladder.clear();
    }
  }

  /** From here on each side has its own book, and its own order of rows. */
  function part() {
    isShared = false;
    takeBack();
    own.take(venueBook.ladder.levels());
    bringForward();
    if (ours.book.ladder === venueBook.ladder) ours.book.ladder = own;
    else own.clear();
    const rows = local as RowRange;
    const since = (row: number) => row === 0 ? lastArrival : arrival[row - 1]!;
    const [l, e] = [local.from!, venue.from!];
    const mine = arrange(undefined, 0, 0, rowsOf(rows, l, length), length - l, feedLatencyUs, since(l));
    const theirs = arrange(undefined, 0, 0, rowsOf(rows, e, length), length - e, feedLatencyUs, since(e));
    hold({ ...mine, venue: theirs.venue, venueLength: theirs.venueLength, exchTs: theirs.exchTs });
  }

  function hold(arranged: Arranged) {
    held = arranged;
    arrival = held.arrival;
    length = held.length;
    Object.assign(local, held.local, { from: 0, to: held.length });
    Object.assign(venue, held.venue, { from: 0, to: held.venueLength });
  }

  /** More rows behind those that are still needed, as they are. */
  function append(rows: TapeColumns, count: number) {
    const from = Math.min(local.from!, venue.from!);
    const joined = from === length ? rowsOf(rows, 0, count) : joinRows(local as RowRange, from, length, rows, count);
    if (from > 0) lastArrival = arrival[from - 1]!;
    const isMeasured = arrival === local.localTs;
    const known = arrival.subarray(from, length);
    cleared = cleared.map(({ row, levels }) => ({ row: row - from, levels }));
    rotate(from);
    const [l, e] = [local.from! - from, venue.from! - from];
    checked -= from;
    length += count - from;
    Object.assign(local, joined, { from: l, to: length });
    Object.assign(venue, joined, { from: e, to: length });
    arrival = joined.localTs;
    if (!isMeasured && known.length > 0) {
      arrival = arrival.slice();
      arrival.set(known);
    }
  }

  /** What was at a row of the old numbering is found under the new one. */
  function rotate(by: number) {
    const old = before.slice();
    for (let i = 0; i < IN_FLIGHT; i++) before[i] = old[(i + by) & (IN_FLIGHT - 1)]!;
  }

  /** At the earliest, where it has not been checked. */
  function arrivalOf(row: number): number {
    return Math.max(arrival[row]!, row > 0 ? arrival[row - 1]! : lastArrival);
  }

  return {
    push(rows, count) {
      if (count === 0) return;
      if (isShared) append(rows, count);
      else hold(arrange(held, local.from!, venue.from!, rows, count, feedLatencyUs));
      if (!isBegun) {
        isBegun = true;
        if (isShared) ours.book.ladder = venueBook.ladder;
        const { localTs, exchTs } = local as RowRange;
        ours.begin(localTs[0]! > exchTs[0]! ? localTs[0]! : exchTs[0]! + feedLatencyUs);
      }
      run(arrivalOf(length - 1) - LONGEST_DELAY, Infinity);
    },
    end() {
      if (!isBegun) return undefined;
      if (isShared && !inOrderUntil(Infinity)) part();
      // A question is asked only while something is still to come.
      const last = length > 0 ? arrival[length - 1]! : lastArrival;
      const left = venue.to! > 0 ? venue.exchTs![venue.to! - 1]! : -Infinity;
      run(Infinity, Math.max(last, left));
      venue.from = broker.play(venue as RowRange, Infinity);
      broker.advanceTo(last);
      local.from = ours.rows(local as RowRange, arrival, Infinity, isShared ? venueBook.ladder : undefined);
      return last;
    },
  };
}
