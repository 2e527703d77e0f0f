/**
 * The lives of our orders, each told once, when it is over. Pure.
 *
 * @module
 */

import type { BrokerOrder } from "./broker.ts";
import { BUY } from "./tape.ts";
import { createGrid } from "./ticks.ts";
import type { MarketRules, OrderRecord } from "./types.ts";

/** What is remembered of orders that are not over. Times are ours, microseconds. */
export interface OrderLog {
  /** Some of it has been filled; tells the order if that was the rest. */
  filled(order: BrokerOrder, lots: number, now: number): void;
  /** It ended otherwise. */
  over(order: BrokerOrder, end: OrderRecord["end"], now: number): void;
}

/** @param tell takes each order that is over */
export function createOrderLog(
  { tickSize, lotSize }: Pick<MarketRules, "tickSize" | "lotSize">,
  tell: (order: OrderRecord) => void,
): OrderLog {
  const ticks = createGrid(tickSize);
  const lotGrid = createGrid(lotSize);
  /** Lots filled of orders that are still working. */
  const parts = new Map<number, number>();

  function over(order: BrokerOrder, end: OrderRecord["end"], now: number) {
    const {
      id,
      name = String(id),
      side,
      priceTicks,
      lots,
      quoteId,
      sentTs,
      acceptedTs,
      queueAhead,
      touchTicks,
      cancelSentTs,
    } = order;
    tell({
      type: "order",
      id: name,
      quoteId,
      side: side === BUY ? "buy" : "sell",
      priceTicks,
      lots,
      price: ticks.decimal(priceTicks),
      qty: lotGrid.decimal(lots),
      sentTs,
      acceptedTs,
      queueAhead,
      touchDistance: touchTicks === undefined ? undefined : ticks.decimal(touchTicks),
      cancelSentTs,
      filledQty: lotGrid.decimal(parts.get(id) ?? 0),
      localTs: now,
      end,
    });
    parts.delete(id);
  }

  return {
    filled(order, lots, now) {
      const filled = (parts.get(order.id) ?? 0) + lots;
      parts.set(order.id, filled);
      if (filled >= order.lots) over(order, "filled", now);
    },
    over,
  };
}
