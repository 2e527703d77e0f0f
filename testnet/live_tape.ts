/**
 * A tape that is written while it is played: the trades of a market that is made here.
 *
 * @module
 */
import type { Aggregates } from "./aggregates.ts";
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

/** An empty tape of a symbol. */
export function createLiveTape(options: { name: string; symbol: string; startTs: number; endTs: number }): LiveTape {
  const { name, symbol, startTs, endTs } = options;
  let capacity = 1024;
  let length = 0;
  let groups = 0;
  let id = new Float64Array(capacity);
  let ts = new Float64Array(capacity);
  let price = new BigInt64Array(capacity);
  let qty = new BigInt64Array(capacity);
  let buyerMaker = new Uint8Array(capacity);
  let first = new Uint32Array(capacity);
  let last = new Uint32Array(capacity);
  let total = new BigInt64Array(capacity);
  const grow = () => {
    capacity *= 2;
    const copy = <T extends { set(from: T): void }>(to: T, from: T): T => {
      to.set(from);
      return to;
    };
    id = copy(new Float64Array(capacity), id);
    ts = copy(new Float64Array(capacity), ts);
    price = copy(new BigInt64Array(capacity), price);
    qty = copy(new BigInt64Array(capacity), qty);
    buyerMaker = copy(new Uint8Array(capacity), buyerMaker);
    first = copy(new Uint32Array(capacity), first);
    last = copy(new Uint32Array(capacity), last);
    total = copy(new BigInt64Array(capacity), total);
  };
  // The arrays are replaced as they grow, so they are looked up at each access.
  const trades: TradeColumns = {
    get length() {
      return length;
    },
    get id() {
      return id;
    },
    get ts() {
      return ts;
    },
    get price() {
      return price;
    },
    get qty() {
      return qty;
    },
    get buyerMaker() {
      return buyerMaker;
    },
  };
  const aggregates: Aggregates = {
    get length() {
      return groups;
    },
    get first() {
      return first;
    },
    get last() {
      return last;
    },
    get qty() {
      return total;
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
        if (length === capacity) grow();
        id[length] = trade.id;
        ts[length] = trade.ts;
        price[length] = trade.price;
        qty[length] = trade.qty;
        buyerMaker[length] = trade.buyerMaker ? 1 : 0;
        // One taker order's prints at one price are one aggregate.
        if (n === 0 || list[n - 1]?.price !== trade.price) {
          first[groups] = length;
          total[groups] = 0n;
          groups++;
        }
        last[groups - 1] = length;
        total[groups - 1] = (total[groups - 1] as bigint) + trade.qty;
        length++;
      }
      return begin;
    },
  };
}
