/**
 * The user stream, watched (I/O): what answers of the venue have told, the stream has to tell as well. Where it does not, a
 * half-open socket for instance, it is dialled anew.
 *
 * @module
 */
import type { Exchange } from "ccxt";
import { type OrderRequests, ownTrade, type VenueOrder } from "./order_requests.ts";
import type { OwnTrade } from "./own_trades.ts";
import { steadyNow } from "./steady_clock.ts";
import { createStreamWatch } from "./stream_watch.ts";
import { openUserStream, type UserStream } from "./user_stream.ts";

/** The stream. */
export interface AccountStream extends Pick<UserStream, "ready" | "isUp" | "reconnects" | "close"> {
  /** An answer has told of this order, or of this trade. */
  owesOrder(orderId: string): void;
  owesTrade(trade: OwnTrade): void;
  /** Looks for what is overdue; to be called every {@linkcode LOOK_MS}. */
  look(): void;
}

/** What it works with, and whom it tells. */
export interface AccountStreamOptions {
  readonly exchange: Exchange;
  readonly symbol: string;
  /** Reads an order of the stream. */
  readonly read: OrderRequests["read"];
  /** Market time, microseconds. */
  readonly now: () => number;
  readonly orders: (orders: readonly VenueOrder[]) => void;
  readonly trades: (trades: readonly OwnTrade[]) => void;
  readonly up: () => void;
  readonly down: (reason: string) => void;
  /** It does not tell what it should, and is dialled anew. */
  readonly silent: (what: string) => void;
}

/** Between two looks, wall milliseconds. */
export const LOOK_MS = 100;
/** The stream has this long to tell what an answer has told, wall milliseconds. */
const OWED_MS = 1000;

export function openAccountStream(options: AccountStreamOptions): AccountStream {
  const { exchange, symbol, read, now, orders, trades, up, down, silent } = options;
  const owed = createStreamWatch();
  let upTs = Infinity;
  let lastLookMs = 0;

  const stream = openUserStream(exchange, symbol, {
    orders(list) {
      for (const order of list) owed.told(`order ${order.id}`);
      orders(list.map(read));
    },
    trades(list) {
      for (const trade of list) owed.told(`trade ${trade.id}`);
      trades(list.map(ownTrade));
    },
    balances() {},
    up() {
      owed.reset();
      upTs = now();
      up();
    },
    down,
  });

  return {
    ready: stream.ready,
    get isUp() {
      return stream.isUp;
    },
    get reconnects() {
      return stream.reconnects;
    },
    owesOrder(orderId) {
      if (stream.isUp) owed.expect(`order ${orderId}`, steadyNow() + OWED_MS);
    },
    owesTrade({ id, exchTs }) {
      // One from before the stream was up is not its to tell.
      if (stream.isUp && exchTs > upTs) owed.expect(`trade ${id}`, steadyNow() + OWED_MS);
    },
    look() {
      const nowMs = steadyNow();
      // After a stall of this process, what the stream has told waits behind this timer.
      const isLate = nowMs - lastLookMs > 2 * LOOK_MS;
      lastLookMs = nowMs;
      const missing = isLate ? undefined : owed.overdue(nowMs);
      if (missing === undefined) return;
      owed.reset();
      silent(missing);
      stream.restart(`it does not tell of ${missing}`);
    },
    close: stream.close,
  };
}
