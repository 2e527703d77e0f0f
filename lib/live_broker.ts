/**
 * The broker of real orders: sends what it is told, and finds out what became of it. I/O.
 *
 * Whatever is learned (answers, the user stream, asking) becomes a fact of an {@linkcode TrackedOrder} or a trade that is
 * booked once by its id; nothing is told to the desk before its own `deliver`. An order is told to be gone only when it has
 * ended and every execution is booked. An unanswered request is asked about until the venue has said what it did, a cancel is
 * repeated until the order has ended, and an order that is there against our belief (a request that the network sent twice) is
 * adopted, cancelled and its trades are ours.
 *
 * @module
 */
import type { L2Book } from "./book.ts";
import { type Broker, type BrokerListener, type BrokerOrder, noOrders } from "./broker.ts";
import { createLiveFills } from "./live_fills.ts";
import type { FeeRates } from "./fee_rates.ts";
import type { OrderEvent } from "./order_event.ts";
import type { Failure } from "./order_answers.ts";
import { isOfLaterRun, isOurs, type OrderIds } from "./order_ids.ts";
import { type Answer, type OrderRequests, sideName, type VenueOrder } from "./order_requests.ts";
import { createTrackedOrder, type OrderState, type TrackedOrder } from "./order_state.ts";
import type { OrderLatency } from "./order_latency.ts";
import { createOutbox, type OrderMessage } from "./outbox.ts";
import type { OwnTrade, OwnTrades } from "./own_trades.ts";
import { steadyNow } from "./steady_clock.ts";
import { BUY } from "./tape.ts";
import { createGrid } from "./ticks.ts";
import { createTradeBooking } from "./trade_booking.ts";
import type { Market } from "./types.ts";

/** What the broker reports besides what it tells the desk. */
export interface LiveBrokerListener {
  /** There is something to deliver. Called once for all that came together. */
  news(): void;
  order(event: OrderEvent): void;
  /** An order of the venue that this run does not know. */
  unknown(order: VenueOrder): void;
  /** A trade of the account the first time it is seen; signed lots of ours, 0 for one that is not. */
  trade(trade: OwnTrade, lots: number): void;
  /** Requests failed: for limits on errors and on the venue's patience. */
  failure(failure: Failure): void;
  /** Whether any order is doubtful (unknown, refused but not verified, or adopted and still there). */
  doubt(isDoubtful: boolean, why: string): void;
}

/** What it works with. Times in milliseconds are the venue's clock unless they say otherwise. */
export interface LiveBrokerOptions {
  readonly market: Market;
  readonly ids: OrderIds;
  readonly requests: OrderRequests;
  readonly trades: OwnTrades;
  readonly rates: FeeRates;
  /** Market time, microseconds. */
  readonly now: () => number;
  readonly serverNow: () => number;
  /** Lots held when counting began, and the most that may be held either way with every order filled (base). */
  readonly openingLots: () => number;
  readonly qMax: number;
  /**
   * Of a market that is stepped message by message: requests are dated by the decision instead of the moment of sending, and what
   * comes of them is told when these latencies have passed, as the simulated venue does, instead of when it comes.
   */
  readonly latency?: OrderLatency;
  /** Waits so many milliseconds of wall time. */
  readonly pause?: (ms: number) => Promise<void>;
  readonly listener: LiveBrokerListener;
}

/** The live broker. */
export interface LiveBroker extends Broker {
  /** At any price: only to close a position. */
  take(side: number, lots: number, now: number, quoteId: number): BrokerOrder;
  /** Resolves when the order has ended and is booked. */
  settled(order: BrokerOrder): Promise<void>;
  /** The answer to a request that had been given up. */
  hearLate(clientId: string, answer: Answer): void;
  /** Orders as the venue tells them, by stream or on request. */
  see(orders: readonly VenueOrder[]): void;
  /** Own trades as the stream tells them. */
  book(trades: readonly OwnTrade[]): void;
  /** Asks for own trades since the last that are complete. Returns whether the venue answered and all could be attributed. */
  pollTrades(): Promise<boolean>;
  /** Compares with the venue's open orders, read at or after `askedMs`: an order of ours that is not among them is asked about. */
  compareOpen(open: readonly VenueOrder[], askedMs: number): Promise<void>;
  /** Cancels an order that is not ours to keep, of an earlier run for instance, and takes over its trades. */
  adopt(order: VenueOrder, why: string): void;
  cancelAll(now: number): void;
  /** Resolves when nothing is doubtful, on its way or open. */
  allGone(): Promise<void>;
  /** Whom the desk's listener is. Until there is one, what is told waits. */
  attach(book: L2Book | undefined, listener: BrokerListener): Broker;
  /** Orders that have not settled. */
  readonly working: readonly WorkingOrder[];
  /** Lots that may still trade on a side, doubtful ones included. */
  openLots(side: number): number;
  /** Signed lots of all booked trades. */
  readonly positionLots: number;
  /** Gives up asking. */
  close(): void;
}

/** An order that has not settled, for people. */
export interface WorkingOrder {
  readonly clientId: string;
  readonly orderId: string | undefined;
  readonly side: "buy" | "sell";
  readonly price: number | undefined;
  readonly qty: number;
  readonly executed: number;
  readonly state: OrderState;
  readonly isCancelling: boolean;
}

interface Live extends BrokerOrder {
  readonly record: TrackedOrder;
  /** A price, or undefined for any. */
  readonly limitTicks: number | undefined;
  /** Here against our belief. */
  isAdopted: boolean;
  wantsCancel: boolean;
  isCancelAsked: boolean;
  /** Cancels sent, and whether the venue has said nothing about the last of them. */
  cancels: number;
  isUnanswered: boolean;
  isChased: boolean;
  isAccepted: boolean;
  isEndTold: boolean;
  /** Lots of its fills that have been told. */
  toldLots: number;
  /** A refusal that the venue has yet to confirm: it may be of the second copy of a request. */
  refusal: Extract<Failure, { kind: "refused" | "limited" | "clock" }> | undefined;
  /** Date of the request: the venue's clock, milliseconds. */
  readonly sentMs: number;
  acceptedTs: number | undefined;
  cancelSentTs: number | undefined;
  /** When its last fill could be known; 0 where that does not matter. */
  filledTs: number;
}

/** First and longest pause between two questions about one order, wall milliseconds. */
const SOONEST_MS = 20;
const LATEST_MS = 500;
/** The same after a cancel that was not answered, for so long: a venue that was away is asked as soon as it is there again. */
const LATEST_CANCEL_MS = 40;
const EAGER_MS = 60_000;
/** Orders that are asked about at this pace; of more, each waits as much longer, so that the venue's limit of requests holds. */
const MOST_CHASED = 2;
/** Beyond the window, for the error of our idea of the venue's clock, milliseconds. */
const MARGIN_MS = 100;
/** Settled orders that are still recognised. */
const REMEMBERED = 2000;

export function createLiveBroker(options: LiveBrokerOptions): LiveBroker {
  const { market, ids, requests, trades, rates, now, serverNow, latency, listener } = options;
  const { rules } = market;
  const pause = options.pause ?? wait;
  const tickGrid = createGrid(rules.tickSize);
  const lotGrid = createGrid(rules.lotSize);
  const counts = noOrders();
  const fills = createLiveFills(market, rates);
  const byClient = new Map<string, Live>();
  const byVenue = new Map<string, Live>();
  /** Orders whose end has not been told. */
  const active = new Set<Live>();
  /** Orders whose request may still arrive, once more or for the first time, whatever is known of the order. */
  const onTheWay = new Set<Live>();
  const waiters = new Set<() => void>();
  let told: BrokerListener | undefined;
  let book: L2Book | undefined;
  let isClosed = false;
  let isNewsDue = false;
  let isDoubtful = false;
  let number = 0;
  let chased = 0;
  let positionLots = 0;
  let capLots = lotGrid.floor(options.qMax);

  const outbox = createOutbox({
    accepted: (order) => told?.accepted(order),
    rejected: (order, reason) => told?.rejected(order, reason),
    cancelled: (order) => told?.cancelled(order),
    filled(fill, order) {
      (order as Live).toldLots += fill.lots;
      told?.filled(fill, order);
    },
  });

  function tell(message: Omit<OrderMessage, "ts">) {
    outbox.tell({ ...message, ts: knownTs(message) });
    if (isNewsDue) return;
    isNewsDue = true;
    queueMicrotask(() => {
      isNewsDue = false;
      if (!isClosed) listener.news();
    });
  }

  function log(live: Live, event: OrderEvent["event"], detail?: string) {
    const { record, limitTicks } = live;
    listener.order({
      localTs: now(),
      wallMs: steadyNow(),
      clientId: record.clientId,
      orderId: record.orderId,
      side: sideName(live.side),
      price: limitTicks === undefined ? undefined : tickGrid.decimal(limitTicks),
      qty: lotGrid.decimal(record.lots),
      event,
      state: record.state,
      executed: lotGrid.decimal(record.executedLots),
      ...(detail === undefined ? {} : { detail }),
      quoteId: live.quoteId,
    });
  }

  /** Milliseconds; with a fraction where an order is dated by its decision. */
  const dateOf = (sentTs: number) => latency ? sentTs / 1000 : serverNow();

  /** The venue's clock as it was when the order was sent, and on from there: it may jump, which makes no request void, nor good again. */
  const venueTime = ({ sentMs, sentTs }: Live) => sentMs + (now() - sentTs) / 1000;

  /** When a message can be known: once it has come, unless latencies say. */
  function knownTs({ kind, order, fill }: Omit<OrderMessage, "ts">): number {
    if (!latency) return 0;
    const live = order as Live;
    if (fill) return live.filledTs = fill.exchTs + latency.response(fill.exchTs);
    const isCancel = kind === "cancelled" && live.cancelSentTs !== undefined;
    const dueTs = isCancel
      ? live.cancelSentTs! + latency.cancel(live.cancelSentTs!)
      : live.sentTs + latency.entry(live.sentTs);
    return Math.max(dueTs + latency.response(dueTs), live.filledTs);
  }

  function create(
    wish: { side: number; limitTicks: number | undefined; lots: number; quoteId: number; clientId: string },
    isAdopted = false,
    sentTs = now(),
  ): Live {
    const sentMs = dateOf(sentTs);
    const record = createTrackedOrder({
      clientId: wish.clientId,
      lots: wish.lots,
      voidMs: sentMs + requests.windowMs + MARGIN_MS,
    });
    const live: Live = {
      id: ++number,
      get name() {
        return record.orderId ?? record.clientId;
      },
      side: wish.side,
      priceTicks: wish.limitTicks ?? 0,
      limitTicks: wish.limitTicks,
      lots: wish.lots,
      get leavesLots() {
        return record.openLots;
      },
      quoteId: wish.quoteId,
      sentTs,
      record,
      isAdopted,
      wantsCancel: false,
      isCancelAsked: false,
      cancels: 0,
      isUnanswered: false,
      isChased: false,
      isAccepted: false,
      isEndTold: false,
      toldLots: 0,
      refusal: undefined,
      sentMs,
      acceptedTs: undefined,
      cancelSentTs: undefined,
      filledTs: 0,
    };
    active.add(live);
    return live;
  }

  /** What changed, told once; and what has to be found out next. */
  function follow(live: Live) {
    const { record } = live;
    if (record.orderId !== undefined && !byVenue.has(record.orderId)) {
      byVenue.set(record.orderId, live);
      booking.known(record.orderId);
    }
    const wasIn = record.state === "open" || record.state === "filled" || record.state === "cancelled";
    if (wasIn && !live.isAccepted) {
      live.isAccepted = true;
      if (!live.isAdopted) {
        counts.accepted++;
        counts.lotsAccepted += live.lots;
        tell({ kind: "accepted", order: live });
      }
      log(live, "open");
    }
    if (record.isSettled && !live.isEndTold) {
      live.isEndTold = true;
      end(live);
    }
    judgeDoubt();
    if (isPending(live)) void chase(live);
    judgeGone();
  }

  function end(live: Live) {
    const { record } = live;
    active.delete(live);
    log(live, "ended", live.refusal?.reason);
    if (record.state === "filled") counts.filled++;
    else if (record.state === "cancelled") counts.cancelled++;
    else counts.rejected++;
    const refused = record.state === "rejected";
    // What its fills have told already is not told again.
    if (record.state === "filled" && record.bookedLots >= live.lots) return prune();
    if (!refused) tell({ kind: "cancelled", order: live });
    else if (record.refusal?.wouldTake ?? false) tell({ kind: "rejected", order: live });
    else tell({ kind: "rejected", order: live, reason: record.refusal?.reason ?? "rejected by the venue" });
    prune();
  }

  function prune() {
    if (byClient.size <= 2 * REMEMBERED) return;
    for (const [clientId, live] of byClient) {
      if (byClient.size <= REMEMBERED) break;
      if (!live.isEndTold) continue;
      byClient.delete(clientId);
      if (live.record.orderId !== undefined) byVenue.delete(live.record.orderId);
    }
  }

  const isUnclear = ({ record }: Live) => record.state === "unknown";
  /** A refusal that is being verified is no reason to leave the market. */
  const isDoubted = ({ record, refusal, isAdopted }: Live) =>
    (record.state === "unknown" && refusal === undefined) || (isAdopted && !record.isOver);
  const isPending = (live: Live) => {
    const { record } = live;
    return isUnclear(live) || (live.wantsCancel && !record.isOver) || (record.isOver && !record.isSettled);
  };

  function judgeDoubt() {
    let doubted: Live | undefined;
    for (const live of active) if (isDoubted(live)) doubted ??= live;
    if ((doubted !== undefined) === isDoubtful) return;
    isDoubtful = doubted !== undefined;
    listener.doubt(isDoubtful, doubted === undefined ? "" : `${doubted.record.clientId} is ${doubted.record.state}`);
  }

  /** Asks, cancels, or waits for trades, until there is nothing to find out about this order. */
  async function chase(live: Live) {
    if (live.isChased) return;
    live.isChased = true;
    chased++;
    const eagerUntilMs = steadyNow() + EAGER_MS;
    const isEager = () => live.isUnanswered && steadyNow() < eagerUntilMs;
    const longestMs = () => (isEager() ? LATEST_CANCEL_MS : LATEST_MS) * Math.max(1, chased / MOST_CHASED);
    let pauseMs = SOONEST_MS;
    let isOver = false;
    while (!isClosed && isPending(live)) {
      if (live.record.isOver && !isOver) {
        isOver = true;
        pauseMs = SOONEST_MS;
      }
      // The stream is about to tell the trades of an order that has ended.
      if (isOver) await pause(pauseMs);
      if (requests.limits.mayAsk(steadyNow())) {
        if (live.record.isSettled) break;
        if (live.record.isOver) await booking.poll();
        else if (live.wantsCancel) await sendCancel(live);
        else await ask(live);
      }
      if (isPending(live) && !live.record.isOver) await pause(pauseMs);
      pauseMs = Math.min(2 * pauseMs, longestMs());
    }
    live.isChased = false;
    chased--;
  }

  const nameOf = ({ record: { orderId, clientId } }: Live) => orderId === undefined ? { clientId } : { orderId };

  async function ask(live: Live) {
    const { record } = live;
    const askedMs = venueTime(live);
    const answer = await requests.query(nameOf(live));
    if (answer.kind !== "missing") return hear(live, answer);
    log(live, "missing");
    const { refusal } = live;
    // Refused, and not there: that is so, as what was refused came after every earlier copy of it.
    const fact = refusal === undefined || record.state === "open" ? { kind: "missing", askedMs } as const : {
      kind: "refused",
      reason: refusal.reason,
      wouldTake: refusal.kind === "refused" && refusal.wouldTake,
    } as const;
    if (record.take(fact)) follow(live);
  }

  /**
   * Asks the venue to end an order, and waits for the answer as long as answers usually take: after that the caller may ask again
   * beside it, because an order that is cancelled twice is cancelled once.
   */
  async function sendCancel(live: Live) {
    const { record } = live;
    if (live.isCancelAsked || record.isOver) return;
    live.isCancelAsked = true;
    live.isUnanswered = true;
    const isFirst = live.cancels++ === 0;
    live.cancelSentTs ??= now();
    const sentMs = latency ? live.cancelSentTs / 1000 : undefined;
    if (isFirst) log(live, "cancel");
    const answered = requests.cancel(nameOf(live), sentMs).then((answer) => hearCancel(live, answer, isFirst));
    // A stepped market answers when it is stepped.
    await (latency ? answered : Promise.race([answered, pause(requests.patienceMs)]));
    live.isCancelAsked = false;
  }

  /** @param isFirst the first of its order's cancels: silence of the others is the same outage, told and counted once */
  async function hearCancel(live: Live, answer: Answer, isFirst: boolean) {
    const { record } = live;
    live.isUnanswered = answer.kind === "silence";
    if (answer.kind === "report") return hear(live, answer);
    // Of an order that has ended some venues say that there is none, others that it cannot be cancelled: then it is looked at.
    if (answer.kind === "missing" || answer.kind === "refused") {
      if (!record.isOver) await ask(live);
      if (answer.kind === "missing" || record.isOver) return;
    }
    if (answer.kind === "silence" && !isFirst) return;
    // Answered to the next one, maybe.
    if (!record.isOver) log(live, answer.kind, answer.reason);
    listener.failure(answer);
  }

  /** Takes an answer about placing or asking. */
  function hear(live: Live, answer: Answer) {
    const { record } = live;
    if (answer.kind === "report") return see([{ ...answer.order, clientId: record.clientId }]);
    listener.failure(answer);
    if (record.isOver) return;
    log(live, answer.kind, answer.reason);
    if (record.state !== "sent") return follow(live);
    if (answer.kind === "refused" || answer.kind === "limited" || answer.kind === "clock") live.refusal = answer;
    // Neither placed nor refused until the venue has been asked: the network may have sent the request twice.
    record.take({ kind: "silence" });
    follow(live);
  }

  function see(orders: readonly VenueOrder[]) {
    for (const order of orders) {
      const live = byVenue.get(order.orderId) ??
        (order.clientId === undefined ? undefined : byClient.get(order.clientId));
      if (live === undefined) {
        listener.unknown(order);
        continue;
      }
      if (live.record.orderId !== undefined && live.record.orderId !== order.orderId) {
        adopt(order, `a second order of the name ${order.clientId}`);
        continue;
      }
      const wasOver = live.record.isOver;
      live.acceptedTs ??= order.createdTs;
      if (!live.record.take({ kind: "report", report: order })) continue;
      // It is there after it was believed not to be.
      if (wasOver && !live.record.isOver) revive(live);
      if (live.wantsCancel && !live.record.isOver && !live.isCancelAsked) void sendCancel(live);
      follow(live);
    }
  }

  function revive(live: Live) {
    live.wantsCancel = true;
    live.isEndTold = false;
    live.isAdopted = true;
    active.add(live);
    log(live, "adopted", "it is there after all");
  }

  function adopt(order: VenueOrder, why: string) {
    if (byVenue.has(order.orderId)) return;
    const side = order.side === "buy" ? BUY : -BUY;
    const clientId = order.clientId ?? "";
    const live = create({ side, limitTicks: order.priceTicks, lots: order.lots, quoteId: 0, clientId }, true);
    byVenue.set(order.orderId, live);
    live.wantsCancel = true;
    live.record.take({ kind: "report", report: order });
    log(live, "adopted", why);
    booking.known(order.orderId);
    if (!live.record.isOver) void sendCancel(live);
    follow(live);
  }

  /** By our own name, unless that order is known to be another. */
  function named({ clientId }: OwnTrade): Live | undefined {
    const live = clientId === undefined ? undefined : byClient.get(clientId);
    return live?.record.orderId === undefined ? live : undefined;
  }

  function execute(live: Live, trade: OwnTrade) {
    const { record } = live;
    const lots = lotGrid.round(trade.qty);
    if (record.bookedLots === 0) counts.touched++;
    counts.lotsFilled += lots;
    positionLots += live.side * lots;
    const wasOver = record.isOver;
    record.take({ kind: "trade", lots });
    if (record.orderId === undefined) {
      const report = { orderId: trade.orderId, status: "open", executedLots: record.executedLots } as const;
      record.take({ kind: "report", report });
    }
    log(live, "trade", trade.id);
    listener.trade(trade, live.side * lots);
    tell({ kind: "filled", order: live, fill: fills.fill(live, trade, now()) });
    if (wasOver && !record.isOver) revive(live);
    follow(live);
  }

  const booking = createTradeBooking<Live>({
    ...{ trades, requests, execute, pause, failure: listener.failure, isClosed: () => isClosed },
    ownerOf: (trade) => byVenue.get(trade.orderId) ?? named(trade),
    foreign: (trade) => listener.trade(trade, 0),
    claim(order) {
      if (order.clientId !== undefined && byClient.has(order.clientId)) see([order]);
      else if (isOurs(order.clientId) && !isOfLaterRun(order.clientId, ids.prefix)) {
        adopt(order, "traded, and not known to this run");
      } else return false;
      return true;
    },
  });

  async function send(live: Live) {
    const { record } = live;
    const { side, limitTicks: priceTicks, sentMs } = live;
    onTheWay.add(live);
    const answer = await requests.place({ clientId: record.clientId, side, priceTicks, lots: live.lots, sentMs });
    hear(live, answer);
    // Without an answer it may arrive, or arrive again, until it is void.
    while (answer.kind === "silence" && onTheWay.has(live) && !isClosed && venueTime(live) <= record.voidMs) {
      await pause(SOONEST_MS);
    }
    arrived(live);
  }

  function arrived(live: Live) {
    onTheWay.delete(live);
    judgeGone();
  }

  const isGone = () => active.size === 0 && onTheWay.size === 0;

  function judgeGone() {
    if (isGone()) { for (const resolve of waiters) resolve(); }
  }

  function place(
    side: number,
    limitTicks: number | undefined,
    lots: number,
    quoteId: number,
    sentTs: number,
    why?: string,
  ): Live {
    const live = create({ side, limitTicks, lots, quoteId, clientId: ids.next() }, false, sentTs);
    byClient.set(live.record.clientId, live);
    counts.sent++;
    counts.lotsSent += lots;
    const unsent = isClosed ? "these orders are closed" : why;
    if (unsent !== undefined) {
      live.record.take({ kind: "refused", reason: `not sent: ${unsent}`, wouldTake: false });
      // Told like any other refusal, after this call has returned.
      queueMicrotask(() => follow(live));
      return live;
    }
    log(live, "place");
    void send(live);
    return live;
  }

  function cancel(order: BrokerOrder, sentTs = now()) {
    const live = order as Live;
    if (live.wantsCancel) return;
    live.wantsCancel = true;
    live.cancelSentTs ??= sentTs;
    void sendCancel(live).then(() => chase(live));
  }

  function openLots(side: number): number {
    let lots = 0;
    for (const live of active) if (live.side === side) lots += live.record.openLots;
    return lots;
  }

  const allGone = () =>
    new Promise<void>((resolve) => {
      const check = () => {
        if (!isGone() && !isClosed) return;
        waiters.delete(check);
        resolve();
      };
      waiters.add(check);
      check();
    });

  const broker: LiveBroker = {
    submit(side, priceTicks, lots, sentTs, quoteId) {
      // Whoever decides has counted already; this counts unknown and unbooked orders too, and is never wrong about them.
      const reach = side * (options.openingLots() + positionLots) + openLots(side) + lots;
      return place(
        side,
        priceTicks,
        lots,
        quoteId,
        sentTs,
        reach > capLots ? "it could pass the inventory cap" : undefined,
      );
    },
    cancel,
    limit(qMax) {
      capLots = lotGrid.floor(qMax);
    },
    reduce(order, lots) {
      const live = order as Live;
      if (requests.reduce === undefined || live.record.state !== "open" || live.wantsCancel) return false;
      // The venue counts what has been filled; whoever decides counts from what it has been told, which may be less.
      const total = live.toldLots + lots;
      if (total <= live.record.executedLots) return false;
      log(live, "reduce", String(lotGrid.decimal(lots)));
      void requests.reduce({ clientId: live.record.clientId }, total).then((answer) => {
        if (answer.kind === "report") return see([{ ...answer.order, clientId: live.record.clientId }]);
        log(live, answer.kind, answer.reason);
        listener.failure(answer);
        // Whatever became of it: an order that is too large goes.
        cancel(live);
      });
      return true;
    },
    deliver: (localTs) => told === undefined ? 0 : outbox.deliver(localTs),
    counts,
    advance() {},
    level() {},
    settle(exchTs) {
      if (book === undefined) return;
      fills.note(exchTs, book.bestBid, book.bestAsk);
    },
    trade() {},
    take: (side, lots, sentTs, quoteId) => place(side, undefined, lots, quoteId, sentTs),
    async settled(order) {
      while (active.has(order as Live) && !isClosed) await pause(SOONEST_MS);
    },
    hearLate(clientId, answer) {
      const live = byClient.get(clientId);
      if (answer.kind === "report") see([{ ...answer.order, clientId }]);
      // Whatever it says: the connection that carried the request is done with it.
      if (live !== undefined && answer.kind !== "silence") arrived(live);
    },
    see,
    book: booking.book,
    pollTrades: booking.poll,
    async compareOpen(open, askedMs) {
      see(open);
      const there = new Set(open.map(({ orderId }) => orderId));
      for (const live of [...active]) {
        const { record } = live;
        // One that was placed after the venue was asked cannot be among its answers.
        if (record.state !== "open" || live.sentMs >= askedMs) continue;
        if (record.orderId !== undefined && !there.has(record.orderId)) await ask(live);
      }
    },
    adopt,
    cancelAll() {
      for (const live of [...active]) cancel(live);
    },
    allGone,
    attach(on, listenerOfDesk) {
      if (told !== undefined) throw new Error("these orders have a desk already");
      book = on;
      told = listenerOfDesk;
      return broker;
    },
    get working() {
      return [...active].map(({ record, side, limitTicks, wantsCancel }) => ({
        clientId: record.clientId,
        orderId: record.orderId,
        side: sideName(side),
        price: limitTicks === undefined ? undefined : tickGrid.decimal(limitTicks),
        qty: lotGrid.decimal(record.lots),
        executed: lotGrid.decimal(record.executedLots),
        state: record.state,
        isCancelling: wantsCancel,
      }));
    },
    openLots,
    get positionLots() {
      return positionLots;
    },
    close() {
      isClosed = true;
      for (const resolve of waiters) resolve();
    },
  };
  return broker;
}

const wait = (ms: number) => new Promise<void>((resolve) => setTimeout(resolve, ms));
