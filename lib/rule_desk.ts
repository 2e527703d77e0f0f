/**
 * Our side of the market with a rule on it: the book as it reaches us, our orders as we know them, and the ledger. Pure.
 *
 * @module
 */

import { createBook } from "./book.ts";
import type { Broker, BrokerListener, BrokerOrder } from "./broker.ts";
import type { RiskEvent } from "./engine.ts";
import { createInventory, type Inventory } from "./inventory.ts";
import { createLedger, type Ledger } from "./ledger.ts";
import { Ladder } from "./ladder.ts";
import type { OurSide } from "./replay.ts";
import type { OpenRule, OwnOrder } from "./rule.ts";
import type { Config } from "./schema.ts";
import { CLEAR, GAP, LEVEL, type RowRange, TRADE } from "./tape.ts";
import type { Fill, Market } from "./types.ts";

/** The desk of a rule. */
export interface RuleDesk extends OurSide {
  readonly nextTs: number;
  readonly inventory: Inventory;
  readonly ledger: Ledger;
  /** Cancels what works: the end. */
  stop(now: number): void;
}

type Mutable<T> = { -readonly [K in keyof T]: T[K] };
interface Known extends Mutable<OwnOrder> {
  readonly sent: BrokerOrder;
}

const SECOND = 1e6;

/** Who hears of fills and rejections as they become known. */
export interface RuleListener {
  fill?(fill: Fill): void;
  risk?(event: RiskEvent): void;
}

/**
 * @param openBroker gives the venue's side its own listener
 * @throws {RangeError} where the rule wants to be asked at no time
 */
export function createRuleDesk(
  market: Market,
  config: Config,
  openRule: OpenRule,
  openBroker: (listener: BrokerListener) => Pick<Broker, "submit" | "cancel"> & {
    deliver(localTs: number, isTimed: boolean): number;
  },
  listener: RuleListener = {},
): RuleDesk {
  const { tickSize, lotSize } = market.rules;
  const book = createBook();
  const inventory = createInventory({ tickSize, lotSize, qMax: config.risk.q_max, hedgeAt: config.risk.hedge_at });
  const ledger = createLedger({ tickSize, lotSize, base: market.base });
  const orders: Known[] = [];
  const byId = new Map<number, Known>();
  let decisions = 0;

  function forget(order: BrokerOrder) {
    const known = byId.get(order.id);
    if (!known) return;
    byId.delete(order.id);
    orders.splice(orders.indexOf(known), 1);
  }

  const broker = openBroker({
    accepted(order) {
      const known = byId.get(order.id);
      if (known?.state === "sent") known.state = "working";
    },
    rejected(order, reason = "post-only order would have taken") {
      forget(order);
      listener.risk?.({ localTs: clock.nextTs, event: "rejected", reason });
    },
    cancelled: forget,
    filled(fill, order) {
      inventory.update(fill);
      ledger.fill(fill);
      listener.fill?.(fill);
      const known = byId.get(order.id);
      if (!known) return;
      known.leavesLots -= fill.lots;
      if (known.leavesLots <= 0) forget(order);
    },
  });

  const rule = openRule({
    market,
    book,
    inventory,
    orders,
    place(side, priceTicks, lots) {
      if (side !== 1 && side !== -1) throw new RangeError(`place: side = ${side}, must be 1 or -1`);
      if (!(Number.isSafeInteger(priceTicks) && priceTicks > 0)) {
        throw new RangeError(`place: price = ${priceTicks}, must be a whole number > 0 (ticks)`);
      }
      if (!(Number.isSafeInteger(lots) && lots > 0)) {
        throw new RangeError(`place: size = ${lots}, must be a whole number > 0 (lots)`);
      }
      const sent = broker.submit(side, priceTicks, lots, clock.nextTs, decisions);
      const known: Known = { id: sent.id, side, priceTicks, lots, leavesLots: lots, state: "sent", sent };
      byId.set(known.id, known);
      orders.push(known);
    },
    cancel(order) {
      const known = order as Known;
      if (known.state === "cancelling") return;
      known.state = "cancelling";
      broker.cancel(known.sent, clock.nextTs);
    },
  });
  const step = rule.everyUs;
  if (!(step > 0 && step < Infinity)) throw new RangeError(`rule: everyUs = ${step}, must be > 0 (microseconds)`);
  const markEvery = config.session.metrics_interval * SECOND;
  let nextMark = Infinity;

  const clock: Mutable<RuleDesk> = {
    book,
    inventory,
    ledger,
    nextTs: NaN,
    begin(now) {
      clock.nextTs = Math.floor(now / step) * step + step;
      nextMark = now + markEvery;
    },
    rows(rows, arrival, until, shared) {
      const { kind, side, exchTs, priceTicks, qty, to } = rows;
      const quiet = rule.trade ? LEVEL : TRADE;
      let i = rows.from;
      for (;; i++) {
        if (shared) i = skip(rows, arrival, i, until, quiet);
        if (!(i < to && arrival[i]! <= until)) return i;
        const k = kind[i]!;
        if (k === LEVEL) {
          if (!shared && side[i] !== 0) book.set(side[i]!, priceTicks[i]!, qty[i]!);
        } else if (k === TRADE) {
          rule.trade?.(arrival[i]!, exchTs[i]!, side[i]!, priceTicks[i]!, qty[i]!);
        } else if (k === CLEAR) {
          if (shared) book.ladder = shared;
          else book.clear();
        } else if (k === GAP) {
          // Behind a gap the book is not known, whatever it showed before.
          if (shared) book.ladder = new Ladder();
          else book.clear();
          listener.risk?.({ localTs: arrival[i]!, event: "gap", reason: "market unknown" });
        }
      }
    },
    wake(now) {
      while (nextMark <= now) {
        ledger.mark(nextMark);
        nextMark += markEvery;
      }
      broker.deliver(now, true);
      const bid = book.bestBid, ask = book.bestAsk;
      if (bid < ask && bid !== -Infinity && ask !== Infinity) ledger.mid((bid + ask) / 2, now);
      decisions++;
      rule.decide(now);
      clock.nextTs = now + step;
    },
    stop(now) {
      for (const order of orders) {
        if (order.state !== "cancelling") broker.cancel(order.sent, now);
        order.state = "cancelling";
      }
      broker.deliver(now, true);
      ledger.last(now);
    },
  };
  return clock;
}

/** The first row that arrives later or that somebody wants to hear of: of a kind above `quiet`. Calls nothing, which makes it fast. */
function skip({ kind, to }: RowRange, arrival: Float64Array, from: number, until: number, quiet: number): number {
  let i = from;
  while (i < to && kind[i]! <= quiet && arrival[i]! <= until) i++;
  return i;
}
