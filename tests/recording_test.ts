import { assert, assertEquals, assertGreater, assertMatch, assertRejects } from "@std/assert";
import fc from "fast-check";
import { createBookReference } from "makerbook/book_check.ts";
import { DataError } from "makerbook/data_error.ts";
import { createRandom } from "makerbook/random.ts";
import {
  listRuns,
  openTape,
  readEvents,
  readRecording,
  readTable,
  readTape,
  readTapeParts,
  writeTape,
} from "makerbook/recording.ts";
import { readRecordingParts } from "makerbook/recording_parts.ts";
import { createRows } from "makerbook/rows.ts";
import { createStore } from "makerbook/store.ts";
import { CLEAR, createTape, LAST, LEVEL, playRow, type Tape, TRADE } from "makerbook/tape.ts";
import type { Book, Gap, Level, Market, MarketEvent, Trade } from "makerbook/types.ts";
import { checkRun, checkTable, readReference, runProblems } from "../scripts/verify.ts";
import { openDuckDb } from "../scripts/duckdb.ts";
import { fileSource } from "../testnet/source.ts";

const RAW = new URL("../data/sample/binance_spot_btcusdt_20240808", import.meta.url).pathname;
const GEMINI = new URL("../data/sample/gemini_ethusd_20210701.parquet", import.meta.url).pathname;
const SYMBOL = "BTC/USDT";
const MARKET: Market = { symbol: SYMBOL, base: "BTC", quote: "USDT", rules: { tickSize: 0.01, lotSize: 0.00001 } };
const START = Date.UTC(2024, 7, 8, 23, 59, 59) * 1000;

async function withFolder(run: (root: string) => Promise<void>) {
  const root = await Deno.makeTempDir({ prefix: "makerbook-" });
  try {
    await run(root);
  } finally {
    await Deno.remove(root, { recursive: true });
  }
}

/** Records events as a session does. */
async function record(root: string, run: string, events: readonly MarketEvent[], now = 0): Promise<void> {
  const store = createStore({ root, run, symbol: SYMBOL, market: MARKET, now: () => now });
  for (const [seq, event] of events.entries()) {
    if (event.type === "book") store.book(event, seq);
    else if (event.type === "trade") store.trade(event, seq);
    else store.gap(event, seq);
  }
  await store.close();
}

/** What a session that saw the events handed to its desk. */
function tapeOf(events: readonly MarketEvent[], source: string): Tape {
  const tape = createTape({ symbol: SYMBOL, base: "BTC", quote: "USDT", tickSize: 0.01, lotSize: 0.00001, source });
  const rows = createRows(0.01, tape.row);
  for (const event of events) rows(event);
  return tape.build();
}

/** Parts of a tape as one; with the last one's source, which knows of a hole. */
function joined(parts: readonly Tape[]): Tape {
  const builder = createTape({ ...parts.at(-1)! });
  for (const part of parts) for (let i = 0; i < part.length; i++) playRow(part, i, builder.row);
  return builder.build();
}

/** A tape's info and columns, to compare. */
function plain(tape: Tape) {
  return { ...tape, minQty: tape.minQty, minNotional: tape.minNotional };
}

const cents = fc.integer({ min: 1, max: 9_000_000 }).map((ticks) => ticks / 100);
const quantity = fc.integer({ min: 0, max: 1_000 }).map((lots) => lots / 100_000);
const levels = fc.array(fc.tuple(cents, quantity), { maxLength: 5 }) as fc.Arbitrary<Level[]>;

/** Any market event but for its times, which follow from its place. */
const anyEvent = fc.oneof(
  fc.record({ snapshot: fc.boolean(), bids: levels, asks: levels, told: fc.boolean() }).map((b): Partial<Book> => ({
    type: "book",
    snapshot: b.snapshot,
    bids: b.bids,
    asks: b.asks,
    ...(b.told || b.snapshot ? { changes: { bids: b.bids, asks: b.asks }, lastId: 7 } : {}),
  })),
  fc.record({
    type: fc.constant("trade" as const),
    side: fc.constantFrom("buy" as const, "sell" as const),
    price: cents,
    qty: quantity,
    id: fc.string(),
    origin: fc.constantFrom(undefined, "stream" as const, "backfill" as const, "recovered" as const),
  }) as fc.Arbitrary<Partial<Trade>>,
  fc.record({
    type: fc.constant("gap" as const),
    stream: fc.constantFrom("book" as const, "trades" as const),
    reason: fc.constantFrom("sequence" as const, "disconnect" as const),
    detail: fc.string(),
  }) as fc.Arbitrary<Partial<Gap>>,
);

const anyEvents = fc.array(fc.tuple(anyEvent, fc.integer({ min: 0, max: 300_000 })), { maxLength: 40 })
  .map((drafts) => {
    let ts = START;
    return drafts.map(([draft, step]) =>
      ({ symbol: SYMBOL, exchTs: ts += step, localTs: ts + 5_000, ...draft }) as MarketEvent
    );
  });

Deno.test("a recording replays row by row what the session saw, whatever the market did", () =>
  withFolder(async (root) => {
    let n = 0;
    await fc.assert(
      fc.asyncProperty(anyEvents, async (events) => {
        if (events.length === 0) return;
        const run = `run${n++}`;
        await record(root, run, events);
        const tape = await readRecording(root, run);
        assertEquals(plain(tape), plain(tapeOf(events, `${root}, run ${run}`)));
        const rows = 1 + n % 7;
        const parts = await Array.fromAsync(readRecordingParts(root, { run, rows }));
        assertEquals(plain(joined(parts)), plain(tape));
        // A message is never cut, so that no part is much longer than was asked for.
        assert(parts.slice(0, -1).every(({ length }) => length >= rows && length < rows + 12));
      }),
      { numRuns: 40, seed: 20240808 },
    );
  }));

Deno.test("a tape file gives back every row and what the tape is of", () =>
  withFolder(async (root) => {
    const path = `${root}/tape.parquet`;
    await fc.assert(
      fc.asyncProperty(
        anyEvents,
        fc.option(quantity.filter((q) => q > 0), { nil: undefined }),
        async (events, minQty) => {
          const tape = { ...tapeOf(events, "a test"), minQty };
          await writeTape(path, tape);
          assertEquals(plain(await readTape(path)), plain(tape));
        },
      ),
      { numRuns: 40, seed: 20240808 },
    );
  }));

Deno.test("one flipped bit in a tape file is an error, or changes nothing that is read", () =>
  withFolder(async (root) => {
    const path = `${root}/tape.parquet`;
    await writeTape(path, tapeOf(someTrades(200), "a test"));
    const whole = plain(await readTape(path));
    const bytes = await Deno.readFile(path);
    const random = createRandom(5);
    const refusal = (error: unknown) => {
      assert(error instanceof DataError, String(error));
      return true;
    };
    let refused = 0, refusedInParts = 0;
    for (let i = 0; i < 300; i++) {
      const [at, bit] = [random.integer(bytes.length), 1 << random.integer(8)];
      bytes[at]! ^= bit;
      await Deno.writeFile(path, bytes);
      bytes[at]! ^= bit;
      const what = `bit ${bit} of byte ${at}`;
      const isRefused = await readTape(path).then((tape) => assertEquals(plain(tape), whole, what), refusal);
      if (isRefused) refused++;
      if (i % 4 > 0) continue;
      // Some rows at a time it is found as well, before the last of them.
      const parts = Array.fromAsync(readTapeParts(path, 64));
      const areRefused = await parts.then((parts) => assertEquals(plain(joined(parts)), whole, what), refusal);
      if (areRefused) refusedInParts++;
    }
    assertGreater(refused, 150);
    assertGreater(refusedInParts, 37);
  }));

function someTrades(count: number): Trade[] {
  return Array.from({ length: count }, (_, i) => ({
    type: "trade",
    symbol: SYMBOL,
    id: String(i),
    side: "buy",
    price: 60_000,
    qty: 1,
    exchTs: START + i,
    localTs: START + i,
  }));
}

Deno.test("the latest run is taken where none is named, and an unknown one is an error with those there are", () =>
  withFolder(async (root) => {
    await record(root, "b", someTrades(2), 1_000);
    await record(root, "a", someTrades(3), 2_000);
    assertEquals((await openTape(root)).length, 3);
    assertEquals((await readRecording(root, "b")).length, 2);
    assertEquals(listRuns(root).map(({ run }) => run), ["b", "a"]);
    await assertRejects(() => readRecording(root, "c"), DataError, `${root}: no run c (there is: b, a)`);
  }));

Deno.test("events behind a hole, which a killed process can leave, are left out and the tape says so", () =>
  withFolder(async (root) => {
    const store = createStore({ root, run: "r", symbol: SYMBOL, market: MARKET });
    for (const [i, trade] of someTrades(10).entries()) if (i !== 4) store.trade(trade, i);
    await store.close();
    const { events, leftOut } = await readEvents(root, "r");
    assertEquals([events.length, leftOut], [4, 5]);
    assertEquals((await openTape(root)).source, `${root}, run r, without 5 events behind a hole`);
    const parts = await Array.fromAsync(readRecordingParts(root, { rows: 3 }));
    assertEquals(parts.map(({ length }) => length), [3, 1]);
    assertEquals(parts.at(-1)!.source, `${root}, run r, without 5 events behind a hole`);
    await assertRejects(
      () => Array.fromAsync(readRecordingParts(root, { run: "x" })),
      DataError,
      "no run x (there is: r)",
    );
  }));

/** What verify says of a run of one message a market second, books and trades in turn, after something was done to its files. */
async function verdict(options: {
  speed?: number;
  skip?: (seq: number) => boolean;
  isStopped?: boolean;
  removed?: readonly string[];
}): Promise<string> {
  const { speed = 1, skip = () => false, isStopped = false, removed = [] } = options;
  const root = await Deno.makeTempDir({ prefix: "makerbook-" });
  let wall = 1_000;
  const store = createStore({ root, run: "r", symbol: SYMBOL, market: MARKET, now: () => wall });
  for (const [seq, trade] of someTrades(300).entries()) {
    wall += 1_000 / speed;
    const times = { exchTs: START + seq * 1e6, localTs: START + seq * 1e6 };
    if (skip(seq)) continue;
    if (seq % 2 === 1) store.trade({ ...trade, ...times }, seq);
    else store.book({ type: "book", symbol: SYMBOL, bids: [], asks: [], snapshot: true, ...times }, seq);
  }
  store.risk({ localTs: START + 300e6, event: isStopped ? "stopped" : "resumed", reason: "none", wallMs: wall });
  await store.close();
  for (const path of removed) await Deno.remove(`${root}/${path}`);
  const problems = runProblems(await checkRun(root, "r"));
  await Deno.remove(root, { recursive: true });
  return problems.join("\n");
}

Deno.test("a hole is a kill's only in the last 5 s of a run that was not stopped; anything else is a problem", async () => {
  assertEquals(await verdict({ isStopped: true }), "");
  const end = (from: number) => (seq: number) => seq >= from && seq % 2 === 1;
  assertEquals(await verdict({ skip: end(297) }), "");
  assertEquals(
    await verdict({ skip: end(297), isStopped: true }),
    "run r: event 297 is missing, 4 s before its end, with 1 events behind it: a kill loses no more than the last 5 s, " +
      "so files were removed or changed",
  );
  assertMatch(await verdict({ skip: end(201) }), /event 201 is missing, 100 s before its end/);
  // The same at twenty market seconds a second are five on the wall.
  assertEquals(await verdict({ skip: end(201), speed: 20 }), "");
  assertMatch(await verdict({ removed: ["trades/2024-08-09/00.parquet"] }), /event 1 is missing/);
  const midnight = ["trades/2024-08-09/00.parquet", "orderbook/2024-08-09/00.parquet"];
  assertMatch(await verdict({ removed: midnight }), /event 1 is missing, 300 s before its end, with 0 events behind/);
  const evening = ["orderbook/2024-08-08/23.parquet"];
  assertMatch(await verdict({ removed: evening, speed: 100 }), /event 0 is missing, from its beginning/);
});

Deno.test("a recording that does not say its tick size needs the market", () =>
  withFolder(async (root) => {
    const store = createStore({ root, run: "r", symbol: SYMBOL });
    store.trade(someTrades(1)[0]!, 0);
    await store.close();
    await assertRejects(() => readRecording(root), DataError, "run r does not say its tick size");
    assertEquals((await readRecording(root, "r", MARKET)).priceTicks[0], 6_000_000);
  }));

Deno.test("what is not a tape is an error of one line with its path", () =>
  withFolder(async (root) => {
    await assertRejects(() => openTape(`${root}/none`), DataError, `${root}/none: no such file or folder`);
    await assertRejects(() => openTape(root), DataError, `${root}: no recording here`);
    await record(root, "r", someTrades(1));
    const trades = `${root}/trades/2024-08-08/23.parquet`;
    await assertRejects(() => openTape(trades), DataError, `${trades}: Parquet, but not a tape`);
    const bytes = await Deno.readFile(GEMINI);
    await Deno.writeFile(`${root}/cut.parquet`, bytes.subarray(0, 1234));
    await assertRejects(
      () => openTape(`${root}/cut.parquet`),
      DataError,
      `${root}/cut.parquet: truncated or not Parquet (no PAR1 footer, 1234 bytes)`,
    );
    await Deno.writeFile(trades, bytes.subarray(0, 1234));
    await assertRejects(() => openTape(root), DataError, `${trades}: truncated or not Parquet`);
    await assertRejects(() => readTable(root, "trades"), DataError, `${trades}: truncated or not Parquet`);
  }));

Deno.test("the shipped Gemini day is a whole day of quotes and trades, its book never crossed", async () => {
  const tape = await openTape(GEMINI);
  assertEquals([tape.symbol, tape.tickSize, tape.lotSize, tape.length], ["ETH/USD", 0.01, 0.000001, 249_627]);
  assertEquals([tape.kind[0], tape.localTs[0]], [CLEAR, Date.UTC(2021, 6, 1) * 1000]);
  assertEquals(tape.kind.filter((kind) => kind === TRADE).length, 25_222);
  const best = new Map<number, number>();
  let messages = 0;
  for (let i = 0; i < tape.length; i++) {
    if (i > 0) assert(tape.localTs[i]! >= tape.localTs[i - 1]!);
    if (tape.kind[i] !== LEVEL) continue;
    if (tape.qty[i]! > 0) best.set(tape.side[i]!, tape.priceTicks[i]!);
    else if (best.get(tape.side[i]!) === tape.priceTicks[i]) best.delete(tape.side[i]!);
    if (!(tape.flags[i]! & LAST)) continue;
    messages++;
    assert(best.get(1)! < best.get(-1)!);
  }
  assertEquals(messages, 72_180);
});

/** The raw recording as a feed that loses nothing yields it. */
async function rawEvents(): Promise<{ events: MarketEvent[]; depth: number; trades: number }> {
  const early: Book[] = [];
  const events: MarketEvent[] = [];
  const count = { depth: 0, trades: 0 };
  const parse = (side: [string, string][]): Level[] => side.map(([price, qty]) => [Number(price), Number(qty)]);
  const book = (changes: { bids: Level[]; asks: Level[] }, rest: Partial<Book>) =>
    ({ type: "book", symbol: SYMBOL, bids: [], asks: [], snapshot: false, changes, ...rest }) as Book;
  for await (const batch of (await fileSource(RAW)).messages()) {
    for (const { json, receivedNs } of batch) {
      const localTs = Math.floor(receivedNs! / 1000);
      const parsed = JSON.parse(json);
      const { e, E, U, u, b, a, t, p, q, T, m } = parsed.data ?? {};
      if (parsed.lastUpdateId !== undefined) {
        const changes = { bids: parse(parsed.bids), asks: parse(parsed.asks) };
        events.push(book(changes, { snapshot: true, lastId: parsed.lastUpdateId, exchTs: localTs, localTs }));
        // What came before the snapshot is kept until it is there, as the exchange's documentation says.
        events.push(...early.splice(0).filter(({ lastId }) => lastId! > parsed.lastUpdateId));
      } else if (e === "depthUpdate") {
        count.depth++;
        const delta = book({ bids: parse(b), asks: parse(a) }, { firstId: U, lastId: u, exchTs: E * 1000, localTs });
        (events.some((event) => event.type === "book") ? events : early).push(delta);
      } else if (e === "trade") {
        count.trades++;
        const [price, qty, side] = [Number(p), Number(q), m ? "sell" : "buy"] as const;
        events.push({ type: "trade", symbol: SYMBOL, id: String(t), side, price, qty, exchTs: T * 1000, localTs });
      }
    }
  }
  return { events, ...count };
}

Deno.test("the book rebuilt from our Parquet is the exchange's best bid and ask after every message of the recording", () =>
  withFolder(async (root) => {
    const { events, depth, trades } = await rawEvents();
    await record(root, "whole", events);
    const db = openDuckDb();
    try {
      assertEquals((await checkTable(db, root, "trades")).rows, trades);
      const books = await checkTable(db, root, "orderbook");
      // Two messages end before the snapshot; a feed leaves them out. The snapshot is a row of its own.
      assertEquals([books.rows, books.problems], [depth - 2 + 1, []]);
      const [same] = await db.query(
        `select count(*)::int as n, sum(len(bid_price) + len(ask_price))::int as changes
         from read_parquet('${root}/orderbook/*/*.parquet') where kind = 'delta'`,
      );
      const changes = events.reduce(
        (sum, event) =>
          sum +
          (event.type === "book" && !event.snapshot ? event.changes!.bids.length + event.changes!.asks.length : 0),
        0,
      );
      assertEquals(same, { n: depth - 2, changes });
    } finally {
      await db.close();
    }
    const check = await checkRun(root, "whole", await readReference(RAW, 0.01));
    assertEquals([check.deltas, check.trades, check.gaps, check.leftOut], [depth - 2, trades, 0, 0]);
    // At two messages the recording's own depth and bookTicker disagree, whoever applies them.
    assertEquals(check.book, {
      matched: 6_492,
      mismatched: 0,
      contradictory: 2,
      unchecked: 0,
      breaks: 0,
      examples: [],
    });
  }));

Deno.test("a lost message, a wrong price and a wrong size do not pass the comparison", () => {
  const reference = createBookReference(0.01);
  for (
    const message of [
      { lastUpdateId: 10, bids: [["9.99", "1"]], asks: [["10.01", "1"]] },
      { u: 11, b: "10.00", B: "2", a: "10.01", A: "1" },
      { data: { U: 11, u: 12, b: [["10.00", "2"]], a: [] } },
      { u: 14, b: "10.00", B: "2", a: "10.01", A: "3" },
      { data: { U: 13, u: 14, b: [], a: [["10.01", "3"]] } },
    ]
  ) reference.message(JSON.stringify(message));
  const book = (lastId: number, bids: Level[], asks: Level[]): Book => ({
    type: "book",
    symbol: SYMBOL,
    bids: [],
    asks: [],
    snapshot: lastId === 10,
    changes: { bids, asks },
    firstId: lastId === 10 ? undefined : lastId - 1,
    lastId,
    exchTs: 0,
    localTs: 0,
  });
  const first = book(10, [[9.99, 1]], [[10.01, 1]]);
  const good = [first, book(12, [[10, 2]], []), book(14, [], [[10.01, 3]])];
  const outcome = (events: Book[]) => {
    const { matched, mismatched, breaks } = reference.compare(events);
    return [matched, mismatched, breaks];
  };
  assertEquals(outcome(good), [2, 0, 0]);
  assertEquals(outcome([first, good[2]!]), [0, 1, 1]);
  assertEquals(outcome([first, book(12, [[10.005, 2]], []), good[2]!]), [0, 2, 0]);
  assertEquals(outcome([first, good[1]!, book(14, [], [[10.01, 4]])]), [1, 1, 0]);
});
