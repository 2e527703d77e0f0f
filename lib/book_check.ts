/**
 * Is the book we rebuild from our own files the exchange's? Binance says so itself: its `bookTicker` stream gives the best bid
 * and ask with the id of the update that made them.
 *
 * After a depth message that ends with update `u`, the best prices and quantities must be those of the last `bookTicker` whose
 * id is not beyond `u`. Now and then a recording contradicts itself: its own depth messages, applied as they are, differ from
 * its own `bookTicker` there. Such messages are counted apart, and only where our book equals that of the recorded messages.
 *
 * @module
 */

import { createBook, type L2Book } from "./book.ts";
import { BUY, SELL } from "./tape.ts";
import { createGrid } from "./ticks.ts";
import { lastUpTo } from "./times.ts";
import type { Level, MarketEvent } from "./types.ts";

/** Outcome of a comparison. */
export interface BookCheck {
  /** Messages whose best bid and ask, prices and quantities, equal the exchange's. */
  readonly matched: number;
  /** Messages that differ: an error of ours. */
  readonly mismatched: number;
  /** Messages where the recording contradicts itself and we agree with its depth messages. */
  readonly contradictory: number;
  /** Messages before the first `bookTicker`, while the book was unknown, or older than the snapshot before them. */
  readonly unchecked: number;
  /** Messages that do not continue the one before: something was lost and no gap was recorded. */
  readonly breaks: number;
  /** The first few mismatches, one line each. */
  readonly examples: readonly string[];
}

/** What the exchange said. */
export interface BookReference {
  /** Takes one recorded message, in the order of arrival; anything but depth, `bookTicker` and snapshot is ignored. */
  message(json: string): void;
  /** Rebuilds the book from recorded events and compares it after every message. */
  compare(events: Iterable<MarketEvent>): BookCheck;
}

type RawLevels = readonly (readonly [price: string, qty: string])[];

/** The fields used of Binance's messages. */
interface RawMessage {
  readonly u?: number;
  readonly b?: string | RawLevels;
  readonly B?: string;
  readonly a?: string | RawLevels;
  readonly A?: string;
  readonly lastUpdateId?: number;
  readonly bids?: RawLevels;
  readonly asks?: RawLevels;
}

const EXAMPLES = 5;

/** @param tickSize price step of the market */
export function createBookReference(tickSize: number): BookReference {
  const grid = createGrid(tickSize);
  const tickers: { id: number; best: string }[] = [];
  /** Best prices and quantities of the recorded depth messages, by their last update id. */
  const recorded = new Map<number, string>();
  const raw = createBook();
  let rawId: number | undefined;
  /** Messages that came before the snapshot they belong behind. */
  let early: { u: number; bids: Level[]; asks: Level[] }[] = [];

  function depth(u: number, bids: Level[], asks: Level[]) {
    if (rawId === undefined) early.push({ u, bids, asks });
    else if (u > rawId) {
      set(raw, BUY, bids);
      set(raw, SELL, asks);
      recorded.set(u, bestOf(raw));
    }
  }

  function set(book: L2Book, side: number, levels: readonly Level[]) {
    for (const [price, qty] of levels) book.set(side, grid.round(price), qty);
  }

  function bestOf(book: L2Book): string {
    return [book.bestBid, book.qty(BUY, book.bestBid), book.bestAsk, book.qty(SELL, book.bestAsk)].join(" ");
  }

  return {
    message(json) {
      if (json.includes('"trade"') || json.includes('"aggTrade"')) return;
      const parsed = JSON.parse(json) as RawMessage & { data?: RawMessage };
      const { u, b, B, a, A, lastUpdateId, bids, asks } = parsed.data ?? parsed;
      if (lastUpdateId !== undefined && bids && asks && rawId === undefined) {
        set(raw, BUY, numbers(bids));
        set(raw, SELL, numbers(asks));
        rawId = lastUpdateId;
        for (const message of early) depth(message.u, message.bids, message.asks);
        early = [];
      } else if (u === undefined) return;
      else if (typeof b === "string" && typeof a === "string") {
        const best = [grid.round(Number(b)), Number(B), grid.round(Number(a)), Number(A)].join(" ");
        tickers.push({ id: u, best });
      } else if (Array.isArray(b) && Array.isArray(a)) depth(u, numbers(b), numbers(a));
    },
    compare(events) {
      tickers.sort((x, y) => x.id - y.id);
      const count = { matched: 0, mismatched: 0, contradictory: 0, unchecked: 0, breaks: 0 };
      const examples: string[] = [];
      const book = createBook();
      let bookId: number | undefined;
      for (const event of events) {
        if (event.type === "gap" && event.stream === "book") bookId = undefined;
        if (event.type !== "book") continue;
        const { snapshot, firstId, lastId } = event;
        if (lastId === undefined || (!snapshot && (bookId === undefined || lastId <= bookId))) {
          count.unchecked++;
          continue;
        }
        if (snapshot) book.clear();
        else if (firstId !== undefined && firstId > bookId! + 1) count.breaks++;
        bookId = lastId;
        const { bids, asks } = event.changes ?? event;
        set(book, BUY, bids);
        set(book, SELL, asks);
        const wanted = tickers[lastUpTo(tickers, lastId, ({ id }) => id)];
        if (wanted === undefined) count.unchecked++;
        else if (wanted.best === bestOf(book)) count.matched++;
        else if (recorded.get(lastId) === bestOf(book)) count.contradictory++;
        else {
          count.mismatched++;
          if (examples.length < EXAMPLES) {
            examples.push(`update ${lastId}: ${bestOf(book)}, bookTicker ${wanted.id} says ${wanted.best}`);
          }
        }
      }
      return { ...count, examples };
    },
  };
}

function numbers(levels: RawLevels): Level[] {
  return levels.map(([price, qty]) => [Number(price), Number(qty)]);
}
