/**
 * A level-2 book on integer ticks. Setting a level and asking for the best price take the same time however many levels there are.
 *
 * @module
 */

import { Ladder } from "./ladder.ts";

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

/** A book, and what it is made of. */
export interface LadderBook extends L2Book {
  /** May be set: the book then shows another's levels. */
  ladder: Ladder;
}

/** An empty book. */
export function createBook(): LadderBook {
  let ladder = new Ladder();
  return {
    get ladder() {
      return ladder;
    },
    set ladder(shown) {
      ladder = shown;
    },
    set: (side, ticks, qty) => ladder.set(side, ticks, qty),
    qty: (side, ticks) => ladder.quantity(side, ticks),
    clear: () => ladder.clear(),
    get bestBid() {
      return ladder.bestBid;
    },
    get bestAsk() {
      return ladder.bestAsk;
    },
    get sound() {
      const bid = ladder.bestBid, ask = ladder.bestAsk;
      return bid < ask && bid !== NO_BID && ask !== NO_ASK;
    },
    get mid() {
      const bid = ladder.bestBid, ask = ladder.bestAsk;
      return bid < ask && bid !== NO_BID && ask !== NO_ASK ? (bid + ask) / 2 : undefined;
    },
    shows(side, ticks) {
      const isBetter = side > 0 ? ticks >= ladder.bestBid : ticks <= ladder.bestAsk;
      return isBetter || ladder.reaches(side, ticks);
    },
    top: (side, depth) => ladder.top(side, depth),
    size: (side) => ladder.size(side),
  };
}
