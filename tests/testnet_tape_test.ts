import { assert, assertEquals, assertRejects } from "@std/assert";
import { createStore } from "makerbook/store.ts";
import type { Level } from "makerbook/types.ts";
import { startTestnet } from "testnet/server.ts";
import { fileSource } from "testnet/source.ts";
import { loadTape } from "testnet/tape.ts";
import { connect, get, post, withTape } from "./testnet_client.ts";
import { createClient } from "./testnet_private_client.ts";

const T0 = 1_700_000_000_000;
const depth = (E: number, U: number, u: number, b: string[][] = [], a: string[][] = [], s = "DOGEFDUSD") =>
  JSON.stringify({ e: "depthUpdate", E, s, U, u, b, a });
const trade = (E: number, t: number, p: string, q: string, m = false, s = "DOGEFDUSD") =>
  JSON.stringify({ e: "trade", E, s, t, p, q, T: E, m, M: true });
const ticker = (u: number, s = "DOGEFDUSD") =>
  JSON.stringify({ u, s, b: "0.17500000", B: "5.00000000", a: "0.17520000", A: "7.00000000" });
const snapshot = (lastUpdateId: number) =>
  JSON.stringify({
    lastUpdateId,
    bids: [["0.17500000", "5.00000000"], ["0.17480000", "60.00000000"]],
    asks: [["0.17520000", "7.00000000"], ["0.17560000", "3.00000000"]],
  });

/** Another symbol, another tick, bare events without wrapper and receive times. */
const SMALL = [
  depth(T0, 101, 105, [["0.17480000", "60.00000000"]]),
  snapshot(107),
  ticker(104),
  depth(T0 + 100, 106, 110, [["0.17500000", "9.00000000"]]),
  trade(T0 + 150, 9, "0.17520000", "2.00000000"),
  trade(T0 + 150, 10, "0.17520000", "4.00000000"),
  depth(T0 + 200, 111, 115, [], [["0.17520000", "0.00000000"]]),
  trade(T0 + 1_500, 11, "0.17500000", "1.00000000", true),
  depth(T0 + 1_600, 116, 120, [["0.17500000", "8.00000000"]]),
];

Deno.test("a tape of another symbol is served with rules inferred from its own prices", () =>
  withTape(SMALL, async (path) => {
    const testnet = await startTestnet({ tape: path, hold: true });
    try {
      assertEquals([testnet.symbol, testnet.startTs], ["DOGEFDUSD", (T0 + 100) * 1000]);
      const rest = `${testnet.rest}/api/v3`;
      const [info] = (await get(`${rest}/exchangeInfo`)).symbols;
      assertEquals([info.baseAsset, info.quoteAsset], ["DOGE", "FDUSD"]);
      const filter = (type: string) => info.filters.find((f: { filterType: string }) => f.filterType === type);
      assertEquals(filter("PRICE_FILTER").tickSize, "0.00020000");
      assertEquals(filter("LOT_SIZE").stepSize, "1.00000000");
      // Nobody knows the smallest order in FDUSD, but clients look for the filter.
      assertEquals(filter("NOTIONAL").minNotional, "0.00000000");
      assertEquals(filter("MARKET_LOT_SIZE").maxQty, filter("LOT_SIZE").maxQty);
      const client = await connect(`${testnet.ws}/ws/dogefdusd@depth@100ms/dogefdusd@trade/dogefdusd@aggTrade`);
      const before = await get(`${rest}/depth?symbol=DOGEFDUSD`);
      assertEquals(before, {
        lastUpdateId: 110,
        bids: [["0.17500000", "9.00000000"], ["0.17480000", "60.00000000"]],
        asks: [["0.17520000", "7.00000000"], ["0.17560000", "3.00000000"]],
      });
      await post(`${testnet.control}/clock`, { step: 1 });
      await client.settle();
      const aggregate = {
        ...{ e: "aggTrade", E: T0 + 150, s: "DOGEFDUSD", a: 1, p: "0.17520000", q: "6.00000000", f: 9, l: 10 },
        ...{ T: T0 + 150, m: false, M: true },
      };
      assertEquals(client.messages, [SMALL[4], SMALL[5], JSON.stringify(aggregate), SMALL[6]]);
      assertEquals((await get(`${rest}/depth?symbol=DOGEFDUSD`)).asks, [["0.17560000", "3.00000000"]]);
      assertEquals((await get(`${rest}/depth?symbol=BTCUSDT`)).code, -1121);
      await client.close();
    } finally {
      await testnet.close();
    }
  }));

/** The small tape as that of another symbol whose prices are so many times as high, recorded once a second by that name. */
const elsewhere = (symbol: string, times: number) =>
  SMALL.map((line) => line.replaceAll("DOGEFDUSD", symbol))
    .map((line) =>
      line.replaceAll(/"0\.1[0-9]{7}"/g, (price) => `"${(Number(price.slice(1, -1)) * times).toFixed(8)}"`)
    )
    .map((line) =>
      line.includes("depthUpdate") ? `{"stream":"${symbol.toLowerCase()}@depth@1000ms","data":${line}}` : line
    );

Deno.test("prices in yen fit into the inferred rules, and a known currency has its smallest order", async () => {
  for (const [symbol, times, least] of [["BTCJPY", 1e8, "0.00000000"], ["DOGEUSDT", 1, "5.00000000"]] as const) {
    await withTape(elsewhere(symbol, times), async (path) => {
      const testnet = await startTestnet({ tape: path, hold: true });
      try {
        const rest = `${testnet.rest}/api/v3`;
        const [info] = (await get(`${rest}/exchangeInfo`)).symbols;
        const filter = (type: string) => info.filters.find((f: { filterType: string }) => f.filterType === type);
        assertEquals(filter("NOTIONAL").minNotional, least);
        const [[price]] = (await get(`${rest}/depth?symbol=${symbol}`)).bids;
        assertEquals(Number(price), 0.175 * times);
        const order = { symbol, side: "BUY", type: "LIMIT", timeInForce: "GTC", price, quantity: "28" };
        const { body } = await createClient(testnet).signed("POST", "order/test", order);
        // 4.9 of the currency, or 490000000.
        assertEquals(body.msg, least === "5.00000000" ? "Filter failure: NOTIONAL" : undefined);
      } finally {
        await testnet.close();
      }
    });
  }
});

Deno.test("events are ordered by exchange time, then as recorded; a bookTicker stays between its neighbours", async () => {
  const lines = [
    `1000000000 ${depth(T0, 106, 110)}`,
    `1000000001 ${snapshot(107)}`,
    `1050000000 ${ticker(111)}`,
    `1110000000 ${trade(T0 + 104, 1, "0.17520000", "1")}`,
    `1111000000 ${depth(T0 + 100, 111, 115)}`,
    `1112000000 ${ticker(116)}`,
    `1900000000 ${ticker(117)}`,
    `1210000000 ${depth(T0 + 200, 116, 120)}`,
  ];
  await withTape(lines, async (path) => {
    const tape = await loadTape(await fileSource(path));
    const times = tape.events.map((event) => event.ts / 1000 - T0);
    assertEquals(tape.events.map((event) => event.kind), [
      ...["depth", "bookTicker", "depth", "trade", "bookTicker", "bookTicker", "depth"],
    ]);
    assertEquals(times, [0, 50, 100, 104, 104, 200, 200]);
  });
});

Deno.test("a gap in the recording is bridged by the next snapshot", () =>
  withTape([
    snapshot(100),
    depth(T0, 101, 110),
    depth(T0 + 100, 131, 140, [["0.17500000", "1.00000000"]]),
    snapshot(145),
    depth(T0 + 200, 141, 150, [["0.17500000", "2.00000000"]]),
  ], async (path) => {
    const testnet = await startTestnet({ tape: path, hold: true });
    try {
      assertEquals(testnet.warnings, ["1 update-id gaps in the recorded depth messages"]);
      const ids = [];
      for (let i = 0; i < 3; i++) {
        ids.push((await get(`${testnet.rest}/api/v3/depth?symbol=DOGEFDUSD`)).lastUpdateId);
        await post(`${testnet.control}/clock`, { step: 0.1 });
      }
      assertEquals(ids, [110, 145, 150]);
    } finally {
      await testnet.close();
    }
  }));

Deno.test("messages repeated in the recording are served once", () =>
  withTape(
    [snapshot(100), depth(T0, 101, 110), depth(T0, 101, 110), trade(T0, 1, "1", "1"), trade(T0, 1, "1", "1")],
    async (path) => {
      const tape = await loadTape(await fileSource(path));
      assertEquals(tape.events.length, 2);
      assertEquals(tape.warnings.length, 2);
    },
  ));

Deno.test("a tape that cannot be replayed is refused in one line that says why", async () => {
  const refused = (lines: readonly string[], message: string, symbol?: string) =>
    withTape(lines, (path) => assertRejects(() => startTestnet({ tape: path, symbol }), Error, message));
  await assertRejects(() => startTestnet({ tape: "/nowhere/tape" }), Error, "no tape at /nowhere/tape");
  await refused([], "is empty: it has no market data message");
  await refused(['{"result":null,"id":1}'], "is empty: it has no market data message");
  await refused(SMALL.filter((line) => !line.startsWith('{"last')), "has no order book snapshot");
  await refused([snapshot(5), ...SMALL.slice(2)], "no depth message continues the snapshot 5");
  await refused([...SMALL, '{"e":"depthUpdate","E":17000'], "line 10 is not complete JSON");
  await refused([...SMALL, trade(T0, 1, "1", "1", false, "BTCUSDT")], "has several symbols (BTCUSDT, DOGEFDUSD)");
  await refused(SMALL, "has no BTCUSDT; it has DOGEFDUSD", "BTCUSDT");
  const directory = await Deno.makeTempDir();
  await assertRejects(() => startTestnet({ tape: directory }), Error, "has no .jsonl or .jsonl.gz file");
  const whole = await new Response(
    new Blob([SMALL.join("\n")]).stream().pipeThrough(new CompressionStream("gzip")),
  ).bytes();
  await Deno.writeFile(`${directory}/cut.jsonl.gz`, whole.slice(0, whole.length - 20));
  await assertRejects(() => startTestnet({ tape: directory }), Error, "cut.jsonl.gz is truncated or not gzip");
  await Deno.remove(directory, { recursive: true });
});

Deno.test("a tape whose JSON has spaces is served as it is, and counted by its ids", () =>
  withTape(SMALL.map((line) => line.replaceAll(/([:,])/g, "$1 ")), async (path) => {
    const testnet = await startTestnet({ tape: path, hold: true });
    try {
      const client = await connect(`${testnet.ws}/ws/dogefdusd@depth@100ms/dogefdusd@trade?timeUnit=MICROSECOND`);
      await post(`${testnet.control}/clock`, { step: 2 });
      await client.settle();
      assertEquals(client.messages.map((text) => JSON.parse(text).E % 1e9), [150e3, 150e3, 200e3, 1500e3, 1600e3]);
      assert(client.messages[0]!.startsWith('{"e": "trade", "E": 1700000000150000, '));
      assertEquals(await get(`${testnet.control}/served?depth=115&trade=10`), { depth: 1, trade: 2 });
      assertEquals(await get(`${testnet.control}/served?depth=120&trade=11`), { depth: 2, trade: 3 });
      await client.close();
    } finally {
      await testnet.close();
    }
  }));

Deno.test("with --symbol one of several symbols is replayed", () =>
  withTape([...SMALL, trade(T0, 1, "1.00000000", "1.00000000", false, "BTCUSDT")], async (path) => {
    const tape = await loadTape(await fileSource(path), "DOGEFDUSD");
    assertEquals([tape.symbol, tape.events.length], ["DOGEFDUSD", SMALL.length - 1]);
  }));

Deno.test("the start must lie within the tape", () =>
  withTape(SMALL, async (path) => {
    await assertRejects(
      () => startTestnet({ tape: path, start: 2 }),
      RangeError,
      "start = 2, must be 0 or more and less than",
    );
    await assertRejects(() => startTestnet({ tape: path, start: -1 }), RangeError, "start = -1");
    assert(true);
  }));

Deno.test("a run of the recorder is a tape: its snapshot, diffs and trades are served again", async () => {
  const root = await Deno.makeTempDir();
  try {
    const store = createStore({ root, run: "r", symbol: "DOGE/FDUSD" });
    const us = (ms: number) => ({ exchTs: (T0 + ms) * 1000, localTs: (T0 + ms) * 1000 });
    const book = (
      snapshot: boolean,
      ids: { firstId?: number; lastId: number },
      bids: Level[],
      asks: Level[],
      ms: number,
    ) => ({
      ...{ type: "book" as const, symbol: "DOGE/FDUSD", bids: [], asks: [], snapshot, changes: { bids, asks } },
      ...{ ...ids, ...us(ms) },
    });
    const print = (id: string, side: "buy" | "sell", origin: "backfill" | "stream", ms: number) => ({
      ...{ type: "trade" as const, symbol: "DOGE/FDUSD", id, side, price: 0.1752, qty: 2, origin, ...us(ms) },
    });
    store.trade(print("7", "sell", "backfill", 0), 0);
    store.book(book(true, { lastId: 107 }, [[0.175, 5]], [[0.1752, 7]], 10), 1);
    store.book(book(false, { firstId: 106, lastId: 110 }, [[0.175, 9]], [], 100), 2);
    store.trade(print("8", "buy", "stream", 150), 3);
    store.book(book(false, { firstId: 111, lastId: 115 }, [], [[0.1752, 0], [0.1754, 1]], 200), 4);
    await store.close();
    const testnet = await startTestnet({ tape: root, hold: true });
    try {
      assertEquals(testnet.symbol, "DOGEFDUSD");
      const client = await connect(`${testnet.ws}/ws/dogefdusd@depth@100ms/dogefdusd@trade`);
      const rest = `${testnet.rest}/api/v3`;
      const [past] = await get(`${rest}/trades?symbol=DOGEFDUSD`);
      assertEquals([past.id, past.isBuyerMaker], [7, true]);
      await post(`${testnet.control}/clock`, { step: 1 });
      await client.settle();
      assertEquals(client.messages, [
        trade(T0 + 150, 8, "0.17520000", "2.00000000"),
        depth(T0 + 200, 111, 115, [], [["0.17520000", "0.00000000"], ["0.17540000", "1.00000000"]]),
      ]);
      const { bids, asks } = await get(`${rest}/depth?symbol=DOGEFDUSD`);
      assertEquals([bids, asks], [[["0.17500000", "9.00000000"]], [["0.17540000", "1.00000000"]]]);
      await client.close();
    } finally {
      await testnet.close();
    }
  } finally {
    await Deno.remove(root, { recursive: true });
  }
});
