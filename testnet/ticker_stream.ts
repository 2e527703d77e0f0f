/**
 * Streams `@miniTicker`, `@ticker`, `@ticker_<window>`, `@avgPrice`, and their `!…@arr` for all symbols, which some clients
 * ask for by their older names `!…@arr@1000ms` and `!…@arr@3000ms`.
 *
 * @module
 */
import { formatUnits } from "./decimal.ts";
import type { Market } from "./market.ts";
import { averagePrice, bestPrices, DAY, tickerOf, windowOpen } from "./tickers.ts";

const WINDOWS: Readonly<Record<string, number>> = { "1h": 3_600_000_000, "4h": 14_400_000_000, "1d": DAY };

/** The payload due at a full second; undefined if `stream` is none of these streams for this symbol. */
export function tickerPayload(stream: string, market: Market, ts: number): string | undefined {
  const [, all, pace] = /^!(.+)@arr(?:@([13])000ms)?$/.exec(stream) ?? [];
  if (pace === "3" && ts % 3_000_000 !== 0) return undefined;
  const [symbol, own] = stream.split("@");
  const kind = all ?? (symbol === market.tape.symbol.toLowerCase() && stream === `${symbol}@${own}` ? own : undefined);
  if (kind === undefined || market.tradeCount === 0) return undefined;
  const payload = payloadOf(kind, market, ts);
  if (payload === undefined || (all !== undefined && kind === "avgPrice")) return undefined;
  return JSON.stringify(all === undefined ? payload : [payload]);
}

function payloadOf(kind: string, market: Market, ts: number): object | undefined {
  const s = market.tape.symbol;
  const E = Math.floor(ts / 1000);
  if (kind === "avgPrice") {
    const { price, lastTradeTs } = averagePrice(market, ts);
    return { e: "avgPrice", E, s, i: "5m", w: price, T: Math.floor(lastTradeTs / 1000) };
  }
  const window = /^ticker_(1h|4h|1d)$/.exec(kind)?.[1];
  if (kind !== "ticker" && kind !== "miniTicker" && window === undefined) return undefined;
  const openTs = window === undefined ? ts - DAY : windowOpen(ts, WINDOWS[window] as number);
  const t = tickerOf(market, openTs, ts);
  const prices = { o: t.openPrice, h: t.highPrice, l: t.lowPrice };
  const volumes = { v: t.volume, q: t.quoteVolume };
  if (kind === "miniTicker") return { e: "24hrMiniTicker", E, s, c: t.lastPrice, ...prices, ...volumes };
  const change = { p: t.priceChange, P: t.priceChangePercent };
  const ends = { O: Math.floor(openTs / 1000), C: E, F: t.firstId, L: t.lastId, n: t.count };
  if (window !== undefined) {
    return {
      e: `${window}Ticker`,
      E,
      s,
      ...change,
      ...prices,
      c: t.lastPrice,
      w: t.weightedAvgPrice,
      ...volumes,
      ...ends,
    };
  }
  const best = bestPrices(market);
  return {
    e: "24hrTicker",
    E,
    s,
    ...change,
    w: t.weightedAvgPrice,
    x: t.prevClosePrice,
    c: t.lastPrice,
    Q: formatUnits(market.tape.trades.qty.at(market.tradeCount - 1) ?? 0n),
    b: best.bidPrice,
    B: best.bidQty,
    a: best.askPrice,
    A: best.askQty,
    ...prices,
    ...volumes,
    ...ends,
  };
}
