/**
 * Prints of the past over REST: everything since a moment, or everything after a print. I/O.
 *
 * Where prints have consecutive ids (Binance) they are paged by id and none can be missed. Elsewhere they are paged by time, as
 * far back as the venue goes; what shares a millisecond is told apart by id.
 *
 * @module
 */
import type { Exchange } from "ccxt";
import type { RawTrade } from "./feed_tap.ts";
import { rawTrade } from "./feed_tap_results.ts";
import { reach } from "./reach.ts";

/** Prints a page; the most Binance gives. */
const PAGE = 1000;
/** Weight of Binance's historicalTrades, 25, in ccxt's unit of 50 ms. */
const HISTORICAL_COST = 5;

/** A row of Binance's historicalTrades. */
interface HistoricalRow {
  readonly id: number;
  readonly price: string;
  readonly qty: string;
  readonly time: number;
  readonly isBuyerMaker: boolean;
}

/** True where each print's id is the one before plus 1, and prints can be asked for by id. Markets must be loaded. */
export function hasConsecutiveIds(exchange: Exchange, symbol: string): boolean {
  return exchange.id.startsWith("binance") && exchange.market(symbol).spot === true;
}

/** Told after each page: how many prints there are, and the time of the newest, microseconds UTC. */
export type PageSeen = (count: number, exchTs: number) => void;

/**
 * The first `limit` prints at or after `sinceMs`, oldest first, each once.
 *
 * @param sinceMs milliseconds UTC
 */
export async function tradesSince(
  exchange: Exchange,
  symbol: string,
  sinceMs: number,
  limit: number,
  seen?: PageSeen,
): Promise<RawTrade[]> {
  if (!hasConsecutiveIds(exchange, symbol)) return await pagesByTime(exchange, symbol, sinceMs, limit, seen);
  const firstId = await idAt(exchange, symbol, sinceMs);
  if (firstId === undefined) return [];
  const trades = await pagesById(exchange, symbol, firstId, limit, seen);
  return trades.filter((trade) => trade.exchTs >= sinceMs * 1000);
}

/** The first `limit` prints after a known one. */
export async function tradesAfter(
  exchange: Exchange,
  symbol: string,
  last: { readonly id: string; readonly exchTs: number },
  limit: number,
): Promise<RawTrade[]> {
  if (hasConsecutiveIds(exchange, symbol)) return await pagesById(exchange, symbol, Number(last.id) + 1, limit);
  const trades = await pagesByTime(exchange, symbol, Math.floor(last.exchTs / 1000), limit);
  return trades.filter((trade) => trade.id !== last.id);
}

/** Binance numbers aggregated prints apart, but each tells its first raw id. */
async function idAt(exchange: Exchange, symbol: string, sinceMs: number): Promise<number | undefined> {
  const { id } = exchange.market(symbol);
  const aggregates = await reach(
    exchange,
    () => implicit(exchange).publicGetAggTrades({ symbol: id, startTime: sinceMs, limit: 1 }),
  );
  return aggregates[0] === undefined ? undefined : Number(aggregates[0].f);
}

async function pagesById(
  exchange: Exchange,
  symbol: string,
  firstId: number,
  limit: number,
  seen?: PageSeen,
): Promise<RawTrade[]> {
  const trades: RawTrade[] = [];
  let fromId = firstId;
  while (trades.length < limit) {
    const size = Math.min(PAGE, limit - trades.length);
    const page = await historicalTrades(exchange, symbol, fromId, size);
    for (const trade of page) {
      if (Number(trade.id) < fromId) {
        throw new Error(`${exchange.id} answered fromId = ${fromId} with trade ${trade.id}, must not be older`);
      }
      fromId = Number(trade.id) + 1;
      trades.push(trade);
    }
    if (page.length > 0) seen?.(trades.length, page.at(-1)!.exchTs);
    if (page.length < size) break;
  }
  return trades.slice(0, limit);
}

/** Asked without a key too: the venue needs none, ccxt's own method insists on one. */
async function historicalTrades(
  exchange: Exchange,
  symbol: string,
  fromId: number,
  limit: number,
): Promise<RawTrade[]> {
  const request = { symbol: exchange.market(symbol).id, fromId, limit };
  const rows = await reach(exchange, async () => {
    if (exchange.apiKey) return await implicit(exchange).publicGetHistoricalTrades(request);
    await exchange.throttle(HISTORICAL_COST);
    const { public: base } = exchange.urls.api as unknown as { public: string };
    return await exchange.fetch(`${base}/historicalTrades?${exchange.urlencode(request)}`) as HistoricalRow[];
  });
  return rows.map((row) => ({
    id: String(row.id),
    // The buyer was the maker, so the seller was the aggressor.
    side: row.isBuyerMaker ? "sell" : "buy",
    price: Number(row.price),
    qty: Number(row.qty),
    exchTs: row.time * 1000,
  }));
}

async function pagesByTime(
  exchange: Exchange,
  symbol: string,
  sinceMs: number,
  limit: number,
  told?: PageSeen,
): Promise<RawTrade[]> {
  const trades: RawTrade[] = [];
  const seen = new Set<string>();
  // A live market never runs out of prints: what is newer than the question is not asked for.
  const until = exchange.milliseconds();
  let since = sinceMs;
  while (trades.length < limit) {
    const page = await reach(exchange, () => exchange.fetchTrades(symbol, since, Math.min(PAGE, limit)));
    let newest = since;
    let isFresh = false;
    for (const row of page) {
      const trade = rawTrade(row as Parameters<typeof rawTrade>[0]);
      if (trade === undefined) continue;
      newest = Math.max(newest, trade.exchTs / 1000);
      if (seen.has(trade.id) || trade.exchTs < sinceMs * 1000) continue;
      seen.add(trade.id);
      isFresh = true;
      trades.push(trade);
    }
    if (isFresh) told?.(trades.length, newest * 1000);
    if (!isFresh || newest >= until) break;
    since = newest > since ? newest : since + 1;
  }
  return trades.sort((a, b) => a.exchTs - b.exchTs).slice(0, limit);
}

/** Methods that ccxt makes from Binance's list of endpoints at run time. */
interface ImplicitBinance {
  publicGetAggTrades(request: Record<string, unknown>): Promise<{ f: number | string }[]>;
  publicGetHistoricalTrades(request: Record<string, unknown>): Promise<HistoricalRow[]>;
}

const implicit = (exchange: Exchange) => exchange as unknown as ImplicitBinance;
