import { assert, assertEquals, assertRejects } from "@std/assert";
import { getExchange } from "../lib/connect.ts";
import { backfillTrades, fetchOrderBook } from "../lib/ingest.ts";
import { config, startVenue, SYMBOL } from "./venue.ts";

const MINUTE = 60_000;

Deno.test("backfillTrades() gives every print since a moment, with the stream's ids, in order and once", async () => {
  const venue = await startVenue({ start: 400 });
  try {
    const exchange = venue.connect();
    const until = venue.net.startTs / 1000;
    const trades = await backfillTrades(exchange, SYMBOL, until - 5 * MINUTE, 1_000_000);
    assert(trades.length > 3000, `${trades.length} trades are several pages`);
    const first = Number(trades[0]!.id);
    assertEquals(trades.map(({ id }) => Number(id)), trades.map((_, i) => first + i));
    for (const { exchTs, origin, symbol, type } of trades) {
      assert(exchTs >= (until - 5 * MINUTE) * 1000 && exchTs <= until * 1000);
      assertEquals([type, symbol, origin], ["trade", SYMBOL, "backfill"]);
    }
  } finally {
    await venue.close();
  }
});

Deno.test("backfillTrades() gives at most `limit` prints, the first ones, whatever the page size", async () => {
  const venue = await startVenue({ start: 400 });
  try {
    const exchange = venue.connect();
    const since = venue.net.startTs / 1000 - 5 * MINUTE;
    const all = await backfillTrades(exchange, SYMBOL, since, 2500);
    assertEquals(all.length, 2500);
    for (const limit of [0, 1, 999, 1000, 1001]) {
      const some = await backfillTrades(exchange, SYMBOL, since, limit, () => all[0]!.localTs);
      assertEquals(some.map(({ id }) => id), all.slice(0, limit).map(({ id }) => id));
    }
  } finally {
    await venue.close();
  }
});

Deno.test("backfillTrades() gives nothing for a moment after the last print, and the same prints for REST as for streams", async () => {
  const venue = await startVenue({ start: 100 });
  try {
    const now = venue.net.startTs / 1000;
    assertEquals(await backfillTrades(venue.connect(), SYMBOL, now + MINUTE, 100), []);
    const rest = getExchange(config, { testnet: venue.net });
    const ids = async (exchange: typeof rest) =>
      (await backfillTrades(exchange, SYMBOL, now - MINUTE, 300)).map((
        { id, side, price, qty, exchTs },
      ) => [id, side, price, qty, exchTs]);
    assertEquals(await ids(rest), await ids(venue.connect()));
  } finally {
    await venue.close();
  }
});

Deno.test("backfillTrades() refuses a limit or a moment that is no such number", async () => {
  const exchange = getExchange({ exchange: { ...config.exchange, environment: "production" } });
  await assertRejects(() => backfillTrades(exchange, SYMBOL, 0, -1), RangeError, "limit = -1, must be an integer >= 0");
  await assertRejects(() => backfillTrades(exchange, SYMBOL, 0, 1.5), RangeError, "limit = 1.5");
  await assertRejects(() => backfillTrades(exchange, SYMBOL, NaN, 10), RangeError, "sinceMs = NaN, must be >= 0");
});

/** A venue that pages by time: prints of the last minute, several a millisecond, at most `most` an answer. */
function pagingByTime(count: number, most: number, isIgnoringSince = false) {
  const exchange = getExchange({ exchange: { ...config.exchange, id: "kraken", environment: "production" } });
  const start = exchange.milliseconds() - MINUTE;
  const rows = Array.from({ length: count }, (_, i) => ({
    id: `t${i}`,
    side: i % 2 ? "buy" : "sell",
    price: 100 + i,
    amount: 1,
    timestamp: start + Math.floor(i / 3),
  }));
  let calls = 0;
  Object.assign(exchange, {
    loadMarkets: () => Promise.resolve(),
    fetchTrades(_: string, since: number, limit: number) {
      calls++;
      const from = isIgnoringSince ? rows.slice(-most) : rows.filter(({ timestamp }) => timestamp >= since);
      return Promise.resolve(from.slice(0, Math.min(limit, most)));
    },
  });
  exchange.setMarkets([{ id: "XBTUSDT", symbol: SYMBOL, base: "BTC", quote: "USDT", precision: {}, limits: {} }]);
  return { exchange, start, calls: () => calls };
}

Deno.test("backfillTrades() pages by time where a venue has no ids to page by, several prints a millisecond included", async () => {
  const { exchange, start, calls } = pagingByTime(500, 50);
  const trades = await backfillTrades(exchange, SYMBOL, start, 1000);
  assertEquals(trades.map(({ id }) => id), Array.from({ length: 500 }, (_, i) => `t${i}`));
  assert(calls() < 20, `${calls()} calls`);
});

Deno.test("backfillTrades() tells after each page how far it is, by time or by count, and ends at 1", async () => {
  const { exchange, start, calls } = pagingByTime(500, 50);
  const shares: number[] = [];
  const watch = { untilMs: start + 500 / 3, progress: (done: number) => void shares.push(done) };
  await backfillTrades(exchange, SYMBOL, start, 1000, undefined, watch);
  assert(shares.length > 5 && shares.length <= calls() + 2, `${shares.length} reports of ${calls()} calls`);
  assertEquals(shares, shares.toSorted((a, b) => a - b));
  assertEquals(shares[0], 0);
  assert(shares[1]! > 0 && shares[1]! < 0.2, `after the first of ten pages ${shares[1]}`);
  assertEquals(shares.at(-1), 1);
  const some: number[] = [];
  await backfillTrades(exchange, SYMBOL, start, 100, undefined, {
    untilMs: start + 1e9,
    progress: (done) => void some.push(done),
  });
  assertEquals([some[1], some.at(-1)], [0.5, 1]);
});

Deno.test("backfillTrades() ends where a venue ignores the moment asked for, or has a page full of one millisecond", async () => {
  const ignoring = pagingByTime(500, 50, true);
  assertEquals((await backfillTrades(ignoring.exchange, SYMBOL, ignoring.start, 1000)).length, 50);
  const crowded = pagingByTime(30, 2);
  assert((await backfillTrades(crowded.exchange, SYMBOL, crowded.start, 1000)).length >= 2);
});

Deno.test("fetchOrderBook() gives the best levels as a snapshot with its update id", async () => {
  const venue = await startVenue();
  try {
    const book = await fetchOrderBook(venue.connect(), SYMBOL, 5, () => 42);
    assertEquals([book.bids.length, book.asks.length, book.snapshot, book.localTs], [5, 5, true, 42]);
    assert(book.lastId! > 0 && book.bids[0]![0] < book.asks[0]![0]);
    assertEquals(book.changes, { bids: book.bids, asks: book.asks });
  } finally {
    await venue.close();
  }
});
