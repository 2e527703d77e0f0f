/**
 * Binance Spot's public REST endpoints, answered from the market as it is at the moment of the replay.
 *
 * @module
 */
import { invalidSymbol } from "./errors.ts";
import type { Market } from "./market.ts";
import { createParams, type Params, SYMBOL } from "./params.ts";
import type { SymbolInfo } from "./symbols.ts";

/** What the endpoints look at. */
export interface Exchange {
  readonly market: Market;
  readonly info: SymbolInfo;
  /** Market time, milliseconds. */
  nowMs(): number;
}

/** The body of an answer and what the request weighs against the rate limit. */
export interface Answer {
  readonly body: unknown;
  readonly weight: number;
}

/** One endpoint: reads its parameters, then answers. */
export type Endpoint = (params: Params, exchange: Exchange) => Answer;

const endpoints: Readonly<Record<string, Endpoint>> = {
  "/api/v3/ping": () => ({ body: {}, weight: 1 }),
  "/api/v3/time": (_, exchange) => ({ body: { serverTime: exchange.nowMs() }, weight: 1 }),
  "/api/v3/exchangeInfo": exchangeInfo,
  "/api/v3/depth": depth,
};

/**
 * Answers a GET request.
 *
 * @returns undefined where there is no such endpoint.
 * @throws {ApiError} as Binance does for a wrong request.
 */
export function answerRest(path: string, query: URLSearchParams, exchange: Exchange): Answer | undefined {
  const endpoint = Object.hasOwn(endpoints, path) ? endpoints[path] : undefined;
  if (endpoint === undefined) return undefined;
  const params = createParams(query);
  const answer = endpoint(params, exchange);
  params.finish();
  return answer;
}

function knownSymbol(symbol: string, exchange: Exchange): string {
  if (symbol !== exchange.info.symbol) throw invalidSymbol();
  return symbol;
}

/** The mandatory `symbol` parameter. */
export function symbolOf(params: Params, exchange: Exchange): string {
  return knownSymbol(params.mandatory("symbol", SYMBOL), exchange);
}

const rateLimits = [
  { rateLimitType: "REQUEST_WEIGHT", interval: "MINUTE", intervalNum: 1, limit: 6000 },
  { rateLimitType: "ORDERS", interval: "SECOND", intervalNum: 10, limit: 100 },
  { rateLimitType: "ORDERS", interval: "DAY", intervalNum: 1, limit: 200000 },
  { rateLimitType: "RAW_REQUESTS", interval: "MINUTE", intervalNum: 5, limit: 61000 },
];

function exchangeInfo(params: Params, exchange: Exchange): Answer {
  const symbol = params.text("symbol", SYMBOL);
  if (symbol !== undefined) knownSymbol(symbol, exchange);
  const body = {
    timezone: "UTC",
    serverTime: exchange.nowMs(),
    rateLimits,
    exchangeFilters: [],
    symbols: [exchange.info],
  };
  return { body, weight: 20 };
}

function depth(params: Params, exchange: Exchange): Answer {
  symbolOf(params, exchange);
  const limit = params.limit(100, 5000);
  const weight = limit <= 100 ? 5 : limit <= 500 ? 25 : limit <= 1000 ? 50 : 250;
  return { body: exchange.market.book.top(limit), weight };
}
