/** A paper session against the real testnet over real sockets with the real ccxt: what several tests start from. */
import { marketClock } from "../lib/clock.ts";
import { getExchange, loadMarketRules } from "../lib/connect.ts";
import { openFeed } from "../lib/feed.ts";
import { backfillTrades } from "../lib/ingest.ts";
import { type Config, override, type Overrides, validate } from "../lib/schema.ts";
import { type Session, startSession } from "../lib/session.ts";
import { createStore } from "../lib/store.ts";
import type { Market } from "../lib/types.ts";
import { startTestnet, type Testnet, type TestnetOptions } from "../testnet/server.ts";

export const TAPE = new URL("../data/sample/binance_spot_btcusdt_20240808", import.meta.url).pathname;

export interface PaperSession {
  session: Session;
  testnet: Testnet;
  market: Market;
  config: Config;
  /** Folder of the recording; removed by `close`. */
  root: string;
  close(): Promise<void>;
}

/** @param faults of the venue, with the moment at which they begin */
export async function openPaperSession(
  changes: Overrides,
  faults: TestnetOptions["faults"] = [],
): Promise<PaperSession> {
  const config = override(validate({}), changes);
  const testnet = await startTestnet({
    tape: TAPE,
    speed: config.testnet.speed,
    start: config.testnet.start,
    hold: true,
    faults,
  });
  const exchange = getExchange(config, { ws: true, testnet });
  const { symbol } = config.exchange;
  const market = await loadMarketRules(exchange, symbol);
  const clock = await marketClock(exchange, config);
  const since = clock.now() / 1000 - config.session.backfill_minutes * 60_000;
  const backfill = await backfillTrades(exchange, symbol, since, 100_000, clock.now);
  const root = await Deno.makeTempDir({ prefix: "makerbook_" });
  const store = createStore({ root, run: "test", symbol, market });
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
    onReady: async () => {
      const answer = await fetch(`${testnet.control}/clock`, { method: "POST", body: JSON.stringify({ held: false }) });
      await answer.body?.cancel();
      await clock.sync();
    },
  });
  return {
    session,
    testnet,
    market,
    config,
    root,
    async close() {
      await session.stop();
      await exchange.close();
      await testnet.close();
      await Deno.remove(root, { recursive: true });
    },
  };
}
