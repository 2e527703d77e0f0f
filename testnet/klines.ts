/**
 * Klines: Binance's name for the bars of fixed intervals.
 *
 * @module
 */
import type { Bar, Bars } from "./bars.ts";
import { formatUnits } from "./decimal.ts";

/** One kline; `bar` is undefined before the first trade. */
export interface Kline {
  /** Microseconds; `closeTs` is the last microsecond's end, so that it is the next one's `openTs`. */
  readonly openTs: number;
  readonly closeTs: number;
  readonly bar: Bar;
}

/** An interval's name, and where its klines begin. */
export interface Interval {
  readonly name: string;
  /** Begin of the kline that `ts` falls in. */
  open(ts: number): number;
  /** Begin of the kline `n` after the one that begins at `open`. */
  step(open: number, n: number): number;
}

const SECOND = 1_000_000;
const DAY = 86_400 * SECOND;
const UNITS: Readonly<Record<string, number>> = { s: SECOND, m: 60 * SECOND, h: 3600 * SECOND, d: DAY };
const NAMES = ["1s", "1m", "3m", "5m", "15m", "30m", "1h", "2h", "4h", "6h", "8h", "12h", "1d", "3d", "1w", "1M"];

/**
 * The interval of that name.
 *
 * @param offset microseconds the time zone is ahead of UTC
 * @returns undefined where Binance has no such interval.
 */
export function intervalOf(name: string, offset = 0): Interval | undefined {
  if (!NAMES.includes(name)) return undefined;
  if (name === "1M") return monthly(offset);
  // Weeks begin on Monday; the epoch was a Thursday.
  const length = name === "1w" ? 7 * DAY : parseInt(name) * (UNITS[name.slice(-1)] as number);
  const origin = (name === "1w" ? 4 * DAY : 0) - offset;
  return {
    name,
    open: (ts) => Math.floor((ts - origin) / length) * length + origin,
    step: (open, n) => open + n * length,
  };
}

function monthly(offset: number): Interval {
  const begin = (date: Date, n: number) => Date.UTC(date.getUTCFullYear(), date.getUTCMonth() + n) * 1000 - offset;
  const local = (ts: number) => new Date((ts + offset) / 1000);
  return { name: "1M", open: (ts) => begin(local(ts), 0), step: (open, n) => begin(local(open), n) };
}

/**
 * Time zone as Binance accepts it, `8`, `-1:00` or `05:45`, in microseconds ahead of UTC.
 *
 * @returns undefined if it is none or beyond -12:00 … +14:00.
 */
export function parseTimeZone(text: string): number | undefined {
  const match = /^([+-]?)(\d{1,2})(?::([0-5]\d))?$/.exec(text);
  if (match === null) return undefined;
  const minutes = (Number(match[2]) * 60 + Number(match[3] ?? 0)) * (match[1] === "-" ? -1 : 1);
  return minutes < -12 * 60 || minutes > 14 * 60 ? undefined : minutes * 60 * SECOND;
}

/** The kline that begins at `openTs`; without a trade it is flat at the last price. Undefined before the first trade. */
export function klineAt(bars: Bars, interval: Interval, openTs: number): Kline | undefined {
  const closeTs = interval.step(openTs, 1);
  const bar = bars.sum(openTs, closeTs) ?? flat(bars.before(openTs), openTs);
  return bar === undefined ? undefined : { openTs, closeTs, bar };
}

/** Which klines to list; times in microseconds, of the klines' begin, both inclusive. */
export interface KlineRange {
  readonly startTs?: number;
  readonly endTs?: number;
  readonly limit: number;
  readonly now: number;
}

/** With a start, the first `limit` klines from there; otherwise the last ones. */
export function listKlines(bars: Bars, interval: Interval, range: KlineRange): Kline[] {
  const { startTs, limit } = range;
  if (bars.firstTs === undefined) return [];
  const last = interval.open(Math.min(range.endTs ?? range.now, range.now));
  let open = interval.open(bars.firstTs);
  if (startTs !== undefined) {
    const wanted = interval.open(startTs);
    open = Math.max(open, wanted < startTs ? interval.step(wanted, 1) : wanted);
  } else open = Math.max(open, interval.step(last, 1 - limit));
  const klines: Kline[] = [];
  for (; open <= last && klines.length < limit; open = interval.step(open, 1)) {
    const kline = klineAt(bars, interval, open);
    if (kline !== undefined) klines.push(kline);
  }
  return klines;
}

/** Quote volumes are sums of products, with sixteen digits; Binance prints eight. */
export function formatQuote(units: bigint): string {
  return formatUnits(units / 100_000_000n);
}

function flat(previous: Bar | undefined, ts: number): Bar | undefined {
  if (previous === undefined) return undefined;
  const price = previous.close;
  const none = { volume: 0n, quoteVolume: 0n, takerBuyVolume: 0n, takerBuyQuoteVolume: 0n, count: 0 };
  return { ts, open: price, high: price, low: price, close: price, ...none, firstId: -1, lastId: -1 };
}
