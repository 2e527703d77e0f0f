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
    : firstIndex(tradeCount, (i) => (tape.trades.id[i] as number) >= fromId);
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
  const time = (i: number) => market.tape.trades.ts[market.aggregates.first[i] as number] as number;
  let from = Math.max(0, n - limit);
  let to = n;
  if (fromId !== undefined) {
    if (startTs !== undefined || endTs !== undefined) throw invalidCombination();
    from = Math.max(0, fromId - 1);
  } else {
    if (endTs !== undefined) to = firstIndex(n, (i) => time(i) > endTs);
    from = startTs === undefined ? Math.max(0, to - limit) : firstIndex(n, (i) => time(i) >= startTs);
  }
  const body = [];
  for (let i = from; i < Math.min(to, from + limit); i++) body.push(aggregateRow(market, i, call.time));
  return { body, weight: 4 };
}

/** Members of an aggregate trade that REST and stream share. */
export function aggregateRow(market: Market, i: number, time: (ts: number) => number) {
  const { trades } = market.tape;
  const first = market.aggregates.first[i] as number;
  return {
    a: i + 1,
    p: formatUnits(trades.price[first] as bigint),
    q: formatUnits(market.aggregates.qty[i] as bigint),
    f: trades.id[first],
    l: trades.id[market.aggregates.last[i] as number],
    T: time(trades.ts[first] as number),
    m: trades.buyerMaker[first] === 1,
    M: true,
  };
}

function rows(call: Call, from: number, to: number) {
  const { trades } = call.exchange.market.tape;
  const list = [];
  for (let i = from; i < to; i++) {
    const price = trades.price[i] as bigint;
    const qty = trades.qty[i] as bigint;
    list.push({
      id: trades.id[i],
      price: formatUnits(price),
      qty: formatUnits(qty),
      quoteQty: formatUnits(multiply(price, qty)),
      time: call.time(trades.ts[i] as number),
      isBuyerMaker: trades.buyerMaker[i] === 1,
      isBestMatch: true,
    });
  }
  return list;
}

/** First index below `n` at which `holds`, which is false up to some point and true from there; `n` if nowhere. */
function firstIndex(n: number, holds: (i: number) => boolean): number {
  let low = 0;
  let high = n;
  while (low < high) {
    const middle = (low + high) >> 1;
    if (holds(middle)) high = middle;
    else low = middle + 1;
  }
  return low;
}
