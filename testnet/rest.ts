/**
 * Binance Spot's public REST: which path leads to which endpoint, and what the answer's headers say.
 *
 * @module
 */
import { bookTicker, depth } from "./endpoints/book.ts";
import type { Answer, Endpoint, Exchange } from "./endpoints/endpoint.ts";
import { exchangeInfo, ping, time } from "./endpoints/general.ts";
import { klines } from "./endpoints/klines.ts";
import { avgPrice, price, rollingWindow, ticker24hr, tradingDay } from "./endpoints/tickers.ts";
import { aggTrades, historicalTrades, trades } from "./endpoints/trades.ts";
import { ApiError, badRequest } from "./errors.ts";
import { createParams } from "./params.ts";
import { mergedParams, type PrivateApi, timeOf } from "./private/api.ts";
import type { PrivateAnswer } from "./private/call.ts";
import { keyOwner } from "./private/keys.ts";

const ENDPOINTS: Readonly<Record<string, Endpoint>> = {
  "/api/v3/ping": ping,
  "/api/v3/time": time,
  "/api/v3/exchangeInfo": exchangeInfo,
  "/api/v3/depth": depth,
  "/api/v3/trades": trades,
  "/api/v3/historicalTrades": historicalTrades,
  "/api/v3/aggTrades": aggTrades,
  "/api/v3/klines": klines,
  "/api/v3/uiKlines": klines,
  "/api/v3/avgPrice": avgPrice,
  "/api/v3/ticker": rollingWindow,
  "/api/v3/ticker/24hr": ticker24hr,
  "/api/v3/ticker/tradingDay": tradingDay,
  "/api/v3/ticker/price": price,
  "/api/v3/ticker/bookTicker": bookTicker,
};

/** Paths that need an account. */
const PRIVATE = new RegExp(
  "^/api/v3/(order(/.*)?|orderList(/.*)?|openOrders|allOrders|openOrderList|allOrderList|sor/order(/.*)?|account(/.*)?|" +
    "myTrades|myPreventedMatches|myAllocations|myFilters|rateLimit/order|userDataStream)$",
);

/** One REST request, as far as the answer depends on it. */
export interface RestRequest {
  readonly method: string;
  readonly path: string;
  readonly query: URLSearchParams;
  /** The query as it was sent, and the body: what a client signs. */
  readonly rawQuery?: string;
  readonly body?: string;
  /** The header `X-MBX-TIME-UNIT`. */
  readonly timeUnit?: string;
  /** The header `X-MBX-APIKEY`. */
  readonly apiKey?: string;
}

/**
 * Answers a request.
 *
 * @returns undefined where there is no such path.
 * @throws {ApiError} as Binance does for a wrong request.
 */
export function answerRest(
  request: RestRequest,
  exchange: Exchange,
  api: PrivateApi,
): Answer | PrivateAnswer | undefined {
  const { method, path, query } = request;
  if (PRIVATE.test(path)) return answerPrivate(request, api);
  const endpoint = Object.hasOwn(ENDPOINTS, path) ? ENDPOINTS[path] : undefined;
  if (endpoint === undefined) return undefined;
  if (method !== "GET" && method !== "HEAD") throw new ApiError(405, -1020, "This operation is not supported.");
  const time = timeOf(request.timeUnit);
  const params = createParams(query);
  const answer = endpoint({ params, exchange, time });
  params.finish();
  return answer;
}

function answerPrivate(request: RestRequest, api: PrivateApi): PrivateAnswer {
  const route = `${request.method} ${request.path}`;
  const time = timeOf(request.timeUnit);
  if (!api.has(route)) {
    keyOwner(request.apiKey, api.trading.owners);
    throw badRequest(-1020, "This operation is not supported.");
  }
  return api.answer({
    route,
    ...mergedParams(request.rawQuery ?? "", request.body ?? ""),
    apiKey: request.apiKey,
    time,
  });
}
