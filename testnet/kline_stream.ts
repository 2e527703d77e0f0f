/**
 * Streams `<symbol>@kline_<interval>` and `<symbol>@kline_<interval>@+08:00`.
 *
 * @module
 */
import { formatUnits } from "./decimal.ts";
import { formatQuote, type Interval, intervalOf, type Kline, klineAt } from "./klines.ts";
import type { Market } from "./market.ts";

/** What a stream's name asks for; undefined if it is no kline stream of this symbol. */
export function klineStream(stream: string, symbol: string): Interval | undefined {
  const match = /^(.+)@kline_(\d{1,2}[smhdwM])(@\+08:00)?$/.exec(stream);
  if (match === null || match[1] !== symbol) return undefined;
  return intervalOf(match[2] as string, match[3] === undefined ? 0 : 8 * 3_600_000_000);
}

/**
 * The payloads due at a full second: the kline that just closed, and the running one every two seconds.
 */
export function klineUpdates(market: Market, interval: Interval, ts: number): string[] {
  const open = interval.open(ts);
  const texts: string[] = [];
  const push = (openTs: number, closed: boolean) => {
    const kline = klineAt(market.bars, interval, openTs);
    if (kline !== undefined) texts.push(payload(market.tape.symbol, interval.name, ts, kline, closed));
  };
  if (open === ts) push(interval.open(ts - 1), true);
  else if (interval.name === "1s" || ts % 2_000_000 === 0) push(open, false);
  return texts;
}

function payload(symbol: string, name: string, ts: number, kline: Kline, closed: boolean): string {
  const { bar } = kline;
  return JSON.stringify({
    e: "kline",
    E: Math.floor(ts / 1000),
    s: symbol,
    k: {
      t: kline.openTs / 1000,
      T: kline.closeTs / 1000 - 1,
      s: symbol,
      i: name,
      f: bar.firstId,
      L: bar.lastId,
      o: formatUnits(bar.open),
      c: formatUnits(bar.close),
      h: formatUnits(bar.high),
      l: formatUnits(bar.low),
      v: formatUnits(bar.volume),
      n: bar.count,
      x: closed,
      q: formatQuote(bar.quoteVolume),
      V: formatUnits(bar.takerBuyVolume),
      Q: formatQuote(bar.takerBuyQuoteVolume),
      B: "0",
    },
  });
}
