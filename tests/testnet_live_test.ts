import { assert, assertEquals } from "@std/assert";
import { createServerBook, type DepthUpdate } from "testnet/book.ts";
import type { Testnet } from "testnet/server.ts";
import { connect, get, post } from "./testnet_client.ts";
import { createCcxt, createClient, withTestnet } from "./testnet_private_client.ts";

// deno-lint-ignore no-explicit-any
type Json = any;

const BEGIN = Date.UTC(2026, 0, 1) * 1000;
const EMPTY = { market: "empty", tape: undefined, start: 0, beginTs: BEGIN } as const;
const SYNTHETIC = { ...EMPTY, market: "synthetic", start: 120, seed: 5 } as const;
const MAKER = { side: "SELL", type: "LIMIT_MAKER", quantity: "0.5", price: "60000.00" };

const step = (testnet: Testnet, seconds: number) => post(`${testnet.control}/clock`, { step: seconds });
const parsed = (messages: readonly string[]): Json[] => messages.map((text) => JSON.parse(text));

Deno.test("an empty market is what its clients make of it: book, trades, bars and user streams", async () => {
  const accounts = ["one", "two"].map((name) => (
    { apiKey: name, secret: name, balances: { BTC: "1", USDT: "100000" } }
  ));
  await withTestnet({ ...EMPTY, accounts }, async (testnet) => {
    const [one, two] = accounts.map((account) => createClient(testnet, account)) as [Json, Json];
    const stream = await connect(`${testnet.ws}/stream?streams=btcusdt@depth@100ms/btcusdt@trade/btcusdt@bookTicker`);
    assertEquals((await get(`${testnet.rest}/api/v3/depth?symbol=BTCUSDT`)).asks, []);
    assertEquals((await one.order(MAKER)).status, 200);
    const bought =
      (await two.order({ side: "BUY", type: "LIMIT", timeInForce: "IOC", quantity: "0.2", price: "60000" })).body;
    assertEquals([bought.status, bought.fills.length], ["FILLED", 1]);
    await step(testnet, 1);
    await stream.settle();
    const kinds = parsed(stream.messages).map(({ stream, data }) => [
      ...[stream.split("@")[1], data.B ?? data.q ?? JSON.stringify(data.a), data.A ?? data.p],
    ]);
    assertEquals(kinds, [
      ["bookTicker", "0.00000000", "0.50000000"],
      ["trade", "0.20000000", "60000.00000000"],
      ["bookTicker", "0.00000000", "0.30000000"],
      ["depth", '[["60000.00000000","0.30000000"]]', undefined],
    ]);
    assertEquals((await get(`${testnet.rest}/api/v3/depth?symbol=BTCUSDT`)).asks, [["60000.00000000", "0.30000000"]]);
    const [trade] = await get(`${testnet.rest}/api/v3/trades?symbol=BTCUSDT`);
    assertEquals([trade.id, trade.qty, trade.isBuyerMaker], [bought.fills[0].tradeId, "0.20000000", false]);
    assertEquals((await get(`${testnet.rest}/api/v3/klines?symbol=BTCUSDT&interval=1m`))[0][5], "0.20000000");
    assertEquals((await get(`${testnet.rest}/api/v3/aggTrades?symbol=BTCUSDT`))[0].q, "0.20000000");
    const [mine] = (await one.signed("GET", "myTrades", { symbol: "BTCUSDT" })).body;
    assertEquals([mine.id, mine.isMaker, mine.commission, mine.commissionAsset], [
      trade.id,
      true,
      "12.00000000",
      "USDT",
    ]);
    await stream.close();
  });
});

/** Listens to a synthetic market for a while of its time. */
async function listen(seconds: number, options = {}) {
  let heard: Json[] = [];
  let before: Json;
  let after: Json;
  await withTestnet({ ...SYNTHETIC, ...options }, async (testnet) => {
    const stream = await connect(`${testnet.ws}/stream?streams=btcusdt@depth@100ms/btcusdt@trade/btcusdt@aggTrade`);
    before = await get(`${testnet.rest}/api/v3/depth?symbol=BTCUSDT&limit=5000`);
    for (let i = 0; i < seconds; i++) await step(testnet, 1);
    await stream.settle();
    heard = parsed(stream.messages);
    after = await get(`${testnet.rest}/api/v3/depth?symbol=BTCUSDT&limit=5000`);
    await stream.close();
  });
  return { heard, before, after };
}

Deno.test("a synthetic market: diffs continue the snapshot without a gap and end in the book", async () => {
  const { heard, before, after } = await listen(20);
  const book = createServerBook();
  book.reset(before);
  const diffs = heard.filter(({ data }) => data.e === "depthUpdate").map(({ data }) => data as DepthUpdate);
  assert(diffs.length > 10);
  for (const diff of diffs) {
    assertEquals(diff.U, book.lastUpdateId + 1);
    book.apply(diff);
    const { bids: [bid], asks: [ask] } = book.top(1);
    assert(Number(bid![0]) < Number(ask![0]));
  }
  assertEquals(book.top(5000), after);
  const trades = heard.filter(({ data }) => data.e === "trade").map(({ data }) => data);
  assert(trades.length > 10 && trades.every((trade, i) => i === 0 || trade.t === trades[i - 1].t + 1));
  const aggregates = heard.filter(({ data }) => data.e === "aggTrade").map(({ data }) => data);
  assertEquals([aggregates[0].f, aggregates.at(-1).l], [trades[0].t, trades.at(-1).t]);
});

Deno.test("a synthetic market: the same seed gives the same messages", async () => {
  const [a, b] = [await listen(5), await listen(5)];
  assertEquals(a, b);
  const other = await listen(5, { seed: 6 });
  assert(JSON.stringify(other) !== JSON.stringify(a));
});

Deno.test("a synthetic market: a resting order trades with its traders, and its owner is told", async () => {
  await withTestnet(SYNTHETIC, async (testnet, { order, send, signed }) => {
    const { listenKey } = (await send("POST", "userDataStream", "")).body;
    const user = await connect(`${testnet.ws}/ws/${listenKey}`);
    const { bidPrice, askPrice } = await get(`${testnet.rest}/api/v3/ticker/bookTicker?symbol=BTCUSDT`);
    const place = order.bind({ order, send, signed });
    for (const [side, price] of [["BUY", bidPrice], ["SELL", askPrice]]) {
      assertEquals((await place({ side, type: "LIMIT_MAKER", quantity: "0.001", price })).status, 200);
    }
    for (let i = 0; i < 60; i++) await step(testnet, 1);
    await user.settle();
    const trades = (await signed("GET", "myTrades", { symbol: "BTCUSDT" })).body;
    assert(trades.length > 0 && trades.every((trade: Json) => trade.isMaker));
    const told = parsed(user.messages).filter(({ x }) => x === "TRADE");
    assertEquals(told.map(({ t, l }) => [t, l]), trades.map(({ id, qty }: Json) => [id, qty]));
    await user.close();
  });
});

Deno.test("ccxt.pro keeps the book of a synthetic market", async () => {
  await withTestnet({ ...SYNTHETIC, hold: false, speed: 10 }, async (testnet) => {
    const exchange = createCcxt(testnet);
    try {
      for (let i = 0; i < 10; i++) {
        const { bids, asks } = await exchange.watchOrderBook("BTC/USDT");
        assert(bids[0][0] < asks[0][0]);
      }
      assert((await exchange.watchTrades("BTC/USDT")).length > 0);
    } finally {
      await exchange.close();
    }
  });
});
