/**
 * Steps in the lives of real orders, as they are recorded.
 *
 * @module
 */
import type { OrderState } from "./order_state.ts";

/** One line of an order's life, with both clocks: every order can be explained by them. */
export interface OrderEvent {
  /** Market time, microseconds; and the wall clock, Unix time in milliseconds. */
  readonly localTs: number;
  readonly wallMs: number;
  readonly clientId: string;
  readonly orderId: string | undefined;
  readonly side: "buy" | "sell";
  /** Quote per base; undefined for an order at any price. */
  readonly price: number | undefined;
  /** Base. */
  readonly qty: number;
  readonly event:
    | "place"
    | "cancel"
    | "reduce"
    | "open"
    | "ended"
    | "refused"
    | "limited"
    | "clock"
    | "missing"
    | "duplicate"
    | "silence"
    | "trade"
    | "adopted";
  readonly state: OrderState;
  /** Base, by the venue's word. */
  readonly executed: number;
  readonly detail?: string;
  readonly quoteId: number;
}
