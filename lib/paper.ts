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

import type { L2Book, LadderBook } from "./book.ts";
import { type Arrival, type Broker, type BrokerListener, type BrokerOrder, noOrders } from "./broker.ts";
import type { Ladder } from "./ladder.ts";
import { createQueue, type FillModel, fillModel, type Queue, type QueueModel } from "./fills.ts";
import { createLine } from "./line.ts";
import { fixedLatency, type OrderLatency, orderLatency } from "./order_latency.ts";
import { createOutbox } from "./outbox.ts";
import { Resting } from "./resting.ts";
import type { Config } from "./schema.ts";
import { BUY, CLEAR, LAST, LEVEL, type RowRange, TRADE } from "./tape.ts";
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
  /** As `advance`, and what arrives at `exchTs` itself happens too. */
  advanceTo(exchTs: number): void;
  /** @param isTimed fills are stamped with the time at which they reached us, which `localTs` may be well after */
  deliver(localTs: number, isTimed?: boolean): number;
  /**
   * Rows in order of the exchange's time, from the first of the range on, as long as they are not later than `until`; this book is then
   * nobody else's, made by `createBook`. Returns the index of the first row left.
   * @param before takes what was at each row's level before, by the row's number modulo its length, a power of two
   * @param clearing is told of a CLEAR before the book is forgotten
   */
  play(rows: RowRange, until: number, before?: Float64Array, clearing?: (row: number) => void): number;
  pass(rows: RowRange, from: number, arrival: Arrival): number;
}

/** Latencies in microseconds, fee as a fraction of notional. */
export interface PaperOptions {
  readonly rules: MarketRules;
  readonly quote: string;
  readonly model: FillModel;
  /** Where absent, the three constants below. */
  readonly latency?: OrderLatency;
  readonly entryLatencyUs?: number;
  /** That of orders where absent. */
  readonly cancelLatencyUs?: number;
  readonly responseLatencyUs?: number;
  readonly makerFee: number;
  /** Of orders that take; the maker's where it is not given. */
  readonly takerFee?: number;
  /** False: an order is filled whole as soon as any of it is. True where absent. */
  readonly partialFills?: boolean;
}

/** The simulated broker that a configuration asks for. */
export function paperBroker(
  { rules, quote }: Market,
  config: Pick<Config, "fills" | "fees" | "measured">,
  latency: OrderLatency = orderLatency(config),
): (book: L2Book, listener: BrokerListener) => PaperBroker {
  const { fills, fees } = config;
  const options: PaperOptions = {
    rules,
    quote,
    model: fillModel(fills),
    latency,
    makerFee: fees.maker,
    takerFee: fees.taker,
  };
  return (book, listener) => createPaperBroker(book, options, listener);
}

type Mutable<T> = { -readonly [K in keyof T]: T[K] };

interface Live extends Mutable<PaperOrder> {
  /** Greater is better: ticks of a bid, minus ticks of an ask. */
  readonly rank: number;
  arrivesTs: number;
  cancelTs: number;
  queue: Queue | undefined;
  /** In force when it arrived. */
  model: FillModel;
  readonly isTaker: boolean;
}

// Times that change with the market live in an array: a variable of a closure would be a new number on the heap each time.
const NEXT_DUE = 0, LAST_EXCH = 1, LAST_BID = 2, LAST_ASK = 3, LAST_ENTRY = 4, LAST_CANCEL = 5;

/** Nobody wants to know what was there before. */
const UNKEPT = new Float64Array(1);

/** @param book the market's book; the caller applies each change before telling the broker */
export function createPaperBroker(book: L2Book, options: PaperOptions, listener: BrokerListener): PaperBroker {
  const { rules, makerFee, takerFee = makerFee, partialFills = true } = options;
  const { entryLatencyUs: entryUs = 0, cancelLatencyUs: cancelUs = entryUs, responseLatencyUs: responseUs = 0 } =
    options;
  const latency = options.latency ?? fixedLatency({ entryUs, cancelUs, responseUs });
  let { model } = options;
  const tickGrid = createGrid(rules.tickSize);
  const lotGrid = createGrid(rules.lotSize);
  const counts = noOrders();
  const buys = new Resting<Live>();
  const sells = new Resting<Live>();
  const outbox = createOutbox(listener);
  // On their way to the venue, by time of arrival.
  const arriving = createLine<Live>();
  const ending = createLine<Live>();
  const clock = new Float64Array([Infinity, -Infinity, NaN, NaN, -Infinity, -Infinity]);
  /** A level was set at or beyond an order of the other side: the next whole message tells whether it stays. */
  let crossing = false;
  /** A whole message has passed by, and the touch behind it is not known yet. */
  let isUnseen = false;
  let orders = 0;
  let fills = 0;

  /** Remembers the touch after a whole message: the next fill is measured against what stood before it happened. */
  function lookAtBook() {
    const bid = book.bestBid, ask = book.bestAsk;
    if (!(bid < ask) || bid === -Infinity || ask === Infinity) return;
    clock[LAST_BID] = bid;
    clock[LAST_ASK] = ask;
  }

  const own = (side: number) => side === BUY ? buys : sells;

  function schedule() {
    clock[NEXT_DUE] = Math.min(arriving.first?.arrivesTs ?? Infinity, ending.first?.cancelTs ?? Infinity);
  }

  function tell(kind: "accepted" | "rejected" | "cancelled", order: Live, ts: number) {
    outbox.tell({ ts: ts + latency.response(ts), kind, order });
  }

  function accept(order: Live) {
    const ts = order.arrivesTs;
    if (order.isTaker) return takeBook(order, ts);
    const crosses = order.side === BUY ? order.priceTicks >= book.bestAsk : order.priceTicks <= book.bestBid;
    if (crosses) {
      order.state = "rejected";
      counts.rejected++;
      return tell("rejected", order, ts);
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
    own(order.side).add(order);
    if (!book.sound) crossing = true;
    tell("accepted", order, ts);
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
    tell("cancelled", order, ts);
  }

  function cancelled(order: Live) {
    if (order.state !== "resting") return;
    order.state = "cancelled";
    counts.cancelled++;
    own(order.side).remove(order);
    tell("cancelled", order, order.cancelTs);
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
      if (!order.isTaker) own(order.side).remove(order);
    }
    const localTs = exchTs + latency.response(exchTs);
    // Where there never was a touch, as on a tape of trades, all that is known of the market is this price.
    const isKnown = !Number.isNaN(clock[LAST_BID]!);
    outbox.tell({
      ts: localTs,
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
        localTs,
        mid: isKnown ? tickGrid.decimal(clock[LAST_BID]! + clock[LAST_ASK]!) / 2 : price,
        spread: isKnown ? tickGrid.decimal(clock[LAST_ASK]! - clock[LAST_BID]!) : 0,
        quoteId: order.quoteId,
      },
    });
  }

  function send(side: number, priceTicks: number, lots: number, now: number, quoteId: number, isTaker: boolean): Live {
    // Where our clock runs behind the exchange's, an order still cannot arrive before what we have already seen, nor before those sent
    // earlier.
    const arrivesTs = Math.max(clock[LAST_ENTRY]!, Math.max(now, clock[LAST_EXCH]!) + latency.entry(now));
    clock[LAST_ENTRY] = arrivesTs;
    const order: Live = {
      id: ++orders,
      side,
      priceTicks,
      rank: side * priceTicks,
      lots,
      quoteId,
      sentTs: now,
      leavesLots: lots,
      state: "sent",
      arrivesTs,
      cancelTs: Infinity,
      cancelSentTs: undefined,
      acceptedTs: undefined,
      queueAhead: undefined,
      touchTicks: undefined,
      queue: undefined,
      model,
      isTaker,
    };
    counts.sent++;
    counts.lotsSent += lots;
    arriving.push(order);
    schedule();
    return order;
  }

  /** Lets happen what arrives before `exchTs`, and at it where that is wanted. */
  function arrivals(exchTs: number, isInclusive: boolean) {
    for (;;) {
      const ts = clock[NEXT_DUE]!;
      if (ts > exchTs || (ts === exchTs && !isInclusive) || ts === Infinity) return;
      if (arriving.first?.arrivesTs === ts) accept(arriving.shift()!);
      else cancelled(ending.shift()!);
      schedule();
    }
  }

  function advance(exchTs: number) {
    if (exchTs > clock[LAST_EXCH]!) clock[LAST_EXCH] = exchTs;
    if (clock[NEXT_DUE]! < exchTs) arrivals(exchTs, false);
  }

  function level(side: number, priceTicks: number, prev: number, next: number) {
    const rank = side * priceTicks;
    if (side === BUY) {
      if (buys.mayHave(rank)) requeue(buys, rank, prev, next);
      if (next > 0 && sells.best >= -rank) crossing = true;
    } else {
      if (sells.mayHave(rank)) requeue(sells, rank, prev, next);
      if (next > 0 && buys.best >= -rank) crossing = true;
    }
  }

  /** The level at a price of ours went from `prev` to `next`. */
  function requeue(side: Resting<Live>, rank: number, prev: number, next: number) {
    for (let i = side.from(rank); i < side.orders.length; i++) {
      const order = side.orders[i]!;
      if (order.rank !== rank) return;
      if (order.queue) order.queue.depth(prev, next);
      else if (next > 0 && isQueued(order.model)) order.queue = createQueue(order.model, next);
    }
  }

  function settle(exchTs: number) {
    if (crossing) {
      crossing = false;
      cross(buys, book.bestAsk, exchTs);
      cross(sells, -book.bestBid, exchTs);
    }
    lookAtBook();
  }

  /** Fills whole what the other side has reached. @param reachedRank rank, on this side, of the other side's best price */
  function cross(side: Resting<Live>, reachedRank: number, exchTs: number) {
    if (side.best < reachedRank) return;
    for (const order of [...side.orders]) {
      if (order.rank >= reachedRank && order.model !== "through") fill(order, order.leavesLots, exchTs);
    }
  }

  /** Rows that concern none of our orders, which is nearly all of them. Returns the first that may. */
  function passBy(rows: RowRange, from: number, until: number, ladder: Ladder, before: Float64Array): number {
    for (let i = from;;) {
      isUnseen = false;
      i = hurryBy(rows, i, until, ladder, before);
      if (!isUnseen) return i;
      lookAtBook();
    }
  }

  /**
   * The hot loop. What it needs of the ladder and of our orders is read once, since none of these rows changes it; and it calls nothing,
   * because behind a call everything would have to be read again. Where the touch has to be looked for it ends with `isUnseen`.
   */
  function hurryBy(rows: RowRange, from: number, until: number, ladder: Ladder, before: Float64Array): number {
    const { kind, side, flags, exchTs, priceTicks, qty, to } = rows;
    const { qty: shown, bits, base, window, hint, isBestInside } = ladder;
    const mask = before.length - 1;
    const end = Math.min(until, clock[NEXT_DUE]!);
    // Prices of ours, ticks: from the worst to the best of each side.
    const lowBuy = buys.worst, highBuy = buys.best, lowSell = -sells.best, highSell = -sells.worst;
    // A message that crosses ours is settled at its end.
    const stop = crossing ? LAST : 0;
    let i = from;
    for (; i < to && exchTs[i]! <= end; i++) {
      const k = kind[i]!;
      const ticks = priceTicks[i]!;
      if (k === LEVEL) {
        const flag = flags[i]!;
        if ((flag & stop) !== 0) break;
        const s = side[i]!;
        if (s !== 0) {
          const next = qty[i]!;
          const place = ticks - base;
          if (!(place >= 0 && place < window)) break;
          if (s > 0) {
            if (ticks >= lowSell || (ticks <= highBuy && ticks >= lowBuy)) break;
          } else if (ticks <= highBuy || (ticks >= lowSell && ticks <= highSell)) break;
          // As `Ladder.set` does it.
          const ask = s >>> 31;
          const at = (place | 0) + ask * window;
          before[i & mask] = shown[at]!;
          shown[at] = next;
          bits[at >> 5] = bits[at >> 5]! & ~(1 << (at & 31)) | +(next > 0) << (at & 31);
          if (s * place > hint[ask]! && next > 0) hint[ask] = s * place;
        }
        if ((flag & LAST) !== 0) {
          const bid = hint[0]!, ask = -hint[1]!;
          if (!isBestInside || bid < 0 || ask >= window || !(shown[bid]! > 0) || !(shown[window + ask]! > 0)) {
            isUnseen = true;
            return i + 1;
          }
          if (bid < ask) {
            clock[LAST_BID] = base + bid;
            clock[LAST_ASK] = base + ask;
          }
        }
      } else if (k === TRADE) {
        if (side[i] === BUY ? ticks >= lowSell : ticks <= highBuy) break;
      } else if (k === CLEAR) break;
    }
    return i;
  }

  /** The other hot loop, for rows told one after the other: changes of the book within a message that concern none of our orders. */
  function pass(rows: RowRange, from: number, arrival: Arrival): number {
    const { kind, side, flags, exchTs, localTs, priceTicks, qty, to } = rows;
    const { ladder } = book as LadderBook;
    const { qty: shown, bits, base, window, hint } = ladder;
    const { feedLatencyUs } = arrival;
    const due = clock[NEXT_DUE]!;
    const lowBuy = buys.worst, highBuy = buys.best, lowSell = -sells.best, highSell = -sells.worst;
    let lastExch = clock[LAST_EXCH]!, now = arrival.now;
    let i = from;
    for (; i < to; i++) {
      if (kind[i] !== LEVEL || (flags[i]! & LAST) !== 0) break;
      const exch = exchTs[i]!;
      if (exch > due) break;
      const s = side[i]!;
      if (s !== 0) {
        const ticks = priceTicks[i]!;
        const place = ticks - base;
        if (!(place >= 0 && place < window)) break;
        if (s > 0) {
          if (ticks >= lowSell || (ticks <= highBuy && ticks >= lowBuy)) break;
        } else if (ticks <= highBuy || (ticks >= lowSell && ticks <= highSell)) break;
        // As `Ladder.set` does it.
        const next = qty[i]!;
        const ask = s >>> 31;
        const at = (place | 0) + ask * window;
        shown[at] = next;
        bits[at >> 5] = bits[at >> 5]! & ~(1 << (at & 31)) | +(next > 0) << (at & 31);
        if (s * place > hint[ask]! && next > 0) hint[ask] = s * place;
      }
      if (exch > lastExch) lastExch = exch;
      const local = localTs[i]!;
      const at = local > exch ? local : exch + feedLatencyUs;
      if (at > now) now = at;
    }
    clock[LAST_EXCH] = lastExch;
    arrival.now = now;
    return i;
  }

  function trade(exchTs: number, aggressor: number, priceTicks: number, qty: number) {
    const side = aggressor === BUY ? sells : buys;
    // Rank, on our side, of the price it printed at.
    const rank = -aggressor * priceTicks;
    if (side.best < rank) return;
    meet(side, rank, exchTs, qty);
  }

  function meet(side: Resting<Live>, rank: number, exchTs: number, qty: number) {
    for (let i = 0; i < side.orders.length;) {
      const order = side.orders[i]!;
      if (order.rank < rank) return;
      // The order must have been there before; a print fetched late may be older than it.
      if (order.acceptedTs! < exchTs) {
        if (order.rank > rank) fill(order, order.leavesLots, exchTs);
        else {
          const lots = reached(order, qty);
          if (lots > 0) fill(order, partialFills ? Math.min(lots, order.leavesLots) : order.leavesLots, exchTs);
        }
      }
      // One that is filled has left its place to the next.
      if (order.leavesLots > 0) i++;
    }
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
      const live = order as Live;
      if (live.cancelTs !== Infinity) return;
      live.cancelSentTs = now;
      // A cancel that overtakes its order finds nothing before that has arrived.
      const arrivesTs = Math.max(live.arrivesTs, Math.max(now, clock[LAST_EXCH]!) + latency.cancel(now));
      live.cancelTs = Math.max(clock[LAST_CANCEL]!, arrivesTs);
      clock[LAST_CANCEL] = live.cancelTs;
      ending.push(live);
      schedule();
    },

    advance,

    advanceTo(exchTs) {
      if (exchTs > clock[LAST_EXCH]!) clock[LAST_EXCH] = exchTs;
      if (clock[NEXT_DUE]! <= exchTs) arrivals(exchTs, true);
    },

    level,

    settle,

    trade,

    pass,

    play(rows, until, before = UNKEPT, clearing = undefined) {
      const { kind, side, flags, exchTs, priceTicks, qty, to } = rows;
      const { ladder } = book as LadderBook;
      const mask = before.length - 1;
      let i = rows.from;
      while ((i = passBy(rows, i, until, ladder, before)) < to) {
        const ts = exchTs[i]!;
        if (ts > until) break;
        if (clock[NEXT_DUE]! < ts) arrivals(ts, false);
        const k = kind[i]!;
        if (k === LEVEL) {
          const s = side[i]!;
          const ticks = priceTicks[i]!;
          const next = qty[i]!;
          if (s !== 0) {
            const prev = ladder.set(s, ticks, next);
            before[i & mask] = prev;
            level(s, ticks, prev, next);
          }
          if ((flags[i]! & LAST) !== 0 && book.sound) settle(ts);
        } else if (k === TRADE) {
          trade(ts, side[i]!, priceTicks[i]!, qty[i]!);
        } else if (k === CLEAR) {
          clearing?.(i);
          book.clear();
        }
        i++;
      }
      if (i > rows.from) advance(exchTs[i - 1]!);
      return i;
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
