/**
 * Why the exchange refuses an order, a cancel or an amendment: Binance's codes and texts (`errors.md`, "Messages for -1010,
 * -2010, -2011 and -2038" and "Filter failures").
 *
 * @module
 */

/** A refusal. Nothing has changed when it is thrown. */
export class Rejection extends Error {
  constructor(readonly code: number, message: string) {
    super(message);
    this.name = "Rejection";
  }
}

/** -1013: the request did not reach the matching engine. */
const invalid = (message: string) => new Rejection(-1013, message);
/** -2010: the matching engine refuses the order. */
const refused = (message: string) => new Rejection(-2010, message);

export const filterFailure = (filter: string): Rejection => invalid(`Filter failure: ${filter}`);
export const invalidQuantity = (): Rejection => invalid("Invalid quantity.");
export const invalidPrice = (): Rejection => invalid("Invalid price.");
export const zeroNotional = (): Rejection => invalid("Price * QTY is zero or less.");
export const stpNotAllowed = (): Rejection =>
  invalid("This symbol does not allow the specified self-trade prevention mode.");
export const quoteOrdersUnsupported = (): Rejection =>
  invalid("Quote order qty market orders are not support for this symbol.");
export const typeUnsupported = (type: string): Rejection =>
  invalid(`${TYPE_NAMES[type] ?? type} orders are not supported for this symbol.`);
export const replaceUnsupported = (): Rejection => invalid("Order cancel-replace is not supported for this symbol.");

export const insufficientBalance = (): Rejection => refused("Account has insufficient balance for requested action.");
export const wouldTake = (): Rejection => refused("Order would immediately match and take.");
export const duplicateOrder = (): Rejection => refused("Duplicate order sent.");
export const emptyBook = (): Rejection => refused("Order book liquidity is less than symbol minimum quantity.");
export const thinBook = (filter: "LOT_SIZE" | "MARKET_LOT_SIZE"): Rejection =>
  refused(`Order book liquidity is less than ${filter} filter minimum quantity.`);

export const unknownCancel = (): Rejection => new Rejection(-2011, "Unknown order sent.");
export const cancelRestricted = (): Rejection =>
  new Rejection(-2011, "Order was not canceled due to cancel restrictions.");
export const noSuchOrder = (): Rejection => new Rejection(-2013, "Order does not exist.");
export const wrongClientOrderId = (): Rejection =>
  new Rejection(-2039, "Client order ID is not correct for this order ID.");

/** -2038: the matching engine refuses an amendment. */
const notAmended = (message: string) => new Rejection(-2038, message);
export const unknownAmend = (): Rejection => notAmended("Unknown order sent.");
export const amendUnsupported = (): Rejection => notAmended("Order amend is not supported for this symbol.");
export const amendIncrease = (): Rejection => notAmended("Order amend (quantity increase) is not supported.");
export const amendNothing = (): Rejection => notAmended("The requested action would change no state; rejecting.");
export const tooManyAmends = (): Rejection => notAmended("Filter failure: MAX_NUM_ORDER_AMENDS");

/** What an `executionReport` says in `r` (user data stream, "Order Reject Reason"). */
export function rejectReason(rejection: Rejection): string {
  if (rejection.message.startsWith("Account has insufficient balance")) return "INSUFFICIENT_BALANCES";
  if (rejection.message.startsWith("Order would immediately match")) return "WOULD_MATCH_IMMEDIATELY";
  return "NONE";
}

const TYPE_NAMES: Readonly<Record<string, string>> = {
  MARKET: "Market",
  STOP_LOSS: "Stop loss",
  STOP_LOSS_LIMIT: "Stop loss limit",
  TAKE_PROFIT: "Take profit",
  TAKE_PROFIT_LIMIT: "Take profit limit",
};
