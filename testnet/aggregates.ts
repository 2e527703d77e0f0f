/**
 * Aggregate trades: the prints of one taker order at one price, as one. Binance does not publish taker orders; prints that
 * follow each other with the same time, price and aggressor are taken for one.
 *
 * @module
 */
import type { Column, TradeColumns } from "./tape.ts";

/** Aggregate trades in order. Numbered from 1, for the recording does not have Binance's numbers. */
export interface Aggregates {
  readonly length: number;
  /** Index of the first and the last trade of each. */
  readonly first: Column<number>;
  readonly last: Column<number>;
  /** Total quantity, units of 1e-8. */
  readonly qty: Column<bigint>;
}

/** Aggregates consecutive trades. */
export function aggregate(trades: TradeColumns): Aggregates {
  const first = new Uint32Array(trades.length);
  const last = new Uint32Array(trades.length);
  const qty = new BigInt64Array(trades.length);
  let n = 0;
  for (let i = 0; i < trades.length; i++) {
    const j = i - 1;
    const same = i > 0 && trades.ts.at(i) === trades.ts.at(j) && trades.price.at(i) === trades.price.at(j) &&
      trades.buyerMaker.at(i) === trades.buyerMaker.at(j) && trades.id.at(i) === (trades.id.at(j) as number) + 1;
    if (!same) first[n++] = i;
    last[n - 1] = i;
    qty[n - 1] = (qty[n - 1] as bigint) + (trades.qty.at(i) as bigint);
  }
  return { length: n, first: first.slice(0, n), last: last.slice(0, n), qty: qty.slice(0, n) };
}
