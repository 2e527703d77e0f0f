/**
 * What an incoming order would meet in the book, step by step, without changing anything: price first, then time. The same
 * plan answers whether a post-only order takes, whether a FOK order can be filled, what a MARKET order costs, and is what
 * then happens.
 *
 * @module
 */
import type { Account } from "./account.ts";
import type { BookLevel, OrderBook } from "./book.ts";
import { floorTo, least, multiply, ONE, type Units } from "./money.ts";
import { available, opposite, type Order, type Side, type StpMode } from "./order.ts";

/** Liquidity that is not an order here: a recorded book. */
export interface ExternalBook {
  /** Levels a taker could take from, best first. */
  levels(side: Side): Iterable<BookLevel>;
  /** A taker has taken from it. */
  take(side: Side, price: Units, qty: Units): void;
}

/** One thing that happens to an incoming order. */
export type Step =
  | { readonly kind: "trade"; readonly maker: Order; readonly price: Units; readonly qty: Units }
  | { readonly kind: "take"; readonly price: Units; readonly qty: Units }
  | {
    readonly kind: "prevent";
    readonly maker: Order;
    readonly price: Units;
    readonly mode: Exclude<StpMode, "NONE">;
    /** What would have traded. */
    readonly qty: Units;
    /** What the taker had left before. */
    readonly left: Units;
  };

/** All that happens to an incoming order before it rests or ends. */
export interface Plan {
  readonly steps: readonly Step[];
  /** Base traded, and prevented from trading, on the taker's side. */
  readonly traded: Units;
  readonly prevented: Units;
  /** Quote paid or received. */
  readonly value: Units;
  /** True where the incoming order is used up, or expired by self-trade prevention. */
  readonly done: boolean;
}

/** The incoming order, as far as matching depends on it. */
export interface Incoming {
  readonly side: Side;
  readonly account: Account;
  readonly stpMode: StpMode;
  /** Worst price; absent for MARKET. */
  readonly limit?: Units;
  /** Base. Either this or `quoteQty`. */
  readonly qty?: Units;
  /** Quote to use up as far as whole lots allow. */
  readonly quoteQty?: Units;
  readonly lot: Units;
}

/** What an order has still to trade, in base or in quote. */
interface Budget {
  /** Base that may still trade at a price. */
  left(price: Units): Units;
  use(price: Units, qty: Units): void;
}

/**
 * @param owner the account of a resting order
 */
export function planMatch(
  incoming: Incoming,
  book: OrderBook,
  owner: (order: Order) => Account,
  external?: ExternalBook,
): Plan {
  const { side, account, stpMode, limit } = incoming;
  const budget = budgetOf(incoming);
  const steps: Step[] = [];
  let traded = 0n;
  let prevented = 0n;
  let value = 0n;
  let done = false;
  for (const source of liquidity(opposite(side), book, external)) {
    const price = source.price;
    if (limit !== undefined && (side === "BUY" ? price > limit : price < limit)) break;
    const left = budget.left(price);
    if (left === 0n) break;
    const maker = "orderId" in source ? source : undefined;
    const qty = least(left, maker === undefined ? (source as BookLevel).qty : available(maker));
    if (maker === undefined || stpMode === "NONE" || !related(account, owner(maker))) {
      steps.push(maker === undefined ? { kind: "take", price, qty } : { kind: "trade", maker, price, qty });
      traded += qty;
      value += multiply(price, qty);
      budget.use(price, qty);
      // The next price might buy another lot for the rest of a quote amount, but this order would still stand before it.
      if (qty === left) break;
      continue;
    }
    steps.push({ kind: "prevent", maker, price, mode: stpMode, qty, left });
    if (stpMode === "EXPIRE_TAKER" || stpMode === "EXPIRE_BOTH") {
      prevented += left;
      done = true;
      break;
    }
    if (stpMode === "DECREMENT") {
      prevented += qty;
      budget.use(price, qty);
      if (qty === left) break;
    }
  }
  // A quote budget is used up when nothing more could be bought at the last price met.
  const last = steps.at(-1);
  return { steps, traded, prevented, value, done: done || (last !== undefined && budget.left(last.price) === 0n) };
}

/** Whether trades between the two accounts are to be prevented. */
function related(a: Account, b: Account): boolean {
  return a.id === b.id || (a.tradeGroupId !== -1 && a.tradeGroupId === b.tradeGroupId);
}

function budgetOf({ qty, quoteQty, lot }: Incoming): Budget {
  if (quoteQty === undefined) {
    let left = qty ?? 0n;
    return { left: () => left, use: (_, used) => void (left -= used) };
  }
  let left = quoteQty;
  return {
    left: (price) => floorTo(left * ONE / price, lot),
    use: (price, used) => void (left -= multiply(price, used)),
  };
}

/** Orders and external levels in the sequence in which they trade; at one price the external level comes first. */
function* liquidity(side: Side, book: OrderBook, external?: ExternalBook): Generator<Order | BookLevel> {
  if (external === undefined) return yield* book.orders(side);
  const levels = external.levels(side)[Symbol.iterator]();
  let level = levels.next();
  const notWorse = (price: Units, than: Units) => side === "SELL" ? price <= than : price >= than;
  for (const order of book.orders(side)) {
    for (; !level.done && notWorse(level.value.price, order.price); level = levels.next()) yield level.value;
    yield order;
  }
  for (; !level.done; level = levels.next()) yield level.value;
}

/** The best price that stands on a side. */
export function bestPrice(side: Side, book: OrderBook, external?: ExternalBook): Units | undefined {
  for (const { price } of liquidity(side, book, external)) return price;
  return undefined;
}
