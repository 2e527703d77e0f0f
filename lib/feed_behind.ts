/**
 * Is there anything at the venue that did not reach us? I/O.
 *
 * @module
 */
import type { Exchange } from "ccxt";
import { tradesAfter } from "./trade_history.ts";

/** The last that arrived; undefined where nothing has, or the stream is not followed. */
export interface Seen {
  /** Update id of the book. */
  readonly bookId: number | undefined;
  readonly trade: { readonly id: string; readonly exchTs: number } | undefined;
}

/**
 * True where the venue's book or its prints go beyond what was seen.
 *
 * @throws {UnreachableError} if the exchange does not answer
 */
export async function isBehind(exchange: Exchange, symbol: string, { bookId, trade }: Seen): Promise<boolean> {
  if (trade !== undefined && (await tradesAfter(exchange, symbol, trade, 1)).length > 0) return true;
  if (bookId === undefined) return false;
  const { nonce } = await exchange.fetchOrderBook(symbol, 5);
  return nonce !== undefined && nonce > bookId;
}
