/**
 * Price change statistics of a window, as `ticker/24hr`, `ticker/tradingDay`, `ticker` and the ticker streams show them.
 *
 * @module
 */
import type { Bar } from "./bars.ts";
import { formatUnits } from "./decimal.ts";
import { formatQuote } from "./klines.ts";
import type { Market } from "./market.ts";

/** Microseconds of a day. */
export const DAY = 86_400_000_000;

/** Best bid and ask as texts. */
export interface BestPrices {
  readonly bidPrice: string;
  readonly bidQty: string;
  readonly askPrice: string;
  readonly askQty: string;
}

/** A window's statistics in Binance's words; times in microseconds. */
export interface Ticker {
  readonly priceChange: string;
  readonly priceChangePercent: string;
  readonly weightedAvgPrice: string;
  /** Price of the last trade before the window; the first in it, where the tape does not reach further back. */
  readonly prevClosePrice: string;
  readonly openPrice: string;
  readonly highPrice: string;
  readonly lowPrice: string;
  readonly lastPrice: string;
  readonly volume: string;
  readonly quoteVolume: string;
  readonly openTs: number;
  readonly closeTs: number;
  readonly firstId: number;
  readonly lastId: number;
  readonly count: number;
}

/** The trades from `openTs` until now. Seconds are the finest step: the window begins with the second of `openTs`. */
export function tickerOf(market: Market, openTs: number, closeTs: number): Ticker {
  const second = Math.floor(openTs / 1_000_000) * 1_000_000;
  const bar = market.bars.sum(second, Math.floor(closeTs / 1_000_000 + 1) * 1_000_000);
  const previous = market.bars.before(second)?.close;
  return format(bar ?? emptyBar(previous ?? 0n), previous, openTs, closeTs);
}

/** Begin of the window of `/api/v3/ticker` and `@ticker_<window>`: always on a minute. */
export function windowOpen(closeTs: number, window: number): number {
  return Math.floor((closeTs - window) / 60_000_000) * 60_000_000;
}

/** Best prices as the last `bookTicker` or depth message has them, whichever is later. */
export function bestPrices(market: Market): BestPrices {
  const ticker = market.bookTicker === undefined ? undefined : JSON.parse(market.bookTicker);
  if (ticker !== undefined && ticker.u >= market.book.lastUpdateId) {
    return { bidPrice: ticker.b, bidQty: ticker.B, askPrice: ticker.a, askQty: ticker.A };
  }
  const { bids, asks } = market.book.top(1);
  const zero = "0.00000000";
  const [bidPrice, bidQty] = bids[0] ?? [zero, zero];
  const [askPrice, askQty] = asks[0] ?? [zero, zero];
  return { bidPrice, bidQty, askPrice, askQty };
}

/** Volume-weighted price of the last five minutes and the time of the last trade, microseconds. */
export function averagePrice(market: Market, now: number): { price: string; lastTradeTs: number } {
  const second = Math.floor(now / 1_000_000) * 1_000_000;
  const bar = market.bars.sum(second - 300_000_000, second + 1_000_000);
  const last = market.tradeCount - 1;
  const lastTradeTs = market.tape.trades.ts.at(last) ?? 0;
  const price = bar === undefined ? market.tape.trades.price.at(last) ?? 0n : bar.quoteVolume / bar.volume;
  return { price: formatUnits(price), lastTradeTs };
}

function format(bar: Bar, previous: bigint | undefined, openTs: number, closeTs: number): Ticker {
  const change = bar.close - bar.open;
  const percent = bar.open === 0n ? 0 : Number(change) / Number(bar.open) * 100;
  return {
    priceChange: formatUnits(change),
    priceChangePercent: percent.toFixed(3),
    weightedAvgPrice: formatUnits(bar.volume === 0n ? 0n : bar.quoteVolume / bar.volume),
    prevClosePrice: formatUnits(previous ?? bar.open),
    openPrice: formatUnits(bar.open),
    highPrice: formatUnits(bar.high),
    lowPrice: formatUnits(bar.low),
    lastPrice: formatUnits(bar.close),
    volume: formatUnits(bar.volume),
    quoteVolume: formatQuote(bar.quoteVolume),
    openTs,
    closeTs,
    firstId: bar.firstId,
    lastId: bar.lastId,
    count: bar.count,
  };
}

function emptyBar(price: bigint): Bar {
  const none = { volume: 0n, quoteVolume: 0n, takerBuyVolume: 0n, takerBuyQuoteVolume: 0n, count: 0 };
  return { ts: 0, open: price, high: price, low: price, close: price, ...none, firstId: -1, lastId: -1 };
}
