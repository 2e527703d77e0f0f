/**
 * How an order gets in: checked by the exchange's front (-1013), then by the matching engine (-2010), then matched, and what
 * is left of it rests or expires.
 *
 * @module
 */
import type { Placed, SymbolRules } from "./commands.ts";
import type { Filters } from "./filters.ts";
import type { Incoming, Plan } from "./matching.ts";
import { multiply, type Units } from "./money.ts";
import {
  available,
  type ExpiryReason,
  isOpen,
  type NewOrder,
  type Order,
  reserve,
  type Side,
  type StpMode,
} from "./order.ts";
import {
  duplicateOrder,
  emptyBook,
  filterFailure,
  insufficientBalance,
  invalidPrice,
  invalidQuantity,
  quoteOrdersUnsupported,
  stpNotAllowed,
  thinBook,
  typeUnsupported,
  wouldTake,
  zeroNotional,
} from "./rejection.ts";
import type { Settlement, Venue } from "./settlement.ts";

/** What placing orders needs. */
export interface PlacementOptions {
  readonly venue: Venue;
  readonly filters: Filters;
  readonly rules: SymbolRules;
  readonly firstOrderId: number;
  averagePrice(ts: number): Units | undefined;
  clientOrderId(): string;
  plan(incoming: Incoming): Plan;
  /** The best price an order of that side would trade with. */
  bestAgainst(side: Side): Units | undefined;
}

/** Places orders. */
export interface Placement {
  /** @throws {Rejection} -1013. */
  check(accountId: number, order: NewOrder, ts: number): void;
  /** @throws {Rejection} -2010, or -1013 for what only the book can tell; before anything has changed. */
  place(settlement: Settlement, accountId: number, order: NewOrder, ts: number): Placed;
  /** The record of an order that was refused. */
  rejected(accountId: number, order: NewOrder, ts: number): Order;
  /** Makes a resting order smaller. One that has traded as much already expires. */
  shrink(settlement: Settlement, order: Order, newQty: Units, ts: number, clientOrderId: string): void;
}

export function createPlacement(options: PlacementOptions): Placement {
  const { venue, filters, rules } = options;
  const { book, archive } = venue;
  let orderId = options.firstOrderId;

  /** A record with the next id. */
  const record = (accountId: number, asked: NewOrder, ts: number): Order => ({
    symbol: venue.symbol,
    orderId: orderId++,
    accountId,
    side: asked.side,
    type: asked.type,
    timeInForce: asked.timeInForce ?? "GTC",
    price: asked.price ?? 0n,
    quoteOrderQty: asked.quoteOrderQty ?? 0n,
    stpMode: stpModeOf(asked, rules),
    strategyId: asked.strategyId,
    strategyType: asked.strategyType,
    time: ts,
    clientOrderId: asked.clientOrderId ?? options.clientOrderId(),
    origQty: asked.qty ?? 0n,
    executedQty: 0n,
    executedQuote: 0n,
    preventedQty: 0n,
    status: "NEW",
    updateTime: ts,
    amendments: 0,
    locked: 0n,
  });

  const planOf = (accountId: number, asked: NewOrder): Plan =>
    options.plan({
      side: asked.side,
      account: venue.account(accountId),
      stpMode: stpModeOf(asked, rules),
      limit: asked.price,
      qty: asked.qty,
      quoteQty: asked.quoteOrderQty,
      lot: filters.lot.step,
    });

  /** The quantity that a quote amount comes to in this book. */
  const quantityOf = (asked: NewOrder, plan: Plan): Units => {
    const qty = plan.traded + plan.prevented;
    const best = options.bestAgainst(asked.side);
    if (best === undefined) throw emptyBook();
    for (const [name, { min }] of [["LOT_SIZE", filters.lot], ["MARKET_LOT_SIZE", filters.marketLot]] as const) {
      if (qty >= min && qty > 0n) continue;
      // Too small a wish, or too thin a book?
      if (plan.done || plan.steps.length === 0) throw filterFailure(name);
      throw thinBook(name);
    }
    return qty;
  };

  return {
    check(accountId, asked, ts) {
      const { side, type, price, qty, quoteOrderQty } = asked;
      if (!rules.orderTypes.includes(type)) throw typeUnsupported(type);
      if (quoteOrderQty !== undefined && !rules.quoteOrderQtyMarketAllowed) throw quoteOrdersUnsupported();
      const mode = stpModeOf(asked, rules);
      if (!rules.allowedSelfTradePreventionModes.includes(mode)) throw stpNotAllowed();
      if (price !== undefined && price <= 0n) throw invalidPrice();
      if ([qty, quoteOrderQty].some((amount) => amount !== undefined && amount <= 0n)) throw invalidQuantity();
      const average = options.averagePrice(ts);
      const openOrders = archive.openCount(accountId);
      const failure = filters.failure({ side, type, price, qty, quoteOrderQty, average, openOrders });
      if (failure !== undefined) throw filterFailure(failure);
      if (price !== undefined && qty !== undefined && multiply(price, qty) === 0n) throw zeroNotional();
    },

    place(settlement, accountId, asked, ts) {
      const { side, type } = asked;
      const account = venue.account(accountId);
      const used = asked.clientOrderId === undefined ? undefined : archive.named(accountId, asked.clientOrderId);
      if (used !== undefined && isOpen(used)) throw duplicateOrder();
      const plan = planOf(accountId, asked);
      const qty = asked.quoteOrderQty === undefined ? asked.qty ?? 0n : quantityOf(asked, plan);
      // A limit order locks what its limit would cost, a MARKET order what it will.
      const cost = asked.price !== undefined ? reserve(side, asked.price, qty) : side === "BUY" ? plan.value : qty;
      const free = account.balance(side === "BUY" ? venue.quote : venue.base).free;
      if (cost > free) throw insufficientBalance();
      if (type === "LIMIT_MAKER" && plan.steps.length > 0) throw wouldTake();

      const order = record(accountId, { ...asked, qty }, ts);
      settlement.hold(order, cost);
      settlement.report("NEW", order);
      const killed = order.timeInForce === "FOK" && plan.traded < qty;
      // Where the book is too thin for a quote amount, the order is as large as what it gets, and yet not done.
      const thin = asked.quoteOrderQty !== undefined && !plan.done;
      if (!killed) { for (const step of plan.steps) settlement.step(order, step, thin); }
      const left = available(order) > 0n;
      const rests = left && type !== "MARKET" && order.timeInForce === "GTC";
      if (thin || (left && !rests)) {
        order.expiryReason = expiryReasonOf(order);
        settlement.end(order, "EXPIRED");
        settlement.report("EXPIRED", order);
      }
      if (rests) book.add(order);
      archive.add(order);
      const { trades, prevented, events } = settlement;
      return { order: { ...order }, trades, prevented, events };
    },

    rejected: (accountId, asked, ts) => ({ ...record(accountId, asked, ts), status: "REJECTED" }),

    shrink(settlement, order, newQty, ts, clientOrderId) {
      const gone = order.executedQty + order.preventedQty;
      const before = available(order);
      order.origQty = newQty > gone ? newQty : gone;
      order.amendments++;
      order.updateTime = ts;
      archive.rename(order, clientOrderId);
      book.reduce(order, before - available(order));
      if (available(order) === 0n) {
        book.remove(order);
        settlement.end(order, "EXPIRED");
      } else settlement.hold(order, reserve(order.side, order.price, available(order)));
    },
  };
}

/** Why what is left of an order that does not rest expires. */
function expiryReasonOf({ type, timeInForce }: Order): ExpiryReason {
  if (type === "MARKET") return "INSUFFICIENT_LIQUIDITY";
  return timeInForce === "FOK" ? "UNFILLED_FOK_ORDER_EXPIRED" : "UNFILLED_IOC_QUANTITY_EXPIRED";
}

/** The mode an order has, given what was asked for. */
export function stpModeOf(order: NewOrder, rules: SymbolRules): StpMode {
  return order.stpMode ?? rules.defaultSelfTradePreventionMode as StpMode;
}
