/**
 * `trades`, `historicalTrades`, `aggTrades`.
 *
 * @module
 */
import { formatUnits, multiply } from "../decimal.ts";
import { invalidCombination } from "../errors.ts";
import type { Market } from "../market.ts";
import { type Answer, type Call, symbolOf } from "./endpoint.ts";

export function trades(call: Call): Answer {
  symbolOf(call);
  const limit = call.params.limit(500, 1000);
  const { tradeCount } = call.exchange.market;
  return { body: rows(call, Math.max(0, tradeCount - limit), tradeCount), weight: 25 };
}

export function historicalTrades(call: Call): Answer {
  symbolOf(call);
  const limit = call.params.limit(500, 1000);
  const fromId = call.params.integer("fromId");
  const { tape, tradeCount } = call.exchange.market;
  const from = fromId === undefined
    ? Math.max(0, tradeCount - limit)
    : firstIndex(tape.trades.first, tradeCount, (i) => (tape.trades.id.at(i) as number) >= fromId);
  return { body: rows(call, from, Math.min(tradeCount, from + limit)), weight: 25 };
}

export function aggTrades(call: Call): Answer {
  symbolOf(call);
  const { params, exchange: { market } } = call;
  const limit = params.limit(500, 1000);
  const fromId = params.integer("fromId");
  const startTs = params.time("startTime");
  const endTs = params.time("endTime");
  const n = market.aggregateCount;
  const { first } = market.aggregates;
  const time = (i: number) => market.tape.trades.ts.at(first.at(i) as number) as number;
  // Of a long past only the newest trades are kept.
  const { length, first: kept } = market.tape.trades;
  const oldest = firstIndex(Math.max(0, n - (length - kept)), n, (i) => (first.at(i) as number) >= kept);
  let from = Math.max(0, n - limit);
  let to = n;
  if (fromId !== undefined) {
    if (startTs !== undefined || endTs !== undefined) throw invalidCombination();
    from = Math.max(0, fromId - 1);
  } else {
    if (endTs !== undefined) to = firstIndex(oldest, n, (i) => time(i) > endTs);
    from = startTs === undefined ? Math.max(0, to - limit) : firstIndex(oldest, n, (i) => time(i) >= startTs);
  }
  const body = [];
  from = Math.max(from, oldest);
  for (let i = from; i < Math.min(to, from + limit); i++) body.push(aggregateRow(market, i, call.time));
  return { body, weight: 4 };
}

/** Members of an aggregate trade that REST and stream share. */
export function aggregateRow(market: Market, i: number, time: (ts: number) => number) {
  const { trades } = market.tape;
  const first = market.aggregates.first.at(i) as number;
  return {
    a: i + 1,
    p: formatUnits(trades.price.at(first) as bigint),
    q: formatUnits(market.aggregates.qty.at(i) as bigint),
    f: trades.id.at(first),
    l: trades.id.at(market.aggregates.last.at(i) as number),
    T: time(trades.ts.at(first) as number),
    m: trades.buyerMaker.at(first) === 1,
    M: true,
  };
}

function rows(call: Call, from: number, to: number) {
  const { trades } = call.exchange.market.tape;
  const list = [];
  for (let i = Math.max(from, trades.first); i < to; i++) {
    const price = trades.price.at(i) as bigint;
    const qty = trades.qty.at(i) as bigint;
    list.push({
      id: trades.id.at(i),
      price: formatUnits(price),
      qty: formatUnits(qty),
      quoteQty: formatUnits(multiply(price, qty)),
      time: call.time(trades.ts.at(i) as number),
      isBuyerMaker: trades.buyerMaker.at(i) === 1,
      isBestMatch: true,
    });
  }
  return list;
}

/** First index from `low` and below `n` at which `holds`, which is false up to some point and true from there; else `n`. */
function firstIndex(low: number, n: number, holds: (i: number) => boolean): number {
  let high = n;
  while (low < high) {
    const middle = (low + high) >> 1;
    if (holds(middle)) high = middle;
    else low = middle + 1;
  }
  return low;
}
