/** A live session against the real testnet over real sockets with the real ccxt: what several tests start from. */
import { marketClock } from "../lib/clock.ts";
import { getExchange, loadMarketRules } from "../lib/connect.ts";
import { openFeed } from "../lib/feed.ts";
import { backfillTrades } from "../lib/ingest.ts";
import { openMemory } from "../lib/live_memory.ts";
import { openOrders, type Orders } from "../lib/orders.ts";
import { type Config, override, type Overrides, validate } from "../lib/schema.ts";
import { type Session, startSession } from "../lib/session.ts";
import { createStore } from "../lib/store.ts";
import type { Market } from "../lib/types.ts";
import { startTestnet, type Testnet, type TestnetOptions } from "../testnet/server.ts";

export const TAPE = new URL("../data/sample/binance_spot_btcusdt_20240808", import.meta.url).pathname;

export interface LiveSession {
  readonly session: Session;
  readonly orders: Orders;
  readonly testnet: Testnet;
  readonly market: Market;
  readonly config: Config;
  /** Folder of the recording; removed by `close`. */
  readonly root: string;
  fault(spec: Record<string, unknown>): Promise<void>;
  close(): Promise<void>;
}

/** @param options of the testnet beyond tape, speed and start */
export async function openLiveSession(
  changes: Overrides,
  options: Partial<TestnetOptions> = {},
): Promise<LiveSession> {
  const config = override(validate({}), { mode: "live", ...changes });
  const testnet = await startTestnet({
    tape: TAPE,
    speed: config.testnet.speed,
    start: config.testnet.start,
    hold: true,
    ...options,
  });
  const { symbol } = config.exchange;
  const exchange = getExchange(config, { ws: true, testnet });
  const market = await loadMarketRules(exchange, symbol);
  const clock = await marketClock(exchange, config);
  const since = clock.now() / 1000 - config.session.backfill_minutes * 60_000;
  const backfill = await backfillTrades(exchange, symbol, since, 100_000, clock.now);
  const root = await Deno.makeTempDir({ prefix: "makerbook_" });
  const store = createStore({ root, run: "test", symbol, market });
  const trading = getExchange(config, { ws: true, testnet });
  trading.setMarkets(exchange.markets);
  const memory = openMemory(root, { ...config.exchange });
  const orders = await openOrders(trading, { symbol, config, market, clock, memory });
  const post = async (what: string, body: Record<string, unknown>) => {
    const answer = await fetch(`${testnet.control}/${what}`, { method: "POST", body: JSON.stringify(body) });
    const text = await answer.text();
    if (!answer.ok) throw new Error(`${what} ${JSON.stringify(body)}: ${text}`);
  };
  const feed = openFeed(exchange, symbol, {
    depth: config.exchange.depth,
    clock,
    staleAfterMs: config.risk.stale_after * 1000,
  });
  const session = startSession({
    config,
    market,
    clock,
    feed,
    store,
    backfill,
    orders,
    announce: () => {},
    onReady: async () => {
      await post("clock", { held: false });
      await clock.sync();
    },
  });
  return {
    session,
    orders,
    testnet,
    market,
    config,
    root,
    fault: (spec) => post("fault", spec),
    async close() {
      await session.stop();
      await trading.close();
      await exchange.close();
      await testnet.close();
      await Deno.remove(root, { recursive: true });
    },
  };
}
