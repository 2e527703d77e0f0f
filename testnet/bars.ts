/**
 * Bars of one second and of one minute, kept up with the trades, from which every longer window is summed.
 *
 * @module
 */
import type { TradeColumns } from "./tape.ts";

/** Trades of a window. Prices and volumes in units of 1e-8, quote volumes in units of 1e-16. */
export interface Bar {
  /** Begin of the window, microseconds. */
  ts: number;
  open: bigint;
  high: bigint;
  low: bigint;
  close: bigint;
  volume: bigint;
  quoteVolume: bigint;
  takerBuyVolume: bigint;
  takerBuyQuoteVolume: bigint;
  count: number;
  firstId: number;
  lastId: number;
}

/** Bars of the trades so far. */
export interface Bars {
  /** Takes in all trades before index `count`. */
  advance(count: number): void;
  /**
   * Takes in the trades made before `ts` that are still on their way: the exchange sends a trade some time after it was
   * made, and a window that has closed must have all of its trades.
   */
  settle(ts: number): void;
  /** All trades with `from <= time < to`, microseconds; undefined if there is none. `from` and `to` are full seconds. */
  sum(from: number, to: number): Bar | undefined;
  /** The last bar before `ts`, if there is one. */
  before(ts: number): Bar | undefined;
  /** Begin of the first bar, microseconds. */
  readonly firstTs: number | undefined;
}

const SECOND = 1_000_000;
const MINUTE = 60 * SECOND;

/**
 * Bars of no trades yet.
 *
 * @param keepSeconds so many seconds of bars of one second are kept; what begins before begins with a full minute
 */
export function createBars(trades: TradeColumns, keepSeconds = Infinity): Bars {
  let seconds: Bar[] = [];
  const minutes: Bar[] = [];
  let next = 0;
  let firstTs: number | undefined;
  const forget = () => {
    if (seconds.length > 1.25 * keepSeconds) seconds = seconds.slice(-keepSeconds);
  };
  const add = (i: number) => {
    const trade = tradeBar(trades, i);
    firstTs ??= Math.floor(trade.ts / SECOND) * SECOND;
    include(seconds, Math.floor(trade.ts / SECOND) * SECOND, trade);
    include(minutes, Math.floor(trade.ts / MINUTE) * MINUTE, trade);
  };
  return {
    advance(count) {
      while (next < count) add(next++);
      forget();
    },
    settle(ts) {
      while (next < trades.length && (trades.ts.at(next) as number) < ts) add(next++);
    },
    sum(from, to) {
      const isKept = seconds.length === 0 || from >= (seconds[0] as Bar).ts || seconds[0]?.ts === firstTs;
      const firstMinute = (isKept ? Math.ceil : Math.floor)(from / MINUTE) * MINUTE;
      const lastMinute = Math.floor(to / MINUTE) * MINUTE;
      let total: Bar | undefined;
      const take = (bars: readonly Bar[], begin: number, end: number) => {
        for (let i = lowerBound(bars, begin); i < bars.length && (bars[i] as Bar).ts < end; i++) {
          total = merge(total, bars[i] as Bar);
        }
      };
      if (firstMinute >= lastMinute) take(seconds, from, to);
      else {
        take(seconds, from, Math.max(from, firstMinute));
        take(minutes, firstMinute, lastMinute);
        take(seconds, lastMinute, to);
      }
      return total;
    },
    before: (ts) => seconds[lowerBound(seconds, ts) - 1] ?? minutes[lowerBound(minutes, ts - MINUTE + 1) - 1],
    get firstTs() {
      return firstTs;
    },
  };
}

function tradeBar(trades: TradeColumns, i: number): Bar {
  const price = trades.price.at(i) as bigint;
  const volume = trades.qty.at(i) as bigint;
  const id = trades.id.at(i) as number;
  const bought = trades.buyerMaker.at(i) === 0;
  return {
    ts: trades.ts.at(i) as number,
    open: price,
    high: price,
    low: price,
    close: price,
    volume,
    quoteVolume: price * volume,
    takerBuyVolume: bought ? volume : 0n,
    takerBuyQuoteVolume: bought ? price * volume : 0n,
    count: 1,
    firstId: id,
    lastId: id,
  };
}

/** Adds a trade to its bar. Trades come in order of ids, their times may step back a little. */
function include(bars: Bar[], ts: number, trade: Bar): void {
  let i = bars.length - 1;
  while (i >= 0 && (bars[i] as Bar).ts > ts) i--;
  const bar = bars[i];
  if (bar?.ts === ts) merge(bar, trade);
  else bars.splice(i + 1, 0, { ...trade, ts });
}

function merge(a: Bar | undefined, b: Bar): Bar {
  if (a === undefined) return { ...b };
  a.high = b.high > a.high ? b.high : a.high;
  a.low = b.low < a.low ? b.low : a.low;
  a.close = b.close;
  a.volume += b.volume;
  a.quoteVolume += b.quoteVolume;
  a.takerBuyVolume += b.takerBuyVolume;
  a.takerBuyQuoteVolume += b.takerBuyQuoteVolume;
  a.count += b.count;
  a.lastId = b.lastId;
  return a;
}

function lowerBound(bars: readonly Bar[], ts: number): number {
  let low = 0;
  let high = bars.length;
  while (low < high) {
    const middle = (low + high) >> 1;
    if ((bars[middle] as Bar).ts < ts) low = middle + 1;
    else high = middle;
  }
  return low;
}
