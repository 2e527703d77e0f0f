/**
 * What the desk asks of whoever carries its orders: the simulated venue of `paper.ts`, or a real one through `orders.ts`.
 *
 * @module
 */

import type { L2Book } from "./book.ts";
import type { Config } from "./schema.ts";
import type { RowRange } from "./tape.ts";
import type { Fill } from "./types.ts";

/** One of our orders. Sides are +1 (buy) and -1 (sell). */
export interface BrokerOrder {
  /** Counts the orders of one broker from 1. */
  readonly id: number;
  /** What its fills call it: the venue's id, or ours where it never had one; `id` where it is not given. */
  readonly name?: string;
  readonly side: number;
  readonly priceTicks: number;
  readonly lots: number;
  /** Lots not filled, as the broker knows it: it may know more than it has told. */
  readonly leavesLots: number;
  /** The decision that placed it. */
  readonly quoteId: number;
  /** When it was sent, our clock, microseconds. */
  readonly sentTs: number;
  /** When it reached the book, the exchange's clock, microseconds. This and what follows is undefined where it is not known. */
  readonly acceptedTs?: number;
  /** What stood at its price then, base. */
  readonly queueAhead?: number;
  /** How far behind the best price of its side it then stood, ticks; negative: it improved on it. */
  readonly touchTicks?: number;
  /** When we asked to cancel it, our clock, microseconds. */
  readonly cancelSentTs?: number;
}

/** What a broker tells, never before `deliver` is called. */
export interface BrokerListener {
  accepted(order: BrokerOrder): void;
  /** It is not in the market and never was. Without a reason it would have taken (post-only). */
  rejected(order: BrokerOrder, reason?: string): void;
  /** It is no more, and all its fills have been told. */
  cancelled(order: BrokerOrder): void;
  filled(fill: Fill, order: BrokerOrder): void;
}

/** Carries orders. Times are microseconds: `now` and `localTs` ours, `exchTs` the exchange's. */
export interface Broker {
  /** A post-only limit order. It counts as working from here on, until the listener hears otherwise. */
  submit(side: number, priceTicks: number, lots: number, now: number, quoteId: number): BrokerOrder;
  cancel(order: BrokerOrder, now: number): void;
  /** Takes what the book offers at once; what it does not offer is cancelled. Absent where that cannot be done. */
  take?(side: number, lots: number, now: number, quoteId: number): BrokerOrder;
  /** Another model of fills, for orders that arrive from now on. Absent where fills are real. */
  simulate?(fills: Config["fills"]): void;
  /** Leaves an order no more than so many lots, without losing its place. False where that cannot be asked for now. */
  reduce?(order: BrokerOrder, leavesLots: number, now: number): boolean;
  /** Another inventory cap, base. Absent where nobody but the desk minds it. */
  limit?(qMax: number): void;
  /** Tells the listener what is known by `localTs`. Returns how many things were told. */
  deliver(localTs: number): number;
  readonly counts: Readonly<OrderCounts>;
  /** The market moves on to `exchTs`: called before each of its events. The following four matter to a simulated venue. */
  advance(exchTs: number): void;
  /** A level went from `prev` to `next`; the book already shows `next`. */
  level(side: number, priceTicks: number, prev: number, next: number): void;
  /** A message has been applied whole, and the book is sound. */
  settle(exchTs: number): void;
  trade(exchTs: number, aggressor: number, priceTicks: number, qty: number): void;
  /**
   * Does by itself, in the book too, what is to be done for rows within a message that concern none of our orders, and moves `arrival.now` on.
   * Returns the first row that it has not taken. Absent where there is nothing to gain.
   */
  pass?(rows: RowRange, from: number, arrival: Arrival): number;
}

/** When rows reach us, microseconds. */
export interface Arrival {
  now: number;
  /** How late a row is whose time of arrival was not measured. */
  readonly feedLatencyUs: number;
}

/** Makes the broker of a desk. @param book the desk's: it applies each change before it tells the broker */
export type OpenBroker = (book: L2Book, listener: BrokerListener) => Broker;

/** Counts of a run: orders sent, accepted, rejected, cancelled, filled in full; lots sent, accepted and filled. */
export interface OrderCounts {
  sent: number;
  accepted: number;
  rejected: number;
  cancelled: number;
  filled: number;
  /** Orders with at least one fill. */
  touched: number;
  lotsSent: number;
  lotsAccepted: number;
  lotsFilled: number;
}

/** Nothing yet. */
export function noOrders(): OrderCounts {
  return {
    sent: 0,
    accepted: 0,
    rejected: 0,
    cancelled: 0,
    filled: 0,
    touched: 0,
    lotsSent: 0,
    lotsAccepted: 0,
    lotsFilled: 0,
  };
}
