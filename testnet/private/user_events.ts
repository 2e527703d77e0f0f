/**
 * What happens to an account, as the JSON of its user data stream.
 *
 * @module
 */
import type { EngineEvent, ExecutionReport } from "../engine/events.ts";
import { formatUnits, multiply } from "../engine/money.ts";
import { isOpen } from "../engine/order.ts";
import type { Time } from "./answers.ts";

/** The payload of an account's event; undefined for what concerns no account. */
export function userPayload(event: EngineEvent, time: Time): Record<string, unknown> | undefined {
  switch (event.type) {
    case "execution":
      return executionReport(event, time);
    case "position":
      return {
        e: "outboundAccountPosition",
        E: time(event.ts),
        u: time(event.ts),
        B: event.balances.map(({ asset, free, locked }) => ({
          a: asset,
          f: formatUnits(free),
          l: formatUnits(locked),
        })),
      };
    case "balance":
      return {
        e: "balanceUpdate",
        E: time(event.ts),
        a: event.asset,
        d: formatUnits(event.delta),
        T: time(event.ts),
      };
    default:
      return undefined;
  }
}

function executionReport(report: ExecutionReport, time: Time): Record<string, unknown> {
  const { order, trade, prevented } = report;
  const zero = "0.00000000";
  return {
    e: "executionReport",
    E: time(report.ts),
    s: order.symbol,
    c: report.clientOrderId,
    S: order.side,
    o: order.type,
    f: order.timeInForce,
    q: formatUnits(order.origQty),
    p: formatUnits(order.price),
    P: zero,
    F: zero,
    g: -1,
    C: report.origClientOrderId,
    x: report.execution,
    X: order.status,
    r: report.rejectReason,
    i: order.orderId,
    l: trade === undefined ? zero : formatUnits(trade.qty),
    z: formatUnits(order.executedQty),
    L: trade === undefined ? zero : formatUnits(trade.price),
    n: trade === undefined ? "0" : formatUnits(trade.commission),
    N: trade?.commissionAsset ?? null,
    T: time(report.ts),
    t: trade?.tradeId ?? -1,
    ...(prevented === undefined ? {} : {
      v: prevented.match.preventedMatchId,
      A: formatUnits(order.preventedQty),
      B: formatUnits(prevented.lastQty),
      u: prevented.match.tradeGroupId,
      U: prevented.counterOrderId,
      Cs: order.symbol,
      pl: formatUnits(prevented.matchQty),
      pL: formatUnits(prevented.match.price),
      pY: formatUnits(multiply(prevented.match.price, prevented.matchQty)),
    }),
    ...(order.strategyId === undefined ? {} : { j: order.strategyId }),
    ...(order.strategyType === undefined ? {} : { J: order.strategyType }),
    ...(order.expiryReason === undefined ? {} : { eR: order.expiryReason }),
    I: report.executionId,
    w: isOpen(order) && order.type !== "MARKET",
    m: trade?.isMaker ?? false,
    M: trade !== undefined,
    O: time(order.time),
    Z: formatUnits(order.executedQuote),
    Y: trade === undefined ? zero : formatUnits(trade.quoteQty),
    Q: formatUnits(order.quoteOrderQty),
    ...(report.execution === "REJECTED" ? {} : { W: time(order.time) }),
    V: order.stpMode,
  };
}
