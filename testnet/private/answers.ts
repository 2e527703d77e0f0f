/**
 * Orders, trades and balances as Binance prints them.
 *
 * @module
 */
import type { Amended, Cancelled, Placed } from "../engine/commands.ts";
import { formatUnits } from "../engine/money.ts";
import { type Amendment, isOpen, type Order, type OwnTrade, type PreventedMatch } from "../engine/order.ts";

/** Microseconds as the client wants them. */
export type Time = (ts: number) => number;

export type ResponseType = "ACK" | "RESULT" | "FULL";

/** What a MARKET or LIMIT order answers with unless asked otherwise; any other order acknowledges only. */
export function defaultResponse(type: string): ResponseType {
  return type === "MARKET" || type === "LIMIT" ? "FULL" : "ACK";
}

/** Members that appear only for some orders. */
function conditional(order: Readonly<Order>) {
  const { preventedMatchId, preventedQty, strategyId, strategyType, expiryReason } = order;
  return {
    ...(preventedMatchId === undefined ? {} : { preventedMatchId, preventedQuantity: formatUnits(preventedQty) }),
    ...(strategyId === undefined ? {} : { strategyId }),
    ...(strategyType === undefined ? {} : { strategyType }),
    ...(expiryReason === undefined ? {} : { expiryReason }),
  };
}

function amounts(order: Readonly<Order>) {
  return {
    price: formatUnits(order.price),
    origQty: formatUnits(order.origQty),
    executedQty: formatUnits(order.executedQty),
    origQuoteOrderQty: formatUnits(order.quoteOrderQty),
    cummulativeQuoteQty: formatUnits(order.executedQuote),
    status: order.status,
    timeInForce: order.timeInForce,
    type: order.type,
    side: order.side,
  };
}

/** The answer to a new order. */
export function placedAnswer({ order, trades, prevented }: Placed, type: ResponseType, time: Time) {
  const { symbol, orderId, clientOrderId } = order;
  const head = { symbol, orderId, orderListId: -1, clientOrderId, transactTime: time(order.updateTime) };
  if (type === "ACK") return head;
  const result = { ...head, ...amounts(order), workingTime: time(order.time) };
  const tail = { selfTradePreventionMode: order.stpMode, ...conditional(order) };
  if (type === "RESULT") return { ...result, ...tail };
  const fills = trades.map(({ price, qty, commission, commissionAsset, tradeId }) => ({
    price: formatUnits(price),
    qty: formatUnits(qty),
    commission: formatUnits(commission),
    commissionAsset,
    tradeId,
  }));
  const preventedMatches = prevented.map((match) => ({
    preventedMatchId: match.preventedMatchId,
    makerSymbol: match.symbol,
    makerOrderId: match.makerOrderId,
    price: formatUnits(match.price),
    ...quantities(match),
  }));
  return { ...result, fills, ...(preventedMatches.length > 0 ? { preventedMatches } : {}), ...tail };
}

function quantities({ takerPreventedQty, makerPreventedQty }: PreventedMatch) {
  return {
    ...(takerPreventedQty === undefined ? {} : { takerPreventedQuantity: formatUnits(takerPreventedQty) }),
    ...(makerPreventedQty === undefined ? {} : { makerPreventedQuantity: formatUnits(makerPreventedQty) }),
  };
}

/** The answer to a cancel. */
export function cancelledAnswer({ order, clientOrderId }: Cancelled, time: Time) {
  return {
    symbol: order.symbol,
    origClientOrderId: order.clientOrderId,
    orderId: order.orderId,
    orderListId: -1,
    clientOrderId,
    transactTime: time(order.updateTime),
    ...amounts(order),
    selfTradePreventionMode: order.stpMode,
    ...conditional(order),
  };
}

/** The answer to an amendment: Binance names some members differently there. */
export function amendedAnswer({ order, origClientOrderId, executionId }: Amended, time: Time) {
  return {
    transactTime: time(order.updateTime),
    executionId,
    amendedOrder: {
      symbol: order.symbol,
      orderId: order.orderId,
      orderListId: -1,
      origClientOrderId,
      clientOrderId: order.clientOrderId,
      price: formatUnits(order.price),
      qty: formatUnits(order.origQty),
      executedQty: formatUnits(order.executedQty),
      preventedQty: formatUnits(order.preventedQty),
      quoteOrderQty: formatUnits(order.quoteOrderQty),
      cumulativeQuoteQty: formatUnits(order.executedQuote),
      status: order.status,
      timeInForce: order.timeInForce,
      type: order.type,
      side: order.side,
      workingTime: time(order.time),
      selfTradePreventionMode: order.stpMode,
    },
  };
}

/** An order in an answer to a query. */
export function orderRow(order: Readonly<Order>, time: Time) {
  const { origQuoteOrderQty, ...rest } = amounts(order);
  return {
    symbol: order.symbol,
    orderId: order.orderId,
    orderListId: -1,
    clientOrderId: order.clientOrderId,
    ...rest,
    stopPrice: "0.00000000",
    icebergQty: "0.00000000",
    time: time(order.time),
    updateTime: time(order.updateTime),
    isWorking: isOpen(order) || order.executedQty > 0n || order.status === "CANCELED",
    workingTime: time(order.time),
    origQuoteOrderQty,
    selfTradePreventionMode: order.stpMode,
    ...conditional(order),
  };
}

export function tradeRow(trade: OwnTrade, time: Time) {
  return {
    symbol: trade.symbol,
    id: trade.tradeId,
    orderId: trade.orderId,
    orderListId: -1,
    price: formatUnits(trade.price),
    qty: formatUnits(trade.qty),
    quoteQty: formatUnits(trade.quoteQty),
    commission: formatUnits(trade.commission),
    commissionAsset: trade.commissionAsset,
    time: time(trade.time),
    isBuyer: trade.isBuyer,
    isMaker: trade.isMaker,
    isBestMatch: true,
  };
}

export function preventedRow(match: PreventedMatch, time: Time) {
  return {
    symbol: match.symbol,
    preventedMatchId: match.preventedMatchId,
    takerOrderId: match.takerOrderId,
    makerSymbol: match.symbol,
    makerOrderId: match.makerOrderId,
    tradeGroupId: match.tradeGroupId,
    selfTradePreventionMode: match.stpMode,
    price: formatUnits(match.price),
    ...quantities(match),
    transactTime: time(match.time),
  };
}

export function amendmentRow(amendment: Amendment, time: Time) {
  return {
    symbol: amendment.symbol,
    orderId: amendment.orderId,
    executionId: amendment.executionId,
    origClientOrderId: amendment.origClientOrderId,
    newClientOrderId: amendment.newClientOrderId,
    origQty: formatUnits(amendment.origQty),
    newQty: formatUnits(amendment.newQty),
    time: time(amendment.time),
  };
}
