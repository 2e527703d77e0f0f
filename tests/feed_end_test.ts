import { assert, assertEquals } from "@std/assert";
import { openFeed } from "../lib/ingest.ts";
import type { MarketEvent } from "../lib/types.ts";
import { openPaperSession } from "./paper_session.ts";
import { withTape } from "./testnet_client.ts";
import { openReleased, startVenue } from "./venue.ts";

const ids = (events: readonly MarketEvent[]) =>
  events.flatMap((event) => event.type === "trade" ? [Number(event.id)] : []);

async function take(feed: AsyncIterable<MarketEvent>): Promise<MarketEvent[]> {
  const events: MarketEvent[] = [];
  for await (const event of feed) events.push(event);
  return events;
}

Deno.test("a session longer than the tape ends with it, after everything was delivered", async () => {
  const paper = await openPaperSession({
    session: { minutes: 11 },
    testnet: { speed: 20, start: 640 },
    risk: { stale_after: 0.5 },
  });
  try {
    const report = await paper.session.done;
    assertEquals([report.reason, report.recorded.gaps], ["the recording is over", 0]);
    const { served } = await (await fetch(`${paper.testnet.control}/status`)).json();
    assertEquals([report.recorded.depth, report.recorded.trades], [served.depth, served.trade]);
  } finally {
    await paper.close();
  }
});

Deno.test("a socket that is silent up to the end of the tape is noticed, and what it withheld is fetched", async () => {
  const venue = await startVenue({ speed: 20, start: 640, faults: [{ kind: "half_open", at: 10 }] });
  try {
    const feed = await openReleased(venue, venue.connect(), { staleAfterMs: 500 });
    const events = await take(feed);
    assertEquals([feed.ending, feed.health().gaps], ["the recording is over", 1]);
    const rest = `${venue.net.rest}/api/v3`;
    const [lastTrade] = await (await fetch(`${rest}/trades?symbol=BTCUSDT&limit=1`)).json();
    const traded = ids(events);
    assertEquals(traded, traded.map((_, i) => lastTrade.id - traded.length + 1 + i));
    const lastBook = events.findLast((event) => event.type === "book");
    const { lastUpdateId } = await (await fetch(`${rest}/depth?symbol=BTCUSDT&limit=5`)).json();
    assertEquals(lastBook?.lastId, lastUpdateId);
  } finally {
    await venue.close();
  }
});

Deno.test("a tape whose book stays crossed to its end ends the feed too, with every print", async () => {
  const T0 = 1_700_000_000_000;
  const s = "DOGEFDUSD";
  const depth = (i: number, b: string[][] = []) =>
    JSON.stringify({ e: "depthUpdate", E: T0 + 100 * i, s, U: 101 + i, u: 101 + i, b, a: [] });
  const trade = (i: number) => {
    const T = T0 + 100 * i + 50;
    return JSON.stringify({ e: "trade", E: T, s, t: i, p: "0.17520000", q: "2.00000000", T, m: false, M: true });
  };
  const snapshot = JSON.stringify({ lastUpdateId: 100, bids: [["0.17500000", "5"]], asks: [["0.17520000", "7"]] });
  const moments = Array.from({ length: 30 }, (_, i) => i);
  const lines = moments.flatMap((i) => [depth(i, i === 15 ? [["0.17540000", "1"]] : []), trade(i)]);
  await withTape([snapshot, ...lines], async (path) => {
    const venue = await startVenue({ tape: path, start: 0, speed: 10 });
    try {
      const feed = openFeed(venue.connect(), "DOGE/FDUSD", {
        clock: {
          speed: 10,
          stamp: (exchTs = 0) => exchTs,
          venueState: async () => (await venue.status()).ended ? "ended" : "running",
        },
      });
      await feed.ready;
      await venue.clock({ held: false });
      const events = await take(feed);
      assertEquals(feed.ending, "the recording is over");
      assertEquals(ids(events), moments);
      assertEquals(events.filter((event) => event.type === "gap").map(({ reason }) => reason), ["crossed"]);
      assert(events.every((event) => event.type !== "book" || event.lastId! < 116));
    } finally {
      await venue.close();
    }
  });
});
