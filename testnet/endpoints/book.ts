/**
 * `depth`, `ticker/bookTicker`.
 *
 * @module
 */
import { bestPrices } from "../tickers.ts";
import { type Answer, type Call, symbolOf, symbolsOf } from "./endpoint.ts";

export function depth(call: Call): Answer {
  symbolOf(call);
  const limit = call.params.limit(100, 5000);
  const weight = limit <= 100 ? 5 : limit <= 500 ? 25 : limit <= 1000 ? 50 : 250;
  return { body: call.exchange.market.book.top(limit), weight };
}

export function bookTicker(call: Call): Answer {
  const { list } = symbolsOf(call);
  const row = { symbol: call.exchange.info.symbol, ...bestPrices(call.exchange.market) };
  return { body: list ? [row] : row, weight: list ? 4 : 2 };
}
