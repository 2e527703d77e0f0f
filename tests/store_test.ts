import { assert, assertEquals, assertRejects, assertStringIncludes, assertThrows } from "@std/assert";
import { DataError } from "makerbook/data_error.ts";
import { readFooter } from "makerbook/parquet.ts";
import { listRuns, readTable, tableFiles } from "makerbook/recording.ts";
import { createStore, type Store } from "makerbook/store.ts";
import { isoMicros } from "makerbook/store_csv.ts";
import type { Book, Gap, Market, Quote, Trade } from "makerbook/types.ts";
import { madeUpFill } from "./store_writer.ts";

const NOON = Date.UTC(2024, 7, 8, 12) * 1000;
const HOUR = 3_600_000_000;
const SYMBOL = "BTC/USDT";

const MARKET: Market = { symbol: SYMBOL, base: "BTC", quote: "USDT", rules: { tickSize: 0.01, lotSize: 0.00001 } };

async function withFolder(run: (root: string) => Promise<void>) {
  const root = await Deno.makeTempDir({ prefix: "makerbook-" });
  try {
    await run(root);
  } finally {
    await Deno.remove(root, { recursive: true });
  }
}

function open(root: string, run = "r1"): Store {
  return createStore({ root, run, symbol: SYMBOL, market: MARKET, now: () => 1_700_000_000_000 });
}

function trade(localTs: number, id = "1"): Trade {
  return { type: "trade", symbol: SYMBOL, id, side: "sell", price: 60_000.01, qty: 0.5, exchTs: localTs - 1, localTs };
}

const BOOK: Book = {
  type: "book",
  symbol: SYMBOL,
  bids: [[60_000, 1], [59_999.99, 2]],
  asks: [[60_000.01, 3]],
  snapshot: false,
  changes: { bids: [[59_998, 0]], asks: [] },
  firstId: 50_093_239_208,
  lastId: 50_093_239_224,
  exchTs: NOON + 1,
  localTs: NOON + 2,
};

const GAP: Gap = {
  type: "gap",
  symbol: SYMBOL,
  stream: "book",
  reason: "sequence",
  detail: "expected update 5, got 7",
  exchTs: NOON + 3,
  localTs: NOON + 4,
};

const QUOTE: Quote = {
  type: "quote",
  id: 1,
  localTs: NOON + 5,
  mid: 60_000.005,
  k: 2,
  tau: 0.25,
  inventory: 0,
  rawBid: 59_999.506,
  bid: 59_999.5,
  bidQty: 0.001,
  askQty: 0,
  bound: "q_max_ask",
};

Deno.test("each record becomes one row of its table, joined to the market event it followed", () =>
  withFolder(async (root) => {
    const store = open(root);
    store.book({ ...BOOK, snapshot: true, changes: { bids: BOOK.bids, asks: BOOK.asks } }, 0);
    store.book(BOOK, 1);
    store.trade({ ...trade(NOON + 3), origin: "backfill" }, 2);
    store.gap(GAP, 3);
    store.gap({ ...GAP, stream: "trades" }, 4);
    store.quote(QUOTE);
    store.order({
      type: "order",
      id: "7",
      quoteId: 1,
      side: "buy",
      priceTicks: 5_999_950,
      lots: 100,
      price: 59_999.5,
      qty: 0.001,
      sentTs: NOON + 4,
      acceptedTs: NOON + 5,
      queueAhead: 0.25,
      filledQty: 0.001,
      localTs: NOON + 6,
      end: "filled",
    });
    store.fill(madeUpFill(0, NOON));
    store.pnl({ localTs: NOON + 6, equity: 1, cash: -2, position: 0.1, fees: 0.5 });
    store.risk({ localTs: NOON + 6, event: "resumed", reason: "book", wallMs: 12.5 });
    assertEquals(store.counts(), {
      snapshots: 1,
      deltas: 1,
      bookGaps: 1,
      trades: 0,
      backfilled: 1,
      recovered: 0,
      tradeGaps: 1,
      quotes: 1,
      orders: 1,
      fills: 1,
      pnl: 1,
      risk: 1,
    });
    await store.close();

    const books = await readTable(root, "orderbook");
    assertEquals(books.kind, ["snapshot", "delta", "gap"]);
    assertEquals(books.seq, [0, 1, 3]);
    assertEquals(books.bid_price, [[60_000, 59_999.99], [59_998], []]);
    assertEquals(books.bid_qty[1], [0]);
    assertEquals([books.first_id[1], books.last_id[1]], [50_093_239_208, 50_093_239_224]);
    assertEquals(books.best_bid, [60_000, 60_000, undefined]);
    assertEquals([books.reason[2], books.detail[2]], ["sequence", "expected update 5, got 7"]);
    const trades = await readTable(root, "trades");
    assertEquals(trades.kind, ["backfill", "gap"]);
    assertEquals([trades.side[0], trades.price[0], trades.price[1]], ["sell", 60_000.01, undefined]);
    const orders = await readTable(root, "orders");
    assertEquals([orders.id[0], orders.accepted_ts[0], orders.queue_ahead[0]], ["7", NOON + 5, 0.25]);
    assertEquals([orders.cancel_sent_ts[0], orders.touch_distance[0], orders.end[0]], [undefined, undefined, "filled"]);
    const quotes = await readTable(root, "quotes");
    assertEquals([quotes.seq[0], quotes.k_tau[0], quotes.ask[0], quotes.bound[0]], [4, 0.5, undefined, "q_max_ask"]);
    assertEquals(quotes.bid_rounding[0], 59_999.5 - 59_999.506);
    assertEquals((await readTable(root, "fills")).id, ["f0"]);
    assertEquals((await readTable(root, "pnl")).mid, [undefined]);
    assertEquals((await readTable(root, "risk")).wall_ms, [12.5]);
    assertEquals(listRuns(root), [{ run: "r1", symbol: SYMBOL, started: 1_700_000_000_000, market: MARKET }]);
  }));

Deno.test("a row goes to the file of its UTC hour by localTs, also when it comes late", () =>
  withFolder(async (root) => {
    const store = open(root);
    store.trade(trade(NOON + HOUR - 1), 0);
    store.trade(trade(NOON + HOUR), 1);
    store.trade(trade(NOON + 12 * HOUR), 2);
    await store.flush();
    store.trade(trade(NOON + 5), 3);
    await store.close();
    assertEquals(tableFiles(root, "trades").map((file) => file.slice(root.length)), [
      "/trades/2024-08-08/12.parquet",
      "/trades/2024-08-08/13.parquet",
      "/trades/2024-08-09/00.parquet",
    ]);
    assertEquals((await readTable(`${root}/trades/2024-08-08/12.parquet`, "trades")).seq, [0, 3]);
  }));

Deno.test("a later run continues the hour's file and keeps what is there", () =>
  withFolder(async (root) => {
    for (const run of ["a", "b", "c"]) {
      const store = open(root, run);
      for (let i = 0; i < 3; i++) {
        store.trade(trade(NOON + i), i);
        await store.flush();
      }
      await store.close();
    }
    assertEquals(tableFiles(root, "trades").length, 1);
    assertEquals((await readTable(root, "trades")).run, ["a", "a", "a", "b", "b", "b", "c", "c", "c"]);
    assertEquals((await readTable(root, "trades", { run: "b" })).seq, [0, 1, 2]);
    assertEquals(listRuns(root).map(({ run }) => run), ["a", "b", "c"]);
    // Nine flushes, but one row group a run: small ones grow until they are worth a group.
    assertEquals(readFooter(tableFiles(root, "trades")[0]!).head.groups.length, 3);
  }));

Deno.test("a file that is flushed row by row has few row groups at every moment, and one when it is over", () =>
  withFolder(async (root) => {
    const store = open(root);
    const ids: string[] = [];
    const groups: number[] = [];
    for (let i = 0; i < 60; i++) {
      ids.push(`${i}`);
      store.trade(trade(NOON + i, `${i}`), i);
      await store.flush();
      const [path] = tableFiles(root, "trades");
      groups.push(readFooter(path!).head.groups.length);
      assertEquals((await readTable(path!, "trades")).trade_id, ids);
    }
    assert(groups.every((count) => count <= 17), `${groups}`);
    store.trade(trade(NOON + 3_600_000_000, "next hour"), 60);
    await store.flush();
    assertEquals(tableFiles(root, "trades").map((path) => readFooter(path).head.groups.length), [1, 1]);
    await store.close();
  }));

Deno.test("a file that is taken away before its first row group is finished comes back with all of its rows", () =>
  withFolder(async (root) => {
    const store = open(root);
    const ids = ["1", "2", "3", "4"];
    for (const id of ids) {
      store.trade(trade(NOON, id), Number(id));
      await store.flush();
      if (id === "2") await Deno.remove(tableFiles(root, "trades")[0]!);
    }
    assertEquals((await readTable(tableFiles(root, "trades")[0]!, "trades")).trade_id, ids);
    await store.close();
  }));

Deno.test("many rows make several row groups, and none is lost between them", () =>
  withFolder(async (root) => {
    const store = open(root);
    let seq = 0;
    for (let batch = 0; batch < 12; batch++) {
      const flushed = store.flush();
      for (let i = 0; i < 5000; i++) {
        store.trade({ ...trade(NOON + seq, String(seq)), qty: Math.sin(seq) ** 2 }, seq);
        seq++;
      }
      await flushed;
    }
    await store.close();
    const trades = await readTable(root, "trades");
    assertEquals(trades.trade_id, Array.from({ length: seq }, (_, i) => String(i)));
    assert(readFooter(tableFiles(root, "trades")[0]!).head.groups.length > 1);
  }));

Deno.test("handOver() writes at most once a second of wall time, and not without rows", () =>
  withFolder(async (root) => {
    let wall = 1_000_000;
    const store = createStore({ root, run: "r", symbol: SYMBOL, now: () => wall });
    assertEquals(store.handOver(), undefined);
    const wrote: boolean[] = [];
    for (const [i, step] of [0, 400, 599, 1, 1].entries()) {
      wall += step;
      store.trade(trade(NOON + i), i);
      const write = store.handOver();
      await write;
      wrote.push(write !== undefined);
    }
    assertEquals(wrote, [true, false, false, true, false]);
    await store.close();
    assertEquals((await readTable(root, "trades")).seq, [0, 1, 2, 3, 4]);
  }));

Deno.test("a second recorder of the same folder is told who has it, until the first one closes", () =>
  withFolder(async (root) => {
    const first = open(root, "first");
    assertThrows(
      () => open(root, "second"),
      DataError,
      `${root}: another recorder writes here (run first, process ${Deno.pid}); stop it, or set paths.data to another folder`,
    );
    await first.close();
    await open(root, "second").close();
  }));

Deno.test("the lock of a process that is gone is taken over, its temporary files are removed", () =>
  withFolder(async (root) => {
    await Deno.writeTextFile(`${root}/.lock`, "run dead, process 4194305\n");
    await Deno.mkdir(`${root}/trades/2024-08-08`, { recursive: true });
    await Deno.writeTextFile(`${root}/trades/2024-08-08/12.parquet.tmp`, "half a file");
    await open(root).close();
    assertEquals([...Deno.readDirSync(`${root}/trades/2024-08-08`)], []);
  }));

Deno.test("CSV has a header, whole lines and times as text; a torn last line is cut off by the next recorder", () =>
  withFolder(async (root) => {
    const path = `${root}/pnl/2024-08-08/12.csv`;
    const first = open(root);
    first.pnl({ localTs: NOON + 1, equity: 1.5, cash: -2, position: 0 });
    await first.close();
    const header = "run,seq,symbol,local_ts,equity,cash,position,mid,spread_captured,inventory_pnl,fees\n";
    const line = "r1,,BTC/USDT,2024-08-08T12:00:00.000001Z,1.5,-2,0,,,,\n";
    assertEquals(await Deno.readTextFile(path), header + line);
    for (const torn of [header + line + "r1,,BTC/US", header + line, header.slice(0, 5), ""]) {
      await Deno.writeTextFile(path, torn);
      const next = open(root);
      next.pnl({ localTs: NOON + 1, equity: 1.5, cash: -2, position: 0 });
      await next.close();
      assertEquals(await Deno.readTextFile(path), header + (torn.includes(line) ? line + line : line));
    }
  }));

Deno.test("CSV quotes text with commas, quotes and line ends", () =>
  withFolder(async (root) => {
    const store = open(root, 'run "1", again');
    store.fill(madeUpFill(0, NOON));
    await store.close();
    const text = await Deno.readTextFile(`${root}/fills/2024-08-08/12.csv`);
    assertStringIncludes(text, '"run ""1"", again",,BTC/USDT,f0,');
  }));

Deno.test("isoMicros() keeps every microsecond", () => {
  assertEquals(isoMicros(1_723_161_255_208_001), "2024-08-08T23:54:15.208001Z");
  assertEquals(isoMicros(0), "1970-01-01T00:00:00.000000Z");
});

Deno.test("a failure to write is one line, told once, and its rows are written when writing works again", () =>
  withFolder(async (root) => {
    const store = open(root);
    store.trade(trade(NOON), 0);
    await store.flush();
    // A folder in the way of the temporary file: as good as a full disk.
    const blocked = `${root}/trades/2024-08-08/12.parquet.tmp`;
    await Deno.mkdir(`${blocked}/x`, { recursive: true });
    store.trade(trade(NOON + 1), 1);
    store.risk({ localTs: NOON, event: "started" });
    const error = await assertRejects(() => store.flush(), DataError, "trades/2024-08-08/12.parquet: cannot write (");
    assertEquals(error.message.split("\n").length, 1);
    assertEquals(await store.error, error);
    assertEquals((await readTable(root, "trades")).seq, [0]);
    assertEquals((await readTable(root, "risk")).event, ["started"]);
    await Deno.remove(blocked, { recursive: true });
    store.trade(trade(NOON + 2), 2);
    await store.close();
    assertEquals((await readTable(root, "trades")).seq, [0, 1, 2]);
  }));

Deno.test("close() rejects where the last rows cannot be written, and lets go of the folder", () =>
  withFolder(async (root) => {
    await Deno.writeTextFile(`${root}/trades`, "a file where the folder should be");
    const store = open(root);
    store.trade(trade(NOON), 0);
    await assertRejects(() => store.close(), DataError, "trades/2024-08-08/12.parquet: cannot write (");
    await open(root).close();
  }));

Deno.test("a folder that cannot be made is an error of one line", () =>
  withFolder(async (root) => {
    await Deno.writeTextFile(`${root}/file`, "");
    assertThrows(() => open(`${root}/file/data`), DataError, `${root}/file/data: cannot record here (`);
  }));

Deno.test("a file that somebody else wrote to is left alone", () =>
  withFolder(async (root) => {
    const store = open(root);
    store.trade(trade(NOON), 0);
    await store.flush();
    const path = tableFiles(root, "trades")[0]!;
    // Long enough a file that its first row group is finished.
    for (let i = 1; i < 30_000; i++) store.trade({ ...trade(NOON + i), qty: Math.sin(i) ** 2 }, i);
    await store.flush();
    await Deno.writeTextFile(path, "somebody else's");
    store.trade(trade(NOON), 30_000);
    await assertRejects(() => store.flush(), DataError, "was changed by another program (15 bytes");
    assertEquals(await Deno.readTextFile(path), "somebody else's");
    await assertRejects(() => store.close(), DataError);
  }));

Deno.test("a damaged file that might be continued is told at the start, before anything is written", () =>
  withFolder(async (root) => {
    for (const day of ["2024-08-07", "2024-08-08"]) {
      const path = `${root}/trades/${day}/12.parquet`;
      await Deno.mkdir(`${root}/trades/${day}`, { recursive: true });
      await Deno.writeTextFile(path, "PAR1 but not whole");
      await Deno.mkdir(`${root}/trades/2024-08-09`, { recursive: true });
      const error = assertThrows(() => open(root), DataError);
      assertEquals(
        error.message,
        `${path}: truncated or not Parquet (no PAR1 footer, 18 bytes); move it away, or set paths.data to another folder`,
      );
      assertEquals([...Deno.readDirSync(root)].map(({ name }) => name).sort(), [".lock", "trades"]);
      await Deno.remove(path);
    }
    // The folder was let go of.
    await open(root).close();
  }));

Deno.test("a file that is damaged while recording is not continued", () =>
  withFolder(async (root) => {
    const store = open(root);
    await Deno.mkdir(`${root}/trades/2024-08-08`, { recursive: true });
    await Deno.writeTextFile(`${root}/trades/2024-08-08/12.parquet`, "PAR1 but not whole");
    store.trade(trade(NOON), 0);
    await assertRejects(() => store.close(), DataError, "truncated or not Parquet (no PAR1 footer, 18 bytes)");
  }));

Deno.test("NaN, a time that is no integer and a closed recorder are refused", () =>
  withFolder(async (root) => {
    const store = open(root);
    assertThrows(() => store.trade({ ...trade(NOON), price: NaN }, 0), RangeError, "trades.price = NaN");
    assertThrows(() => store.trade(trade(NOON + 0.5), 0), RangeError, "trades.exch_ts = ");
    assertThrows(() => store.book({ ...BOOK, bids: [[Infinity, 1]] }, 0), RangeError, "orderbook.best_bid = Infinity");
    await store.close();
    await store.close();
    assertThrows(() => store.trade(trade(NOON), 0), RangeError, `${root}: the recorder of run r1 is closed`);
    assertThrows(
      () => createStore({ root, run: "x", symbol: SYMBOL, flushSeconds: 0 }),
      RangeError,
      "flushSeconds = 0",
    );
  }));
