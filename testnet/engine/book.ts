/**
 * The order book: a queue of orders at each price, first come, first served.
 *
 * @module
 */
import type { Units } from "./money.ts";
import { available, type Order, type Side } from "./order.ts";

/** One price. */
export interface BookLevel {
  readonly price: Units;
  /** Sum of what its orders have available. */
  readonly qty: Units;
}

/** The resting orders of one symbol. */
export interface OrderBook {
  add(order: Order): void;
  /** @throws {RangeError} if it does not rest here. */
  remove(order: Order): void;
  /** An order's available quantity has become smaller by `qty`; it keeps its place. */
  reduce(order: Order, qty: Units): void;
  best(side: Side): Units | undefined;
  /** Orders in the sequence in which they trade. */
  orders(side: Side): Generator<Order>;
  /** Levels, best first. */
  levels(side: Side, limit?: number): BookLevel[];
  quantity(side: Side, price: Units): Units;
  /** The prices that changed since the last time this was called, with what stands there now. */
  changes(): { readonly bids: BookLevel[]; readonly asks: BookLevel[] };
}

interface Level {
  readonly price: Units;
  qty: Units;
  /** By order id, in the sequence of arrival. */
  readonly orders: Map<number, Order>;
}

interface BookSide {
  /** Best last, so that the busy end is the cheap one to change. */
  readonly prices: Units[];
  readonly levels: Map<Units, Level>;
  readonly changed: Set<Units>;
  /** Whether `a` is a worse price than `b`. */
  worse(a: Units, b: Units): boolean;
}

/** An empty book. */
export function createOrderBook(): OrderBook {
  const sides: Record<Side, BookSide> = {
    BUY: { prices: [], levels: new Map(), changed: new Set(), worse: (a, b) => a < b },
    SELL: { prices: [], levels: new Map(), changed: new Set(), worse: (a, b) => a > b },
  };
  const levelOf = (order: Order): Level => {
    const level = sides[order.side].levels.get(order.price);
    if (!level?.orders.has(order.orderId)) throw new RangeError(`order ${order.orderId} is not in the book`);
    return level;
  };
  const change = (order: Order, level: Level, qty: Units) => {
    const side = sides[order.side];
    level.qty += qty;
    side.changed.add(level.price);
    if (level.orders.size > 0) return;
    side.levels.delete(level.price);
    side.prices.splice(position(side, level.price), 1);
  };
  return {
    add(order) {
      const side = sides[order.side];
      let level = side.levels.get(order.price);
      if (level === undefined) {
        level = { price: order.price, qty: 0n, orders: new Map() };
        side.levels.set(order.price, level);
        side.prices.splice(position(side, order.price), 0, order.price);
      }
      level.orders.set(order.orderId, order);
      change(order, level, available(order));
    },
    remove(order) {
      const level = levelOf(order);
      level.orders.delete(order.orderId);
      change(order, level, -available(order));
    },
    reduce: (order, qty) => change(order, levelOf(order), -qty),
    best: (side) => sides[side].prices.at(-1),
    *orders(side) {
      const { prices, levels } = sides[side];
      for (let i = prices.length - 1; i >= 0; i--) yield* levels.get(prices[i]!)!.orders.values();
    },
    levels(side, limit = Infinity) {
      const { prices, levels } = sides[side];
      const list: BookLevel[] = [];
      for (let i = prices.length - 1; i >= 0 && list.length < limit; i--) {
        const { price, qty } = levels.get(prices[i]!)!;
        list.push({ price, qty });
      }
      return list;
    },
    quantity: (side, price) => sides[side].levels.get(price)?.qty ?? 0n,
    changes() {
      const drain = ({ changed, levels }: BookSide) => {
        const list = [...changed].map((price) => ({ price, qty: levels.get(price)?.qty ?? 0n }));
        changed.clear();
        return list;
      };
      return { bids: drain(sides.BUY), asks: drain(sides.SELL) };
    },
  };
}

/** Where `price` is, or belongs. */
function position(side: BookSide, price: Units): number {
  let low = 0;
  let high = side.prices.length;
  while (low < high) {
    const middle = (low + high) >> 1;
    if (side.worse(side.prices[middle]!, price)) low = middle + 1;
    else high = middle;
  }
  return low;
}
