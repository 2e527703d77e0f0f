/**
 * A tape that is written while it is played: the trades of a market that is made here.
 *
 * @module
 */
import type { Aggregates } from "./aggregates.ts";
import { createRing } from "./ring.ts";
import type { Tape, TradeColumns } from "./tape.ts";

/** A trade to write down. Prices and quantities in units of 1e-8, time in microseconds. */
export interface LiveTrade {
  readonly id: number;
  readonly ts: number;
  readonly price: bigint;
  readonly qty: bigint;
  readonly buyerMaker: boolean;
}

/** The growing tape. */
export interface LiveTape {
  readonly tape: Tape;
  readonly aggregates: Aggregates;
  /** Writes down the trades of one taker order. Returns the index of the first. */
  add(trades: readonly LiveTrade[]): number;
}

/** Trades that are kept: the newest. A power of two; some hours of a synthetic market. */
const KEPT = 2 ** 16;

/** An empty tape of a symbol. */
export function createLiveTape(options: { name: string; symbol: string; startTs: number; endTs: number }): LiveTape {
  const { name, symbol, startTs, endTs } = options;
  let length = 0;
  let groups = 0;
  const id = createRing(new Float64Array(KEPT));
  const ts = createRing(new Float64Array(KEPT));
  const price = createRing<bigint>(new BigInt64Array(KEPT));
  const qty = createRing<bigint>(new BigInt64Array(KEPT));
  const buyerMaker = createRing(new Uint8Array(KEPT));
  const first = createRing(new Float64Array(KEPT));
  const last = createRing(new Float64Array(KEPT));
  const total = createRing<bigint>(new BigInt64Array(KEPT));
  const columns = { id, ts, price, qty, buyerMaker };
  const trades: TradeColumns = {
    ...columns,
    get length() {
      return length;
    },
    get first() {
      return Math.max(0, length - KEPT);
    },
  };
  const aggregates: Aggregates = {
    first,
    last,
    qty: total,
    get length() {
      return groups;
    },
  };
  return {
    tape: {
      name,
      symbol,
      events: [],
      snapshots: [],
      trades,
      startTs,
      endTs,
      bookTs: startTs,
      fastDepth: true,
      warnings: [],
    },
    aggregates,
    add(list) {
      const begin = length;
      for (const [n, trade] of list.entries()) {
        id.set(length, trade.id);
        ts.set(length, trade.ts);
        price.set(length, trade.price);
        qty.set(length, trade.qty);
        buyerMaker.set(length, trade.buyerMaker ? 1 : 0);
        // One taker order's prints at one price are one aggregate.
        if (n === 0 || list[n - 1]?.price !== trade.price) {
          first.set(groups, length);
          total.set(groups, 0n);
          groups++;
        }
        last.set(groups - 1, length);
        total.set(groups - 1, (total.at(groups - 1) as bigint) + trade.qty);
        length++;
      }
      return begin;
    },
  };
}
