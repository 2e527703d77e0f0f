/**
 * How to listen to a market.
 *
 * @module
 */
import type { VenueState } from "./clock.ts";
import type { FeedHealth, Stream } from "./feed_health.ts";

/** What a feed needs of a clock; a `MarketClock` is one. */
export interface FeedClock {
  /** Local time of an event, microseconds UTC, given the exchange's where one is known. */
  stamp(exchTs?: number): number;
  /** Asked before silence counts as a fault. */
  venueState(): Promise<VenueState>;
  /** Market seconds a wall second: how long a silence lasted in the market. */
  readonly speed: number;
}

/** Our own clock, and a venue that runs. */
export const WALL_CLOCK: FeedClock = {
  stamp: () => Date.now() * 1000,
  venueState: () => Promise.resolve("running"),
  speed: 1,
};

export interface FeedOptions {
  /** Levels a side in each book record, 20 by default. */
  readonly depth?: number;
  /** The wall clock by default. */
  readonly clock?: FeedClock;
  /** Milliseconds of wall time without a book message after which the stream counts as dead, 2500 by default. */
  readonly staleAfterMs?: number;
  /** Both by default. */
  readonly streams?: readonly Stream[];
  /** Called after each gap and each return to step. */
  readonly onHealth?: (health: FeedHealth) => void;
  /** Most events that may wait for the consumer, 20000 by default. More is a gap, and the consumer starts afresh from a snapshot. */
  readonly highWater?: number;
  /** Longest wait for one attempt to come into step, milliseconds, 5000 by default. */
  readonly attemptMs?: number;
}
