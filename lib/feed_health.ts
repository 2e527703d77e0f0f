/**
 * How a feed is doing, in numbers.
 *
 * @module
 */

/** The two streams of a market. */
export type Stream = "book" | "trades";

export interface FeedHealth {
  readonly state: "starting" | "live" | "recovering" | "overflowed" | "closed";
  /** Wall clock of the last message, milliseconds UTC. */
  readonly lastMessageTs: Readonly<Partial<Record<Stream, number>>>;
  /** Messages that arrived. */
  readonly messages: Readonly<Record<Stream, number>>;
  readonly gaps: number;
  /** Dials after the first. */
  readonly reconnects: number;
  /** Book messages that gave no event: older than the snapshot, or received between a gap and the next snapshot. */
  readonly ignored: number;
  /** Prints that arrived twice or out of order, and were dropped. */
  readonly duplicates: number;
  /** Prints fetched over REST after a gap. */
  readonly recovered: number;
  /** Prints that the venue numbered but neither streamed nor gave afterwards. */
  readonly unrecovered: number;
}

/** What is counted as it happens. */
export interface Tally {
  arrived(stream: Stream): void;
  readonly messages: Record<Stream, number>;
  readonly lastMessageTs: Partial<Record<Stream, number>>;
  reconnects: number;
  duplicates: number;
  recovered: number;
  unrecovered: number;
}

export function createTally(): Tally {
  const messages = { book: 0, trades: 0 };
  const lastMessageTs: Partial<Record<Stream, number>> = {};
  return {
    arrived(stream) {
      messages[stream]++;
      lastMessageTs[stream] = Date.now();
    },
    messages,
    lastMessageTs,
    reconnects: 0,
    duplicates: 0,
    recovered: 0,
    unrecovered: 0,
  };
}
