/**
 * What the matching engine is told and what it answers.
 *
 * @module
 */
import type { Account } from "./account.ts";
import type { Archive } from "./archive.ts";
import type { OrderBook } from "./book.ts";
import type { EngineEvent } from "./events.ts";
import type { Filter } from "./filters.ts";
import type { ExternalBook } from "./matching.ts";
import type { Units } from "./money.ts";
import type { NewOrder, Order, OwnTrade, PreventedMatch } from "./order.ts";
import type { Rejection } from "./rejection.ts";

/** A symbol's rules, named as in `exchangeInfo`. */
export interface SymbolRules {
  readonly symbol: string;
  readonly baseAsset: string;
  readonly quoteAsset: string;
  readonly filters: readonly Filter[];
  readonly allowedSelfTradePreventionModes: readonly string[];
  readonly defaultSelfTradePreventionMode: string;
  readonly orderTypes: readonly string[];
  readonly quoteOrderQtyMarketAllowed: boolean;
  readonly cancelReplaceAllowed: boolean;
  readonly amendAllowed: boolean;
}

/** How to set up an engine. */
export interface EngineOptions {
  readonly rules: SymbolRules;
  /** Client order ids for orders and cancels without one. */
  readonly clientOrderId: () => string;
  /** The ids of the first order and trade; 1 by default. */
  readonly firstOrderId?: number;
  readonly firstTradeId?: number;
  /** Where trade ids come from, instead. */
  readonly nextTradeId?: () => number;
  /** The average price of the last minutes, instead of that of the engine's own trades. */
  readonly averagePrice?: (ts: number) => Units | undefined;
  readonly external?: ExternalBook;
  /** Whether an account's closed orders and trades are kept; all are, by default. */
  readonly keeps?: (accountId: number) => boolean;
  /** How many orders of an account are kept before the oldest closed ones are forgotten. */
  readonly history?: number;
}

/** Which order: by id, by client order id, or by both, which must then belong together. */
export interface OrderKey {
  readonly orderId?: number;
  readonly clientOrderId?: string;
}

export type CancelRestriction = "ONLY_NEW" | "ONLY_PARTIALLY_FILLED";

/** An order after its placement. */
export interface Placed {
  readonly order: Readonly<Order>;
  readonly trades: readonly OwnTrade[];
  readonly prevented: readonly PreventedMatch[];
  readonly events: readonly EngineEvent[];
}

/** An order after its cancellation. */
export interface Cancelled {
  readonly order: Readonly<Order>;
  /** The cancel's own. */
  readonly clientOrderId: string;
  readonly events: readonly EngineEvent[];
}

/** An order after its amendment. */
export interface Amended {
  readonly order: Readonly<Order>;
  readonly origClientOrderId: string;
  readonly executionId: number;
  readonly events: readonly EngineEvent[];
}

/** Both halves of a cancel-replace. `placed` is undefined where the new order was not attempted. */
export interface Replaced {
  readonly cancelled: Cancelled | Rejection;
  readonly placed: Placed | Rejection | undefined;
  readonly events: readonly EngineEvent[];
}

/** How to cancel. */
export interface CancelOptions {
  readonly newClientOrderId?: string;
  readonly restriction?: CancelRestriction;
}

/** One symbol's market. Every command throws a {@linkcode Rejection} where it is refused, and then nothing has changed. */
export interface Engine {
  readonly rules: SymbolRules;
  readonly book: OrderBook;
  readonly archive: Archive;
  /** The other side of a recorded market; owes what clients won from it. */
  readonly world: Account;
  /** What commissions were paid. */
  readonly fees: Account;
  open(account: Account): void;
  account(id: number): Account;
  /** Checks an order as far as it can be checked without the matching engine: `order/test`. */
  test(accountId: number, order: NewOrder, ts: number): void;
  place(accountId: number, order: NewOrder, ts: number): Placed;
  cancel(accountId: number, key: OrderKey, ts: number, options?: CancelOptions): Cancelled;
  /** Every open order of the account. */
  cancelAll(accountId: number, ts: number): Cancelled[];
  replace(
    accountId: number,
    request: {
      readonly cancel: OrderKey & CancelOptions;
      readonly order: NewOrder;
      /** ALLOW_FAILURE: the new order is placed even if the cancel fails. */
      readonly mode: "STOP_ON_FAILURE" | "ALLOW_FAILURE";
    },
    ts: number,
  ): Replaced;
  /** Makes an order smaller without losing its place. */
  amend(accountId: number, key: OrderKey, newQty: Units, ts: number, newClientOrderId?: string): Amended;
  /** A resting order trades with the recorded market. */
  fill(accountId: number, orderId: number, qty: Units, ts: number, tradeId?: number): readonly EngineEvent[];
  /** Adds to an account from outside, or takes away. */
  deposit(accountId: number, asset: string, amount: Units, ts: number): readonly EngineEvent[];
  /** One of the account's orders. */
  order(accountId: number, key: OrderKey): Readonly<Order>;
  averagePrice(ts: number): Units | undefined;
}
