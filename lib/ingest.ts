/**
 * Market data from any ccxt exchange: the past as a list, the present as async iterables that lose no message. I/O.
 *
 * @module
 */
import type { Exchange } from "ccxt";
import { assertSymbol } from "./connect.ts";
import { type FeedOptions, openFeed } from "./feed.ts";
import { reach } from "./reach.ts";
import { tradesSince } from "./trade_history.ts";
import type { Book, Level, Trade } from "./types.ts";

export { type Feed, type FeedClock, type FeedHealth, type FeedOptions, openFeed } from "./feed.ts";

/** Options of a stream: those of the feed but for depth and streams. */
export type StreamOptions = Omit<FeedOptions, "depth" | "streams">;

/** Watches a back-fill, which asks a venue for many pages. */
export interface BackfillWatch {
  /** The venue's present time, milliseconds UTC: how far there is to go. */
  readonly untilMs: number;
  /** Takes the share done, 0..1: at the start, after each page, and at the end. */
  readonly progress: (done: number) => void;
}

/**
 * The first `limit` prints at or after `sinceMs`, oldest first, each once, with the venue's raw ids.
 *
 * Paged by id where the venue numbers its prints (Binance), otherwise by time as far back as it goes. `localTs` is the moment of
 * the fetch.
 *
 * @param sinceMs milliseconds UTC
 * @param now local time of the fetch, microseconds UTC
 * @param watch is told of each page
 * @throws {RangeError} if the limit or the moment is no such number, or the symbol is unknown
 * @throws {UnreachableError} if the exchange does not answer
 */
export async function backfillTrades(
  exchange: Exchange,
  symbol: string,
  sinceMs: number,
  limit: number,
  now: (exchTs?: number) => number = () => Date.now() * 1000,
  watch?: BackfillWatch,
): Promise<Trade[]> {
  if (!(Number.isInteger(limit) && limit >= 0)) throw new RangeError(`limit = ${limit}, must be an integer >= 0`);
  if (!(Number.isFinite(sinceMs) && sinceMs >= 0)) throw new RangeError(`sinceMs = ${sinceMs}, must be >= 0`);
  await prepare(exchange, symbol);
  const tell = watch && ((count: number, exchTs: number) => {
    const byTime = (exchTs / 1000 - sinceMs) / Math.max(watch.untilMs - sinceMs, 1);
    watch.progress(Math.min(1, Math.max(0, byTime, count / limit)));
  });
  watch?.progress(0);
  const trades = await tradesSince(exchange, symbol, Math.floor(sinceMs), limit, tell);
  watch?.progress(1);
  const localTs = now(trades.at(-1)?.exchTs);
  return trades.map((trade) => ({ type: "trade", symbol, ...trade, localTs, origin: "backfill" }));
}

/**
 * The book now, over REST.
 *
 * @throws {RangeError} if the symbol is unknown
 * @throws {UnreachableError} if the exchange does not answer
 */
export async function fetchOrderBook(
  exchange: Exchange,
  symbol: string,
  depth = 20,
  now: (exchTs?: number) => number = () => Date.now() * 1000,
): Promise<Book> {
  await prepare(exchange, symbol);
  const book = await reach(exchange, () => exchange.fetchOrderBook(symbol, depth));
  const exchTs = book.timestamp ? book.timestamp * 1000 : undefined;
  const localTs = now(exchTs);
  const levels = (side: readonly unknown[]) =>
    side.slice(0, depth).map((level) => [...level as number[]].slice(0, 2) as unknown as Level);
  const changes = { bids: levels(book.bids), asks: levels(book.asks) };
  return {
    type: "book",
    symbol,
    ...changes,
    snapshot: true,
    changes,
    ...(book.nonce === undefined ? {} : { lastId: book.nonce }),
    exchTs: exchTs ?? localTs,
    localTs,
  };
}

/**
 * The book after each message, none skipped. After a gap the next book has `snapshot: true`; `openFeed` tells of the gap itself.
 * Leaving the loop closes the subscription.
 */
export async function* streamOrderBook(
  exchange: Exchange,
  symbol: string,
  depth = 20,
  options: StreamOptions = {},
): AsyncGenerator<Book, void> {
  for await (const event of openFeed(exchange, symbol, { ...options, depth, streams: ["book"] })) {
    if (event.type === "book") yield event;
  }
}

/** Each print once, in order. Those missed in a gap come with `origin: "recovered"`. Leaving the loop closes the subscription. */
export async function* streamTrades(
  exchange: Exchange,
  symbol: string,
  options: StreamOptions = {},
): AsyncGenerator<Trade, void> {
  for await (const event of openFeed(exchange, symbol, { ...options, streams: ["trades"] })) {
    if (event.type === "trade") yield event;
  }
}

async function prepare(exchange: Exchange, symbol: string): Promise<void> {
  await reach(exchange, () => exchange.loadMarkets());
  assertSymbol(exchange, symbol);
}
