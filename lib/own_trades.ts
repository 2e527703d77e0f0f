/**
 * The account's own trades, each counted once however often and by whichever way it is told. Pure.
 *
 * The stream may lose one and tell the next; so the place from which to ask again is not the last trade known, but the last
 * up to which the venue was asked for all of them.
 *
 * @module
 */

import { createRecentIds } from "./recent_ids.ts";

/** One trade of the account, ours or not. */
export interface OwnTrade {
  /** The venue's trade id: the key. */
  readonly id: string;
  readonly orderId: string;
  /** Where the way it came by tells it. */
  readonly clientId: string | undefined;
  readonly side: "buy" | "sell";
  readonly price: number;
  readonly qty: number;
  readonly liquidity: "maker" | "taker";
  readonly fee: number;
  readonly feeCurrency: string | undefined;
  /** The exchange's clock, microseconds. */
  readonly exchTs: number;
}

/** Trades seen. */
export interface OwnTrades {
  /** Notes a trade. Returns false where it was known already. */
  add(trade: OwnTrade): boolean;
  /** All trades up to this one have been asked for and noted. */
  complete(id: string): void;
  /** Ask for what came after this one; undefined where nothing was ever asked. */
  readonly cursor: string | undefined;
  readonly count: number;
}

/** Trades after the last complete one that are known by their ids, the latest: minutes' worth on a venue whose ids have no order. */
const REMEMBERED = 10_000;

const isNumber = (id: string) => /^\d{1,15}$/.test(id);

/** @param cursor the last trade before ours */
export function createOwnTrades(cursor?: string): OwnTrades {
  const seen = createRecentIds(REMEMBERED);
  let last = cursor;
  let count = 0;
  const isBefore = (id: string) => last !== undefined && isNumber(id) && isNumber(last) && Number(id) <= Number(last);
  return {
    add(trade) {
      if (isBefore(trade.id) || !seen.add(trade.id)) return false;
      count++;
      return true;
    },
    complete(id) {
      if (isBefore(id)) return;
      last = id;
      // What lies before the cursor is known by its number alone.
      if (isNumber(id)) { for (const known of seen) if (isBefore(known)) seen.delete(known); }
    },
    get cursor() {
      return last;
    },
    get count() {
      return count;
    },
  };
}
