/**
 * A live session on a testnet of its own, with what a harness needs to strike it and to judge it.
 *
 * @module
 */
import { marketClock } from "../lib/clock.ts";
import { getExchange, loadMarketRules } from "../lib/connect.ts";
import { openFeed } from "../lib/feed.ts";
import { backfillTrades } from "../lib/ingest.ts";
import { openMemory } from "../lib/live_memory.ts";
import { openOrders, type OrderEvent, type Orders } from "../lib/orders.ts";
import { type GuardedOrders, guardOrders } from "../lib/orders_guard.ts";
import { type Config, override, type Overrides, validate } from "../lib/schema.ts";
import { Secret } from "../lib/secrets.ts";
import { type Session, startSession } from "../lib/session.ts";
import { steadyNow } from "../lib/steady_clock.ts";
import { createStore, type Store } from "../lib/store.ts";
import type { TimedRiskEvent } from "../lib/journal.ts";
import type { Fill } from "../lib/types.ts";
import { DEFAULT_KEY } from "../testnet/private/keys.ts";
import { type Belief, readTruth, type Truth } from "./exchange_truth.ts";
import { startTestnetChild, type TestnetChild } from "./testnet_child.ts";

/** What to open. */
export interface LiveBedOptions {
  /** Of the simulated market. */
  readonly seed?: number;
  /** A testnet that is there already; it is left running. */
  readonly testnet?: Omit<TestnetChild, "start" | "pid" | "close">;
  /** Options of the testnet that is started otherwise. */
  readonly market?: Readonly<Record<string, string | number>>;
  /** Folder of recordings, kept; a temporary one otherwise. */
  readonly root?: string;
  readonly config?: Overrides;
  readonly run?: string;
  /** For hours: the bed itself remembers nothing that grows; then there are no `transitions`, and `goneBy` knows nothing. */
  readonly isLong?: boolean;
  /** Lets the market go when everything is connected: by default the bed does. */
  release?(orders: GuardedOrders): Promise<void>;
}

/** An order's time in the market, wall milliseconds; without end where none was confirmed. */
export interface OrderLife {
  readonly from: number;
  readonly to: number;
}

/** The bed. */
export interface LiveBed {
  readonly session: Session;
  readonly orders: GuardedOrders;
  readonly config: Config;
  readonly testnet: LiveBedOptions["testnet"] & object;
  /** Everything the session told, from its start. */
  readonly transitions: readonly TimedRiskEvent[];
  readonly fills: readonly Fill[];
  readonly belief: Belief;
  /** Balances when the session began, units of 1e-8. */
  readonly opening: Readonly<Record<string, bigint>>;
  readonly pair: readonly [base: string, quote: string];
  readonly isQuoting: boolean;
  /** Why it is not quoting, for people. */
  readonly why: string;
  /** Resolves with the reason when the session ends by itself. */
  readonly ended: Promise<string>;
  /** Waits until the requests of harness and session together are far from the exchange's limit a minute. */
  rest(): Promise<void>;
  fault(spec: unknown): Promise<void>;
  /** Whether no fault waits or lasts any more, within so many milliseconds. */
  isOver(ms: number): Promise<boolean>;
  hold(): Promise<void>;
  release(): Promise<void>;
  truth(): Promise<Truth>;
  /** The latest orders that were in the market, for however long: by order id, when they came into it, wall milliseconds. */
  existed(): Promise<ReadonlyMap<string, number>>;
  /** The best levels where session and exchange differ, while the market stands still. */
  bookDifferences(): Promise<string[]>;
  /** When these orders that were placed before `until` came into the market and when their end was confirmed, wall milliseconds. */
  lives(until: number, existed: ReadonlyMap<string, number>): readonly OrderLife[];
  /** What its orders did between two wall times, a line each: for a moment that took too long. */
  story(from: number, until: number): readonly string[];
  close(): Promise<void>;
}

/** Keys at their defaults, but for what a harness would otherwise run into by design. */
const CONFIG: Overrides = {
  session: { minutes: 0 },
  // Faults without end are many errors, and what a simulated market costs is of no interest here.
  risk: { max_drawdown: 1e9, max_error_rate: 1e6 },
};

/** Opens a testnet, orders and a session, and waits for the first quotes. */
export async function openLiveBed(options: LiveBedOptions = {}): Promise<LiveBed> {
  const { seed = 1 } = options;
  const secrets = { apiKey: new Secret(DEFAULT_KEY.apiKey), apiSecret: new Secret(DEFAULT_KEY.secret) };
  const base = validate({ mode: "live" }, "harness", { secrets });
  const config = override(override(base, CONFIG), options.config ?? {});
  const own = options.testnet ? undefined : await startTestnetChild({
    // Quick enough that the book is never silent for `risk.stale_after` by itself.
    ...{ market: "synthetic", rate: 8, speed: 1, start: 300, seed },
    ...options.market,
  });
  const testnet = options.testnet ?? own!;
  const root = options.root ?? await Deno.makeTempDir({ prefix: "makerbook_live_" });
  const { symbol } = config.exchange;
  const id = symbol.replace("/", "");
  const trading = getExchange(config, { testnet, ws: true });
  const market = await loadMarketRules(trading, symbol);
  const streaming = getExchange(config, { testnet, ws: true });
  streaming.setMarkets(trading.markets);
  const clock = await marketClock(streaming, config);
  const since = clock.now() / 1000 - config.session.backfill_minutes * 60_000;
  const backfill = await backfillTrades(streaming, symbol, since, 100_000, clock.stamp);

  const before = await readTruth(testnet.signed, id, 0);
  const firstId = (before.trades.at(-1)?.id ?? -1) + 1;
  const memory = openMemory(root, config.exchange);
  const orders = await guardOrders(await openOrders(trading, { symbol, config, market, clock, memory }), {
    ...{ exchange: trading, config, testnet, log: `${root}/guard.log` },
  });
  const transitions: TimedRiskEvent[] = [];
  const events: OrderEvent[] = [];
  const fills: Fill[] = [];
  const plainStore = createStore({ root, run: options.run ?? orders.prefix, symbol, market });
  const store = options.isLong ? plainStore : watchStore(plainStore);
  const feed = openFeed(streaming, symbol, {
    ...{ depth: config.exchange.depth, clock, staleAfterMs: config.risk.stale_after * 1000 },
  });
  const setHeld = async (held: boolean) => {
    await testnet.ask("/clock", { held });
    await clock.sync();
  };
  const session = startSession({
    ...{ config, market, clock, feed, store, backfill, orders: options.isLong ? orders : overheard(orders, events) },
    onReady: options.release
      ? async () => {
        await options.release!(orders);
        await clock.sync();
      }
      : () => setHeld(false),
  });

  /** Hears what the session writes down, as it does. */
  function watchStore(inner: Store): Store {
    return {
      ...inner,
      get error() {
        return inner.error;
      },
      fill(fill) {
        fills.push(fill);
        inner.fill(fill);
      },
      risk(event) {
        const { localTs, event: what, reason = "" } = event;
        transitions.push({
          ...{ localTs, reason, event: what as TimedRiskEvent["event"] },
          wallMs: steadyNow(),
        });
        inner.risk(event);
      },
    };
  }

  const allFills = () => options.isLong ? session.story().fills : fills;

  return {
    session,
    orders,
    config,
    testnet,
    transitions,
    get fills() {
      return allFills();
    },
    get belief() {
      const { working, position } = orders.status();
      const open = working.filter(({ state }) => state === "open");
      return {
        ...{ fills: allFills(), position },
        orders: open.map(({ orderId, price = 0, qty, executed }) => ({ orderId, price, leaves: qty - executed })),
      };
    },
    opening: before.totals,
    pair: symbol.split("/") as [string, string],
    get isQuoting() {
      return session.snapshot().state === "quoting" && orders.status().stage === "none";
    },
    get why() {
      const { state, risk } = session.snapshot();
      return `${state}, ${orders.status().halts.map(({ reason }) => reason).join("; ")}, ${risk.at(-1)?.reason}`;
    },
    ended: session.done.then(({ reason }) => reason, (error) => String(error)),
    rest: () => rested(testnet.rest),
    fault: async (spec) => void await testnet.ask("/fault", spec),
    async isOver(ms) {
      for (const end = performance.now() + ms; performance.now() < end;) {
        // A testnet that restarts does not answer.
        const status = await testnet.ask("/status").catch(() => undefined);
        if ((status?.faults as unknown[] | undefined)?.length === 0) return true;
        await new Promise((resolve) => setTimeout(resolve, 50));
      }
      return false;
    },
    hold: () => setHeld(true),
    release: () => setHeld(false),
    truth: () => readTruth(testnet.signed, id, firstId),
    async existed() {
      const orders = await testnet.signed("allOrders", { symbol: id, limit: 500 }) as {
        orderId: number;
        time: number;
      }[];
      // Of a market at the speed of the wall clock.
      const ahead = steadyNow() - clock.now() / 1000;
      return new Map(orders.map(({ orderId, time }) => [String(orderId), time + ahead]));
    },
    async bookDifferences() {
      const answer = await fetch(`${testnet.rest}/api/v3/depth?symbol=${id}&limit=20`);
      const text = await answer.text();
      if (!answer.ok) throw new Error(`depth: ${answer.status} ${text}`);
      const depth = JSON.parse(text) as Record<"bids" | "asks", [string, string][]>;
      const { ladder } = session.snapshot();
      return (["bids", "asks"] as const).flatMap((side) =>
        ladder[side].flatMap(([price, qty], i) => {
          const [truePrice, trueQty] = depth[side][i]?.map(Number) ?? [];
          if (price === truePrice && qty === trueQty) return [];
          return [`${side} level ${i}: ${price} ${qty}, at the exchange ${truePrice} ${trueQty}`];
        })
      );
    },
    lives: (until, existed) => livesOf(events, until, existed),
    story: (from, until) =>
      events.filter(({ wallMs }) => wallMs >= from && wallMs <= until).map((
        { wallMs, clientId, event, state, detail },
      ) => [(wallMs - from).toFixed(0), clientId, event, state, detail ?? ""].join(" ")),
    async close() {
      await session.stop("closed");
      await orders.close();
      await trading.close();
      await streaming.close();
      await own?.close();
      if (!options.root) await Deno.remove(root, { recursive: true });
    },
  };
}

/** Of the 6000 a minute. */
const TIRED = 3000;

/** Waits until a minute's requests are far from the exchange's limit. */
export async function rested(rest: string): Promise<void> {
  while (await usedWeight(rest) > TIRED) await new Promise((resolve) => setTimeout(resolve, 1000));
}

async function usedWeight(rest: string): Promise<number> {
  const answer = await fetch(`${rest}/api/v3/ping`);
  await answer.body?.cancel();
  return Number(answer.headers.get("x-mbx-used-weight-1m"));
}

/** The same orders, each line of their lives kept. */
function overheard(orders: Orders, events: OrderEvent[]): Orders {
  return {
    ...orders,
    listen: (to) =>
      orders.listen({
        ...to,
        order(event) {
          events.push(event);
          to.order(event);
        },
      }),
  };
}

function livesOf(events: readonly OrderEvent[], until: number, existed: ReadonlyMap<string, number>): OrderLife[] {
  const placed = new Set<string>();
  const ends = new Map<string, number>();
  const names = new Map<string, string>();
  for (const { event, clientId, orderId, wallMs } of events) {
    if (event === "place" && wallMs < until) placed.add(clientId);
    if (orderId === undefined) continue;
    names.set(orderId, clientId);
    if (event === "ended") ends.set(orderId, wallMs);
  }
  return [...names].flatMap(([orderId, clientId]) => {
    const from = existed.get(orderId);
    return from === undefined || !placed.has(clientId) ? [] : [{ from, to: ends.get(orderId) ?? Infinity }];
  });
}
