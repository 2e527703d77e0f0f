/**
 * What a session writes down: each event and each thing it did, to the recorder and, as far as the report needs it, to memory.
 *
 * @module
 */

import type { RiskEvent } from "./engine.ts";
import { createRecordLog, type Fields } from "./record_log.ts";
import { steadyNow } from "./steady_clock.ts";
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

/** What was behind fills. */
export interface Behind {
  /** The decisions that placed their orders. */
  readonly quotes: readonly Quote[];
  /** Those of the orders that are over. */
  readonly orders: readonly OrderRecord[];
}

/** The journal of one session. Its lists are copies, made when they are asked for. */
export interface Journal {
  /** Numbers and records what arrived. Call it before acting on the event. */
  event(event: MarketEvent): void;
  fill(fill: Fill): void;
  quote(quote: Quote): void;
  order(order: OrderRecord): void;
  risk(event: RiskEvent): void;
  /** All of them. */
  fills(): Fill[];
  readonly fillCount: number;
  /** The latest decisions. */
  quotes(): Quote[];
  /** The latest orders that are over. */
  orders(): OrderRecord[];
  /** What was behind the fills, however long ago. */
  behind(): Behind;
  /** The latest, newest last. */
  readonly transitions: readonly TimedRiskEvent[];
  readonly recorded: Readonly<Recorded>;
}

/**
 * Decisions, and orders, kept in memory at least, the latest; all of them are on disk. About an hour's worth: 3 MB at most. What was
 * behind a fill is kept beside, as is the fill: 400 bytes a fill in all, 4 MB for ten thousand.
 */
const KEPT = 10_000;
/** Transitions kept, likewise. */
const KEPT_TRANSITIONS = 1000;

const FILL: Fields<Fill> = {
  ...{ id: "id", orderId: "id", side: "name", priceTicks: "number", lots: "number", price: "number", qty: "number" },
  ...{
    liquidity: "name",
    fee: "number",
    feeCurrency: "name",
    feeInQuote: "extra",
    exchTs: "number",
    localTs: "number",
  },
  ...{ mid: "number", spread: "number", quoteId: "number" },
};

const QUOTE: Fields<Quote> = {
  ...{ id: "number", localTs: "number", mid: "number?", sigma: "number?", gamma: "number?", kappa: "number?" },
  ...{ k: "number?", kRaw: "number?", tau: "number?", tauFloor: "number?", inventory: "number", psi: "number?" },
  ...{ halfSpread: "number?", rawBid: "number?", rawAsk: "number?", bid: "number?", ask: "number?" },
  ...{ bidQty: "number", askQty: "number", bound: "name" },
};

const ORDER: Fields<OrderRecord> = {
  ...{
    id: "id",
    quoteId: "number",
    side: "name",
    priceTicks: "number",
    lots: "number",
    price: "number",
    qty: "number",
  },
  ...{ sentTs: "number", acceptedTs: "number?", queueAhead: "number?", touchDistance: "number?" },
  ...{ cancelSentTs: "number?", filledQty: "number", localTs: "number", end: "name" },
};

/** An empty journal. */
export function createJournal(store: Store): Journal {
  const fills = createRecordLog<Fill>({ type: "fill", fields: FILL });
  const quotes = createRecordLog<Quote>({ type: "quote", fields: QUOTE, keep: KEPT });
  const orders = createRecordLog<OrderRecord>({ type: "order", fields: ORDER, keep: KEPT });
  const traded = {
    quotes: createRecordLog<Quote>({ type: "quote", fields: QUOTE }),
    orders: createRecordLog<OrderRecord>({ type: "order", fields: ORDER }),
  };
  let transitions: TimedRiskEvent[] = [];
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
      if (traded.quotes.latest("id", fill.quoteId) !== undefined) return;
      const quote = quotes.latest("id", fill.quoteId);
      if (quote) traded.quotes.push(quote);
    },
    quote(quote) {
      quotes.push(quote);
      store.quote(quote);
    },
    order(order) {
      orders.push(order);
      if (order.filledQty > 0) traded.orders.push(order);
      store.order(order);
    },
    risk(event) {
      const reason = event.event === "gap" ? gapReason : event.reason;
      const timed = { ...event, reason, wallMs: steadyNow() };
      transitions.push(timed);
      if (transitions.length >= 2 * KEPT_TRANSITIONS) transitions = transitions.slice(-KEPT_TRANSITIONS);
      store.risk(timed);
    },
    fills: fills.all,
    get fillCount() {
      return fills.length;
    },
    quotes: quotes.all,
    orders: orders.all,
    behind: () => ({ quotes: traded.quotes.all(), orders: traded.orders.all() }),
    get transitions() {
      return transitions;
    },
    recorded,
  };
}

function kindOf(origin: "stream" | "backfill" | "recovered" | undefined): "trades" | "backfilled" | "recovered" {
  return origin === "backfill" ? "backfilled" : origin === "recovered" ? "recovered" : "trades";
}
