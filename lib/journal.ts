/**
 * What a session writes down: each event and each thing it did, to the recorder and, as far as the report needs it, to memory.
 *
 * @module
 */

import type { RiskEvent } from "./engine.ts";
import type { Store } from "./store.ts";
import type { Fill, MarketEvent, OrderRecord, Quote } from "./types.ts";

/** Messages recorded. */
export interface Recorded {
  snapshots: number;
  depth: number;
  trades: number;
  backfilled: number;
  recovered: number;
  gaps: number;
}

/** A transition with the wall clock beside it, Unix time in milliseconds: how fast we were, whatever the replay's speed. */
export interface TimedRiskEvent extends RiskEvent {
  readonly wallMs: number;
}

/** The journal of one session. */
export interface Journal {
  /** Numbers and records what arrived. Call it before acting on the event. */
  event(event: MarketEvent): void;
  fill(fill: Fill): void;
  quote(quote: Quote): void;
  order(order: OrderRecord): void;
  risk(event: RiskEvent): void;
  readonly fills: readonly Fill[];
  /** The latest decisions. */
  readonly quotes: readonly Quote[];
  /** The latest orders that are over. */
  readonly orders: readonly OrderRecord[];
  readonly transitions: readonly TimedRiskEvent[];
  readonly recorded: Readonly<Recorded>;
}

/** Decisions, and orders, kept in memory at least, the latest; all of them are on disk. About a busy hour's worth. */
const KEPT = 30_000;

/** An empty journal. */
export function createJournal(store: Store): Journal {
  const fills: Fill[] = [];
  const quotes: Quote[] = [];
  const orders: OrderRecord[] = [];
  const transitions: TimedRiskEvent[] = [];
  const recorded: Recorded = { snapshots: 0, depth: 0, trades: 0, backfilled: 0, recovered: 0, gaps: 0 };
  let seq = 0;
  // The desk only knows that the market is unknown; why came with the event.
  let gapReason = "";
  return {
    event(event) {
      switch (event.type) {
        case "book":
          store.book(event, seq++);
          recorded[event.snapshot ? "snapshots" : "depth"]++;
          break;
        case "trade":
          store.trade(event, seq++);
          recorded[kindOf(event.origin)]++;
          break;
        case "gap":
          store.gap(event, seq++);
          gapReason = `${event.reason}: ${event.detail}`;
          recorded.gaps++;
      }
    },
    fill(fill) {
      fills.push(fill);
      store.fill(fill);
    },
    quote(quote) {
      keepLatest(quotes, quote);
      store.quote(quote);
    },
    order(order) {
      keepLatest(orders, order);
      store.order(order);
    },
    risk(event) {
      const reason = event.event === "gap" ? gapReason : event.reason;
      const timed = { ...event, reason, wallMs: performance.timeOrigin + performance.now() };
      transitions.push(timed);
      store.risk(timed);
    },
    fills,
    quotes,
    orders,
    transitions,
    recorded,
  };
}

function keepLatest<T>(list: T[], one: T): void {
  if (list.push(one) >= 2 * KEPT) list.splice(0, KEPT);
}

function kindOf(origin: "stream" | "backfill" | "recovered" | undefined): "trades" | "backfilled" | "recovered" {
  return origin === "backfill" ? "backfilled" : origin === "recovered" ? "recovered" : "trades";
}
