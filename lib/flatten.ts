/**
 * Bringing the position to zero with orders that take, once nothing of ours rests any more. Pure.
 *
 * @module
 */

import type { L2Book } from "./book.ts";
import type { Broker, BrokerOrder } from "./broker.ts";
import type { Inventory } from "./inventory.ts";
import type { OwnOrders } from "./own_orders.ts";
import { refusal } from "./quotes.ts";
import { BUY, SELL } from "./tape.ts";
import { createGrid } from "./ticks.ts";
import type { MarketRules } from "./types.ts";

/** A position on its way to zero, or not. */
export interface Flattening {
  begin(): void;
  end(): void;
  /** Takes the next step, if there is one. Call it with each decision. */
  step(now: number, quoteId: number): void;
  filled(order: BrokerOrder, lots: number): void;
  gone(order: BrokerOrder): void;
}

/** What it works with. */
export interface FlatteningOptions {
  readonly broker: Pick<Broker, "take">;
  readonly book: L2Book;
  readonly inventory: Inventory;
  readonly working: Pick<OwnOrders, "bid" | "ask">;
  readonly rules: MarketRules;
  /** It is over, in one line. */
  done(result: string): void;
}

/** Nothing to do yet. */
export function createFlattening({ broker, book, inventory, working, rules, done }: FlatteningOptions): Flattening {
  const ticks = createGrid(rules.tickSize);
  const lotGrid = createGrid(rules.lotSize);
  let isActive = false;
  let order: BrokerOrder | undefined;
  let leavesLots = 0;
  return {
    begin() {
      isActive = true;
    },
    end() {
      isActive = false;
    },
    step(now, quoteId) {
      if (!isActive || order || working.bid || working.ask) return;
      const { lots } = inventory;
      const [side, size] = [lots > 0 ? SELL : BUY, Math.abs(lots)];
      if (size === 0) {
        isActive = false;
        return done("position 0");
      }
      if (!book.sound) return;
      const price = ticks.decimal(side === BUY ? book.bestAsk : book.bestBid);
      const why = refusal(price, lotGrid.decimal(size), rules);
      if (why !== undefined) {
        isActive = false;
        return done(`position ${inventory.position} stays: ${why}`);
      }
      leavesLots = size;
      order = broker.take!(side, size, now, quoteId);
    },
    filled(one, lots) {
      if (one !== order) return;
      leavesLots -= lots;
      if (leavesLots <= 0) order = undefined;
    },
    gone(one) {
      if (one === order) order = undefined;
    },
  };
}
