/**
 * What a venue's error says about the request that it answers: refused for certain, or nothing known. Pure.
 *
 * @module
 */
import ccxt from "ccxt";
import { withoutSecrets } from "./secrets.ts";

/** An answer that is not a report. */
export type Failure =
  /** Not carried out, and never will be. */
  | { readonly kind: "refused"; readonly reason: string; readonly wouldTake: boolean }
  /** Not carried out: too many requests or orders. */
  | { readonly kind: "limited"; readonly reason: string; readonly isOrderCount: boolean }
  /** Not carried out: dated outside the window of the venue's clock. */
  | { readonly kind: "clock"; readonly reason: string }
  /** It knows no such order. */
  | { readonly kind: "missing"; readonly reason: string }
  /** It has one of that name already. */
  | { readonly kind: "duplicate"; readonly reason: string }
  /** Anything may have happened: no answer, a cut connection, an error of the server. */
  | { readonly kind: "silence"; readonly reason: string };

/** Whether an answer is none of what was asked for. */
export function isFailure<T extends object>(answer: T | Failure): answer is Failure {
  return "kind" in answer && "reason" in answer;
}

/**
 * What was asked for.
 *
 * @throws {Error} where it did not come
 */
export async function answered<T extends object>(answer: Promise<T | Failure>): Promise<T> {
  const found = await answer;
  if (isFailure(found)) throw new Error(found.reason);
  return found;
}

const LONGEST = 200;

/** @param error whatever a call of ccxt threw */
export function failureOf(error: unknown): Failure {
  const text = error instanceof Error ? error.message : String(error);
  const reason = withoutSecrets(text).replaceAll(/\s+/g, " ").trim().slice(0, LONGEST);
  if (error instanceof ccxt.DDoSProtection || error instanceof ccxt.RateLimitExceeded) {
    return { kind: "limited", reason, isOrderCount: text.includes("-1015") };
  }
  // Binance's -1021; a checksum of ccxt's own is a child of the same class, and never of an order.
  if (error instanceof ccxt.InvalidNonce) return { kind: "clock", reason };
  if (error instanceof ccxt.OperationFailed) return { kind: "silence", reason };
  if (error instanceof ccxt.DuplicateOrderId || /duplicate order/i.test(text)) return { kind: "duplicate", reason };
  if (error instanceof ccxt.OrderImmediatelyFillable) return { kind: "refused", reason, wouldTake: true };
  // Kraken's, which ccxt takes for a request that is wrong.
  if (error instanceof ccxt.OrderNotFound || text.includes("EOrder:Unknown order")) return { kind: "missing", reason };
  if (error instanceof ccxt.ExchangeError) return { kind: "refused", reason, wouldTake: false };
  return { kind: "silence", reason };
}
