/**
 * What a live session is about to do, said before its first order. Pure.
 *
 * @module
 */
import type { Orders } from "./orders.ts";
import type { Config } from "./schema.ts";
import type { Market } from "./types.ts";

/** A few lines for a person. */
export function liveNotice(
  { exchange, quotes, risk, fees }: Pick<Config, "exchange" | "quotes" | "risk" | "fees">,
  { symbol, base, quote }: Market,
  orders: Pick<Orders, "prefix" | "opening" | "status">,
): readonly string[] {
  const money = exchange.environment === "production" ? "REAL MONEY" : "no real money";
  const bps = (fee: number) => `${(1e4 * fee).toFixed(1)} bp`;
  return [
    `live orders on ${exchange.id} (${exchange.environment}, ${money}): post-only, ${symbol}, ${quotes.size} ${base} a side`,
    `position ${orders.status().position} ${base} at the start, at most ${risk.q_max} ${base} either way, ` +
    `out for good at a drawdown of ${risk.max_drawdown} ${quote}, at most ${risk.max_order_rate} order actions a second`,
    `fees as configured: maker ${bps(fees.maker)}, taker ${bps(fees.taker)} (${fees.label})`,
    `our orders' ids begin with ${orders.prefix}`,
  ];
}
