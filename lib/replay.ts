/**
 * Recorded rows in both times at once: the venue takes them at the exchange's, we at ours, and neither knows what the other is told
 * later. Pure; rows come in parts of any size and the result does not depend on where they were cut.
 *
 * @module
 */

import type { PaperBroker } from "./paper.ts";
import { arrange, type Arranged, LONGEST_DELAY } from "./row_order.ts";
import type { RowRange, TapeColumns } from "./tape.ts";

/** Whoever stands on our side of the market. Times are ours, microseconds. */
export interface OurSide {
  /** Asked with every message, rather than at `nextTs`. */
  readonly everyMessage: boolean;
  /** When it wants to be asked next. */
  readonly nextTs: number;
  /** The first row has this time of arrival. */
  begin(now: number): void;
  /**
   * Rows that reach us, as long as they arrive no later than `until`; with `everyMessage`, one message.
   * Returns the index of the first row left.
   */
  rows(rows: RowRange, arrival: Float64Array, until: number): number;
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

/** @param feedLatencyUs how late rows are whose time of arrival was not measured */
export function createReplay(
  broker: Pick<PaperBroker, "play" | "advanceTo">,
  ours: OurSide,
  feedLatencyUs: number,
): Replay {
  let held: Arranged | undefined;
  // Next row of each.
  const venue: { -readonly [K in keyof RowRange]?: RowRange[K] } = { from: 0, to: 0 };
  const local: { -readonly [K in keyof RowRange]?: RowRange[K] } = { from: 0, to: 0 };

  /** Everything that happens before `limit`. */
  function run(limit: number) {
    const { arrival, length, exchTs } = held!;
    if (length === 0) return;
    const end = Math.max(arrival[length - 1]!, exchTs[length - 1]!);
    for (;;) {
      const now = ours.everyMessage ? (local.from! < length ? arrival[local.from!]! : Infinity) : ours.nextTs;
      // A question is asked only while something is still to come.
      if (now >= limit || (ours.everyMessage ? now === Infinity : now >= end)) return;
      venue.from = broker.play(venue as RowRange, now);
      broker.advanceTo(now);
      local.from = ours.rows(local as RowRange, arrival, now);
      ours.wake(now);
    }
  }

  return {
    push(rows, length) {
      if (length === 0) return;
      const isFirst = held === undefined;
      held = arrange(held, local.from!, venue.from!, rows, length, feedLatencyUs);
      Object.assign(local, held.local, { from: 0, to: held.length });
      Object.assign(venue, held.venue, { from: 0, to: held.venueLength });
      if (isFirst) ours.begin(held.arrival[0]!);
      run(held.arrival[held.length - 1]! - LONGEST_DELAY);
    },
    end() {
      if (held === undefined) return undefined;
      run(Infinity);
      const { arrival, length } = held;
      const last = arrival[length - 1]!;
      venue.from = broker.play(venue as RowRange, Infinity);
      broker.advanceTo(last);
      local.from = ours.rows(local as RowRange, arrival, Infinity);
      return last;
    },
  };
}
