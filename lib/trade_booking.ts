/**
 * Own trades on their way to the orders that they are of (I/O: asks the venue where nobody knows). Each is booked once; one whose order
 * is not known yet waits until the venue has said whose it is.
 *
 * @module
 */
import { type Failure, isFailure } from "./order_answers.ts";
import type { OrderRequests, VenueOrder } from "./order_requests.ts";
import type { OwnTrade, OwnTrades } from "./own_trades.ts";
import { createRecentIds } from "./recent_ids.ts";
import { steadyNow } from "./steady_clock.ts";

/** Books trades. */
export interface TradeBooking {
  /** Trades as the venue tells them, by stream or on request. */
  book(trades: readonly OwnTrade[]): void;
  /** The venue's id of an order has become known: what waited for it is booked. */
  known(orderId: string): void;
  /** Asks for own trades since the last that are complete. Returns whether the venue answered and all could be attributed. */
  poll(): Promise<boolean>;
}

/** What it works with. `Owner` is an order of ours. */
export interface TradeBookingOptions<Owner> {
  readonly trades: OwnTrades;
  readonly requests: Pick<OrderRequests, "tradesAfter" | "query" | "limits">;
  readonly ownerOf: (trade: OwnTrade) => Owner | undefined;
  /** A trade of ours, the first time it is told. */
  readonly execute: (owner: Owner, trade: OwnTrade) => void;
  /** A trade of somebody else on this account, likewise. */
  readonly foreign: (trade: OwnTrade) => void;
  /** An order that traded, as the venue shows it: makes it known where it is ours, and says whether it is. */
  readonly claim: (order: VenueOrder) => boolean;
  readonly failure: (failure: Failure) => void;
  /** Waits so many milliseconds of wall time. */
  readonly pause: (ms: number) => Promise<void>;
  readonly isClosed: () => boolean;
  /** Unix time in milliseconds. */
  readonly now?: () => number;
}

/** Orders of others that are recognised, the latest. */
const REMEMBERED = 2000;
/** Before the next question about a trade that came while the last was answered, wall milliseconds. */
const AGAIN_MS = 500;
/** Where trades are asked for by time: so long before the last complete answer, or before the start, wall milliseconds. */
const BACK_MS = 60_000;

/** Nothing waits yet. */
export function createTradeBooking<Owner>(options: TradeBookingOptions<Owner>): TradeBooking {
  const { trades, requests, ownerOf, execute, foreign, claim, failure, pause, isClosed, now = steadyNow } = options;
  /** By the venue's id of the order. */
  const waiting = new Map<string, OwnTrade[]>();
  const strangers = createRecentIds(REMEMBERED);
  let polling: Promise<boolean> | undefined;
  let completeMs = now();

  function book(list: readonly OwnTrade[]) {
    for (const trade of list) {
      const owner = ownerOf(trade);
      if (owner !== undefined) {
        if (trades.add(trade)) execute(owner, trade);
      } else if (strangers.has(trade.orderId)) {
        if (trades.add(trade)) foreign(trade);
      } else wait(trade);
    }
  }

  function wait(trade: OwnTrade) {
    const others = waiting.get(trade.orderId) ?? [];
    if (!others.some(({ id }) => id === trade.id)) others.push(trade);
    waiting.set(trade.orderId, others);
    if (others.length === 1) void poll();
  }

  function known(orderId: string) {
    const list = waiting.get(orderId);
    waiting.delete(orderId);
    if (list) book(list);
  }

  function poll(): Promise<boolean> {
    return polling ??= ask().finally(() => {
      polling = undefined;
      const isLeft = () => waiting.size > 0 && !isClosed();
      if (isLeft()) void pause(AGAIN_MS).then(() => isLeft() && poll());
    });
  }

  async function ask(): Promise<boolean> {
    // Whoever goes on asking a venue that has had enough is shut out for longer.
    if (!requests.limits.mayAsk(now())) return false;
    const askedMs = now();
    const list = await requests.tradesAfter(trades.cursor, completeMs - BACK_MS);
    if (isFailure(list)) {
      failure(list);
      return false;
    }
    book(list);
    for (const orderId of [...waiting.keys()]) {
      if (!await settleOwner(orderId)) return false;
    }
    const last = list.at(-1);
    if (last !== undefined) trades.complete(last.id);
    completeMs = askedMs;
    return true;
  }

  /** Whose order an unknown trade is of. */
  async function settleOwner(orderId: string): Promise<boolean> {
    const answer = await requests.query({ orderId });
    if (answer.kind !== "report") {
      failure(answer);
      return false;
    }
    if (!claim(answer.order)) {
      strangers.add(orderId);
      known(orderId);
    }
    return !waiting.has(orderId);
  }

  return { book, known, poll };
}
