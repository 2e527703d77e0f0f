/**
 * How to listen to a market.
 *
 * @module
 */
import type { FeedHealth, Stream } from "./feed_health.ts";

export interface FeedOptions {
  /** Levels a side in each book record, 20 by default. */
  readonly depth?: number;
  /** Local time of an event, microseconds UTC, given the exchange's where one is known. The wall clock by default. */
  readonly now?: (exchTs?: number) => number;
  /** Milliseconds of wall time without a book message after which the stream counts as dead, 2500 by default. */
  readonly staleAfterMs?: number;
  /** Both by default. */
  readonly streams?: readonly Stream[];
  /** Asked before silence counts as a fault: true while the venue itself is known to be silent (a held testnet). */
  readonly isQuiet?: () => Promise<boolean>;
  /** Called after each gap and each return to step. */
  readonly onHealth?: (health: FeedHealth) => void;
  /** Most events that may wait for the consumer, 20000 by default. More is a gap, and the consumer starts afresh from a snapshot. */
  readonly highWater?: number;
  /** Longest wait for one attempt to come into step, milliseconds, 5000 by default. */
  readonly attemptMs?: number;
}
