/**
 * An order's parameters, checked the way Binance checks them before anything else.
 *
 * @module
 */
import { DECIMAL, parseMoney, type Units } from "../engine/money.ts";
import type { NewOrder, StpMode } from "../engine/order.ts";
import { Rejection, typeUnsupported } from "../engine/rejection.ts";
import { type ApiError, badRequest, illegalCharacters, mandatoryMissing } from "../errors.ts";
import type { Params } from "../params.ts";

/** What a client order id may consist of. */
export const CLIENT_ORDER_ID = /^[a-zA-Z0-9-_]{1,36}$/;

const TYPES = [
  ...["LIMIT", "LIMIT_MAKER", "MARKET"],
  ...["STOP_LOSS", "STOP_LOSS_LIMIT", "TAKE_PROFIT", "TAKE_PROFIT_LIMIT"],
];
const RESTRICTIONS = ["ONLY_NEW", "ONLY_PARTIALLY_FILLED"];
const STP_MODES = ["NONE", "EXPIRE_TAKER", "EXPIRE_MAKER", "EXPIRE_BOTH", "DECREMENT", "TRANSFER"];

const notRequired = (name: string): ApiError => badRequest(-1106, `Parameter '${name}' sent when not required.`);
const eitherMissing = (a: string, b: string): ApiError =>
  badRequest(-1102, `Param '${a}' or '${b}' must be sent, but both were empty/null!`);

/** A decimal parameter; undefined if it was not sent. */
export function decimal(params: Params, name: string): Units | undefined {
  const text = params.text(name);
  if (text === undefined) return undefined;
  if (!DECIMAL.test(text)) throw illegalCharacters(name, DECIMAL.source);
  const value = parseMoney(text);
  if (value === undefined) throw badRequest(-1111, `Parameter '${name}' has too much precision.`);
  return value;
}

/** The parameters that make an order. */
export function orderOf(params: Params): NewOrder {
  const pick = (name: string, values: readonly string[], otherwise: () => ApiError) => {
    if (!params.has(name)) throw mandatoryMissing(name);
    return params.choice(name, values, otherwise) as string;
  };
  const side = pick("side", ["BUY", "SELL"], () => badRequest(-1117, "Invalid side.")) as NewOrder["side"];
  const type = pick("type", TYPES, () => badRequest(-1116, "Invalid orderType."));
  const timeInForce = params.choice(
    "timeInForce",
    ["GTC", "IOC", "FOK"],
    () => badRequest(-1115, "Invalid timeInForce."),
  );
  const order = {
    side,
    type: type as NewOrder["type"],
    timeInForce: timeInForce as NewOrder["timeInForce"],
    price: decimal(params, "price"),
    qty: decimal(params, "quantity"),
    quoteOrderQty: decimal(params, "quoteOrderQty"),
    clientOrderId: params.text("newClientOrderId", CLIENT_ORDER_ID),
    stpMode: params.choice("selfTradePreventionMode", STP_MODES) as
      | StpMode
      | undefined,
    strategyId: params.integer("strategyId"),
    strategyType: params.integer("strategyType"),
  };
  if (order.strategyType !== undefined && order.strategyType < 1_000_000) {
    throw badRequest(-1134, "Strategy type was less than 1000000.");
  }
  unsupported(params, type);
  requireByType(order);
  return order;
}

/** Icebergs, stops and pegs do not exist here. */
function unsupported(params: Params, type: string): void {
  const iceberg = decimal(params, "icebergQty");
  if (!["LIMIT", "LIMIT_MAKER", "MARKET"].includes(type)) {
    decimal(params, "stopPrice");
    params.integer("trailingDelta");
    throw typeUnsupported(type);
  }
  for (const name of ["stopPrice", "trailingDelta"]) if (params.has(name)) throw notRequired(name);
  if (params.has("pegPriceType")) throw new Rejection(-1013, "Pegged orders are not supported for this symbol.");
  if (iceberg === undefined) return;
  if (type === "MARKET") throw notRequired("icebergQty");
  throw new Rejection(-1013, "Iceberg orders are not supported for this symbol.");
}

function requireByType({ type, timeInForce, price, qty, quoteOrderQty }: NewOrder): void {
  if (type === "MARKET") {
    if (timeInForce !== undefined) throw notRequired("timeInForce");
    if (price !== undefined) throw notRequired("price");
    if (qty === undefined && quoteOrderQty === undefined) throw eitherMissing("quantity", "quoteOrderQty");
    if (qty !== undefined && quoteOrderQty !== undefined) throw notRequired("quoteOrderQty");
    return;
  }
  if (quoteOrderQty !== undefined) throw notRequired("quoteOrderQty");
  if (type === "LIMIT" && timeInForce === undefined) throw mandatoryMissing("timeInForce");
  if (type === "LIMIT_MAKER" && timeInForce !== undefined) throw notRequired("timeInForce");
  if (qty === undefined) throw mandatoryMissing("quantity");
  if (price === undefined) throw mandatoryMissing("price");
}

/** The order a request speaks of: `orderId`, `origClientOrderId`, or both. */
export function keyOf(
  params: Params,
  idName = "orderId",
  clientName = "origClientOrderId",
): { orderId?: number; clientOrderId?: string } {
  const orderId = params.integer(idName);
  const clientOrderId = params.text(clientName, CLIENT_ORDER_ID);
  if (orderId === undefined && clientOrderId === undefined) throw eitherMissing(clientName, idName);
  return { orderId, clientOrderId };
}

/** How to cancel, as `order` and `order/cancelReplace` are told it. */
export function cancelOptions(params: Params, idName: string) {
  const restriction = params.choice(
    "cancelRestrictions",
    RESTRICTIONS,
    () => badRequest(-1145, "Invalid cancelRestrictions"),
  ) as "ONLY_NEW" | "ONLY_PARTIALLY_FILLED" | undefined;
  return { restriction, newClientOrderId: params.text(idName, CLIENT_ORDER_ID) };
}
