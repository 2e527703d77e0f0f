/**
 * The simulated venue for our orders: post-only limit orders against a recorded or streamed market. Pure and synchronous;
 * a session in paper mode and a backtest drive the same object with the same rows.
 *
 * Time has two clocks. The venue acts at the exchange's: an order sent at `t` arrives at `t + entryLatency`, post-only is
 * judged then, and a cancel works when it arrives; whatever fills before counts. We learn of each `responseLatency` later.
 * At equal times the exchange's events come before ours.
 *
 * @module
 */

import type { L2Book } from "./book.ts";
import { type Broker, type BrokerListener, type BrokerOrder, noOrders, type OpenBroker } from "./broker.ts";
import { createQueue, type FillModel, fillModel, type Queue, type QueueModel } from "./fills.ts";
import { createOutbox } from "./outbox.ts";
import type { Config } from "./schema.ts";
import { BUY } from "./tape.ts";
import { createGrid } from "./ticks.ts";
import type { Market, MarketRules } from "./types.ts";

/** An order at the simulated venue. */
export interface PaperOrder extends BrokerOrder {
  readonly state: "sent" | "resting" | "filled" | "cancelled" | "rejected";
}

/** The simulated broker. */
export interface PaperBroker extends Broker {
  submit(side: number, priceTicks: number, lots: number, now: number, quoteId: number): PaperOrder;
  take(side: number, lots: number, now: number, quoteId: number): PaperOrder;
  simulate(fills: Config["fills"]): void;
}

/** Latencies in microseconds, fee as a fraction of notional. */
export interface PaperOptions {
  readonly rules: MarketRules;
  readonly quote: string;
  readonly model: FillModel;
  readonly entryLatencyUs: number;
  /** That of orders where absent. */
  readonly cancelLatencyUs?: number;
  readonly responseLatencyUs: number;
  readonly makerFee: number;
  /** Of orders that take; the maker's where it is not given. */
  readonly takerFee?: number;
}

const SECOND = 1e6;

/** The simulated broker that a configuration asks for. */
export function paperBroker({ rules, quote }: Market, { fills, fees }: Pick<Config, "fills" | "fees">): OpenBroker {
  const options: PaperOptions = {
    rules,
    quote,
    model: fillModel(fills),
    entryLatencyUs: Math.round(fills.entry_latency * SECOND),
    cancelLatencyUs: Math.round(fills.cancel_latency * SECOND),
    responseLatencyUs: Math.round(fills.response_latency * SECOND),
    makerFee: fees.maker,
    takerFee: fees.taker,
  };
  return (book, listener) => createPaperBroker(book, options, listener);
}

type Mutable<T> = { -readonly [K in keyof T]: T[K] };

interface Live extends Mutable<PaperOrder> {
  arrivesTs: number;
  cancelTs: number;
  queue: Queue | undefined;
  /** In force when it arrived. */
  model: FillModel;
  readonly isTaker: boolean;
}

/** @param book the market's book; the caller applies each change before telling the broker */
export function createPaperBroker(book: L2Book, options: PaperOptions, listener: BrokerListener): PaperBroker {
  const { entryLatencyUs, cancelLatencyUs = entryLatencyUs, responseLatencyUs, rules } = options;
  const { makerFee, takerFee = makerFee } = options;
  let { model } = options;
  const tickGrid = createGrid(rules.tickSize);
  const lotGrid = createGrid(rules.lotSize);
  const counts = noOrders();
  let live: Live[] = [];
  const outbox = createOutbox(listener);
  let nextDue = Infinity;
  let lastExchTs = -Infinity;
  let lastMid = 0;
  let lastSpread = 0;
  let orders = 0;
  let fills = 0;

  /** Remembers mid and spread after a whole message: the next fill is measured against what stood before it happened. */
  function lookAtBook() {
    if (!book.sound) return;
    lastMid = (book.bestBid + book.bestAsk) / 2 * rules.tickSize;
    lastSpread = (book.bestAsk - book.bestBid) * rules.tickSize;
  }

  function scheduleNext() {
    nextDue = Infinity;
    for (const order of live) {
      nextDue = Math.min(nextDue, order.state === "sent" ? order.arrivesTs : order.cancelTs);
    }
  }

  function accept(order: Live) {
    const ts = order.arrivesTs;
    if (order.isTaker) return takeBook(order, ts);
    const crosses = order.side === BUY ? order.priceTicks >= book.bestAsk : order.priceTicks <= book.bestBid;
    if (crosses) {
      order.state = "rejected";
      counts.rejected++;
      outbox.tell({ ts: ts + responseLatencyUs, kind: "rejected", order });
      return;
    }
    order.state = "resting";
    order.acceptedTs = ts;
    order.model = model;
    counts.accepted++;
    counts.lotsAccepted += order.lots;
    // Deeper than the book shows, the quantity before us is not known until the level appears.
    if (book.shows(order.side, order.priceTicks)) order.queueAhead = book.qty(order.side, order.priceTicks);
    const behind = order.side === BUY ? book.bestBid - order.priceTicks : order.priceTicks - book.bestAsk;
    if (Number.isFinite(behind)) order.touchTicks = behind;
    if (isQueued(model) && order.queueAhead !== undefined) order.queue = createQueue(model, order.queueAhead);
    outbox.tell({ ts: ts + responseLatencyUs, kind: "accepted", order });
  }

  /** Walks the other side of the book; the recorded book does not feel it. */
  function takeBook(order: Live, ts: number) {
    order.state = "resting";
    order.acceptedTs = ts;
    counts.accepted++;
    counts.lotsAccepted += order.lots;
    const levels = book.sound ? book.top(-order.side, book.size(-order.side)) : [];
    for (const [ticks, qty] of levels) {
      const lots = Math.min(order.leavesLots, lotGrid.floor(qty));
      if (lots > 0) fill(order, lots, ts, ticks);
    }
    if (order.leavesLots === 0) return;
    order.state = "cancelled";
    counts.cancelled++;
    outbox.tell({ ts: ts + responseLatencyUs, kind: "cancelled", order });
  }

  function fill(order: Live, lots: number, exchTs: number, priceTicks = order.priceTicks) {
    const price = tickGrid.decimal(priceTicks);
    const qty = lotGrid.decimal(lots);
    if (order.leavesLots === order.lots) counts.touched++;
    order.leavesLots -= lots;
    counts.lotsFilled += lots;
    if (order.leavesLots === 0) {
      order.state = "filled";
      counts.filled++;
    }
    outbox.tell({
      ts: exchTs + responseLatencyUs,
      kind: "filled",
      order,
      fill: {
        type: "fill",
        id: `p${++fills}`,
        orderId: String(order.id),
        side: order.side === BUY ? "buy" : "sell",
        priceTicks,
        lots,
        price,
        qty,
        liquidity: order.isTaker ? "taker" : "maker",
        fee: price * qty * (order.isTaker ? takerFee : makerFee),
        feeCurrency: options.quote,
        exchTs,
        localTs: exchTs + responseLatencyUs,
        mid: lastMid,
        spread: lastSpread,
        quoteId: order.quoteId,
      },
    });
  }

  function forgetDone() {
    let kept = 0;
    for (const order of live) if (order.state === "sent" || order.state === "resting") live[kept++] = order;
    if (kept === live.length) return;
    live = live.slice(0, kept);
    scheduleNext();
  }

  function send(side: number, priceTicks: number, lots: number, now: number, quoteId: number, isTaker: boolean): Live {
    const order: Live = {
      id: ++orders,
      side,
      priceTicks,
      lots,
      quoteId,
      sentTs: now,
      leavesLots: lots,
      state: "sent",
      // Where our clock runs behind the exchange's, an order still cannot arrive before what we have already seen.
      arrivesTs: Math.max(now, lastExchTs) + entryLatencyUs,
      cancelTs: Infinity,
      cancelSentTs: undefined,
      acceptedTs: undefined,
      queueAhead: undefined,
      touchTicks: undefined,
      queue: undefined,
      model,
      isTaker,
    };
    live.push(order);
    counts.sent++;
    counts.lotsSent += lots;
    nextDue = Math.min(nextDue, order.arrivesTs);
    return order;
  }

  return {
    submit: (side, priceTicks, lots, now, quoteId) => send(side, priceTicks, lots, now, quoteId, false),

    take(side, lots, now, quoteId) {
      const best = side === BUY ? book.bestAsk : book.bestBid;
      return send(side, best, lots, now, quoteId, true);
    },

    simulate(fills) {
      model = fillModel(fills);
    },

    cancel(order, now) {
      const own = order as Live;
      if (own.cancelTs !== Infinity) return;
      own.cancelSentTs = now;
      // A cancel that overtakes its order finds nothing before that has arrived.
      own.cancelTs = Math.max(own.arrivesTs, Math.max(now, lastExchTs) + cancelLatencyUs);
      scheduleNext();
    },

    advance(exchTs) {
      lastExchTs = Math.max(lastExchTs, exchTs);
      while (nextDue < exchTs) {
        const due = nextDue;
        for (const order of live) {
          if (order.state === "sent" && order.arrivesTs === due) {
            accept(order);
          } else if (order.state === "resting" && order.cancelTs === due) {
            order.state = "cancelled";
            counts.cancelled++;
            outbox.tell({ ts: due + responseLatencyUs, kind: "cancelled", order });
          }
        }
        forgetDone();
        scheduleNext();
      }
    },

    level(side, priceTicks, prev, next) {
      for (const order of live) {
        if (order.side !== side || order.priceTicks !== priceTicks || order.state !== "resting") continue;
        if (order.queue) order.queue.depth(prev, next);
        else if (next > 0 && isQueued(order.model)) order.queue = createQueue(order.model, next);
      }
    },

    settle(exchTs) {
      if (live.length > 0) {
        for (const order of live) {
          if (order.state !== "resting" || order.model === "through") continue;
          const crossed = order.side === BUY ? book.bestAsk <= order.priceTicks : book.bestBid >= order.priceTicks;
          if (crossed) fill(order, order.leavesLots, exchTs);
        }
        forgetDone();
      }
      lookAtBook();
    },

    trade(exchTs, aggressor, priceTicks, qty) {
      for (const order of live) {
        // The order must have been there before; a print fetched late may be older than it.
        if (order.state !== "resting" || order.side === aggressor || order.acceptedTs! >= exchTs) continue;
        const beyond = order.side === BUY ? priceTicks < order.priceTicks : priceTicks > order.priceTicks;
        if (beyond) {
          fill(order, order.leavesLots, exchTs);
        } else if (priceTicks === order.priceTicks) {
          const lots = reached(order, qty);
          if (lots > 0) fill(order, Math.min(lots, order.leavesLots), exchTs);
        }
      }
      forgetDone();
    },

    deliver: outbox.deliver,

    counts,
  };

  /** Lots of an order that a print of `qty` at its very price reaches. */
  function reached(order: Live, qty: number): number {
    if (order.model === "through") return 0;
    if (order.model === "touch") return lotGrid.floor(qty);
    if (!order.queue) return 0;
    order.queue.trade(qty);
    const lots = lotGrid.round(-order.queue.ahead);
    if (lots > 0) order.queue.toFront();
    return lots;
  }
}

function isQueued(model: FillModel): model is QueueModel {
  return model !== "touch" && model !== "through";
}
