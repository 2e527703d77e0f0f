/**
 * A session, live or paper, that is stepped through a recording message by message: the market goes on when the session has taken in, to the
 * last answer, what left the exchange before. So what it does depends on the recording alone.
 *
 * @module
 */
import { setImmediate } from "node:timers";
import { marketClock } from "../lib/clock.ts";
import { type Exchange, getExchange, loadMarketRules } from "../lib/connect.ts";
import { openFeed } from "../lib/feed.ts";
import { fillModel } from "../lib/fills.ts";
import { backfillTrades } from "../lib/ingest.ts";
import { constantLatency } from "../lib/order_latency.ts";
import { openOrders, type Orders } from "../lib/orders.ts";
import { override, type Overrides, validate } from "../lib/schema.ts";
import { Secret } from "../lib/secrets.ts";
import { type SessionReport, startSession } from "../lib/session.ts";
import { createStore } from "../lib/store.ts";
import { DEFAULT_KEY } from "../testnet/private/keys.ts";
import { startTestnet } from "../testnet/server.ts";
import type { TapeSource } from "../testnet/source.ts";

/** Not 1, so that arrivals are stamped by the exchange's time and not by the wall clock. */
const SPEED = 20;
/** Longer than any run: nothing but the market decides when the account is looked at. */
const NEVER = 600;

/** Turns of the event loop that a message takes from the socket to the orders it leads to, and some more. */
const TURNS = 4;

/** Plays a recording with a session. @param root folder of what the session records */
export async function playLockstep(
  tape: TapeSource,
  changes: Overrides,
  root: string,
  mode: "live" | "paper" = "live",
): Promise<SessionReport> {
  const secrets = { apiKey: new Secret(DEFAULT_KEY.apiKey), apiSecret: new Secret(DEFAULT_KEY.secret) };
  const config = override(
    override(validate({ mode }, "harness", { secrets }), { orders: { poll_interval: NEVER } }),
    changes,
  );
  const { fills, testnet: { start }, fees, exchange: { symbol } } = config;
  const us = (seconds: number) => Math.round(seconds * 1e6);
  const testnet = await startTestnet({
    ...{
      tape,
      start,
      speed: SPEED,
      hold: true,
      fills: fillModel(fills),
      makerFee: String(fees.maker),
    },
    // Answers are there before they may be known.
    latency: { entryUs: us(fills.entry_latency), responseUs: 0 },
  });
  const streaming = getExchange(config, { testnet, ws: true });
  const market = await loadMarketRules(streaming, symbol);
  const trading = getExchange(config, { testnet, ws: true });
  trading.setMarkets(streaming.markets);
  const traffic = countTraffic(trading);
  const clock = await marketClock(streaming, config);
  const backfill = await backfillTrades(
    ...[
      streaming,
      symbol,
      clock.now() / 1000 - config.session.backfill_minutes * 60_000,
      100_000,
      clock.stamp,
    ] as const,
  );
  let arrived = clock.now();
  const orders = mode === "paper" ? undefined : await openOrders(trading, {
    ...{ symbol, config, market, latency: constantLatency(fills) },
    // The clock stands: time is that of the last arrival.
    clock: { now: () => arrived, speed: SPEED },
  });
  const store = createStore({ root, run: orders?.prefix ?? mode, symbol, market });
  const feed = openFeed(streaming, symbol, {
    depth: config.exchange.depth,
    clock: {
      ...clock,
      stamp: (exchTs) => arrived = clock.stamp(exchTs),
    },
    staleAfterMs: NEVER * 1000,
  });
  let isOver = false;
  const heard = orders && heardWithRows(orders, () => isOver = true);
  const ready = Promise.withResolvers<void>();
  const session = startSession({
    ...{ config, market, clock, feed, store, backfill, ...(heard ? { orders: heard } : {}) },
    onReady: () => ready.resolve(),
  });
  void session.done.then(() => isOver = true);
  await ready.promise;
  try {
    for (let messages = 0, pushed = traffic.pushed;;) {
      const step = await testnet.step({ received: traffic.commands });
      let answers = 0;
      for (const left of [...step.before, ...step.sent]) {
        if ("answer" in left) answers += left.answer.startsWith("GET") ? 0 : 1;
        else if (left.kind === "depth" || left.kind === "trade") messages++;
        else pushed++;
      }
      traffic.owe(answers);
      const isHeard = () => {
        const heard = feed.health().messages;
        return heard.book + heard.trades >= messages && traffic.pushed >= pushed && traffic.isQuiet;
      };
      while (!isHeard() && !isOver) await turn();
      // What has come goes through ccxt's promises and the feed's before it is acted on.
      for (let i = 0; i < TURNS; i++) await turn();
      if (step.ended || isOver) break;
    }
    const done = session.stop("the recording is over").then(() => true);
    // Its last cancels need time to arrive.
    while (!await Promise.race([done, turn()])) await testnet.step({ limit: 0.01 });
    return await session.done;
  } finally {
    await session.stop("over");
    await orders?.close();
    await trading.close();
    await streaming.close();
    await testnet.close();
  }
}

/** Lets whatever waits run. False, for a race with the end. */
const turn = () => new Promise<boolean>((resolve) => setImmediate(() => resolve(false)));

/** A simulated venue is heard with the market's rows; so that both do the same, this one is too. */
function heardWithRows(orders: Orders, closing: () => void): Orders {
  return {
    ...orders,
    listen: (to) => orders.listen({ ...to, news() {} }),
    close() {
      closing();
      return orders.close();
    },
  };
}

/** Counts what goes to an exchange and what comes back. */
function countTraffic(exchange: Exchange) {
  const client = exchange as unknown as {
    createOrder(...args: unknown[]): Promise<unknown>;
    cancelOrder(...args: unknown[]): Promise<unknown>;
    fetch(url: string, method: string, ...rest: unknown[]): Promise<unknown>;
    handleMessage(client: unknown, message: unknown): void;
  };
  let commands = 0;
  let queries = 0;
  let answered = 0;
  let owed = 0;
  let pushed = 0;
  for (const name of ["createOrder", "cancelOrder"] as const) {
    const call = client[name].bind(exchange);
    // Counted when it is decided: it is on its way for a while.
    client[name] = (...args) => {
      commands++;
      return call(...args);
    };
  }
  const fetch = client.fetch.bind(exchange);
  client.fetch = async (url, method, ...rest) => {
    if (method === "GET") queries++;
    try {
      return await fetch(url, method, ...rest);
    } finally {
      if (method === "GET") queries--;
      else answered++;
    }
  };
  const handle = client.handleMessage.bind(exchange);
  client.handleMessage = (socket, message) => {
    const event = (message as { event?: { e?: string } }).event ?? message as { e?: string };
    if (typeof event.e === "string") pushed++;
    handle(socket, message);
  };
  return {
    get commands() {
      return commands;
    },
    get pushed() {
      return pushed;
    },
    /** So many answers have left the exchange. */
    owe: (count: number) => void (owed += count),
    get isQuiet() {
      return queries === 0 && answered >= owed;
    },
  };
}
