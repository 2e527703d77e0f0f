/**
 * An order as the exchange keeps it, and what a client asks for.
 *
 * @module
 */
import { multiply, type Units } from "./money.ts";

export type Side = "BUY" | "SELL";
export type OrderType = "LIMIT" | "LIMIT_MAKER" | "MARKET";
export type TimeInForce = "GTC" | "IOC" | "FOK";
/** What happens instead of a trade with oneself: Binance's self-trade prevention. */
export type StpMode = "NONE" | "EXPIRE_TAKER" | "EXPIRE_MAKER" | "EXPIRE_BOTH" | "DECREMENT";
export type OrderStatus =
  | "NEW"
  | "PARTIALLY_FILLED"
  | "FILLED"
  | "CANCELED"
  | "REJECTED"
  | "EXPIRED"
  | "EXPIRED_IN_MATCH";
/** Why an order is EXPIRED. */
export type ExpiryReason =
  | "UNFILLED_IOC_QUANTITY_EXPIRED"
  | "UNFILLED_FOK_ORDER_EXPIRED"
  | "INSUFFICIENT_LIQUIDITY";

/** What a client asks for. Prices and quantities in units of 1e-8. */
export interface NewOrder {
  readonly side: Side;
  readonly type: OrderType;
  /** Of a LIMIT order. */
  readonly timeInForce?: TimeInForce;
  /** Of a LIMIT or LIMIT_MAKER order, quote per base. */
  readonly price?: Units;
  /** Base. A MARKET order has either this or `quoteOrderQty`. */
  readonly qty?: Units;
  /** Quote to spend or to receive. */
  readonly quoteOrderQty?: Units;
  /** Made up by the exchange if absent. */
  readonly clientOrderId?: string;
  /** The symbol's default if absent. */
  readonly stpMode?: StpMode;
  readonly strategyId?: number;
  readonly strategyType?: number;
}

/** An order at the exchange. Times in microseconds, amounts in units of 1e-8. */
export interface Order {
  readonly symbol: string;
  readonly orderId: number;
  readonly accountId: number;
  readonly side: Side;
  readonly type: OrderType;
  readonly timeInForce: TimeInForce;
  /** 0 for a MARKET order. */
  readonly price: Units;
  /** 0 unless it was sent. */
  readonly quoteOrderQty: Units;
  readonly stpMode: StpMode;
  readonly strategyId?: number;
  readonly strategyType?: number;
  /** When it was created and began to work. */
  readonly time: number;
  clientOrderId: string;
  /** Smaller after an amendment. */
  origQty: Units;
  executedQty: Units;
  /** Binance's `cummulativeQuoteQty`. */
  executedQuote: Units;
  preventedQty: Units;
  status: OrderStatus;
  updateTime: number;
  /** Of an order that its own rules ended. */
  expiryReason?: ExpiryReason;
  /** Of the last match that self-trade prevention prevented. */
  preventedMatchId?: number;
  amendments: number;
  /** What it locks of the quote asset (BUY) or the base asset (SELL). */
  locked: Units;
}

/** One own execution. */
export interface OwnTrade {
  readonly symbol: string;
  readonly tradeId: number;
  readonly orderId: number;
  readonly accountId: number;
  readonly price: Units;
  readonly qty: Units;
  readonly quoteQty: Units;
  readonly commission: Units;
  readonly commissionAsset: string;
  readonly time: number;
  readonly isBuyer: boolean;
  readonly isMaker: boolean;
}

/** A trade with oneself that did not happen. */
export interface PreventedMatch {
  readonly symbol: string;
  readonly preventedMatchId: number;
  readonly takerOrderId: number;
  readonly makerOrderId: number;
  readonly tradeGroupId: number;
  readonly stpMode: StpMode;
  readonly price: Units;
  /** Present where the mode takes from that side. */
  readonly takerPreventedQty?: Units;
  readonly makerPreventedQty?: Units;
  readonly time: number;
}

/** An order has become smaller. */
export interface Amendment {
  readonly symbol: string;
  readonly orderId: number;
  readonly executionId: number;
  readonly origClientOrderId: string;
  readonly newClientOrderId: string;
  readonly origQty: Units;
  readonly newQty: Units;
  readonly time: number;
}

/** What can still trade: original − executed − prevented. */
export function available(order: Order): Units {
  return order.origQty - order.executedQty - order.preventedQty;
}

/** Whether it stands in the book. */
export function isOpen(order: Order): boolean {
  return order.status === "NEW" || order.status === "PARTIALLY_FILLED";
}

/** What an order with that much left has to lock: of the quote asset (BUY) or the base asset (SELL). */
export function reserve(side: Side, price: Units, left: Units): Units {
  return side === "BUY" ? multiply(price, left) : left;
}

export function opposite(side: Side): Side {
  return side === "BUY" ? "SELL" : "BUY";
}
