/**
 * The seam for a strategy of one's own: a rule is asked at regular times of market time, sees the book as it has reached us, and places
 * and cancels as many post-only orders as it likes. Pure.
 *
 * ```ts
 * const rule: OpenRule = ({ book, orders, place, cancel }) => ({
 *   everyUs: 100_000,
 *   decide() {
 *     if (!book.sound) return;
 *     for (const order of orders) if (order.priceTicks !== book.bestBid) cancel(order);
 *     if (orders.every((order) => order.priceTicks !== book.bestBid)) place(BUY, book.bestBid, 10);
 *   },
 * });
 * ```
 *
 * @module
 */

import type { L2Book } from "./book.ts";
import type { Inventory } from "./inventory.ts";
import type { Market } from "./types.ts";

/** One of our orders as we know it: the venue may be ahead of us. */
export interface OwnOrder {
  readonly id: number;
  /** +1 buys, -1 sells */
  readonly side: number;
  readonly priceTicks: number;
  readonly lots: number;
  readonly leavesLots: number;
  /** `sent`: not known to have been accepted. */
  readonly state: "sent" | "working" | "cancelling";
}

/** What a rule sees and may do. */
export interface Trading {
  readonly market: Market;
  /** As it has reached us. */
  readonly book: L2Book;
  /** With the fills that we have been told of. */
  readonly inventory: Inventory;
  /** Those that are not known to be over, in order of sending; changes under whoever holds it, but never within a call. */
  readonly orders: readonly OwnOrder[];
  /** @throws {RangeError} for a side, a price or lots that are not whole and positive */
  place(side: number, priceTicks: number, lots: number): void;
  /** Does nothing where a cancel is under way. */
  cancel(order: OwnOrder): void;
}

/** A strategy. Times are microseconds, `now` ours. */
export interface Rule {
  /** It is asked at whole multiples of this, > 0. */
  readonly everyUs: number;
  decide(now: number): void;
  /** A print has reached us; `aggressor` is +1 bought, -1 sold. Nothing may be placed here. */
  trade?(now: number, exchTs: number, aggressor: number, priceTicks: number, qty: number): void;
}

/** Makes a rule; called once, before the first row. */
export type OpenRule = (trading: Trading) => Rule;
