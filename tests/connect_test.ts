import { assert, assertEquals, assertMatch, assertRejects, assertStringIncludes, assertThrows } from "@std/assert";
import fc from "fast-check";
import { createHmac } from "node:crypto";
import { inspect } from "node:util";
import { closest } from "../lib/nearest.ts";
import { type ConnectConfig, getExchange, loadMarketRules, significantStep } from "../lib/connect.ts";
import { fetchOrderBook, openFeed } from "../lib/ingest.ts";
import { UnreachableError } from "../lib/reach.ts";
import { override, validate } from "../lib/schema.ts";
import { Secret } from "../lib/secrets.ts";
import { startVenue, SYMBOL } from "./venue.ts";

type Environment = ConnectConfig["exchange"]["environment"];

const on = (id: string, environment: Environment = "production"): ConnectConfig => ({
  exchange: { id, environment, symbol: SYMBOL, depth: 20 },
});
/** Nobody listens on port 1. */
const NOWHERE = { rest: "http://127.0.0.1:1", ws: "ws://127.0.0.1:1" };

const IDS = "binance kraken coinbase bybit okx gemini kucoin bitfinex bitstamp gate htx mexc hyperliquid deribit".split(
  " ",
);

for (const id of IDS) {
  Deno.test(`getExchange() gives ${id} for REST and for streams, rate limited, without touching the network`, () => {
    for (const ws of [false, true]) {
      const exchange = getExchange(on(id), { ws });
      assertEquals(exchange.id, id);
      assertEquals(exchange.enableRateLimit, true);
      assertEquals(exchange.has.fetchTrades, true);
      if (ws) assert(exchange.has.watchOrderBook && exchange.has.watchTrades);
    }
  });
}

Deno.test("getExchange() names the nearest ids for an unknown one", () => {
  const error = assertThrows(() => getExchange(on("binanse")), RangeError);
  assertStringIncludes(error.message, "exchange.id = binanse is unknown to ccxt");
  assertStringIncludes(error.message, "binance");
});

Deno.test("getExchange() says where an exchange has no streams", () => {
  const error = assertThrows(() => getExchange(on("zaif"), { ws: true }), RangeError);
  assertStringIncludes(error.message, "zaif has no streams in ccxt.pro");
});

Deno.test("getExchange() uses the sandbox, and says where there is none", () => {
  const sandbox = getExchange(on("binance", "sandbox"), { ws: true });
  assertStringIncludes(JSON.stringify(sandbox.urls.api), "testnet.binance.vision");
  const error = assertThrows(() => getExchange(on("kraken", "sandbox")), Error);
  assertEquals(error.message, "exchange.environment = sandbox: kraken has none, use local or production");
});

Deno.test("getExchange() points every address of the spot market to the local testnet", () => {
  const exchange = getExchange(on("binance", "local"), { ws: true, testnet: NOWHERE });
  const api = exchange.urls.api as unknown as Record<string, unknown> & { ws: Record<string, unknown> };
  for (const name of ["public", "private", "v1"]) assertStringIncludes(String(api[name]), NOWHERE.rest);
  assertEquals(api.ws.spot, `${NOWHERE.ws}/ws`);
  assertEquals(api.ws["ws-api"], { spot: `${NOWHERE.ws}/ws-api/v3` });
});

Deno.test("getExchange() finds a testnet that was started by hand at testnet.port", () => {
  const { testnet } = override(validate({}), { testnet: { port: 8080 } });
  const exchange = getExchange({ ...on("binance", "local"), testnet });
  assertEquals((exchange.urls.api as unknown as { public: string }).public, "http://127.0.0.1:8080/api/v3");
});

Deno.test("getExchange() refuses a local exchange without a testnet, or with another interface than Binance's", () => {
  assertStringIncludes(assertThrows(() => getExchange(on("binance", "local")), Error).message, "deno task testnet");
  const error = assertThrows(() => getExchange(on("kraken", "local"), { testnet: NOWHERE }), Error);
  assertStringIncludes(error.message, "exchange.id = kraken, must be binance");
});

Deno.test("getExchange() hands the secrets to ccxt and to nobody else", () => {
  const secrets = { apiKey: new Secret("k".repeat(40)), apiSecret: new Secret("s".repeat(40)) };
  const exchange = getExchange({ ...on("binance"), secrets });
  assertEquals([exchange.apiKey, exchange.secret], ["k".repeat(40), "s".repeat(40)]);
});

Deno.test("property: no way of printing an exchange shows a credential, not even after it has signed a request", () => {
  const text = fc.string({
    minLength: 12,
    maxLength: 64,
    unit: fc.constantFrom(..."abcdefghijklmnopqrstuvwxyz0123456789"),
  });
  fc.assert(
    fc.property(fc.tuple(text, text, text), fc.constantFrom("binance", "kucoin"), fc.boolean(), (values, id, ws) => {
      const [apiKey, apiSecret, passphrase] = values.map((value) => new Secret(value));
      const exchange = getExchange({ ...on(id), secrets: { apiKey, apiSecret, passphrase } }, { ws });
      const request = exchange.sign("account", "private", "GET", {}) as { url: string; headers: object; body: unknown };
      exchange.last_request_headers = request.headers as typeof exchange.last_request_headers;
      exchange.last_request_url = request.url;
      const nested = { exchange, list: [exchange] };
      const copy = { ...exchange };
      const printed = [
        ...[exchange, nested, copy].map((value) => Deno.inspect(value, { depth: 3, iterableLimit: 1e6 })),
        ...[exchange, nested].map((value) => inspect(value, { depth: 3, showHidden: true, maxArrayLength: null })),
        inspect(exchange, { customInspect: false, showHidden: true, depth: 1 }),
        ...[JSON.stringify(exchange), JSON.stringify(nested), JSON.stringify(exchange.options), `${exchange}`],
        Object.keys(exchange).join(),
      ].join("\n");
      for (const value of values) assert(!printed.includes(value), "a credential was printed");
      assertStringIncludes(Deno.inspect(exchange), id);
      assertStringIncludes(JSON.stringify(exchange), `"apiKey":"${apiKey}"`);
    }),
    { numRuns: 5 },
  );
});

Deno.test("an exchange whose credentials are hidden still signs with them, also with those given later", async () => {
  const seen: [string | null, string][] = [];
  const server = Deno.serve({ hostname: "127.0.0.1", port: 0, onListen: () => {} }, (request) => {
    seen.push([request.headers.get("X-MBX-APIKEY"), new URL(request.url).search]);
    return Response.json({ balances: [{ asset: "BTC", free: "1", locked: "0" }] });
  });
  const rest = `http://127.0.0.1:${server.addr.port}`;
  try {
    const secrets = { apiKey: new Secret("key-1"), apiSecret: new Secret("secret-1") };
    const exchange = getExchange({ ...on("binance", "local"), secrets }, { testnet: { rest, ws: rest } });
    exchange.setMarkets([]);
    assertEquals((await exchange.fetchBalance()).BTC?.total, 1);
    exchange.apiKey = "key-2";
    await exchange.fetchBalance();
    assertEquals(seen.map(([key]) => key), ["key-1", "key-2"]);
    for (const [, query] of seen) {
      const [signed, signature] = query.slice(1).split("&signature=");
      assertEquals(signature, createHmac("sha256", "secret-1").update(signed!).digest("hex"));
    }
    assertEquals(exchange.extend({ apiKey: exchange.apiKey }, {}).apiKey, "key-2");
    await exchange.close();
  } finally {
    await server.shutdown();
  }
});

Deno.test("getExchange() sets a back-off that ccxt obeys: at once, then 250 ms doubling to at most 2 s", () => {
  const exchange = getExchange(on("binance"), { ws: true }) as unknown as {
    calculateWsBackoffDelay(url: string): number;
  };
  const delays = Array.from({ length: 8 }, () => exchange.calculateWsBackoffDelay("ws://127.0.0.1:1"));
  assertEquals(delays[0], 0);
  assert(delays[1]! >= 200 && delays[1]! <= 300, `${delays}`);
  assert(Math.max(...delays) === 2000, `${delays}`);
});

Deno.test("an exchange that does not answer gives one line with its address, from REST and from a feed", async () => {
  const exchange = getExchange(on("binance", "local"), { ws: true, testnet: NOWHERE });
  const expected = /^cannot reach binance at http:\/\/127\.0\.0\.1:1: [^\n]+$/;
  assertMatch((await assertRejects(() => loadMarketRules(exchange, SYMBOL), UnreachableError)).message, expected);
  const feed = openFeed(exchange, SYMBOL);
  assertMatch((await assertRejects(() => feed.ready, UnreachableError)).message, expected);
  assertMatch((await assertRejects(() => feed[Symbol.asyncIterator]().next(), UnreachableError)).message, expected);
  await feed.close();
});

Deno.test("loadMarketRules() gives decimal steps and the smallest order", async () => {
  const venue = await startVenue();
  try {
    const market = await loadMarketRules(venue.connect(), SYMBOL);
    assertEquals([market.symbol, market.base, market.quote], [SYMBOL, "BTC", "USDT"]);
    assertEquals(market.rules, { tickSize: 0.01, lotSize: 0.00001, minQty: 0.00001, minNotional: 5 });
  } finally {
    await venue.close();
  }
});

Deno.test("a feed on an exchange made without streams says so", async () => {
  const venue = await startVenue();
  try {
    const feed = openFeed(getExchange(on("binance", "local"), { testnet: venue.net }), SYMBOL);
    const error = await assertRejects(() => feed.ready, Error);
    assertMatch(error.message, /^binance watch\w+\(\) is not supported/);
    await feed.close();
  } finally {
    await venue.close();
  }
});

Deno.test("an unknown symbol is refused with the closest ones, before anything is asked for", async () => {
  const venue = await startVenue();
  try {
    const exchange = venue.connect();
    const error = await assertRejects(() => loadMarketRules(exchange, "BTC/USDC"), RangeError);
    assertEquals(error.message, "binance has no symbol BTC/USDC, the closest are BTC/USDT");
    await assertRejects(() => fetchOrderBook(exchange, "ETH/EUR"), RangeError, "no symbol ETH/EUR");
    const feed = openFeed(exchange, "ETH/EUR");
    await assertRejects(() => feed.ready, RangeError, "no symbol ETH/EUR");
    await feed.close();
  } finally {
    await venue.close();
  }
});

/** A venue's answer to loadMarkets, in each of ccxt's ways to state precision. */
function stating(id: string, precision: Record<string, number>, ticker?: Record<string, number>) {
  const exchange = getExchange(on(id));
  const market = {
    id: "BTCUSD",
    symbol: "BTC/USD",
    base: "BTC",
    quote: "USD",
    precision,
    limits: { amount: { min: 0.001 } },
  };
  Object.assign(exchange, { loadMarkets: () => Promise.resolve(), fetchTicker: () => Promise.resolve(ticker) });
  exchange.setMarkets([market]);
  return exchange;
}

Deno.test("loadMarketRules() reads steps from a tick size, from decimal places and from significant digits", async () => {
  const rules = async (exchange: ReturnType<typeof stating>) => (await loadMarketRules(exchange, "BTC/USD")).rules;
  const expected = { lotSize: 1e-8, minQty: 0.001 };
  assertEquals(await rules(stating("kraken", { price: 0.1, amount: 1e-8 })), { tickSize: 0.1, ...expected });
  const decimals = stating("kraken", { price: 2, amount: 8 });
  decimals.precisionMode = 2;
  assertEquals(await rules(decimals), { tickSize: 0.01, ...expected });
  const significant = stating("bitfinex", { price: 5, amount: 8 }, { last: 61837 });
  assertEquals(await rules(significant), { tickSize: 1, ...expected });
});

Deno.test("significantStep() is the value of the last of so many digits at a price", () => {
  assertEquals([61837, 999.99, 1000, 1.5, 0.0123].map((price) => significantStep(price, 5)), [
    1,
    0.01,
    0.1,
    1e-4,
    1e-6,
  ]);
  assertThrows(() => significantStep(0, 5), RangeError, "price = 0, must be > 0");
});

Deno.test("closest() ranks names that hold the word first, then by edits", () => {
  assertEquals(closest("btcusd", ["ETH/BTC", "BTC/USDT", "LTC/USD"], 1), ["BTC/USDT"]);
  assertEquals(closest("krakn", ["gemini", "kraken", "okx"], 1), ["kraken"]);
});
