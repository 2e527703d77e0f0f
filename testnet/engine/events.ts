/**
 * What an account's user data stream and the public trade stream are told, as values.
 *
 * @module
 */
import type { Units } from "./money.ts";
import type { Order, OwnTrade, PreventedMatch } from "./order.ts";

export type ExecutionType = "NEW" | "TRADE" | "CANCELED" | "REPLACED" | "REJECTED" | "EXPIRED" | "TRADE_PREVENTION";

/** Something happened to an order: Binance's `executionReport`. */
export interface ExecutionReport {
  readonly type: "execution";
  readonly accountId: number;
  /** Counts all reports of a symbol; Binance's `I`. */
  readonly executionId: number;
  readonly execution: ExecutionType;
  /** The order as it is after this, a copy. */
  readonly order: Readonly<Order>;
  /** Microseconds. */
  readonly ts: number;
  /** `c`: of the order, of the cancel, or of the amendment. */
  readonly clientOrderId: string;
  /** `C`: of the order that was cancelled or amended, else empty. */
  readonly origClientOrderId: string;
  /** `r`. */
  readonly rejectReason: string;
  /** Of a TRADE. */
  readonly trade?: OwnTrade;
  /** Of a TRADE_PREVENTION. */
  readonly prevented?: {
    readonly match: PreventedMatch;
    /** Expired of this order by this match. */
    readonly lastQty: Units;
    /** What would have traded. */
    readonly matchQty: Units;
    readonly counterOrderId: number;
  };
}

/** Binance's `outboundAccountPosition`: the assets a command may have changed. */
export interface PositionEvent {
  readonly type: "position";
  readonly accountId: number;
  readonly ts: number;
  readonly balances: readonly { readonly asset: string; readonly free: Units; readonly locked: Units }[];
}

/** Binance's `balanceUpdate`: a deposit or a withdrawal. */
export interface BalanceEvent {
  readonly type: "balance";
  readonly accountId: number;
  readonly ts: number;
  readonly asset: string;
  readonly delta: Units;
}

/** A trade, for everybody. */
export interface PublicTrade {
  readonly type: "trade";
  readonly symbol: string;
  readonly tradeId: number;
  readonly price: Units;
  readonly qty: Units;
  readonly ts: number;
  readonly isBuyerMaker: boolean;
}

export type EngineEvent = ExecutionReport | PositionEvent | BalanceEvent | PublicTrade;
