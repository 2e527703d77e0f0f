/**
 * The private endpoints, the same for REST and for the WebSocket API.
 *
 * @module
 */
import { Rejection } from "../engine/rejection.ts";
import { ApiError, badRequest, invalidCombination, invalidSymbol, mandatoryMissing } from "../errors.ts";
import { type Params, SYMBOL } from "../params.ts";
import { ABSENT_ENDPOINTS } from "./absent.ts";
import {
  amendedAnswer,
  amendmentRow,
  cancelledAnswer,
  defaultResponse,
  orderRow,
  placedAnswer,
  preventedRow,
  type ResponseType,
  tradeRow,
} from "./answers.ts";
import { accountBody, commissionBody, orderCommissionBody } from "./account_answers.ts";
import type { PrivateAnswer, PrivateCall, PrivateEndpoint } from "./call.ts";
import { cancelOptions, CLIENT_ORDER_ID, decimal, keyOf, orderOf } from "./order_params.ts";
import { replace } from "./replace.ts";

const DAY = 86_400_000_000;

/** By method and path, as in REST. */
export const PRIVATE_ENDPOINTS: Readonly<Record<string, PrivateEndpoint>> = {
  "POST /api/v3/order": newOrder,
  "POST /api/v3/order/test": testOrder,
  "GET /api/v3/order": queryOrder,
  "DELETE /api/v3/order": cancelOrder,
  "POST /api/v3/order/cancelReplace": cancelReplace,
  "PUT /api/v3/order/amend/keepPriority": amendOrder,
  "GET /api/v3/order/amendments": amendments,
  "GET /api/v3/openOrders": openOrders,
  "DELETE /api/v3/openOrders": cancelOpenOrders,
  "GET /api/v3/allOrders": allOrders,
  "GET /api/v3/myTrades": myTrades,
  "GET /api/v3/myPreventedMatches": myPreventedMatches,
  "GET /api/v3/account": account,
  "GET /api/v3/account/commission": commission,
  "GET /api/v3/rateLimit/order": orderLimits,
  ...ABSENT_ENDPOINTS,
};

/** @throws {ApiError} -1121. */
function symbolOf({ params, trading }: PrivateCall): string {
  const symbol = params.mandatory("symbol", SYMBOL);
  if (symbol !== trading.engine.rules.symbol) throw invalidSymbol();
  return symbol;
}

function responseType(params: Params, orderType: string): ResponseType {
  const asked = params.choice("newOrderRespType", ["ACK", "RESULT", "FULL"]);
  return asked as ResponseType | undefined ?? defaultResponse(orderType);
}

function flag(params: Params, name: string): boolean {
  return params.choice(name, ["true", "false"]) === "true";
}

function newOrder(call: PrivateCall): PrivateAnswer {
  const { params, owner, trading, ts, time } = call;
  symbolOf(call);
  const order = orderOf(params);
  const type = responseType(params, order.type);
  params.finish();
  owner.limits.check();
  const placed = trading.engine.place(owner.accountId, order, ts);
  owner.limits.add();
  trading.tell(placed.events);
  return { body: placedAnswer(placed, type, time), weight: 1, counts: true };
}

function testOrder(call: PrivateCall): PrivateAnswer {
  const { params, owner, trading, ts } = call;
  symbolOf(call);
  const order = orderOf(params);
  responseType(params, order.type);
  const rates = flag(params, "computeCommissionRates");
  trading.engine.test(owner.accountId, order, ts);
  if (!rates) return { body: {}, weight: 1 };
  return { body: orderCommissionBody(trading.engine.account(owner.accountId), order.side), weight: 20 };
}

function queryOrder(call: PrivateCall): PrivateAnswer {
  symbolOf(call);
  const order = call.trading.engine.order(call.owner.accountId, keyOf(call.params));
  return { body: orderRow(order, call.time), weight: 4 };
}

function cancelOrder(call: PrivateCall): PrivateAnswer {
  const { params, owner, trading, ts, time } = call;
  symbolOf(call);
  const key = keyOf(params);
  const options = cancelOptions(params, "newClientOrderId");
  params.finish();
  trading.race(owner.accountId, key, ts);
  const cancelled = trading.engine.cancel(owner.accountId, key, ts, options);
  trading.tell(cancelled.events);
  return { body: cancelledAnswer(cancelled, time), weight: 1 };
}

function cancelReplace(call: PrivateCall): PrivateAnswer {
  symbolOf(call);
  const order = orderOf(call.params);
  return replace(call, order, responseType(call.params, order.type));
}

function amendOrder(call: PrivateCall): PrivateAnswer {
  const { params, owner, trading, ts, time } = call;
  symbolOf(call);
  const key = keyOf(params);
  const newClientOrderId = params.text("newClientOrderId", CLIENT_ORDER_ID);
  const newQty = decimal(params, "newQty");
  if (newQty === undefined) throw mandatoryMissing("newQty");
  params.finish();
  const amended = trading.engine.amend(owner.accountId, key, newQty, ts, newClientOrderId);
  trading.tell(amended.events);
  return { body: amendedAnswer(amended, time), weight: 4 };
}

function amendments(call: PrivateCall): PrivateAnswer {
  const { params, owner, trading, time } = call;
  symbolOf(call);
  const orderId = params.integer("orderId");
  if (orderId === undefined) throw mandatoryMissing("orderId");
  const from = params.integer("fromExecutionId") ?? 0;
  const limit = params.limit(500, 1000);
  const rows = trading.engine.archive.amendments(owner.accountId)
    .filter((amendment) => amendment.orderId === orderId && amendment.executionId >= from);
  return { body: rows.slice(0, limit).map((row) => amendmentRow(row, time)), weight: 4 };
}

function openOrders(call: PrivateCall): PrivateAnswer {
  const named = call.params.has("symbol");
  if (named) symbolOf(call);
  const orders = call.trading.engine.archive.open(call.owner.accountId);
  return { body: orders.map((order) => orderRow(order, call.time)), weight: named ? 6 : 80 };
}

function cancelOpenOrders(call: PrivateCall): PrivateAnswer {
  const { params, owner, trading, ts, time } = call;
  symbolOf(call);
  params.finish();
  for (const { orderId } of trading.engine.archive.open(owner.accountId)) {
    trading.race(owner.accountId, { orderId }, ts);
  }
  const all = trading.engine.cancelAll(owner.accountId, ts);
  for (const { events } of all) trading.tell(events);
  return { body: all.map((cancelled) => cancelledAnswer(cancelled, time)), weight: 1 };
}

/** `startTime` and `endTime`, at most a day apart. */
function period(params: Params): { from: number | undefined; to: number | undefined } {
  const from = params.time("startTime");
  const to = params.time("endTime");
  if (from !== undefined && to !== undefined && to - from > DAY) {
    throw badRequest(-1127, "More than 24 hours between startTime and endTime.");
  }
  return { from, to };
}

/** The oldest rows from `startTime` or an id on, else the newest. */
function pick<T>(rows: readonly T[], limit: number, fromStart: boolean): T[] {
  return fromStart ? rows.slice(0, limit) : rows.slice(-limit);
}

function allOrders(call: PrivateCall): PrivateAnswer {
  const { params, owner, trading, time } = call;
  symbolOf(call);
  const orderId = params.integer("orderId");
  const { from, to } = period(params);
  const limit = params.limit(500, 1000);
  const rows = trading.engine.archive.orders(owner.accountId).filter((order) =>
    orderId !== undefined
      ? order.orderId >= orderId
      : (from === undefined || order.time >= from) && (to === undefined || order.time <= to)
  );
  const picked = pick(rows, limit, orderId !== undefined || from !== undefined);
  return { body: picked.map((order) => orderRow(order, time)), weight: 20 };
}

function myTrades(call: PrivateCall): PrivateAnswer {
  const { params, owner, trading, time } = call;
  symbolOf(call);
  const orderId = params.integer("orderId");
  const fromId = params.integer("fromId");
  const { from, to } = period(params);
  const limit = params.limit(500, 1000);
  const timed = from !== undefined || to !== undefined;
  if (timed && (orderId !== undefined || fromId !== undefined)) throw invalidCombination();
  const rows = trading.engine.archive.trades(owner.accountId).filter((trade) =>
    (orderId === undefined || trade.orderId === orderId) && (fromId === undefined || trade.tradeId >= fromId) &&
    (from === undefined || trade.time >= from) && (to === undefined || trade.time <= to)
  );
  const picked = pick(rows, limit, fromId !== undefined || from !== undefined);
  return { body: picked.map((trade) => tradeRow(trade, time)), weight: orderId === undefined ? 20 : 5 };
}

function myPreventedMatches(call: PrivateCall): PrivateAnswer {
  const { params, owner, trading, time } = call;
  symbolOf(call);
  const matchId = params.integer("preventedMatchId");
  const orderId = params.integer("orderId");
  const fromId = params.integer("fromPreventedMatchId");
  const limit = params.limit(500, 1000);
  if ((matchId === undefined) === (orderId === undefined)) throw invalidCombination();
  if (matchId !== undefined && fromId !== undefined) throw invalidCombination();
  const rows = trading.engine.archive.prevented(owner.accountId).filter((match) =>
    matchId !== undefined
      ? match.preventedMatchId === matchId
      : (match.takerOrderId === orderId || match.makerOrderId === orderId) && match.preventedMatchId >= (fromId ?? 0)
  );
  return {
    body: rows.slice(0, limit).map((match) => preventedRow(match, time)),
    weight: matchId === undefined ? 20 : 2,
  };
}

function account({ params, owner, trading, ts, time }: PrivateCall): PrivateAnswer {
  const omit = flag(params, "omitZeroBalances");
  return { body: accountBody(trading.engine.account(owner.accountId), omit, time(ts)), weight: 20 };
}

function commission(call: PrivateCall): PrivateAnswer {
  const symbol = symbolOf(call);
  return { body: commissionBody(call.trading.engine.account(call.owner.accountId), symbol), weight: 20 };
}

function orderLimits({ owner }: PrivateCall): PrivateAnswer {
  return { body: owner.limits.usage(), weight: 40 };
}

/** A refusal of the engine as an answer's error. */
export function asApiError(error: unknown): unknown {
  return error instanceof Rejection ? new ApiError(400, error.code, error.message) : error;
}
