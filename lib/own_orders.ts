/**
 * Our orders, at most one a side and never one across the other, kept in step with what the strategy wants: least churn, the inventory
 * cap, the order-rate budget, and a pause after a post-only rejection. Pure; it knows of an order only what the venue has told us.
 *
 * @module
 */

import type { Broker, BrokerOrder } from "./broker.ts";
import type { Inventory } from "./inventory.ts";
import type { Wanted } from "./maker.ts";
import { type Patience, placement, type Standing } from "./placement.ts";
import { BUY, SELL } from "./tape.ts";

/** Our orders as far as we know. Times are ours, microseconds. */
export interface OwnOrders {
  /** Cancels, places, makes smaller or keeps, so that what stands follows what is wanted. Without `mayPlace` nothing new. */
  sync(
    wanted: Pick<Wanted, "quoteId" | "bidTicks" | "askTicks" | "bidLots" | "askLots">,
    now: number,
    mayPlace?: boolean,
  ): void;
  /** The venue says that an order is no more. */
  gone(order: BrokerOrder): void;
  /** The venue refused it: nothing new for a while; and then, if it would have taken, not at that price but one tick back. */
  rejected(order: BrokerOrder, now: number, wouldTake: boolean): void;
  filled(order: BrokerOrder, lots: number): void;
  cancelAll(now: number): void;
  /** From now on this patient. */
  configure(patience: Patience): void;
  readonly bid: BrokerOrder | undefined;
  readonly ask: BrokerOrder | undefined;
}

/** What it works with. */
export interface OwnOrdersOptions {
  readonly broker: Pick<Broker, "submit" | "cancel" | "reduce">;
  readonly inventory: Pick<Inventory, "room">;
  readonly patience: Patience;
  /** Order actions a second. */
  readonly maxRate: number;
}

interface Side {
  readonly sign: number;
  readonly name: "buy" | "sell";
  order: BrokerOrder | undefined;
  leavesLots: number;
  cancelling: boolean;
  /** Price of the last order that would have taken, and until when it counts as one that would. */
  refusedTicks: number;
  refusedUntil: number;
}

const SECOND = 1e6;
/** For so long after its cool-down a refused price counts as one that would take: the market may have come back meanwhile. */
const BACK_US = SECOND;

/** No orders yet. */
export function createOwnOrders(options: OwnOrdersOptions): OwnOrders {
  const { broker, inventory, maxRate } = options;
  let { patience } = options;
  const bid: Side = {
    sign: BUY,
    name: "buy",
    order: undefined,
    leavesLots: 0,
    cancelling: false,
    refusedTicks: NaN,
    refusedUntil: -Infinity,
  };
  const ask: Side = {
    sign: SELL,
    name: "sell",
    order: undefined,
    leavesLots: 0,
    cancelling: false,
    refusedTicks: NaN,
    refusedUntil: -Infinity,
  };
  const budget = createBudget(maxRate);
  // One object each, rewritten: a decision allocates nothing.
  const standing: { -readonly [K in keyof Standing]: Standing[K] } = {
    leavesLots: 0,
    priceTicks: 0,
    sentTs: 0,
    cancelling: false,
  };
  const wish = { priceTicks: 0, lots: 0 };
  let coolUntil = -Infinity;

  const sideOf = (order: BrokerOrder) => order.side === BUY ? bid : ask;

  function gone(order: BrokerOrder) {
    const side = sideOf(order);
    if (side.order !== order) return;
    side.order = undefined;
    side.cancelling = false;
  }

  function cancel(side: Side, now: number) {
    if (!side.order || side.cancelling) return;
    side.cancelling = true;
    // Never held back by the budget: being out of the market is the safe side.
    budget.spend(now);
    broker.cancel(side.order, now);
  }

  /** The wish, unless the venue has just said that it would take. */
  function priceOf(side: Side, now: number): number {
    const isRefused = side.sign * (wish.priceTicks - side.refusedTicks) >= 0 && now < side.refusedUntil;
    return isRefused ? side.refusedTicks - side.sign : wish.priceTicks;
  }

  /** It would take our own of the other side, were the market not in between: a venue refuses that, until that one is gone. */
  function meetsOwn(side: Side, priceTicks: number): boolean {
    const other = side === bid ? ask.order : bid.order;
    return other !== undefined && side.sign * (priceTicks - other.priceTicks) >= 0;
  }

  function syncSide(side: Side, quoteId: number, now: number, mayPlace: boolean) {
    const order = side.order;
    wish.priceTicks = priceOf(side, now);
    if (order) {
      standing.leavesLots = side.leavesLots;
      standing.priceTicks = order.priceTicks;
      standing.sentTs = order.sentTs;
      standing.cancelling = side.cancelling;
    }
    const room = inventory.room(side.name, 0);
    switch (placement(order ? standing : undefined, wish, room, now, patience)) {
      case "cancel":
        return cancel(side, now);
      case "reduce":
        // A simulated order never gets here: only fills of its own change how much is allowed.
        if (!broker.reduce?.(order!, wish.lots, now)) return cancel(side, now);
        budget.spend(now);
        side.leavesLots = wish.lots;
        return;
      case "place":
        if (!mayPlace || now < coolUntil || !budget.allows(now) || meetsOwn(side, wish.priceTicks)) return;
        budget.spend(now);
        side.order = broker.submit(side.sign, wish.priceTicks, wish.lots, now, quoteId);
        side.leavesLots = wish.lots;
        side.cancelling = false;
    }
  }

  return {
    sync(wanted, now, mayPlace = true) {
      wish.priceTicks = wanted.bidTicks;
      wish.lots = wanted.bidLots;
      syncSide(bid, wanted.quoteId, now, mayPlace);
      wish.priceTicks = wanted.askTicks;
      wish.lots = wanted.askLots;
      syncSide(ask, wanted.quoteId, now, mayPlace);
    },
    gone,
    rejected(order, now, wouldTake) {
      gone(order);
      if (wouldTake) {
        const side = sideOf(order);
        side.refusedTicks = order.priceTicks;
        side.refusedUntil = now + patience.restUs + BACK_US;
      }
      coolUntil = now + patience.restUs;
    },
    filled(order, lots) {
      const side = sideOf(order);
      if (side.order !== order) return;
      side.leavesLots -= lots;
      if (side.leavesLots <= 0) gone(order);
    },
    cancelAll(now) {
      cancel(bid, now);
      cancel(ask, now);
    },
    configure(next) {
      patience = next;
    },
    get bid() {
      return bid.order;
    },
    get ask() {
      return ask.order;
    },
  };
}

/** The times of the last actions in a ring: one more is allowed when the oldest is a second ago. */
function createBudget(perSecond: number) {
  const actions = new Float64Array(Math.max(1, Math.floor(perSecond))).fill(-Infinity);
  let at = 0;
  return {
    allows: (now: number) => now - actions[at]! >= SECOND,
    spend(now: number) {
      actions[at] = now;
      at = (at + 1) % actions.length;
    },
  };
}
