import { assert, assertEquals } from "@std/assert";
import ccxt from "ccxt";
import { startTestnet } from "testnet/server.ts";
import { get, post, TAPE } from "./testnet_client.ts";

/** ccxt as it is, with nothing but its addresses and what it loads at first changed. */
// deno-lint-ignore no-explicit-any
function createExchange(rest: string, ws: string, options: Record<string, unknown> = {}): any {
  // deno-lint-ignore no-explicit-any
  const exchange = new (ccxt as any).pro.binance({
    options: { fetchMarkets: { types: ["spot"] }, fetchCurrencies: false, ...options },
    newUpdates: true,
  });
  exchange.urls.api.public = `${rest}/api/v3`;
  exchange.urls.api.private = `${rest}/api/v3`;
  exchange.urls.api.v1 = `${rest}/api/v1`;
  exchange.urls.api.ws.spot = `${ws}/ws`;
  return exchange;
}

Deno.test("ccxt reads markets, book, trades, bars and tickers over REST", async () => {
  const testnet = await startTestnet({ tape: TAPE, start: 200, hold: true });
  const exchange = createExchange(testnet.rest, testnet.ws);
  try {
    await exchange.loadMarkets();
    assertEquals(exchange.symbols, ["BTC/USDT"]);
    assertEquals(exchange.market("BTC/USDT").precision.price, 0.01);
    assertEquals(await exchange.fetchTime(), Math.floor(testnet.startTs / 1000));
    const book = await exchange.fetchOrderBook("BTC/USDT", 20);
    assert(book.bids.length === 20 && book.bids[0][0] < book.asks[0][0]);
    // ccxt asks for aggregate trades unless told otherwise; both ways lead to the same volume.
    const since = testnet.startTs / 1000 - 20_000;
    const aggregate = await exchange.fetchTrades("BTC/USDT", since, 1000);
    assert(aggregate.length > 100 && aggregate.every((t: { timestamp: number }) => t.timestamp >= since));
    const trades = await exchange.fetchTrades("BTC/USDT", undefined, 1000, { fetchTradesMethod: "publicGetTrades" });
    const volume = (rows: { timestamp: number; amount: number }[], from: number) =>
      rows.filter((t) => t.timestamp >= from).reduce((sum, t) => sum + t.amount, 0);
    const from = Math.max(since, trades[0].timestamp + 1);
    assert(volume(trades, from) > 0 && Math.abs(volume(trades, from) - volume(aggregate, from)) < 1e-9);
    const bars = await exchange.fetchOHLCV("BTC/USDT", "1m");
    assertEquals(bars.length, 4);
    const ticker = await exchange.fetchTicker("BTC/USDT");
    assertEquals(ticker.last, trades.at(-1).price);
    const best = await exchange.fetchBidsAsks(["BTC/USDT"]);
    assertEquals(best["BTC/USDT"].bid, ticker.bid);
    const unknown = await exchange.publicGetDepth({ symbol: "NOPE" }).catch((error: Error) => error);
    assert(unknown instanceof ccxt.BadSymbol);
  } finally {
    await exchange.close();
    await testnet.close();
  }
});

Deno.test("ccxt.pro keeps the book and sees the trades, over one connection or several", async () => {
  const testnet = await startTestnet({ tape: TAPE, start: 48, speed: 10 });
  try {
    for (const limit of [1, 100]) {
      const exchange = createExchange(testnet.rest, testnet.ws, { streamLimits: { spot: limit } });
      const books = [];
      const ids: number[] = [];
      const watchBook = async () => {
        while (books.length < 20) books.push((await exchange.watchOrderBook("BTC/USDT")).nonce);
      };
      const watchTrades = async () => {
        while (ids.length < 40) {
          ids.push(...(await exchange.watchTrades("BTC/USDT")).map((t: { id: string }) => Number(t.id)));
        }
      };
      await Promise.all([
        watchBook(),
        watchTrades(),
        exchange.watchTicker("BTC/USDT"),
        exchange.watchOHLCV("BTC/USDT"),
      ]);
      assert(ids.every((id, i) => i === 0 || id === ids[i - 1]! + 1));
      const { bids, asks } = exchange.orderbooks["BTC/USDT"];
      assert(bids[0][0] < asks[0][0]);
      await exchange.close();
    }
  } finally {
    await testnet.close();
  }
});

Deno.test("ccxt.pro notices an update-id gap and synchronises again", async () => {
  const testnet = await startTestnet({ tape: TAPE, start: 48, speed: 10 });
  const exchange = createExchange(testnet.rest, testnet.ws);
  try {
    await exchange.watchOrderBook("BTC/USDT");
    await post(`${testnet.control}/fault`, { kind: "skip_depth", count: 2 });
    let noticed: unknown;
    while (noticed === undefined) {
      await exchange.watchOrderBook("BTC/USDT").catch((error: Error) => noticed = error);
    }
    assert(noticed instanceof ccxt.ChecksumError, String(noticed));
    const again = await exchange.watchOrderBook("BTC/USDT");
    assert(again.bids[0][0] < again.asks[0][0]);
    assert((await get(`${testnet.control}/status`)).served.depth > 0);
  } finally {
    await exchange.close();
    await testnet.close();
  }
});
