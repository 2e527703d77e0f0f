/**
 * One desk: the book, the strategy, the broker and the ledger, driven row by row.
 *
 * A session in paper mode and a backtest feed this same object; given the same rows it does the same, to the last fill.
 * Rows are those of {@linkcode Tape}; each is told to the venue's side first, then to ours.
 *
 * @module
 */

import { createBook, type LadderBook } from "./book.ts";
import { type Control, controlText, withSettings } from "./controls.ts";
import { createFlattening } from "./flatten.ts";
import type { OpenBroker, OrderCounts } from "./broker.ts";
import type { Stage } from "./halts.ts";
import { createInventory, type Inventory, type Opening } from "./inventory.ts";
import { createLedger, type Ledger } from "./ledger.ts";
import { createMaker, type Maker, type OpenMaker, type Wanted } from "./maker.ts";
import { createOrderLog } from "./order_log.ts";
import { createOwnOrders, type OwnOrders } from "./own_orders.ts";
import { paperBroker } from "./paper.ts";
import type { Patience } from "./placement.ts";
import type { Config } from "./schema.ts";
import { CLEAR, GAP, LAST, LEVEL, type RowRange, type RowSink, TRADE, WARM } from "./tape.ts";
import { createGrid } from "./ticks.ts";
import type { Fill, Market, OrderRecord, Quote } from "./types.ts";

/** What happens, told as it happens. Every part is optional; a backtest that needs nothing pays for nothing. */
export interface DeskListener {
  fill?(fill: Fill): void;
  /** A decision that differs from the one before. */
  quote?(quote: Quote): void;
  /** An order is over. */
  order?(order: OrderRecord): void;
  /** A transition of the desk: cancelled, resumed, killed. `now` is ours, microseconds. */
  risk?(event: RiskEvent): void;
  /** A point of the equity curve, every `session.metrics_interval` of market time. */
  point?(now: number): void;
  /** A message of the market has been taken whole. `isKnown`: no gap is open. */
  message?(now: number, isKnown: boolean): void;
}

/** A transition that a person should be able to find afterwards. */
export interface RiskEvent {
  readonly localTs: number;
  readonly event:
    | "gap"
    | "cancelled"
    | "resumed"
    | "killed"
    | "started"
    | "stopped"
    | "rejected"
    | "control"
    | "flattened"
    | "halted" // out of the market, or placing nothing new, for the reason given
    | "continued" // that is over
    | "venue"; // what the venue's account shows: orders of others, what an earlier run left, a difference
  readonly reason: string;
  /** Of a control: itself, as JSON. */
  readonly detail?: string;
}

/** The desk. */
export interface Desk {
  readonly row: RowSink;
  /** Many rows: as {@linkcode Desk.row} for each, but faster. */
  rows(rows: RowRange): void;
  /** Something came from the broker between rows: hears it and decides again. `localTs` is ours. */
  wake(localTs: number): void;
  /**
   * Does what a person wants, at the time of the last row.
   * @throws {ConfigError} for settings that are out of bounds, {RangeError} for what market or broker do not allow; then nothing changes
   */
  control(control: Control): void;
  /** Places nothing new (`pause`), leaves the market (`cancel`), or quotes as wanted (`none`), from now on. */
  halt(stage: Stage, reason: string): void;
  /** Cancels what rests and stops quoting: the end of a session. */
  stop(reason: string): void;
  readonly book: LadderBook;
  readonly maker: Maker;
  readonly inventory: Inventory;
  readonly ledger: Ledger;
  readonly counts: Readonly<OrderCounts>;
  /** The configuration, as changed by controls. */
  readonly settings: Config;
  /** The orders we believe to be working. */
  readonly working: Pick<OwnOrders, "bid" | "ask">;
  /** Time of the last row, ours; undefined before the first. */
  readonly now: number | undefined;
}

const SECOND = 1e6;

/**
 * @param openBroker who carries the orders: the simulated venue where it is not given
 * @param opening what is held at the start, nothing by default
 * @param openMaker who decides: the project's strategy where it is not given
 * @throws {RangeError} where config or market rules are out of bounds
 */
export function createDesk(
  market: Market,
  config: Config,
  listener: DeskListener = {},
  openBroker: OpenBroker = paperBroker(market, config),
  opening?: Opening,
  openMaker: OpenMaker = createMaker,
): Desk {
  const { rules } = market;
  const { quotes, risk, fills } = config;
  const tickGrid = createGrid(rules.tickSize);
  const book = createBook();
  const inventory = createInventory({
    tickSize: rules.tickSize,
    lotSize: rules.lotSize,
    qMax: risk.q_max,
    hedgeAt: risk.hedge_at,
    base: market.base,
    quote: market.quote,
    opening,
  });
  const { tickSize, lotSize } = rules;
  const ledger = createLedger({ tickSize, lotSize, base: market.base, quote: market.quote, opening });
  const maker = openMaker(config, rules, book, inventory);
  // Fields, since a variable of a closure would be a new number on the heap with each row. Where no time of arrival was measured, data is
  // `feedLatencyUs` late; equity is marked at `nextPoint`.
  const time = { now: 0, feedLatencyUs: Math.round(fills.feed_latency * SECOND), nextPoint: Infinity };
  const broker = openBroker(book, {
    accepted() {},
    rejected(order, reason) {
      orders.rejected(order, time.now, reason === undefined);
      flattening.gone(order);
      log?.over(order, "rejected", time.now);
      listener.risk?.({ localTs: time.now, event: "rejected", reason: reason ?? "post-only order would have taken" });
    },
    cancelled(order) {
      orders.gone(order);
      flattening.gone(order);
      log?.over(order, "cancelled", time.now);
    },
    filled(fill, order) {
      inventory.update(fill);
      ledger.fill(fill);
      listener.fill?.(fill);
      orders.filled(order, fill.lots);
      flattening.filled(order, fill.lots);
      log?.filled(order, fill.lots, time.now);
    },
  });

  const log = listener.order && createOrderLog(rules, (order) => listener.order!(order));
  const orders = createOwnOrders({
    broker,
    inventory,
    patience: patienceOf(quotes),
    maxRate: risk.max_order_rate,
  });
  const flattening = createFlattening({
    broker,
    book,
    inventory,
    working: orders,
    rules,
    done: (result) => listener.risk?.({ localTs: time.now, event: "flattened", reason: result }),
  });
  /** As changed by hand. */
  let settings = config;
  let started = false;
  /** Since a gap, until the book is told anew. */
  let isLost = false;
  let stopped = false;
  let lastQuoteId = 0;
  let quoting = false;
  let killTold = false;
  let mayPlace = true;

  function decide() {
    const wanted = maker.decide(time.now);
    if (wanted.quoteId !== lastQuoteId) {
      lastQuoteId = wanted.quoteId;
      listener.quote?.(maker.explain());
      noteTransition(wanted);
    }
    orders.sync(wanted, time.now, mayPlace);
    flattening.step(time.now, wanted.quoteId);
  }

  function apply(control: Control) {
    if (control.do === "set") return configure(withSettings(settings, control.settings));
    if (control.do === "flatten" && !broker.take) throw new RangeError("flatten: this broker cannot take");
    maker.paused = control.do !== "resume";
    if (control.do === "flatten") flattening.begin();
    else flattening.end();
  }

  function configure(next: Config) {
    const { model, power } = settings.fills;
    const isOtherModel = next.fills.model !== model || next.fills.power !== power;
    if (isOtherModel && !broker.simulate) throw new RangeError("set: fillModel, the fills of this session are real");
    maker.configure(next);
    broker.limit?.(next.risk.q_max);
    inventory.configure({ qMax: next.risk.q_max, hedgeAt: next.risk.hedge_at });
    orders.configure(patienceOf(next.quotes));
    if (isOtherModel) broker.simulate!(next.fills);
    settings = next;
  }

  function noteTransition(wanted: Wanted) {
    if (maker.killed !== undefined && !killTold) {
      killTold = true;
      listener.risk?.({ localTs: time.now, event: "killed", reason: maker.killed });
    }
    const live = wanted.bidLots > 0 || wanted.askLots > 0;
    if (live === quoting) return;
    quoting = live;
    listener.risk?.({ localTs: time.now, event: live ? "resumed" : "cancelled", reason: wanted.bound });
  }

  /** Equity is marked on a grid of market time, before the event that passes it is known. */
  function markUntil(localTs: number) {
    while (time.nextPoint <= localTs) {
      listener.point?.(time.nextPoint);
      ledger.mark(time.nextPoint);
      time.nextPoint += config.session.metrics_interval * SECOND;
    }
  }

  const row: RowSink = (kind, side, flags, exchTs, localTs, priceTicks, qty) => {
    if (stopped) return;
    if (kind === WARM) {
      time.now = Math.max(time.now, exchTs);
      maker.warm(time.now, exchTs, side, tickGrid.decimal(priceTicks), qty);
      return;
    }
    if (!started) {
      started = true;
      time.nextPoint = localTs + config.session.metrics_interval * SECOND;
    }
    const arrival = Math.max(time.now, localTs > exchTs ? localTs : exchTs + time.feedLatencyUs);
    markUntil(arrival);
    time.now = arrival;
    broker.advance(exchTs);
    switch (kind) {
      case LEVEL: {
        if (side === 0) break;
        const prev = book.set(side, priceTicks, qty);
        broker.level(side, priceTicks, prev, qty);
        break;
      }
      case TRADE:
        broker.trade(exchTs, side, priceTicks, qty);
        maker.trade(time.now, exchTs, side, qty);
        break;
      case CLEAR:
        book.clear();
        isLost = false;
        maker.restored(time.now);
        break;
      case GAP:
        isLost = true;
        maker.gap(time.now);
        listener.risk?.({ localTs: time.now, event: "gap", reason: "market unknown" });
        decide();
        break;
    }
    if ((flags & LAST) === 0) return;
    if (kind === LEVEL || kind === CLEAR) {
      if (book.sound) {
        broker.settle(exchTs);
        // In a gap the mid stays the last that was known.
        if (!isLost) ledger.mid((book.bestBid + book.bestAsk) / 2, time.now);
      }
      maker.bookChanged(time.now);
      broker.deliver(time.now);
      decide();
    } else if (broker.deliver(time.now) > 0) {
      decide();
    }
    listener.message?.(time.now, !isLost);
  };

  return {
    row,
    rows(range) {
      const { kind, side, flags, exchTs, localTs, priceTicks, qty, from, to } = range;
      for (let i = from; i < to && !stopped; i++) {
        if (started && broker.pass) {
          i = broker.pass(range, i, time);
          if (i === to) break;
        }
        row(kind[i]!, side[i]!, flags[i]!, exchTs[i]!, localTs[i]!, priceTicks[i]!, qty[i]!);
      }
      if (started) markUntil(time.now);
    },
    wake(localTs) {
      // Before the first row there is no time yet; what comes after the end is still booked.
      if (!started) return;
      time.now = Math.max(time.now, localTs);
      if (broker.deliver(time.now) > 0 && !stopped) decide();
    },
    halt(stage, reason) {
      mayPlace = stage === "none";
      maker.halt(stage === "cancel");
      if (!started || stopped) return;
      listener.risk?.({ localTs: time.now, event: mayPlace ? "continued" : "halted", reason });
      decide();
    },
    control(control) {
      if (stopped) throw new RangeError(`${control.do}: the session has ended`);
      apply(control);
      listener.risk?.({
        localTs: time.now,
        event: "control",
        reason: controlText(control),
        detail: JSON.stringify(control),
      });
      if (started) decide();
    },
    stop(reason) {
      if (stopped) return;
      if (orders.bid || orders.ask) listener.risk?.({ localTs: time.now, event: "cancelled", reason });
      const { bid, ask } = orders;
      orders.cancelAll(time.now);
      // A real order will be told when it is gone.
      if (broker.simulate) { for (const order of [bid, ask]) if (order) log?.over(order, "working", time.now); }
      stopped = true;
      ledger.last(time.now);
      listener.risk?.({ localTs: time.now, event: "stopped", reason });
    },
    book,
    maker,
    inventory,
    ledger,
    counts: broker.counts,
    working: orders,
    get settings() {
      return settings;
    },
    get now() {
      return started ? time.now : undefined;
    },
  };
}

function patienceOf(quotes: Config["quotes"]): Patience {
  return { ticks: quotes.requote_ticks, restUs: Math.round(quotes.requote_interval * SECOND) };
}
