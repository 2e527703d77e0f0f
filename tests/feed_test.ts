import { assert, assertEquals, assertRejects, assertThrows } from "@std/assert";
import { createQueue } from "../lib/feed_queue.ts";
import { createTradeSequence } from "../lib/feed_trades.ts";
import { createWatchdog } from "../lib/feed_watchdog.ts";
import { openFeed, streamOrderBook, streamTrades } from "../lib/ingest.ts";
import type { Book, Level, MarketEvent, Trade } from "../lib/types.ts";
import { collectAll, DEPTH, openReleased, startVenue, SYMBOL, TRADES } from "./venue.ts";

const isBook = (event: MarketEvent): event is Book => event.type === "book";
const isTrade = (event: MarketEvent): event is Trade => event.type === "trade";

/** SHA-256 of the whole sequence, as hexadecimal digits. */
async function fingerprint(events: readonly MarketEvent[]): Promise<string> {
  const bytes = new TextEncoder().encode(JSON.stringify(events));
  return new Uint8Array(await crypto.subtle.digest("SHA-256", bytes)).toHex();
}

/** The best `depth` levels after every change, rebuilt from `changes` alone. */
function assertChangesRebuild(books: readonly Book[], depth: number): void {
  const sides = { bids: new Map<number, number>(), asks: new Map<number, number>() };
  const top = (side: Map<number, number>, sign: 1 | -1): Level[] =>
    [...side].sort((a, b) => sign * (a[0] - b[0])).slice(0, depth);
  for (const [i, book] of books.entries()) {
    for (const name of ["bids", "asks"] as const) {
      if (book.snapshot) sides[name].clear();
      for (const [price, qty] of book.changes![name]) {
        if (qty === 0) sides[name].delete(price);
        else sides[name].set(price, qty);
      }
    }
    // Sorting a thousand levels for each of six thousand books takes its time: look at some.
    if (i % 100 !== 0 && i !== books.length - 1) continue;
    assertEquals(book.bids, top(sides.bids, -1), `bids of book ${i}`);
    assertEquals(book.asks, top(sides.asks, 1), `asks of book ${i}`);
  }
}

async function wholeTape(speed: number): Promise<
  { events: MarketEvent[]; sent: Readonly<Record<string, number>>; ignored: number }
> {
  const venue = await startVenue({ speed });
  try {
    const feed = await openReleased(venue, venue.connect());
    const events = await collectAll(venue, feed);
    const { ignored } = feed.health();
    return { events, sent: (await venue.status()).sent, ignored };
  } finally {
    await venue.close();
  }
}

Deno.test("a feed yields every message that was served, in one order, the same each time", async (t) => {
  const { events, sent, ignored } = await wholeTape(40);
  const books = events.filter(isBook);
  const deltas = books.filter((book) => !book.snapshot);
  const trades = events.filter(isTrade);
  console.log(
    `  depth: ${sent[DEPTH]} sent, ${deltas.length} yielded; trades: ${sent[TRADES]} sent, ${trades.length} yielded`,
  );

  await t.step("each depth message is one book, and nothing was ignored", () => {
    assertEquals([deltas.length, ignored], [sent[DEPTH], 0]);
    assertEquals(events.length, deltas.length + trades.length + 1);
  });
  await t.step("each print is one trade, numbered without a hole", () => {
    assertEquals(trades.length, sent[TRADES]);
    const first = Number(trades[0]!.id);
    assertEquals(trades.map(({ id }) => Number(id)), trades.map((_, i) => first + i));
  });
  await t.step("the first book is the snapshot, and each later one continues the ids before it", () => {
    assertEquals(books.map(({ snapshot }) => snapshot), books.map((_, i) => i === 0));
    for (let i = 2; i < books.length; i++) assertEquals(books[i]!.firstId, books[i - 1]!.lastId! + 1);
    assert(books[1]!.firstId! <= books[0]!.lastId! + 1 && books[1]!.lastId! > books[0]!.lastId!);
  });
  await t.step("the changes rebuild the levels shown", () => assertChangesRebuild(books, 20));
  await t.step("local time never runs back", () => {
    for (let i = 1; i < events.length; i++) assert(events[i]!.localTs >= events[i - 1]!.localTs, `event ${i}`);
  });
  await t.step("a second run, at another speed, gives the identical sequence, local times included", async () => {
    assertEquals(await fingerprint((await wholeTape(90)).events), await fingerprint(events));
  });
});

Deno.test("the first snapshot comes while the market is held, and readiness means that nothing is missed", async () => {
  const venue = await startVenue({ start: 120 });
  try {
    const feed = openFeed(venue.connect(), SYMBOL);
    await feed.ready;
    assertEquals((await venue.status()).sent, {});
    const { value } = await feed[Symbol.asyncIterator]().next();
    assertEquals([value?.type, value?.type === "book" && value.snapshot], ["book", true]);
    await feed.close();
  } finally {
    await venue.close();
  }
});

Deno.test("a feed comes into step at any moment of a running market, and loses nothing from there on", async (t) => {
  for (const start of [60, 200, 333, 480]) {
    await t.step(`${start} s into the tape`, async () => {
      const venue = await startVenue({ start, hold: false, speed: 20 });
      try {
        const feed = openFeed(venue.connect(), SYMBOL);
        let last: number | undefined;
        let count = 0;
        for await (const event of feed) {
          assert(event.type !== "gap", JSON.stringify(event));
          if (event.type !== "book") continue;
          if (last !== undefined) assert(event.firstId! <= last + 1 && event.lastId! > last);
          last = event.lastId;
          if (count++ === 150) break;
        }
        const { messages, ignored } = feed.health();
        assert(messages.book - ignored >= 150, `${messages.book} messages, ${ignored} ignored`);
      } finally {
        await venue.close();
      }
    });
  }
});

Deno.test("streamOrderBook() and streamTrades() share one socket of one exchange and lose nothing", async () => {
  const venue = await startVenue();
  try {
    const exchange = venue.connect();
    const books: Book[] = [];
    const trades: Trade[] = [];
    const bookLoop = (async () => {
      for await (const book of streamOrderBook(exchange, SYMBOL, 5)) if (books.push(book) === 500) break;
    })();
    const tradeLoop = (async () => {
      for await (const trade of streamTrades(exchange, SYMBOL)) if (trades.push(trade) === 1000) break;
    })();
    // Both subscriptions are made when the first depth and the first print can flow.
    for (let seen = 0; seen < 2;) {
      seen = ((await venue.status()) as unknown as { subscriptions: string[] }).subscriptions.length;
    }
    await venue.clock({ held: false });
    await Promise.all([bookLoop, tradeLoop]);
    assertEquals(Object.keys(exchange.clients ?? {}).length, 0);
    for (const book of books) assert(book.bids.length === 5 && book.asks.length === 5);
    for (let i = 2; i < books.length; i++) assertEquals(books[i]!.firstId, books[i - 1]!.lastId! + 1);
    for (let i = 1; i < trades.length; i++) assertEquals(Number(trades[i]!.id), Number(trades[i - 1]!.id) + 1);
  } finally {
    await venue.close();
  }
});

Deno.test("leaving the loop closes the subscription, and the same exchange can be listened to again", async () => {
  const venue = await startVenue({ hold: false });
  try {
    const exchange = venue.connect();
    for (let i = 0; i < 3; i++) {
      const ids: number[] = [];
      for await (const book of streamOrderBook(exchange, SYMBOL)) {
        if (ids.length === 0) assert(book.snapshot);
        if (ids.push(book.lastId!) === 20) break;
      }
      assertEquals(ids, ids.toSorted((a, b) => a - b));
      assertEquals(Object.keys(exchange.clients ?? {}).length, 0);
    }
  } finally {
    await venue.close();
  }
});

Deno.test("a venue whose messages are not numbered here is followed through what its watchers are given", async () => {
  const venue = await startVenue();
  try {
    const exchange = venue.connect();
    // The same venue under another name: nothing of Binance's handlers is used.
    Object.assign(exchange, { id: "otherwise" });
    const feed = openFeed(exchange, SYMBOL, { depth: 10 });
    await feed.ready;
    await venue.clock({ held: false });
    const events: MarketEvent[] = [];
    for await (const event of feed) {
      events.push(event);
      if (events.filter(isTrade).length >= 500 && events.filter(isBook).length >= 200) break;
    }
    const books = events.filter(isBook);
    assert(books[0]!.snapshot && books.slice(1).every((book) => !book.snapshot && book.changes === undefined));
    const { messages } = feed.health();
    assert(messages.book >= books.length - 1);
    const ids = events.filter(isTrade).map(({ id }) => Number(id));
    assertEquals(ids, ids.map((_, i) => ids[0]! + i));
  } finally {
    await venue.close();
  }
});

Deno.test("a consumer that is too slow gets one gap in place of a memory that grows, then a snapshot and the missed prints", async () => {
  const venue = await startVenue();
  try {
    const feed = await openReleased(venue, venue.connect(), { highWater: 300 });
    const iterator = feed[Symbol.asyncIterator]();
    const trades: number[] = [];
    let gaps = 0;
    let snapshots = 0;
    const take = (event: MarketEvent | undefined) => {
      if (event?.type === "gap") gaps++;
      if (event?.type === "book" && event.snapshot) snapshots++;
      if (event?.type === "trade") trades.push(Number(event.id));
    };
    take((await iterator.next()).value);
    while (feed.health().gaps === 0) await venue.status();
    assertEquals(feed.health().state, "overflowed");
    while (trades.length < 1500 || snapshots < 2) take((await iterator.next()).value);
    assertEquals([gaps, snapshots], [feed.health().gaps, feed.health().gaps + 1]);
    assertEquals(trades, trades.map((_, i) => trades[0]! + i));
    assert(feed.health().recovered > 0);
    await feed.close();
  } finally {
    await venue.close();
  }
});

Deno.test("openFeed() refuses an empty list of streams", () => {
  assertThrows(() => openFeed({} as never, SYMBOL, { streams: [] }), RangeError, "must name book, trades or both");
});

Deno.test("a queue gives its values in order, then ends or throws once", async () => {
  const queue = createQueue<number>(3);
  assertEquals([queue.push(1), queue.push(2), queue.push(3), queue.push(4)], [true, true, true, false]);
  assertEquals((await queue.next()).value, 1);
  assertEquals([queue.drain(), queue.size], [[2, 3], 0]);
  const waiting = queue.next();
  queue.push(5);
  assertEquals((await waiting).value, 5);
  queue.push(6);
  queue.end(new Error("over"));
  assertEquals([(await queue.next()).value, queue.push(7)], [6, false]);
  await assertRejects(() => queue.next(), Error, "over");
  assertEquals(await queue.next(), { done: true, value: undefined });
});

Deno.test("a queue keeps its order through many turns", async () => {
  const queue = createQueue<number>(5000);
  const taken: number[] = [];
  for (let i = 0; i < 20_000; i++) {
    queue.push(i);
    if (i % 3 !== 0 || queue.size > 4000) taken.push((await queue.next()).value!);
  }
  while (queue.size > 0) taken.push((await queue.next()).value!);
  assertEquals(taken, Array.from({ length: 20_000 }, (_, i) => i));
  assertThrows(() => createQueue(0), RangeError, "limit = 0, must be an integer > 0");
});

Deno.test("consecutive ids tell what is next, what is a duplicate and which prints are missing", () => {
  const sequence = createTradeSequence({ consecutive: true });
  assertEquals(sequence.admit("10", 1), { kind: "next" });
  assertEquals(sequence.admit("11", 2), { kind: "next" });
  assertEquals(sequence.admit("11", 2), { kind: "duplicate" });
  assertEquals(sequence.admit("9", 2), { kind: "duplicate" });
  assertEquals(sequence.admit("15", 3), { kind: "gap", from: 12, to: 14 });
  assertEquals(sequence.last, { id: "11", exchTs: 2 });
  sequence.undo([{ id: "11", exchTs: 2 }]);
  assertEquals(sequence.admit("11", 2), { kind: "next" });
  sequence.skipTo("15", 3);
  assertEquals(sequence.admit("16", 4), { kind: "next" });
});

Deno.test("ids without an order are known again, and taken back prints are new again", () => {
  const sequence = createTradeSequence({ consecutive: false });
  assertEquals(["b", "a", "b"].map((id) => sequence.admit(id, 1).kind), ["next", "next", "duplicate"]);
  sequence.undo([{ id: "b", exchTs: 1 }]);
  assertEquals(sequence.admit("b", 1).kind, "next");
});

Deno.test("a watchdog barks after silence, not while it is fed, and not for a time in which we were busy ourselves", async () => {
  const { promise, resolve } = Promise.withResolvers<number>();
  const watchdog = createWatchdog(100, resolve);
  // Busy for far longer than the limit: one tick of the timer sees it, and counts twenty milliseconds.
  const busy = performance.now() + 300;
  while (performance.now() < busy);
  let isBarking = false;
  promise.then(() => isBarking = true);
  await new Promise((next) => setTimeout(next, 0));
  assertEquals(isBarking, false);
  assert((await promise) >= 100);
  watchdog.stop();
});
