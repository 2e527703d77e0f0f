/**
 * Every order, own trade and prevented match of a symbol, as the queries of the private API need them.
 *
 * @module
 */
import { type Amendment, isOpen, type Order, type OwnTrade, type PreventedMatch } from "./order.ts";

/** What is kept of a symbol's past and present. */
export interface Archive {
  add(order: Order): void;
  trade(trade: OwnTrade): void;
  prevent(match: PreventedMatch, accounts: readonly number[]): void;
  amend(accountId: number, amendment: Amendment): void;
  /** The order no longer rests. */
  close(order: Order): void;
  /** An amendment has given the order another client order id. */
  rename(order: Order, clientOrderId: string): void;
  /** An account's order by id. */
  order(accountId: number, orderId: number): Order | undefined;
  /** The latest of an account's orders with that client order id. */
  named(accountId: number, clientOrderId: string): Order | undefined;
  /** In the sequence in which they were placed. */
  open(accountId: number): Order[];
  openCount(accountId: number): number;
  /** Whether an order of any account stands in the book. */
  resting(orderId: number): boolean;
  /** By id, ascending. Queries slice it; callers must not change it. */
  orders(accountId: number): readonly Order[];
  trades(accountId: number): readonly OwnTrade[];
  prevented(accountId: number): readonly PreventedMatch[];
  amendments(accountId: number): readonly Amendment[];
}

interface Shelf {
  readonly open: Map<number, Order>;
  readonly byId: Map<number, Order>;
  readonly byName: Map<string, Order>;
  orders: Order[];
  trades: OwnTrade[];
  prevented: PreventedMatch[];
  amendments: Amendment[];
  /** So many orders are looked through for what may be forgotten. */
  full: number;
}

/** Closed orders kept of an account, unless told otherwise: a day of a busy market maker must not fill the memory. */
export const HISTORY = 50_000;
/** Of those that never traded fewer are kept: a market maker has hundreds of them for one that did. */
const UNFILLED = 5000;

/**
 * @param keeps whether an account's past is kept; without it an order is forgotten when it closes, so that simulated traders
 * cost no memory
 * @param history orders kept of an account; the oldest closed ones are forgotten, and their trades with them, those that never
 * traded much earlier
 */
export function createArchive(keeps: (accountId: number) => boolean = () => true, history = HISTORY): Archive {
  const shelves = new Map<number, Shelf>();
  const resting = new Set<number>();
  const shelf = (accountId: number) => {
    let found = shelves.get(accountId);
    if (found === undefined) {
      found = {
        open: new Map(),
        byId: new Map(),
        byName: new Map(),
        orders: [],
        trades: [],
        prevented: [],
        amendments: [],
        full: UNFILLED * 1.25,
      };
      shelves.set(accountId, found);
    }
    return found;
  };
  const forget = (kept: Shelf) => {
    const old = kept.orders.length - history;
    const unfilled = kept.orders.length - Math.min(history, UNFILLED);
    const oldest = kept.orders.filter((order, i) => {
      return !isOpen(order) && (i < old || (i < unfilled && order.executedQty === 0n && order.preventedQty === 0n));
    });
    const gone = new Set(oldest.map((order) => order.orderId));
    for (const order of oldest) {
      kept.byId.delete(order.orderId);
      if (kept.byName.get(order.clientOrderId) === order) kept.byName.delete(order.clientOrderId);
    }
    kept.orders = kept.orders.filter((order) => !gone.has(order.orderId));
    kept.amendments = kept.amendments.filter((amendment) => !gone.has(amendment.orderId));
    kept.trades = kept.trades.filter((trade) => !gone.has(trade.orderId));
    kept.prevented = kept.prevented.filter(({ takerOrderId, makerOrderId }) =>
      !gone.has(takerOrderId) && !gone.has(makerOrderId)
    );
  };
  return {
    add(order) {
      const { open, byId, byName, orders } = shelf(order.accountId);
      if (isOpen(order)) {
        open.set(order.orderId, order);
        resting.add(order.orderId);
      } else if (!keeps(order.accountId)) return;
      byId.set(order.orderId, order);
      byName.set(order.clientOrderId, order);
      if (!keeps(order.accountId)) return;
      orders.push(order);
      // Not at each order: forgetting costs as much as there is.
      const kept = shelf(order.accountId);
      if (orders.length <= Math.min(kept.full, history * 1.25)) return;
      forget(kept);
      kept.full = Math.max(kept.orders.length, UNFILLED) * 1.25;
    },
    trade(trade) {
      if (keeps(trade.accountId)) shelf(trade.accountId).trades.push(trade);
    },
    prevent(match, accounts) {
      for (const id of new Set(accounts)) if (keeps(id)) shelf(id).prevented.push(match);
    },
    amend(accountId, amendment) {
      if (keeps(accountId)) shelf(accountId).amendments.push(amendment);
    },
    close(order) {
      const { open, byId, byName } = shelf(order.accountId);
      open.delete(order.orderId);
      resting.delete(order.orderId);
      if (keeps(order.accountId)) return;
      byId.delete(order.orderId);
      byName.delete(order.clientOrderId);
    },
    rename(order, clientOrderId) {
      const { byName } = shelf(order.accountId);
      if (byName.get(order.clientOrderId) === order) byName.delete(order.clientOrderId);
      order.clientOrderId = clientOrderId;
      byName.set(clientOrderId, order);
    },
    order: (accountId, orderId) => shelf(accountId).byId.get(orderId),
    named: (accountId, clientOrderId) => shelf(accountId).byName.get(clientOrderId),
    open: (accountId) => [...shelf(accountId).open.values()],
    resting: (orderId) => resting.has(orderId),
    openCount: (accountId) => shelf(accountId).open.size,
    orders: (accountId) => shelf(accountId).orders,
    trades: (accountId) => shelf(accountId).trades,
    prevented: (accountId) => shelf(accountId).prevented,
    amendments: (accountId) => shelf(accountId).amendments,
  };
}
