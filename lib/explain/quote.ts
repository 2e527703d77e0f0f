/**
 * Why a decision was what it was, what became of it, and what the market did next. Pure.
 *
 * @module
 */

import { aroundPlot } from "../plots/around.ts";
import type { Figure } from "../plots/figure.ts";
import { createTable, type Table } from "../table.ts";
import { lastAtOrBefore, lastUpTo } from "../times.ts";
import type { OrderRecord, Quote } from "../types.ts";
import { type Explicable, type Story, storyOf } from "./story.ts";
import { termRows } from "./terms.ts";
import { indexOf, timeMeant, type Which } from "./which.ts";
import { type Row, writer } from "./write.ts";

/** Markout horizons, seconds. */
export const HORIZONS: readonly number[] = [0.1, 1, 5, 10, 30, 60];
/** Shown before a decision and after it, microseconds. */
const BEFORE = 5e6;
const AFTER = 20e6;

/** One decision explained. */
export interface QuoteExplanation {
  readonly quote: Quote;
  /** The orders that it placed, as far as they are over. */
  readonly orders: readonly OrderRecord[];
  readonly table: Table;
  /** Drawn when it is asked for. */
  readonly figure: Figure;
}

/**
 * Explains a quote: every term of the formula with its unit, rounding, clamp, the orders it placed and their place in the queue, and
 * where the mid went.
 *
 * @param source a session, running or ended, a backtest that kept quotes and orders, or a recording read with `readStory`
 * @param which its number, or a time: the decision that was in force then
 * @throws {RangeError} where there is no such decision, with those there are
 */
export function explainQuote(source: Explicable, which: Which): QuoteExplanation {
  const story = storyOf(source);
  const quote = findQuote(story, which);
  const { market, path, fills } = story;
  const orders = story.orders.filter(({ quoteId }) => quoteId === quote.id);
  const { price, step, time } = writer(market);
  const { ts, mid } = path.mids;
  const after = HORIZONS.map((seconds): Row => {
    const at = quote.localTs + seconds * 1e6;
    const later = at <= (path.endTs ?? -Infinity) ? mid[lastAtOrBefore(ts, at)] : undefined;
    const moved = later === undefined || quote.mid === undefined ? undefined : later - quote.mid;
    return [`mid ${seconds} s later`, price(later, 1), `${market.quote}/${market.base}`, `moved ${step(moved)}`];
  });
  const rows: Row[] = [
    ...termRows(quote, market),
    ["its orders"],
    ...orderRows(story, quote, orders),
    ["the market afterwards"],
    ...after,
  ];
  const title = `Decision ${quote.id} at ${time(quote.localTs)} UTC: ${sideText(quote.bid, "bid", price)}, ${
    sideText(quote.ask, "ask", price)
  }`;
  const table = createTable(title, ["term", "value", "unit", "what it is"], rows, { align: "lrll" });
  return {
    quote,
    orders,
    table,
    get figure() {
      const filled = fills.filter(({ quoteId }) => quoteId === quote.id);
      const count = filled.length === 0 ? "no fill" : filled.length === 1 ? "a fill" : `${filled.length} fills`;
      return aroundPlot(story, {
        title: `Around decision ${quote.id}: mid, our quotes, and ${count} of it`,
        span: [quote.localTs - BEFORE, quote.localTs + AFTER],
        moments: [{ ts: quote.localTs, name: "decided" }],
        fills: filled,
      });
    },
  };
}

/** The decision of that number, or in force at that time. @throws {RangeError} */
export function findQuote({ quotes, path }: Story, which: Which): Quote {
  const [first, last] = [quotes[0], quotes.at(-1)];
  if (!first || !last) throw new RangeError("explain: no decision was kept (a backtest keeps them with keepQuotes)");
  const time = timeMeant(which, [first.localTs, path.endTs ?? last.localTs]);
  if (time !== undefined) {
    const found = quotes[lastUpTo(quotes, time, ({ localTs }) => localTs)];
    if (found) return found;
    throw new RangeError(`explain: no decision before ${new Date(time / 1000).toISOString()}`);
  }
  if (typeof which === "number" && which < 0) return quotes[indexOf(which, quotes.length, "decision")]!;
  const found = quotes.find(({ id }) => id === Number(which));
  if (found) return found;
  throw new RangeError(`explain: decision ${which}, must be ${first.id} to ${last.id}, or a time`);
}

function orderRows({ market, orders }: Story, quote: Quote, placed: readonly OrderRecord[]): Row[] {
  const { price, value, time } = writer(market);
  const place = (
    { id, side, acceptedTs, queueAhead, touchDistance, price: at, end }: OrderRecord,
    what: string,
  ): Row => [
    `${what} ${side === "buy" ? "bid" : "ask"}, order ${id}`,
    price(at),
    `${market.quote}/${market.base}`,
    `${end}; at the venue ${time(acceptedTs)}, behind ${value(queueAhead)} ${market.base}, ${
      distance(touchDistance, value)
    }`,
  ];
  const working = orders.filter(({ quoteId, sentTs, localTs }) =>
    quoteId !== quote.id && sentTs < quote.localTs && localTs > quote.localTs
  );
  const rows = [...placed.map((order) => place(order, "new")), ...working.map((order) => place(order, "resting"))];
  return rows.length > 0 ? rows : [["none", "", "", "nothing was sent, or it is not over yet"]];
}

/** How far from the touch, in words. */
export function distance(touch: number | undefined, value: (x: number | undefined) => string): string {
  if (touch === undefined) return "distance from the touch unknown";
  return touch === 0
    ? "at the touch"
    : touch > 0
    ? `${value(touch)} behind the touch`
    : `${value(-touch)} before the touch`;
}

const sideText = (price: number | undefined, side: string, write: (x: number | undefined) => string) =>
  price === undefined ? `no ${side}` : `${side} ${write(price)}`;
