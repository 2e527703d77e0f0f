/**
 * Live orders (I/O): post-only orders at a real venue through ccxt, and the truth about them.
 *
 * ```ts
 * const orders = await openOrders(exchange, { symbol: "BTC/USDT" });  // a ccxt.pro exchange with keys, for orders alone
 * await orders.syncQuotes({ price: 60_000, qty: 0.001 }, { price: 60_010, qty: 0.001 });
 * await orders.cancelAll("enough");
 * console.log((await orders.close()).text);                           // the account, compared
 * ```
 *
 * A session takes the same object ({@linkcode SessionOptions.orders}); then its strategy decides instead of `syncQuotes`.
 * Either way the decision is that of `own_orders.ts`, and what became of each order that of `order_state.ts`.
 *
 * - `prefix`: what the client order ids of this run begin with, for a guard outside this process.
 * - Out of the market at once, by itself, and back by itself: user stream lost, an unanswered request, a venue that does not
 *   answer or says that it is too much, an order that should not be there. Why is in `status().halts`.
 * - Out until a person says otherwise: `kill`, `flatten`, and too many errors. It is on disk; `reset` ends it.
 *
 * What runs in wall time: waiting for answers, comparing with the venue, limits on errors. In market time: how long an order
 * rests, cool-downs, the order-rate budget. The page docs/live.md says more.
 *
 * @module
 */
import type { Exchange } from "ccxt";
import { createAccountCheck } from "./account_check.ts";
import { type AccountStream, LOOK_MS, openAccountStream } from "./account_stream.ts";
import type { OpenBroker, OrderCounts } from "./broker.ts";
import { loadMarketRules } from "./connect.ts";
import type { RiskEvent } from "./engine.ts";
import { createErrorRate } from "./error_rate.ts";
import { createFeeRates } from "./fee_rates.ts";
import { createHalts, type Halt, type Stage } from "./halts.ts";
import type { Opening } from "./inventory.ts";
import { type FlattenResult, liquidate } from "./liquidation.ts";
import { createLiveBroker, type LiveBroker, type WorkingOrder } from "./live_broker.ts";
import type { Memory } from "./live_memory.ts";
import { createLivePosition } from "./live_position.ts";
import { answered } from "./order_answers.ts";
import type { OrderEvent } from "./order_event.ts";
import { createOrderIds } from "./order_ids.ts";
import type { OrderLatency } from "./order_latency.ts";
import { createOrderRequests } from "./order_requests.ts";
import { createOwnTrades } from "./own_trades.ts";
import { createRecovery } from "./recovery.ts";
import { type Config, validate } from "./schema.ts";
import { createServerClock, type ServerClock } from "./server_clock.ts";
import { createStandaloneQuotes, type StandaloneQuotes, type Standing, type WantedQuote } from "./standalone_quotes.ts";
import { steadyNow } from "./steady_clock.ts";
import type { Market } from "./types.ts";
import type { VenueReport } from "./venue_report.ts";

export type { FlattenResult, OrderEvent, Standing, VenueReport, WantedQuote, WorkingOrder };

/** What opens them. */
export interface OrdersOptions {
  readonly symbol: string;
  /** `quotes`, `risk` and `orders` of it; all keys at their defaults where it is not given. */
  readonly config?: Pick<Config, "quotes" | "risk" | "orders">;
  /** Its rules are asked for where they are not given. */
  readonly market?: Market;
  /** Market time, microseconds, and market seconds a wall second; the wall clock by default. */
  readonly clock?: { now(): number; readonly speed?: number };
  /** Where the latch and the position outlive the process. Without it they do not. */
  readonly memory?: Memory;
  /** See {@linkcode LiveBrokerOptions.latency}. */
  readonly latency?: OrderLatency;
  /** Takes what a person should know, a line each. */
  readonly say?: (line: string) => void;
}

/** Hears what happens; a session writes it down. */
export interface OrdersListener {
  /** The broker has something to deliver. */
  news(): void;
  /** The strictest halt has changed. */
  halt(stage: Stage, reason: string): void;
  order(event: OrderEvent): void;
  risk(event: RiskEvent): void;
}

/** A look at them. */
export interface OrdersStatus {
  readonly prefix: string;
  /** `none` while quoting is allowed. */
  readonly stage: Stage;
  readonly halts: readonly Halt[];
  /** Why the kill switch has latched; undefined where it has not. */
  readonly latched: string | undefined;
  readonly working: readonly WorkingOrder[];
  /** Of this project's orders, base. */
  readonly position: number;
  readonly counts: Readonly<OrderCounts>;
  readonly stream: { readonly isUp: boolean; readonly reconnects: number };
  /** Milliseconds: what the machine's clock is ahead of the venue's, and how sure that is. */
  readonly clock: { readonly skewMs: number; readonly uncertaintyMs: number };
  /** Failed requests of the last minute. */
  readonly errors: number;
  /** The last comparison with the venue. */
  readonly venue: VenueReport | undefined;
}

/** Live orders of one market. */
export interface Orders {
  readonly prefix: string;
  readonly market: Market;
  /** What is held at the start, of earlier runs; undefined where nothing is. */
  readonly opening: Opening | undefined;
  /** For a desk: it takes the place of the simulated broker. */
  readonly openBroker: OpenBroker;
  /** Tells a listener from now on, and what it has missed; the halt that is in force. One at a time. */
  listen(listener: OrdersListener): void;
  /**
   * Makes what stands follow what is wanted, with least churn, and waits until the venue has answered everything. A side left
   * out is not quoted. What could not be placed (cap, budget, cool-down after a rejection, a halt) is placed when it can be, as long as no
   * other wish comes.
   *
   * @throws {RangeError} for a price or quantity that is not positive
   * @throws {Error} where a desk decides
   */
  syncQuotes(bid: WantedQuote | undefined, ask: WantedQuote | undefined): Promise<Standing>;
  /** Stage 1, by a person: nothing new is placed. */
  pause(reason?: string): void;
  /** Ends `pause`. */
  resume(): void;
  /** Keeps out, or from placing, for a cause of the caller's (a guard that is lost, say), until it is released. */
  hold(cause: string, stage: "pause" | "cancel", reason: string): void;
  release(cause: string): void;
  /** Cancels everything of this run and waits until the venue has confirmed it. Quoting goes on with the next wish. */
  cancelAll(reason: string): Promise<void>;
  /** Stage 2: out of the market until `reset`, on disk. Resolves when the latch is written and nothing is open. */
  kill(reason: string): Promise<void>;
  /**
   * Stage 3: as `kill`, and then takes the position to zero at any price, as far as the venue's smallest order allows. Called again
   * meanwhile, it waits for the same.
   */
  flatten(reason: string): Promise<FlattenResult>;
  /** A person's word that trading may go on, once a `flatten` that has begun is over. */
  reset(): Promise<void>;
  /** Compares orders, trades and balances with the venue now. */
  reconcile(): Promise<VenueReport>;
  status(): OrdersStatus;
  /** Cancels everything, compares for the last time, and closes the stream. May be called again. */
  close(): Promise<VenueReport>;
}

/** Longest wait for the user stream at the start, wall milliseconds. */
const STREAM_MS = 10_000;
/** Longest wait for the venue to confirm that everything is gone, at the end, wall milliseconds. */
const END_MS = 30_000;
/** What a listener missed, kept for it. */
const KEPT = 10_000;

/**
 * Connects orders to a venue: its clock, the user stream, and what the account shows now. Orders that an earlier run of this
 * project left are cancelled, and what they traded since is booked.
 *
 * @param exchange a ccxt.pro exchange with keys, that nothing else uses
 * @throws {Error} where the kill switch has latched, the keys are refused, or the venue does not answer
 */
export async function openOrders(exchange: Exchange, options: OrdersOptions): Promise<Orders> {
  const { symbol, memory, say = () => {} } = options;
  const config = options.config ?? validate({});
  const clock = options.clock ?? { now: () => Math.floor(steadyNow() * 1000) };
  const speed = options.clock?.speed ?? 1;
  const latch = await memory?.latch();
  if (latch) {
    const when = new Date(latch.at).toISOString();
    throw new Error(
      `the kill switch latched at ${when} (${latch.reason}): look into it, then \`deno task reset --yes\``,
    );
  }
  const market = options.market ?? await loadMarketRules(exchange, symbol);
  if (exchange.markets === undefined) await exchange.loadMarkets();
  // Waiting in ccxt's queue behind a poll, a cancel would come late; the venue's limits are kept here.
  exchange.enableRateLimit = false;
  const server = await createServerClock(exchange, () => clock.now() / 1000);
  const orders = connect({ ...options, exchange, config, clock, speed, market, server, say });
  try {
    await orders.start();
  } catch (error) {
    await orders.abandon();
    throw error;
  }
  return orders;
}

interface Connected extends OrdersOptions {
  readonly exchange: Exchange;
  readonly config: Pick<Config, "quotes" | "risk" | "orders">;
  readonly clock: { now(): number };
  readonly speed: number;
  readonly market: Market;
  readonly server: ServerClock;
  readonly say: (line: string) => void;
}

function connect(options: Connected): Orders & { start(): Promise<void>; abandon(): Promise<void> } {
  const { exchange, config, clock, speed, market, server, say, memory } = options;
  const ids = createOrderIds(server.now());
  const trades = createOwnTrades();
  const errors = createErrorRate(config.risk.max_error_rate);
  const requests = createOrderRequests({
    exchange,
    market,
    speed,
    answerTimeoutMs: config.orders.answer_timeout * 1000,
    recvWindowMs: Math.round(config.orders.recv_window * 1000),
    syncClock: server.sync,
    onSpent: (reason) => halts.set("limits", "pause", reason),
    onLate: (clientId, answer) => broker.hearLate(clientId, answer),
  });
  const rates = createFeeRates(market.quote, requests.price);

  let listener: OrdersListener | undefined;
  const missed: ((to: OrdersListener) => void)[] = [];
  let stream: AccountStream | undefined;
  let standalone: StandaloneQuotes | undefined;
  let hasDesk = false;
  let latched: string | undefined;
  let isStarting = true;
  let isClosing = false;
  let ending: Promise<VenueReport> | undefined;
  const timers: ReturnType<typeof setInterval>[] = [];

  const halts = createHalts((stage, reason) => {
    // Cancelled here as well: being out does not depend on whoever decides.
    if (stage === "cancel") broker.cancelAll(clock.now());
    listener?.halt(stage, reason);
    standalone?.halt(stage);
  });

  function tell(message: (to: OrdersListener) => void) {
    if (listener) return message(listener);
    if (missed.length < KEPT) missed.push(message);
  }

  function report(reason: string) {
    const localTs = clock.now();
    tell((to) => to.risk({ localTs, event: "venue", reason }));
    say(reason);
  }

  const broker: LiveBroker = createLiveBroker({
    market,
    ids,
    requests,
    trades,
    rates,
    now: () => clock.now(),
    openingLots: () => position.opening?.lots ?? 0,
    qMax: config.risk.q_max,
    serverNow: server.now,
    ...(options.latency ? { latency: options.latency } : {}),
    listener: {
      news() {
        listener?.news();
        standalone?.news();
      },
      order(event) {
        // Of an order that is not this run's the stream may have told before it was ours.
        const isOwn = event.clientId.startsWith(ids.prefix);
        if (event.event === "open" && isOwn && event.orderId !== undefined) stream?.owesOrder(event.orderId);
        tell((to) => to.order(event));
        standalone?.changed();
      },
      unknown: (order) => check.unknown(order),
      trade(trade, lots) {
        check.trade(trade);
        position.trade(trade, lots);
        stream?.owesTrade(trade);
      },
      failure(failure) {
        if (failure.kind === "limited") {
          halts.set("limits", "pause", failure.reason);
          return;
        }
        if (failure.kind === "missing" || failure.kind === "duplicate") return;
        if (failure.kind === "refused" && failure.wouldTake) return;
        if (errors.note(steadyNow()) && latched === undefined) {
          // Out of the market it is either way; on a disk that is full the process must not end for it.
          kill(`more than ${config.risk.max_error_rate} failed requests a minute, the last: ${failure.reason}`)
            .catch((error) => report(`the kill switch cannot be written down: ${error.message}`));
        }
      },
      doubt(isDoubtful, why) {
        if (isDoubtful) halts.set("doubt", "cancel", `an order that we do not know enough of: ${why}`);
        else halts.clear("doubt");
      },
    },
  });

  const position = createLivePosition({
    ...{ market, memory, trades, requests, report },
    run: ids.prefix,
    bookedLots: () => broker.positionLots,
  });
  const check = createAccountCheck({
    ...{ market, requests, broker, trades, position, report },
    prefix: ids.prefix,
    serverNow: server.now,
    superseded(run) {
      if (halts.has("later run")) return;
      const reason = `run ${run} began later on this account: it cancels the orders of this one, which places no more`;
      report(reason);
      halts.set("later run", "cancel", reason);
    },
  });
  const recovery = createRecovery({
    ...{ halts, check, server },
    limits: requests.limits,
    connection: () => stream?.isUp ? stream.reconnects : undefined,
  });

  async function start() {
    halts.set("start", "cancel", "starting");
    await position.seek();
    stream = openAccountStream({
      exchange,
      symbol: market.symbol,
      read: requests.read,
      now: () => clock.now(),
      orders: broker.see,
      trades: broker.book,
      up() {
        if (!isStarting) void recovery.recover("stream");
      },
      down(reason) {
        if (!isClosing) halts.set("stream", "cancel", `user stream: ${reason}`);
      },
      silent: (what) => report(`the user stream does not tell of ${what}: dialled anew`),
    });
    await within(stream.ready, STREAM_MS, "the user stream does not open");
    await requests.knowLimits();
    // An account that cannot be read is left as it is.
    await answered(requests.balances());
    await settleLeftovers();
    // Counted from here, the trades of what was left are in the balances already, and in the position by the checkpoint.
    const total = await check.open();
    for (const currency of Object.keys(total)) {
      if (total[currency]! > 0 && currency === "BNB" && currency !== market.base && currency !== market.quote) {
        await rates.fetch(currency);
      }
    }
    await position.open();
    isStarting = false;
    const first = await check.run();
    if (first.problems.length > 0) throw new Error(`the account cannot be read: ${first.problems.join("; ")}`);
    halts.clear("start");
    // Lost and back while the account was read, it has missed something, and its return was not waited for.
    if (halts.has("stream")) void recovery.recover("stream");
    timers.push(
      setInterval(() => void recovery.poll(), config.orders.poll_interval * 1000),
      setInterval(watch, LOOK_MS),
    );
  }

  async function settleLeftovers() {
    const askedMs = server.now();
    await broker.compareOpen(await answered(requests.openOrders()), askedMs);
    await within(broker.allGone(), END_MS, "orders of an earlier run cannot be cancelled");
    await broker.pollTrades();
  }

  function watch() {
    if (halts.has("limits") && requests.limits.mayPlace(steadyNow())) halts.clear("limits");
    if (!isClosing) stream?.look();
  }

  async function cancelAll(reason: string) {
    standalone?.forget();
    const wasClear = !halts.has("cancelling");
    halts.set("cancelling", "cancel", reason);
    broker.cancelAll(clock.now());
    await broker.allGone();
    if (wasClear) halts.clear("cancelling");
  }

  async function kill(reason: string) {
    latched ??= reason;
    halts.set("kill", "cancel", `killed: ${reason}`);
    await memory?.setLatch({ reason, at: Date.now(), run: ids.prefix });
    await broker.allGone();
  }

  let flattening: Promise<FlattenResult> | undefined;
  /** One at a time: two would sell what is held twice. */
  const flatten = (reason: string) => flattening ??= takeToZero(reason).finally(() => flattening = undefined);

  async function takeToZero(reason: string): Promise<FlattenResult> {
    await kill(`flatten: ${reason}`);
    return await liquidate({ ...{ market, broker, position, report }, price: requests.price, now: () => clock.now() });
  }

  async function end(): Promise<VenueReport> {
    isClosing = true;
    recovery.stop();
    standalone?.forget();
    halts.set("end", "cancel", "the end");
    let found: VenueReport;
    let isGone: boolean;
    do {
      isGone = await within(broker.allGone(), END_MS, "").then(() => true, () => false);
      found = await check.runAnew();
      // What the comparison found, an order that the network had sent twice, has to go as well.
    } while (isGone && broker.working.length > 0);
    for (const timer of timers) clearInterval(timer);
    broker.close();
    standalone?.end();
    // An answer that comes later has nobody to tell.
    listener = undefined;
    await stream?.close();
    await position.saved();
    if (isGone) return found;
    const still = broker.working.map(({ clientId, state }) => `${clientId} is ${state}`);
    return { ...found, problems: [...found.problems, ...still] };
  }

  return {
    start,
    async abandon() {
      isClosing = true;
      recovery.stop();
      broker.cancelAll(clock.now());
      broker.close();
      await stream?.close();
    },
    prefix: ids.prefix,
    market,
    get opening() {
      return position.opening;
    },
    openBroker(book, to) {
      hasDesk = true;
      return broker.attach(book, to);
    },
    listen(to) {
      listener = to;
      for (const message of missed.splice(0)) message(to);
      const [halt] = halts.all.filter(({ stage }) => stage === halts.stage);
      if (halt) to.halt(halt.stage, halt.reason);
    },
    async syncQuotes(bid, ask) {
      if (hasDesk) throw new Error("a desk decides about these orders: stop its session first");
      standalone ??= createStandaloneQuotes({
        broker,
        config,
        market,
        now: () => clock.now(),
        opening: position.opening,
      });
      standalone.halt(halts.stage);
      return await standalone.sync(bid, ask);
    },
    pause: (reason = "by a person") => halts.set("person", "pause", `paused: ${reason}`),
    resume: () => halts.clear("person"),
    hold: (cause, stage, reason) => halts.set(`held ${cause}`, stage, reason),
    release: (cause) => halts.clear(`held ${cause}`),
    cancelAll,
    kill,
    flatten,
    async reset() {
      await flattening?.catch(() => {});
      await memory?.clearLatch();
      latched = undefined;
      halts.clear("kill");
    },
    reconcile: check.runAnew,
    status: () => ({
      prefix: ids.prefix,
      stage: halts.stage,
      halts: halts.all,
      latched,
      working: broker.working,
      position: position.qty,
      counts: broker.counts,
      stream: { isUp: stream?.isUp ?? false, reconnects: stream?.reconnects ?? 0 },
      clock: { skewMs: server.skewMs, uncertaintyMs: server.uncertaintyMs },
      errors: errors.count(steadyNow()),
      venue: check.last,
    }),
    close: () => ending ??= end(),
  };
}

/** @throws {Error} where it takes longer */
async function within<T>(promise: Promise<T>, ms: number, problem: string): Promise<T> {
  let timer: ReturnType<typeof setTimeout> | undefined;
  const late = new Promise<never>((_, reject) => timer = setTimeout(() => reject(new Error(problem)), ms));
  try {
    return await Promise.race([promise, late]);
  } finally {
    clearTimeout(timer);
  }
}
