/**
 * Any ccxt.pro venue through what its watchers are given: the book and the cache of prints after each message.
 *
 * @module
 */
import type { Client } from "./feed_socket.ts";
import type { Heard, LiveBook, RawTrade, TapListener } from "./feed_tap.ts";

/** What is used of a print in ccxt's cache. */
export interface CachedTrade {
  readonly id?: string;
  readonly side?: string;
  readonly price: number;
  readonly amount: number;
  readonly timestamp: number;
}

/** Where ccxt keeps books and prints. */
interface Caches {
  orderbooks: Record<string, LiveBook | undefined>;
  trades: Record<string, CachedTrade[] | undefined>;
}

/** Turns what watchers are given into what listeners are told. */
export interface Results {
  /** Notes who carries what. Undefined where it is neither a book nor prints that somebody listens to. */
  recognise(client: Client, result: unknown): { stream: "book" | "trades"; listeners: TapListener[] } | undefined;
  /** The book is a fresh snapshot: its next result is no message of its own. */
  reset(book: LiveBook): void;
  resolved(client: Client, result: unknown): void;
}

export function createResults(exchange: Caches, heard: Heard): Results {
  const announced = new WeakSet<LiveBook>();
  const fresh = new WeakSet<LiveBook>();
  const seen = new WeakSet<CachedTrade>();
  /** A book or a cache of prints, if that is what a watcher was given: whose, and who listens. */
  const recognise: Results["recognise"] = (client, result) => {
    if (typeof result !== "object" || result === null) return undefined;
    const { symbol } = (Array.isArray(result) ? result.at(-1) ?? {} : result) as { symbol?: string };
    if (symbol === undefined) return undefined;
    const stream = result === exchange.orderbooks[symbol] ? "book" : "trades";
    if (stream === "trades" && result !== exchange.trades[symbol]) return undefined;
    return { stream, listeners: heard(symbol, stream, client) };
  };
  const trades = (cache: CachedTrade[], listeners: TapListener[]) => {
    let from = cache.length;
    while (from > 0 && !seen.has(cache[from - 1]!)) from--;
    for (let i = from; i < cache.length; i++) {
      const trade = cache[i]!;
      seen.add(trade);
      const raw = rawTrade(trade);
      if (raw) listeners.forEach((listener) => listener.trade(raw));
    }
  };
  return {
    recognise,
    reset(book: LiveBook) {
      announced.add(book);
      fresh.add(book);
    },
    resolved(client: Client, result: unknown) {
      const known = recognise(client, result);
      if (known === undefined) return;
      const { stream, listeners } = known;
      if (stream === "trades") return trades(result as CachedTrade[], listeners);
      const book = result as LiveBook;
      for (const listener of listeners) {
        if (fresh.has(book)) continue;
        listener.depthArrived();
        if (announced.has(book)) listener.bookChanged(book);
        else listener.bookReset(book);
      }
      fresh.delete(book);
      announced.add(book);
    },
  };
}

/** A print of ccxt's; undefined where it has no side or time. Prints without an id are told apart by what they are. */
export function rawTrade(trade: CachedTrade): RawTrade | undefined {
  const { side, price, amount, timestamp } = trade;
  if ((side !== "buy" && side !== "sell") || !timestamp) return undefined;
  const id = trade.id ?? `${timestamp}-${side}-${price}-${amount}`;
  return { id, side, price, qty: amount, exchTs: timestamp * 1000 };
}
