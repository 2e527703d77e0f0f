/**
 * Events of a feed before they have a local time, copied out of ccxt's book at the moment of the message.
 *
 * @module
 */
import type { Delta, LiveBook, RawTrade } from "./feed_tap.ts";
import type { Book, Level, Trade } from "./types.ts";

/** A book or print that waits for its turn. The exchange's time is unknown where a snapshot tells none. */
export type Draft = BookDraft | TradeDraft;
export type BookDraft = Omit<Book, "localTs" | "exchTs"> & { readonly exchTs: number | undefined };
export type TradeDraft = Omit<Trade, "localTs"> & Pick<RawTrade, "sentTs">;

/** The whole book as a snapshot. */
export function draftSnapshot(symbol: string, book: LiveBook, depth: number): BookDraft {
  const changes = { bids: copyTop(book.bids), asks: copyTop(book.asks) };
  return {
    type: "book",
    symbol,
    bids: changes.bids.slice(0, depth),
    asks: changes.asks.slice(0, depth),
    snapshot: true,
    changes,
    ...(book.nonce === undefined ? {} : { lastId: book.nonce }),
    exchTs: book.timestamp ? book.timestamp * 1000 : undefined,
  };
}

/** The book after one message. */
export function draftBook(symbol: string, book: LiveBook, depth: number, delta: Delta | undefined): BookDraft {
  return {
    type: "book",
    symbol,
    bids: copyTop(book.bids, depth),
    asks: copyTop(book.asks, depth),
    snapshot: false,
    ...(delta
      ? { changes: { bids: delta.bids, asks: delta.asks }, firstId: delta.firstId, lastId: delta.lastId }
      : book.nonce === undefined
      ? {}
      : { lastId: book.nonce }),
    exchTs: delta?.exchTs ?? (book.timestamp ? book.timestamp * 1000 : undefined),
  };
}

export function draftTrade(symbol: string, trade: RawTrade, origin: Trade["origin"]): TradeDraft {
  return { type: "trade", symbol, ...trade, origin };
}

/** Says why a book cannot be: best bid at or above best ask. Undefined for a good one. */
export function crossing(book: LiveBook): string | undefined {
  const bid = book.bids[0]?.[0];
  const ask = book.asks[0]?.[0];
  if (bid === undefined || ask === undefined || bid < ask) return undefined;
  return `best bid ${bid} is ${bid === ask ? "locked with" : "above"} best ask ${ask}`;
}

function copyTop(side: ArrayLike<readonly number[]>, depth = side.length): Level[] {
  const levels: Level[] = [];
  for (let i = 0; i < side.length && i < depth; i++) levels.push([side[i]![0]!, side[i]![1]!]);
  return levels;
}
