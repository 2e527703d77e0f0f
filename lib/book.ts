/**
 * A level-2 book on integer ticks.
 *
 * Levels live in one hash map a side; the best price is kept. Removing the best looks a few ticks deeper before it falls
 * back to the whole side, so that both dense and sparse books stay cheap.
 *
 * @module
 */

import { BUY, SELL } from "./tape.ts";

/** Best bid of an empty side. */
export const NO_BID = -Infinity;
/** Best ask of an empty side. */
export const NO_ASK = Infinity;

/** Neighbouring ticks tried before all levels are searched. */
const NEAR = 64;

/** Prices in ticks, quantities in base units. Sides are {@linkcode BUY} (bids) and {@linkcode SELL} (asks). */
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
  const bids = new Map<number, number>();
  const asks = new Map<number, number>();
  let bestBid = NO_BID;
  let bestAsk = NO_ASK;

  function nextBid(from: number): number {
    if (bids.size === 0) return NO_BID;
    for (let t = from - 1; t >= from - NEAR; t--) if (bids.has(t)) return t;
    let best = NO_BID;
    for (const t of bids.keys()) if (t > best) best = t;
    return best;
  }

  function nextAsk(from: number): number {
    if (asks.size === 0) return NO_ASK;
    for (let t = from + 1; t <= from + NEAR; t++) if (asks.has(t)) return t;
    let best = NO_ASK;
    for (const t of asks.keys()) if (t < best) best = t;
    return best;
  }

  return {
    set(side, ticks, qty) {
      const levels = side === BUY ? bids : asks;
      const before = levels.get(ticks) ?? 0;
      if (qty > 0) {
        levels.set(ticks, qty);
        if (side === BUY) bestBid = Math.max(bestBid, ticks);
        else bestAsk = Math.min(bestAsk, ticks);
      } else if (before > 0) {
        levels.delete(ticks);
        if (side === BUY && ticks === bestBid) bestBid = nextBid(ticks);
        else if (side === SELL && ticks === bestAsk) bestAsk = nextAsk(ticks);
      }
      return before;
    },
    qty: (side, ticks) => (side === BUY ? bids : asks).get(ticks) ?? 0,
    clear() {
      bids.clear();
      asks.clear();
      bestBid = NO_BID;
      bestAsk = NO_ASK;
    },
    get bestBid() {
      return bestBid;
    },
    get bestAsk() {
      return bestAsk;
    },
    get sound() {
      return bestBid < bestAsk && bestBid !== NO_BID && bestAsk !== NO_ASK;
    },
    get mid() {
      return bestBid < bestAsk && bestBid !== NO_BID && bestAsk !== NO_ASK ? (bestBid + bestAsk) / 2 : undefined;
    },
    shows(side, ticks) {
      if (side === BUY) {
        if (ticks >= bestBid) return true;
        for (const t of bids.keys()) if (t <= ticks) return true;
        return false;
      }
      if (ticks <= bestAsk) return true;
      for (const t of asks.keys()) if (t >= ticks) return true;
      return false;
    },
    top(side, depth) {
      const sign = side === BUY ? -1 : 1;
      return [...(side === BUY ? bids : asks)].sort((a, b) => sign * (a[0] - b[0])).slice(0, depth);
    },
    size: (side) => (side === BUY ? bids : asks).size,
  };
}
