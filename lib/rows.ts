/**
 * Market events as tape rows. A session and a replayed recording both go through here, so that they see the same.
 *
 * @module
 */

import { BUY, CLEAR, GAP, LAST, LEVEL, type RowSink, SELL, TRADE, WARM } from "./tape.ts";
import { createGrid } from "./ticks.ts";
import type { Book, Level, MarketEvent } from "./types.ts";

/** Turns each event into its rows. Keeps the last book of venues whose client shows only results, to see what changed. */
export function createRows(tickSize: number, sink: RowSink): (event: MarketEvent) => void {
  const grid = createGrid(tickSize);
  let shown: Pick<Book, "bids" | "asks"> = { bids: [], asks: [] };

  function book(event: Book) {
    const { exchTs, localTs } = event;
    if (event.snapshot) shown = { bids: [], asks: [] };
    const { bids, asks } = event.changes ??
      { bids: difference(shown.bids, event.bids), asks: difference(shown.asks, event.asks) };
    if (!event.changes) shown = event;
    const count = bids.length + asks.length;
    if (event.snapshot) sink(CLEAR, 0, count === 0 ? LAST : 0, exchTs, localTs, 0, 0);
    else if (count === 0) sink(LEVEL, 0, LAST, exchTs, localTs, 0, 0);
    let left = count;
    for (const [price, qty] of bids) {
      sink(LEVEL, BUY, --left === 0 ? LAST : 0, exchTs, localTs, grid.round(price), qty);
    }
    for (const [price, qty] of asks) {
      sink(LEVEL, SELL, --left === 0 ? LAST : 0, exchTs, localTs, grid.round(price), qty);
    }
  }

  return (event) => {
    switch (event.type) {
      case "book":
        return book(event);
      case "trade":
        return sink(
          event.origin === "backfill" ? WARM : TRADE,
          event.side === "buy" ? BUY : SELL,
          LAST,
          event.exchTs,
          event.localTs,
          grid.round(event.price),
          event.qty,
        );
      case "gap":
        sink(GAP, 0, LAST, event.exchTs, event.localTs, 0, 0);
    }
  };
}

/** The changes that lead from one list of levels to another. */
function difference(before: readonly Level[], after: readonly Level[]): Level[] {
  const old = new Map(before);
  const changes: Level[] = [];
  for (const [price, qty] of after) {
    if (old.get(price) !== qty) changes.push([price, qty]);
    old.delete(price);
  }
  for (const price of old.keys()) changes.push([price, 0]);
  return changes;
}
