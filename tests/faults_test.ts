import { assert, assertEquals } from "@std/assert";
import type { Client as CcxtClient } from "../lib/feed_socket.ts";
import { type Feed, openFeed, streamTrades } from "../lib/ingest.ts";
import type { Book, Gap, GapReason, MarketEvent } from "../lib/types.ts";
import { openReleased, startVenue, type Venue } from "./venue.ts";

type Client = Omit<CcxtClient, "connection"> & { connection?: { close(): void } };

/** Trading has to resume within this much of a fault, milliseconds of wall time. */
const PROMISE = 5000;
const STALE_AFTER = 2500;

/** One fault, as the consumer of a feed lives it. Milliseconds of wall time since the fault was ordered. */
interface Incident {
  readonly gap: Gap;
  readonly toGap: number;
  readonly toResumed: number;
}

/** A consumer that checks every event, and notes gaps and returns. */
function follow(feed: Feed) {
  const seen = {
    gaps: [] as Gap[],
    book: undefined as Book | undefined,
    trades: 0,
    books: 0,
    deltas: 0,
    lastTradeId: 0,
    lastUpdateId: 0,
    isLost: false,
  };
  let waiter: { isDone: () => boolean; resolve: () => void } | undefined;
  const problems: string[] = [];
  const check = (event: MarketEvent) => {
    if (event.type === "gap") {
      seen.gaps.push(event);
      seen.isLost = true;
      return;
    }
    if (event.type === "trade") {
      const id = Number(event.id);
      if (seen.lastTradeId > 0 && id !== seen.lastTradeId + 1) problems.push(`trade ${id} after ${seen.lastTradeId}`);
      seen.lastTradeId = id;
      seen.trades++;
      return;
    }
    if (event.bids[0]![0] >= event.asks[0]![0]) problems.push(`crossed book at update ${event.lastId}`);
    if (event.snapshot) seen.isLost = false;
    else if (seen.isLost) problems.push(`a book between a gap and its snapshot, update ${event.lastId}`);
    else if (seen.books > 1 && event.firstId! > seen.lastUpdateId + 1) {
      problems.push(`updates missing at ${event.firstId}`);
    }
    seen.book = event;
    seen.lastUpdateId = event.lastId!;
    seen.books++;
    if (!event.snapshot) seen.deltas++;
  };
  const done = (async () => {
    for await (const event of feed) {
      check(event);
      if (waiter?.isDone()) waiter.resolve();
    }
  })();
  return {
    seen,
    problems,
    done,
    until(isDone: () => boolean): Promise<void> {
      const { promise, resolve } = Promise.withResolvers<void>();
      if (isDone()) resolve();
      waiter = { isDone, resolve };
      return promise;
    },
  };
}

/** Orders a fault and waits for the gap, the snapshot, and the market to go on for a while. */
async function incident(
  venue: Venue,
  consumer: ReturnType<typeof follow>,
  spec: Record<string, unknown>,
): Promise<Incident> {
  const { seen } = consumer;
  const gaps = seen.gaps.length;
  const started = performance.now();
  const gapped = consumer.until(() => seen.gaps.length > gaps);
  await venue.fault(spec);
  await gapped;
  const toGap = performance.now() - started;
  // What lasts longer than it takes to notice would only be the next fault.
  if (spec.ms !== undefined) await venue.fault({ kind: "clear" });
  if (seen.isLost) await consumer.until(() => !seen.isLost);
  const toResumed = performance.now() - started;
  const books = seen.books;
  await consumer.until(() => seen.books > books + 40);
  return { gap: seen.gaps[gaps]!, toGap, toResumed };
}

function distribution(name: string, values: readonly number[]): string {
  const sorted = values.toSorted((a, b) => a - b);
  const at = (share: number) => sorted[Math.min(sorted.length - 1, Math.floor(share * sorted.length))]!.toFixed(0);
  return `${name} p50 ${at(0.5)}, p99 ${at(0.99)}, max ${at(1)} ms`;
}

/** The book as REST tells it, once the feed has come as far. */
async function assertBookIsRight(venue: Venue, consumer: ReturnType<typeof follow>): Promise<void> {
  await venue.clock({ held: true });
  const url = `${venue.net.rest}/api/v3/depth?symbol=${venue.net.symbol}&limit=20`;
  const expected = await (await fetch(url)).json() as { lastUpdateId: number; bids: string[][]; asks: string[][] };
  if (consumer.seen.lastUpdateId < expected.lastUpdateId) {
    await consumer.until(() => consumer.seen.lastUpdateId >= expected.lastUpdateId);
  }
  const book = consumer.seen.book!;
  const levels = (side: string[][]) => side.map(([price, qty]) => [Number(price), Number(qty)]);
  assertEquals([book.bids, book.asks], [levels(expected.bids), levels(expected.asks)]);
  await venue.clock({ held: false });
}

interface Case {
  readonly name: string;
  readonly spec: Record<string, unknown>;
  readonly reason: GapReason;
  readonly times: number;
  /** Silence has to last before it is a fault. */
  readonly isSilent?: boolean;
}

const CASES: readonly Case[] = [
  { name: "a lost connection", spec: { kind: "drop" }, reason: "disconnect", times: 10 },
  {
    name: "a lost connection to a venue that is down for a second",
    spec: { kind: "drop", refuse_ms: 1000, rest: true },
    reason: "disconnect",
    times: 2,
  },
  { name: "a half-open socket", spec: { kind: "half_open" }, reason: "stale", times: 2, isSilent: true },
  {
    name: "a depth stream that went silent",
    spec: { kind: "stale", stream: "depth", ms: 2 * STALE_AFTER },
    reason: "stale",
    times: 2,
    isSilent: true,
  },
  { name: "a missing update id", spec: { kind: "skip_depth", count: 1 }, reason: "sequence", times: 8 },
  { name: "a crossed book", spec: { kind: "crossed", count: 1 }, reason: "crossed", times: 8 },
  { name: "a missing print", spec: { kind: "stale", stream: "trade", count: 3 }, reason: "sequence", times: 6 },
];

for (const { name, spec, reason, times, isSilent } of CASES) {
  Deno.test(`${name} is one gap at once, and the market is whole again within 5 s`, async () => {
    const venue = await startVenue({ speed: 10 });
    try {
      const feed = await openReleased(venue, venue.connect(), { staleAfterMs: STALE_AFTER });
      const consumer = follow(feed);
      const incidents: Incident[] = [];
      for (let i = 0; i < times; i++) incidents.push(await incident(venue, consumer, spec));
      await assertBookIsRight(venue, consumer);
      await feed.close();
      await consumer.done;
      const health = feed.health();

      const toGap = incidents.map((incident) => incident.toGap - (isSilent ? STALE_AFTER : 0));
      const back = incidents.map((incident) => incident.toResumed - incident.toGap);
      console.log(
        `  ${times} x ${spec.kind}: ${distribution(isSilent ? "noticed after the limit" : "noticed", toGap)}; ` +
          distribution("resumed after the gap", back) + `; ${health.recovered} prints recovered`,
      );
      assertEquals(consumer.problems, []);
      assertEquals(incidents.map(({ gap }) => gap.reason), incidents.map(() => reason));
      assertEquals(consumer.seen.gaps.length, times);
      assertEquals([health.gaps, health.unrecovered], [times, 0]);
      assertEquals(consumer.seen.deltas + health.ignored, health.messages.book);
      for (const { toResumed } of incidents) assert(toResumed < PROMISE, `resumed after ${toResumed} ms`);
    } finally {
      await venue.close();
    }
  });
}

Deno.test("messages told twice and out of order change nothing, or are one gap", async () => {
  const venue = await startVenue({ speed: 10 });
  try {
    const feed = await openReleased(venue, venue.connect());
    const consumer = follow(feed);
    await venue.fault({ kind: "duplicate", stream: "depth", count: 20 });
    await venue.fault({ kind: "duplicate", stream: "trade", count: 20 });
    const { books } = consumer.seen;
    await consumer.until(() => feed.health().duplicates === 20 && consumer.seen.books > books + 40);
    assertEquals([consumer.seen.gaps.length, feed.health().ignored], [0, 20]);
    const { gap } = await incident(venue, consumer, { kind: "reorder", stream: "depth", count: 1 });
    assertEquals(gap.reason, "sequence");
    await assertBookIsRight(venue, consumer);
    await feed.close();
    await consumer.done;
    assertEquals(consumer.problems, []);
  } finally {
    await venue.close();
  }
});

Deno.test("a REST interface that fails while the book is fetched again is asked once more", async () => {
  const venue = await startVenue({ speed: 10 });
  try {
    const feed = await openReleased(venue, venue.connect());
    const consumer = follow(feed);
    await venue.fault({ kind: "http_error", path: "/api/v3/depth", count: 4, status: 503 });
    const { toResumed } = await incident(venue, consumer, { kind: "skip_depth", count: 1 });
    assert(toResumed < PROMISE);
    await assertBookIsRight(venue, consumer);
    await feed.close();
    await consumer.done;
    assertEquals(consumer.problems, []);
  } finally {
    await venue.close();
  }
});

Deno.test("closing a feed in the middle of its recovery ends it at once", async () => {
  const venue = await startVenue({ speed: 10 });
  const feed = await openReleased(venue, venue.connect());
  const consumer = follow(feed);
  const gone = consumer.until(() => consumer.seen.isLost);
  await venue.net.close();
  await gone;
  await feed.close();
  await consumer.done;
  assertEquals(feed.health().state, "closed");
  await venue.close();
});

Deno.test("a stream of prints alone notices a dead socket by what REST has and it has not", async () => {
  const venue = await startVenue({ speed: 10 });
  try {
    const ids: number[] = [];
    let isBroken = false;
    const exchange = venue.connect();
    await venue.clock({ held: false });
    for await (const trade of streamTrades(exchange, "BTC/USDT", { staleAfterMs: 300 })) {
      ids.push(Number(trade.id));
      if (ids.length >= 50 && !isBroken) {
        isBroken = true;
        await venue.fault({ kind: "half_open" });
      }
      if (isBroken && trade.origin === "stream" && ids.length > 400) break;
    }
    assertEquals(ids, ids.map((_, i) => ids[0]! + i));
  } finally {
    await venue.close();
  }
});

Deno.test("prints on a socket of their own: its end is noticed, told or untold, before the first print or after", async () => {
  for (const { id, isHeard } of [{ id: "binance", isHeard: true }, { id: "otherwise", isHeard: false }]) {
    const venue = await startVenue({ speed: 10 });
    try {
      const exchange = Object.assign(venue.connect(), { id });
      exchange.options.streamLimits = { spot: 2 };
      const feed = openFeed(exchange, "BTC/USDT");
      const consumer = follow(feed);
      await feed.ready;
      const clients = Object.values(exchange.clients) as unknown as Client[];
      const prints = clients.find(({ subscriptions }) => "trade::BTC/USDT" in subscriptions)!;
      assertEquals(clients.length, 2);
      if (isHeard) {
        await venue.clock({ held: false });
        await consumer.until(() => consumer.seen.trades > 20);
        // Nobody is told.
        Object.assign(prints.connection!, { onclose: null, onerror: null });
      }
      prints.connection!.close();
      await consumer.until(() => consumer.seen.gaps.length > 0);
      assertEquals(consumer.seen.gaps[0]!.reason, "disconnect");
      await venue.clock({ held: false });
      const { trades } = consumer.seen;
      await consumer.until(() => consumer.seen.trades > trades + 20);
      await feed.close();
      await consumer.done;
      if (isHeard) assertEquals(consumer.problems, []);
    } finally {
      await venue.close();
    }
  }
});
