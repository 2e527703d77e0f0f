/**
 * A level-2 book on integer ticks. Setting a level and asking for the best price take the same time however many levels there are.
 *
 * @module
 */

import { Levels } from "./levels.ts";
import { BUY } from "./tape.ts";

/** Best bid of an empty side. */
export const NO_BID = -Infinity;
/** Best ask of an empty side. */
export const NO_ASK = Infinity;

/** Prices in ticks, quantities in base units. Sides are `BUY` (bids) and `SELL` (asks) of `lib/tape.ts`. */
export interface L2Book {
  /** Sets a level's quantity; 0 removes it. Returns the quantity before. */
  set(side: number, ticks: number, qty: number): number;
  /** Quantity at a level, 0 where there is none. */
  qty(side: number, ticks: number): number;
  clear(): void;
  /** Best bid, or {@linkcode NO_BID}. */
  readonly bestBid: number;
  /** Best ask, or {@linkcode NO_ASK}. */
  readonly bestAsk: number;
  /** True when both sides have a level and the best bid is below the best ask. */
  readonly sound: boolean;
  /** Mid in ticks; undefined unless the book is {@linkcode L2Book.sound}. */
  readonly mid: number | undefined;
  /** Whether a price lies in the range that the book shows: between its best and its deepest level of that side. */
  shows(side: number, ticks: number): boolean;
  /** Best first, at most `depth` levels. */
  top(side: number, depth: number): [ticks: number, qty: number][];
  /** Number of levels of a side. */
  size(side: number): number;
}

/** An empty book. */
export function createBook(): L2Book {
  const bids = new Levels();
  const asks = new Levels();
  return {
    set: (side, ticks, qty) => side === BUY ? bids.set(ticks, qty) : asks.set(-ticks, qty),
    qty: (side, ticks) => side === BUY ? bids.qty(ticks) : asks.qty(-ticks),
    clear() {
      bids.clear();
      asks.clear();
    },
    get bestBid() {
      return bids.best;
    },
    get bestAsk() {
      return -asks.best;
    },
    get sound() {
      const bid = bids.best, ask = -asks.best;
      return bid < ask && bid !== NO_BID && ask !== NO_ASK;
    },
    get mid() {
      const bid = bids.best, ask = -asks.best;
      return bid < ask && bid !== NO_BID && ask !== NO_ASK ? (bid + ask) / 2 : undefined;
    },
    shows(side, ticks) {
      const levels = side === BUY ? bids : asks;
      const rank = side === BUY ? ticks : -ticks;
      return rank >= levels.best || levels.reaches(rank);
    },
    top: (side, depth) =>
      side === BUY ? bids.top(depth) : asks.top(depth).map(([rank, qty]): [number, number] => [-rank, qty]),
    size: (side) => (side === BUY ? bids : asks).size,
  };
}
