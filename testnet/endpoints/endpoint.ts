/**
 * What an endpoint is given and what it gives back.
 *
 * @module
 */
import { badRequest, invalidCombination, invalidSymbol } from "../errors.ts";
import type { Market } from "../market.ts";
import { type Params, SYMBOL } from "../params.ts";
import type { SymbolInfo } from "../symbols.ts";

/** What the endpoints look at. */
export interface Exchange {
  readonly market: Market;
  readonly info: SymbolInfo;
  /** Market time, microseconds. */
  now(): number;
  /** Market time as the exchange tells it, which a fault may have set wrong. */
  told(): number;
}

/** One request. */
export interface Call {
  readonly params: Params;
  readonly exchange: Exchange;
  /** Microseconds as the client wants them: milliseconds unless it asked for microseconds. */
  time(ts: number): number;
}

/** The body of an answer and what the request weighs against the rate limit. */
export interface Answer {
  readonly body: unknown;
  readonly weight: number;
}

/** One endpoint: reads its parameters, then answers. */
export type Endpoint = (call: Call) => Answer;

/** The mandatory `symbol` parameter, with the optional `symbolStatus`. */
export function symbolOf({ params, exchange }: Call): string {
  const symbol = params.mandatory("symbol", SYMBOL);
  if (symbol !== exchange.info.symbol) throw invalidSymbol();
  checkStatus(params);
  return symbol;
}

/**
 * The `symbol` or `symbols` parameter, of which at most one may be there.
 *
 * @returns whether the answer is a list, and whether a symbol was named at all.
 */
export function symbolsOf({ params, exchange }: Call): { list: boolean; named: boolean } {
  const symbol = params.text("symbol", SYMBOL);
  const symbols = params.list("symbols");
  if (symbol !== undefined && symbols !== undefined) throw invalidCombination();
  for (const name of symbols ?? (symbol === undefined ? [] : [symbol])) {
    if (name !== exchange.info.symbol) throw invalidSymbol();
  }
  checkStatus(params);
  return { list: symbol === undefined, named: symbol !== undefined || symbols !== undefined };
}

/** @throws {ApiError} -1102 if neither `symbol` nor `symbols` is there. */
export function mandatorySymbolsOf(call: Call): { list: boolean } {
  const { list, named } = symbolsOf(call);
  if (!named) throw badRequest(-1102, "Param 'symbol' or 'symbols' must be sent, but both were empty/null!");
  return { list };
}

/** The only symbol is always trading. */
function checkStatus(params: Params): void {
  const status = params.choice("symbolStatus", STATUSES, () => badRequest(-1122, "Invalid symbolStatus."));
  if (status !== undefined && status !== "TRADING") {
    throw badRequest(-1220, "The symbol's status does not match the requested symbolStatus.");
  }
}

/** States of a symbol that can be asked for. */
export const STATUSES = ["TRADING", "HALT", "BREAK"];
