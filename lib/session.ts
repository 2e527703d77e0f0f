/**
 * The live loop: takes a market feed, drives the desk, records everything, and can be watched and stopped. (I/O)
 *
 * It runs in the background. Whatever ends it (its time, `stop()`, an interrupt, the kill switch, a lost feed that does not
 * come back) ends the same way: orders cancelled, feed closed, files flushed.
 *
 * @module
 */

import type { OrderCounts } from "./broker.ts";
import type { Control, Settings } from "./controls.ts";
import { createDesk, type Desk, type DeskListener } from "./engine.ts";
import type { Story } from "./explain/story.ts";
import type { Feed, FeedHealth } from "./feed.ts";
import { fingerprint } from "./fingerprint.ts";
import { type Behind, createJournal, type Recorded, type TimedRiskEvent } from "./journal.ts";
import type { WarmUp } from "./estimates.ts";
import type { LedgerPoint } from "./ledger.ts";
import { liveNotice } from "./live_notice.ts";
import {
  attribute,
  type Attribution,
  calcMetrics,
  markoutCurve,
  type MarkoutPoint,
  type Metrics,
  reachOf,
} from "./metrics.ts";
import { orderLatency } from "./order_latency.ts";
import type { Orders, OrdersStatus, VenueReport } from "./orders.ts";
import { createRows } from "./rows.ts";
import type { Config } from "./schema.ts";
import type { Store } from "./store.ts";
import { BUY, SELL } from "./tape.ts";
import { createGrid } from "./ticks.ts";
import type { Fill, Level, Market, MarketEvent, OrderRecord, Quote, Trade } from "./types.ts";

/** What a session needs. Nothing is opened here: the caller connects, so that every part can be replaced. */
export interface SessionOptions {
  readonly config: Config;
  readonly market: Market;
  /** Market time, microseconds. */
  readonly clock: { now(): number };
  readonly feed: Feed;
  readonly store: Store;
  /** Trades from before the start, oldest first. */
  readonly backfill?: readonly Trade[];
  /** For `mode: live`: real orders, opened by the caller and closed by the session. */
  readonly orders?: Orders;
  /** Takes a line of what a live session is about to do, before its first order. The console by default. */
  readonly announce?: (line: string) => void;
  /** Called once the feed is ready: lets a held testnet go. */
  readonly onReady?: () => Promise<void> | void;
  /** Called at most once a market second. */
  readonly onProgress?: (snapshot: SessionSnapshot) => void;
}

/** A look at a running session. */
export interface SessionSnapshot {
  readonly state: "connecting" | "warming" | "quoting" | "paused" | "out" | "stopped";
  /** Market time, microseconds; undefined before the first message. */
  readonly now: number | undefined;
  /** Market seconds since the first message, and in all (0: until stopped). */
  readonly elapsed: number;
  readonly duration: number;
  /** The last decision, its terms as they are now. */
  readonly quote: Quote | undefined;
  /** The best levels, best first; none while the book cannot be trusted. */
  readonly ladder: { readonly bids: readonly Level[]; readonly asks: readonly Level[] };
  /** Our orders, as far as we know: price and what is left of them, base. */
  readonly working: { readonly bid: Level | undefined; readonly ask: Level | undefined };
  readonly bestBid: number | undefined;
  readonly bestAsk: number | undefined;
  readonly position: number;
  readonly equity: number | undefined;
  /** Equity by its parts; undefined before the first mid. */
  readonly pnl: LedgerPoint | undefined;
  /** Standard error of k, quote per base. */
  readonly kError: number | undefined;
  /** How far the estimators are from being known. */
  readonly warmUp: WarmUp;
  readonly fills: number;
  readonly counts: Readonly<OrderCounts>;
  readonly recorded: Readonly<Recorded>;
  readonly health: FeedHealth;
  /** Real orders: why there is no quoting, what works, the clock, the last comparison with the venue. */
  readonly orders?: OrdersStatus;
  /** The last transitions, newest last. */
  readonly risk: readonly TimedRiskEvent[];
}

/** What a session leaves. */
export interface SessionReport {
  readonly run: string;
  readonly market: Market;
  readonly reason: string;
  /** Market time of the first and last message, microseconds. */
  readonly startTs: number;
  readonly endTs: number;
  readonly fills: readonly Fill[];
  /** The latest decisions; all of them are on disk. */
  readonly quotes: readonly Quote[];
  /** The latest orders that are over; all of them are on disk. */
  readonly orders: readonly OrderRecord[];
  /** Decisions and orders behind the fills, however long ago. */
  readonly behind: Behind;
  /** The latest transitions; all of them are on disk. */
  readonly risk: readonly TimedRiskEvent[];
  readonly counts: Readonly<OrderCounts>;
  readonly recorded: Readonly<Recorded>;
  readonly health: FeedHealth;
  readonly metrics: Metrics;
  /** Net PnL by cause, at the horizon `config.model.markout_horizon`. */
  readonly attribution: Attribution;
  /** What the mid did after our fills. */
  readonly markouts: readonly MarkoutPoint[];
  readonly fillsHash: string;
  /** The account compared with the books after the last order; undefined on paper. */
  readonly venue: VenueReport | undefined;
}

/** Whoever wants to know at once. */
export interface SessionListener {
  fill?(fill: Fill): void;
  order?(order: OrderRecord): void;
}

/** A running session. */
export interface Session {
  /** Ends it: cancels, closes, flushes. Resolves when all of that is done. */
  stop(reason?: string): Promise<SessionReport>;
  /** Resolves when the session has ended, however it did; rejects where the recorder or the feed failed for good. */
  readonly done: Promise<SessionReport>;
  snapshot(): SessionSnapshot;
  /** What has happened so far, for `explainQuote()` and `explainFill()`. Copies all of it. */
  story(): Story;
  /** Tells each fill and each order that is over, from now on. Returns how to stop that. */
  listen(listener: SessionListener): () => void;
  /** Cancels what rests; no quote until `resume()`. */
  pause(): void;
  /** Quotes again, after a pause or `flatten()`. */
  resume(): void;
  /** Cancels what rests, takes the position back to zero, and pauses. The end of it is in the risk log. */
  flatten(): void;
  /**
   * Other settings from now on: `session.set({ gamma: 2, size: 0.002 })`. See {@linkcode SETTINGS} for the names.
   * @throws {ConfigError} with the bound that a value does not keep; then nothing changes
   */
  set(settings: Settings): void;
  /** As changed by hand. */
  readonly settings: Config;
  /** Latches: this session never quotes again; with real orders neither does the next, until somebody resets it. */
  kill(reason: string): void;
  /** A person's word that trading may go on after `flatten()` or too many errors. */
  reset(): Promise<void>;
}

const SECOND = 1e6;
/** Transitions kept for {@linkcode SessionSnapshot.risk}. */
const RISK_SHOWN = 20;
/** Levels a side for {@linkcode SessionSnapshot.ladder}. */
const LEVELS_SHOWN = 5;

/**
 * Starts trading in the background.
 *
 * @throws {Error} for `mode: live` without orders, or orders without it
 */
export function startSession(options: SessionOptions): Session {
  const { config, market, clock, feed, store, orders, announce = console.log } = options;
  if ((config.mode === "live") !== (orders !== undefined)) {
    throw new Error(
      `mode = ${config.mode}, ${orders ? "must be live where there are orders" : "needs orders: openOrders()"}`,
    );
  }
  if (orders) { for (const line of liveNotice(config, market, orders)) announce(line); }
  const journal = createJournal(store);
  const duration = config.session.minutes * 60;
  let loops = 0;
  let startTs: number | undefined;
  let lastQuote: Quote | undefined;
  let ending: string | undefined;
  let state: SessionSnapshot["state"] = "connecting";
  let nextProgress = -Infinity;
  const listeners = new Set<SessionListener>();
  let venue: VenueReport | undefined;

  const listener: DeskListener = {
    fill(fill) {
      journal.fill(fill);
      for (const listener of listeners) listener.fill?.(fill);
    },
    quote(quote) {
      lastQuote = quote;
      journal.quote(quote);
    },
    order(order) {
      journal.order(order);
      for (const listener of listeners) listener.order?.(order);
    },
    risk: journal.risk,
    point(now) {
      const point = desk.ledger.now();
      if (point) store.pnl({ ...point, localTs: now });
    },
  };
  const desk: Desk = createDesk(market, config, listener, orders?.openBroker, orders?.opening);
  orders?.listen({
    news: () => desk.wake(clock.now()),
    halt: desk.halt,
    order: store.orderEvent,
    risk: journal.risk,
  });
  const rows = createRows(market.rules.tickSize, desk.row);
  const ticks = createGrid(market.rules.tickSize);
  const lots = createGrid(market.rules.lotSize);

  function take(event: MarketEvent) {
    // Written down before it is acted on: what we did can always be explained by what is on disk.
    journal.event(event);
    rows(event);
    if (++loops % config.session.write_every === 0) void store.handOver();
    if (desk.maker.killed !== undefined && ending === undefined) {
      ending = `killed: ${desk.maker.killed}`;
      latch(desk.maker.killed);
    }
    state = stateNow();
    if (options.onProgress && event.localTs >= nextProgress) {
      nextProgress = event.localTs + SECOND;
      options.onProgress(snapshot());
    }
  }

  /** On disk: the next session does not start before a person has looked. */
  function latch(reason: string) {
    orders?.kill(reason).catch((error) => announce(`the kill switch cannot be written down: ${error.message}`));
  }

  function stateNow(): SessionSnapshot["state"] {
    if (desk.maker.paused) return "paused";
    if (!desk.maker.warmUp.ready) return "warming";
    return lastQuote !== undefined && (lastQuote.bidQty > 0 || lastQuote.askQty > 0) ? "quoting" : "out";
  }

  /** By hand, and between two events of the market: that is where it is recorded, and where a replay does it again. */
  function control(control: Control) {
    if (ending !== undefined) throw new RangeError(`${control.do}: the session has ended: ${ending}`);
    desk.control(control);
    if (state !== "connecting") state = stateNow();
  }

  async function run(): Promise<SessionReport> {
    try {
      for (const trade of options.backfill ?? []) take({ ...trade, origin: "backfill" });
      journal.risk({
        localTs: clock.now(),
        event: "started",
        reason: `${config.mode}, ${config.exchange.environment}`,
      });
      const events = feed[Symbol.asyncIterator]();
      // A stop while it connects closes it, and is no failure.
      await feed.ready.catch((error) => {
        if (ending === undefined) throw error;
      });
      if (ending === undefined) await options.onReady?.();
      while (ending === undefined) {
        const next = await events.next();
        if (next.done) ending ??= feed.ending ?? "the feed ended";
        if (next.done || ending !== undefined) break;
        const event = next.value;
        startTs ??= event.localTs;
        if (duration > 0 && event.localTs >= startTs + duration * SECOND) {
          ending = `${config.session.minutes} market minutes are over`;
          break;
        }
        take(event);
      }
    } finally {
      desk.stop(ending ?? "error");
      state = "stopped";
      // Whatever fails, what was recorded gets on disk.
      try {
        venue = await orders?.close();
      } finally {
        await feed.close().finally(() => store.close());
      }
    }
    const path = desk.ledger.path();
    const fills = journal.fills();
    return {
      run: store.run,
      market,
      reason: ending ?? "",
      startTs: startTs ?? clock.now(),
      endTs: desk.now ?? clock.now(),
      fills,
      quotes: journal.quotes(),
      orders: journal.orders(),
      behind: journal.behind(),
      risk: journal.transitions,
      counts: desk.counts,
      recorded: journal.recorded,
      health: feed.health(),
      metrics: calcMetrics(fills, path, { counts: desk.counts, config }),
      attribution: attribute(fills, path, {
        horizonSeconds: config.model.markout_horizon,
        reachUs: reachOf(orderLatency(config)),
        opening: orders?.opening,
      }),
      markouts: markoutCurve(fills, path),
      fillsHash: fingerprint(fills),
      venue,
    };
  }

  const levels = (side: number): Level[] =>
    desk.book.sound ? desk.book.top(side, LEVELS_SHOWN).map(([price, qty]) => [ticks.decimal(price), qty]) : [];
  const order = (one: Desk["working"]["bid"]): Level | undefined =>
    one && one.leavesLots > 0 ? [ticks.decimal(one.priceTicks), lots.decimal(one.leavesLots)] : undefined;

  function snapshot(): SessionSnapshot {
    const { book } = desk;
    return {
      state,
      now: desk.now,
      elapsed: startTs === undefined || desk.now === undefined ? 0 : (desk.now - startTs) / SECOND,
      duration,
      quote: lastQuote && desk.maker.explain(),
      ladder: { bids: levels(BUY), asks: levels(SELL) },
      working: { bid: order(desk.working.bid), ask: order(desk.working.ask) },
      bestBid: book.sound ? ticks.decimal(book.bestBid) : undefined,
      bestAsk: book.sound ? ticks.decimal(book.bestAsk) : undefined,
      position: desk.inventory.position,
      equity: desk.maker.equity,
      pnl: desk.ledger.now(),
      kError: desk.maker.kError,
      warmUp: desk.maker.warmUp,
      fills: journal.fillCount,
      counts: { ...desk.counts },
      recorded: { ...journal.recorded },
      health: feed.health(),
      ...(orders ? { orders: orders.status() } : {}),
      risk: journal.transitions.slice(-RISK_SHOWN),
    };
  }

  const done = run();
  // Whoever awaits `done` sees the failure; nobody awaiting it must not end the process.
  done.catch(() => {});
  // A failed recorder ends trading: what is not recorded cannot be explained.
  store.error.then((error) => end(`recorder: ${error.message}`));

  function end(reason: string) {
    ending ??= reason;
    // A closed feed ends the wait for its next event.
    void feed.close();
  }

  return {
    stop(reason = "stopped") {
      end(reason);
      return done;
    },
    done,
    snapshot,
    story: () => ({
      run: store.run,
      market,
      quotes: journal.quotes(),
      orders: journal.orders(),
      behind: journal.behind(),
      fills: journal.fills(),
      path: desk.ledger.path(),
    }),
    listen(listener) {
      listeners.add(listener);
      return () => void listeners.delete(listener);
    },
    pause: () => control({ do: "pause" }),
    resume: () => control({ do: "resume" }),
    flatten() {
      control({ do: "flatten" });
      latch("flatten");
    },
    async reset() {
      await orders?.reset();
      control({ do: "resume" });
    },
    set: (settings) => control({ do: "set", settings }),
    get settings() {
      return desk.settings;
    },
    kill(reason) {
      desk.maker.kill(reason);
      latch(reason);
      end(`killed: ${reason}`);
    },
  };
}
