import { assert, assertEquals, assertMatch, assertRejects } from "@std/assert";
import fc from "fast-check";
import { join } from "node:path";
import { DataError } from "makerbook/data_error.ts";
import { exportHftbacktest } from "makerbook/import/hftbacktest.ts";
import { type ImportOptions, importTape, openForeign } from "makerbook/import_tape.ts";
import { readTape, writeTape } from "makerbook/recording.ts";
import { checkTape } from "makerbook/tape_check.ts";
import { BUY, CLEAR, createTape, GAP, LAST, LEVEL, SELL, type Tape, TRADE } from "makerbook/tape.ts";
import {
  binanceAggTrades,
  binanceTrades,
  gzip,
  INFO,
  type Made,
  markets,
  rawLines,
  rowsOf,
  tapeOf,
  tardisBook,
  tardisTrades,
  tradeRuns,
  zipOf,
} from "./import_files.ts";

const SAMPLE = new URL("../data/sample/binance_spot_btcusdt_20240808", import.meta.url).pathname;

async function withFolder<T>(run: (folder: string) => Promise<T>): Promise<T> {
  const folder = await Deno.makeTempDir({ prefix: "makerbook-" });
  try {
    return await run(folder);
  } finally {
    await Deno.remove(folder, { recursive: true });
  }
}

/** Writes files and imports their folder. */
function imported(files: Record<string, string | Uint8Array>, options: ImportOptions) {
  return withFolder(async (folder) => {
    for (const [name, content] of Object.entries(files)) {
      const bytes = typeof content === "string" ? new TextEncoder().encode(content) : content;
      await Deno.writeFile(join(folder, name), bytes);
    }
    return await importTape(folder, options);
  });
}

/** One line that names the file, and matches. */
async function assertRefused(files: Record<string, string | Uint8Array>, options: ImportOptions, expected: RegExp) {
  const error = await assertRejects(() => imported(files, options), DataError);
  assertEquals(error.message.split("\n").length, 1, error.message);
  assertMatch(error.message, expected);
}

const RUNS = { numRuns: 40 };

Deno.test("a tape written as Tardis CSVs is read back: rows, messages, both times, tick and lot size", async () => {
  await fc.assert(
    fc.asyncProperty(markets, fc.constantFrom("", ".gz", ".zip"), async (market, ending) => {
      const tape = tapeOf(market);
      const pack = (name: string, text: string) =>
        ending === ".gz" ? gzip(text) : ending === ".zip" ? zipOf(name, text) : text;
      const names = ["binance_trades_2024-03-01_BTCUSDT.csv", "binance_incremental_book_L2_2024-03-01_BTCUSDT.csv"];
      const files = {
        [names[0]! + ending]: pack(names[0]!, tardisTrades(tape)),
        [names[1]! + ending]: pack(names[1]!, tardisBook(tape)),
      };
      const { tape: read } = await imported(files, { from: "tardis" });
      assertEquals(rowsOf(read), rowsOf(tape));
      assertEquals([read.symbol, read.base, read.quote], ["BTC/USDT", "BTC", "USDT"]);
      assertEquals([read.tickSize, read.lotSize], [0.01, 0.001]);
    }),
    RUNS,
  );
});

Deno.test("a tape written as Binance's archive of trades is read back: milliseconds or microseconds, header or none", async () => {
  await fc.assert(
    fc.asyncProperty(
      tradeRuns,
      fc.boolean(),
      fc.boolean(),
      fc.constantFrom("", ".zip", ".csv.zip"),
      async (run, header, millis, packing) => {
        const tape = tapeOf(run, millis ? 1000 : 1, false);
        const text = binanceTrades(tape, { header, millis });
        const name = "BTCUSDT-trades-2024-03-01.csv";
        const files = packing === "" ? { [name]: text } : {
          // The archive's zips leave .csv out, and each has its checksum beside it.
          [`${packing === ".zip" ? name.slice(0, -4) : name}.zip`]: zipOf(name, text),
          [`${name.slice(0, -4)}.zip.CHECKSUM`]: `0123  ${name}\n`,
        };
        const { tape: read, facts } = await imported(files, { from: "binance" });
        assertEquals(rowsOf(read), rowsOf(tape));
        assertEquals([facts.duplicates, facts.missingTrades, facts.holes.length], [0, 0, 0]);
      },
    ),
    RUNS,
  );
});

Deno.test("a tape written as Binance's aggTrades is read back, spot and futures", async () => {
  await fc.assert(
    fc.asyncProperty(tradeRuns, fc.boolean(), async (run, futures) => {
      const tape = tapeOf(run, 1000, false);
      const { tape: read } = await imported({ "BTCUSDT-aggTrades-2024-03.csv": binanceAggTrades(tape, futures) }, {
        from: "binance",
      });
      assertEquals(rowsOf(read), rowsOf(tape));
    }),
    RUNS,
  );
});

Deno.test("a tape written as raw messages is read back", async () => {
  await fc.assert(
    fc.asyncProperty(markets, async (market) => {
      const tape = tapeOf(market, 1000);
      const { tape: read } = await imported({ "raw.jsonl": rawLines(market, tape) }, { from: "raw" });
      // A diff has bids before asks, and the first one, which continues the snapshot, changes nothing.
      const sorted = (rows: number[][]) => rows.map(([k, s, , e, l, p, q]) => [k, s, e, l, p, q].join()).toSorted();
      assertEquals(sorted(rowsOf(read).filter(([k, s]) => k !== LEVEL || s !== 0)), sorted(rowsOf(tape)));
    }),
    RUNS,
  );
});

Deno.test("a tape written as hftbacktest's events is read back to the microsecond, packed or not", async () => {
  await fc.assert(
    fc.asyncProperty(markets, fc.boolean(), async (market, compress) => {
      const tape = tapeOf(market);
      await withFolder(async (folder) => {
        const path = join(folder, "data.npz");
        assertEquals(exportHftbacktest(path, tape, { compress }), tape.length);
        const { tape: read } = await importTape(path, { from: "hftbacktest", symbol: "BTC/USDT" });
        assertEquals(rowsOf(read), rowsOf(tape));
        assertEquals([read.tickSize, read.lotSize], [0.01, 0.001]);
        assertEquals([...Deno.readDirSync(folder)].length, 1);
      });
    }),
    RUNS,
  );
});

Deno.test("an event that both clocks see in another order is written twice, and read back once where we see it", async () => {
  const tape = createTape(INFO);
  const ts = 1.7e15;
  tape.row(CLEAR, 0, 0, ts, ts + 10, 0, 0);
  tape.row(LEVEL, BUY, LAST, ts, ts + 10, 100_001, 1);
  tape.row(TRADE, BUY, LAST, ts + 9, ts + 11, 100_001, 0.001);
  tape.row(LEVEL, SELL, LAST, ts + 4, ts + 12, 100_002, 1);
  await withFolder(async (folder) => {
    const path = join(folder, "data.npz");
    assertEquals(exportHftbacktest(path, tape.build()), 5);
    const { tape: read } = await importTape(path, { from: "hftbacktest", symbol: "BTC/USDT" });
    assertEquals(rowsOf(read), rowsOf(tape.build()));
  });
});

/** Written by numpy 2 and hftbacktest 2.4.4: `correct_event_order` of twelve events, then `savez_compressed`. */
const BY_NUMPY =
  "UEsDBC0AAAAIAAAAIQD/NJdC//////////8IABQAZGF0YS5ucHkBABAAgAQAAAAAAAAyAQAAAAAAAJvsF+obEMnI8I2hWj0ltTi5SN1KIVpDPbVM" +
  "XUdB3abUQl1TRwHIrUjOiC8pBotlQsVy8pMTc9AFCyrA3DQot7CkEoWfX5SSWhSfmYJieGZZYg6KIWkwAZC2WCAjLb+opCgxLx6sHehAt8Sc4lSg" +
  "eHFGYkEqkK9haKID1FmrQDLgYmZgeMAABlpm/+ZMF+8QhtCFtlzXFzNEOjAQACw49D+sElnnzgjT/8OeVP1o9uN0B9D9F7DpNwYBZqLcj1X/4a8a" +
  "Mf1MMP0f8LmfCPs5cLqDkYFhAdiD8hB9J4ywhR9u+4H6J2DTH7RDrvU1XP8FnPqZoO7XUIboe6CHzf4H+OxPoND9AZS4nxGafjaYQfTNsILQs2YC" +
  "wc8IqH4ZB1z6YelfwQ+ib0Uieekfv34BnOYAAFBLAQItAy0AAAAIAAAAIQD/NJdCMgEAAIAEAAAIAAAAAAAAAAAAAACAAQAAAABkYXRhLm5weVBL" +
  "BQYAAAAAAQABADYAAABsAQAAAAA=";

Deno.test("events written by numpy are read: once where we see them, a part that is cleared leaves the rest", async () => {
  const bytes = Uint8Array.from(atob(BY_NUMPY), (char) => char.charCodeAt(0));
  const { tape } = await imported({ "gold.npz": bytes }, { from: "hftbacktest", symbol: "BTC/USDT" });
  const t = 1.7e15;
  assertEquals(rowsOf(tape).map(([k, s, f, e, l, p, q]) => [k, s, f, e! - t, l! - t, p, q]), [
    [CLEAR, 0, 0, 0, 5, 0, 0],
    [LEVEL, BUY, 0, 0, 5, 10002, 1.5],
    [LEVEL, BUY, 0, 0, 5, 10001, 2],
    [LEVEL, SELL, 0, 0, 5, 10004, 1],
    [LEVEL, SELL, LAST, 0, 5, 10005, 3],
    [TRADE, SELL, LAST, 9, 12, 10002, 0.5],
    [LEVEL, BUY, 0, 8, 13, 10002, 1],
    [LEVEL, SELL, LAST, 8, 13, 10003, 0.25],
    [LEVEL, BUY, LAST, 14, 15, 9990, 7],
    [CLEAR, 0, 0, 20, 25, 0, 0],
    [LEVEL, BUY, 0, 20, 25, 10001, 4],
    [LEVEL, BUY, 0, 20, 25, 9990, 7],
    [LEVEL, SELL, 0, 20, 25, 10003, 0.25],
    [LEVEL, SELL, 0, 20, 25, 10004, 1],
    [LEVEL, SELL, LAST, 20, 25, 10005, 3],
  ]);
});

Deno.test("an imported tape written to Parquet is read back", async () => {
  await fc.assert(
    fc.asyncProperty(markets, async (market) => {
      const { tape } = await imported({ "binance_incremental_book_L2.csv": tardisBook(tapeOf(market)) }, {
        from: "tardis",
      });
      await withFolder(async (folder) => {
        await writeTape(join(folder, "tape.parquet"), tape);
        assertEquals(rowsOf(await readTape(join(folder, "tape.parquet"))), rowsOf(tape));
      });
    }),
    { numRuns: 10 },
  );
});

Deno.test("the shipped raw recording is whole: one snapshot, all trades, a quote that is never crossed, its clock moved", async () => {
  const { tape, facts } = await importTape(SAMPLE, { from: "raw" });
  const report = checkTape(tape, { facts });
  assertEquals([report.trades, report.bookMessages, report.snapshots], [19904, 6494, 1]);
  assertEquals([facts.duplicates, facts.missingTrades, report.marked.gaps, report.crossed.messages], [0, 0, 0, 0]);
  assertEquals(report.errors, []);
  assertEquals(facts.clockShift, 1_276_671);
  assertEquals([tape.symbol, tape.tickSize], ["BTC/USDT", 0.01]);
});

Deno.test("a book_snapshot becomes the changes from one row to the next", async () => {
  const head = "exchange,symbol,timestamp,local_timestamp," +
    [0, 1].flatMap((i) => [`asks[${i}].price`, `asks[${i}].amount`, `bids[${i}].price`, `bids[${i}].amount`]).join();
  const at = (n: number) => `deribit,BTC_USDC-PERPETUAL,${1.7e15 + n},${1.7e15 + n + 5}`;
  const rows = [
    `${at(0)},100.5,1,100,2,101,3,,`,
    `${at(9)},101,3,100,2.5,101.5,1,99.5,4`,
    `${at(20)},101,3,100,2.5,101.5,1,99.5,4`,
  ];
  const { tape } = await imported({ "deribit_book_snapshot_25_x.csv": [head, ...rows, ""].join("\n") }, {
    from: "tardis",
  });
  assertEquals(rowsOf(tape).map(([k, s, f, , , p, q]) => [k, s, f, p, q]), [
    [CLEAR, 0, 0, 0, 0],
    [LEVEL, BUY, 0, 1000, 2],
    [LEVEL, SELL, 0, 1005, 1],
    [LEVEL, SELL, LAST, 1010, 3],
    [LEVEL, SELL, 0, 1005, 0],
    [LEVEL, BUY, 0, 1000, 2.5],
    [LEVEL, BUY, 0, 995, 4],
    [LEVEL, SELL, LAST, 1015, 1],
  ]);
});

Deno.test("a bookTicker is put in the order of its update ids, and trades of the same moment come before it", async () => {
  const ticker = "update_id,best_bid_price,best_bid_qty,best_ask_price,best_ask_qty,transaction_time,event_time\n" +
    "1,100.0,5,100.1,3,1700000000000,1700000000001\n" +
    "3,100.1,2,100.2,3,1700000000020,1700000000021\n" +
    "2,100.0,5,100.2,3,1700000000010,1700000000011\n";
  const trades = "id,price,qty,quote_qty,time,is_buyer_maker\n" + "5,100.1,3,300.3,1700000000010,false\n";
  const files = { "BTCUSDT-bookTicker-2024-03-01.csv": ticker, "BTCUSDT-trades-2024-03-01.csv": trades };
  const { tape, facts } = await imported(files, { from: "binance" });
  assertEquals(facts.disordered, 1);
  assertEquals(rowsOf(tape).map(([k, s, , , , p, q]) => [k, s, p, q]), [
    [CLEAR, 0, 0, 0],
    [LEVEL, BUY, 1000, 5],
    [LEVEL, SELL, 1001, 3],
    [TRADE, BUY, 1001, 3],
    [LEVEL, SELL, 1001, 0],
    [LEVEL, SELL, 1002, 3],
    [LEVEL, BUY, 1000, 0],
    [LEVEL, BUY, 1001, 2],
  ]);
});

Deno.test("a bookDepth is bands: quantities and value are those of the file", async () => {
  const text = "timestamp,percentage,depth,notional\n" +
    ["-2,30,2970", "-1,10,995", "1,10,1005", "2,30,3035"].map((row) => `2024-03-01 00:00:09,${row}\n`).join("");
  const { tape } = await imported({ "BTCUSDT-bookDepth-2024-03-01.csv": text }, { from: "binance", tickSize: 0.01 });
  assertEquals(rowsOf(tape).map(([k, s, , , , p, q]) => [k, s, p, q]), [
    [CLEAR, 0, 0, 0],
    [LEVEL, BUY, 9950, 10],
    [LEVEL, BUY, 9875, 20],
    [LEVEL, SELL, 10050, 10],
    [LEVEL, SELL, 10150, 20],
  ]);
  // With trades their tick is the market's, and the report says what bands are.
  const rows = ["-1,3,296.00001", "1,3,304.00001"].map((row) => `2024-03-01 00:00:09,${row}\n`).join("");
  const files = {
    "BTCUSDT-bookDepth-2024-03-01.csv": `timestamp,percentage,depth,notional\n${rows}`,
    "BTCUSDT-trades-2024-03-01.csv":
      "id,price,qty,quote_qty,time,is_buyer_maker\n5,100.1,3,300.3,1709251201000,false\n",
  };
  const { tape: both, facts } = await imported(files, { from: "binance" });
  assertEquals([both.tickSize, ...both.priceTicks], [0.1, 1001, 0, 987, 1013]);
  assertMatch(checkTape(both, { facts }).warnings.join(), /the book is bands of a percent: its touch is not known/);
});

Deno.test("repeated trades are left out and missing ones are holes", async () => {
  const tape = tapeOf(
    [1, 2, 3, 4].map(() => ({ type: "trade", side: BUY, ticks: 100_001, lots: 1, step: 1000 })),
    1000,
    false,
  );
  const text = binanceTrades(tape).split("\n");
  const { tape: read, facts } = await imported({
    "BTCUSDT-trades-2024-03-01.csv": [text[0], text[0], text[3], ""].join("\n"),
  }, {
    from: "binance",
  });
  assertEquals(read.length, 2);
  assertEquals([facts.duplicates, facts.missingTrades], [1, 2]);
  assertEquals(facts.holes.map(({ reason }) => reason), ["trade ids 8 to 9 are missing"]);
  const shuffled = [text[2], text[0], text[3], text[1], ""].join("\n");
  assertEquals(
    rowsOf((await imported({ "BTCUSDT-trades-2024-03-01.csv": shuffled }, { from: "binance" })).tape),
    rowsOf(tape),
  );
});

Deno.test("a trade that is left out is not a missing one: no quantity, or no side", async () => {
  const head = "exchange,symbol,timestamp,local_timestamp,id,side,price,amount";
  const tardis = (id: number, side: string, qty: string) =>
    `binance,BTCUSDT,${1_700_000_000_000_000 + id},${1_700_000_000_001_000 + id},${id},${side},100,${qty}`;
  const rows = [tardis(1, "buy", "1"), tardis(2, "buy", "0"), tardis(3, "unknown", "1"), tardis(4, "sell", "1")];
  const archive = (id: number, qty: number) => `${id},100,${qty},${100 * qty},${1_700_000_000_000 + id},true,true`;
  for (
    const [name, from, text] of [
      ["binance_trades_x.csv", "tardis", [head, ...rows, ""]],
      ["BTCUSDT-trades-2023-11-14.csv", "binance", [archive(1, 1), archive(2, 0), archive(3, 0), archive(4, 1), ""]],
      // Put in order, the last ones first.
      ["BTCUSDT-trades-2023-11-14.csv", "binance", [archive(4, 1), archive(3, 0), archive(1, 1), archive(2, 0), ""]],
    ] as const
  ) {
    const { tape, facts } = await imported({ [name]: text.join("\n") }, { from });
    assertEquals([tape.length, facts.emptyTrades + facts.unknownSides], [2, 2]);
    assertEquals([facts.missingTrades, facts.holes], [0, []], name);
  }
  const { facts } = await imported(
    { "BTCUSDT-trades-2023-11-14.csv": [archive(1, 1), archive(2, 0), archive(5, 1), ""].join("\n") },
    { from: "binance" },
  );
  assertEquals(facts.holes.map(({ reason }) => reason), ["trade ids 3 to 4 are missing"]);
});

Deno.test("a tick of 0.5 or 1000 is told from the prices, not only from their decimals, where there are enough of them", async () => {
  const ticks = async (prices: readonly number[], options: Partial<ImportOptions> = {}) => {
    const rows = prices.map((price, i) => `bitmex,XBTUSD,${1.7e15 + i},${1.7e15 + i + 9},,buy,${price},1`);
    const text = ["exchange,symbol,timestamp,local_timestamp,id,side,price,amount", ...rows, ""].join("\n");
    const { tape } = await imported({ "x_trades.csv": text }, {
      from: "tardis",
      contractSize: "1USD",
      ...options,
    });
    return [tape.tickSize, tape.priceTicks[1]];
  };
  const of = (step: number, count = 60) => Array.from({ length: count }, (_, i) => (1000 + i) * step);
  assertEquals(await ticks(of(0.5)), [0.5, 1001]);
  assertEquals(await ticks(of(0.25)), [0.25, 1001]);
  assertEquals(await ticks(of(1000)), [1000, 1001]);
  assertEquals(await ticks(of(3)), [1, 3003]);
  assertEquals(await ticks([...of(0.5), 700.1]), [0.1, 5005]);
  // Too few to tell, or told.
  assertEquals(await ticks(of(0.5, 40)), [0.1, 5005]);
  assertEquals(await ticks(of(0.5), { tickSize: 0.1 }), [0.1, 5005]);
});

Deno.test("base and quote are told from the venue's symbol", async () => {
  const tape = tapeOf([{ type: "trade", side: BUY, ticks: 100_001, lots: 1, step: 1 }]);
  const told: [string, string][] = [
    ...[["BTCTUSD", "BTC/TUSD"], ["DOTUSD", "DOT/USD"], ["XBTUSD", "XBT/USD"], ["USDTUSD", "USDT/USD"]] as const,
    ...[["BTC_USDC-PERPETUAL", "BTC/USDC"], ["BTCUSDT_240628", "BTC/USDT"], ["BTC-USDT-SWAP", "BTC/USDT"]] as const,
    ...[["SHIBUSDT", "SHIB/USDT"], ["1000PEPEUSDT", "1000PEPE/USDT"], ["ETH-USD", "ETH/USD"]] as const,
    ...[["btcusdt", "BTC/USDT"], ["币安人生USDT", "币安人生/USDT"]] as const,
  ].map(([venue, symbol]) => [venue, symbol]);
  assertEquals((await tardisOf("upbit", "KRW-BTC", {}, "90000000,1")).of[0], "BTC/KRW");
  assertEquals((await tardisOf("upbit", "BTC-ETH", { symbol: "ETH/BTC" }, "0.03,1")).of[0], "ETH/BTC");
  assertEquals((await tardisOf("poloniex", "USDT_BTC", {}, "60000,1")).of[0], "BTC/USDT");
  assertEquals((await tardisOf("poloniex", "BTC_USDT", {}, "60000,1")).of[0], "BTC/USDT");
  assertEquals((await tardisOf("bitflyer", "FX_BTC_JPY", {}, "9000000,1")).of[0], "BTC/JPY");
  for (const [venue, symbol] of told) {
    const { tape: read } = await imported({ "x_trades.csv": tardisTrades(tape, venue) }, { from: "tardis" });
    assertEquals(read.symbol, symbol);
  }
});

/** Tardis trades of an exchange's symbol, tick 0.01, as `[ticks, qty]`, and what the tape is of. */
async function tardisOf(exchange: string, symbol: string, options: Partial<ImportOptions>, ...rows: string[]) {
  const lines = rows.map((row, i) => `${exchange},${symbol},${1.7e15 + i},${1.7e15 + 9 + i},,buy,${row}`);
  const text = ["exchange,symbol,timestamp,local_timestamp,id,side,price,amount", ...lines, ""].join("\n");
  const { tape, facts } = await imported({ "x_trades.csv": text }, { ...options, from: "tardis" });
  return {
    rows: rowsOf(tape).map(([, , , , , ticks, qty]) => [ticks, qty]),
    of: [tape.symbol, tape.tickSize, tape.lotSize, tape.source.replace(/^.*file,? ?/, "")],
    warnings: checkTape(tape, { facts }).warnings.filter((text) => text.includes("quantities")),
  };
}

Deno.test("contracts become base units by their size, and amounts of the quote currency by the price", async () => {
  const linear = await tardisOf("okex-swap", "BTC-USDT-SWAP", { contractSize: "0.01BTC" }, "60000.1,7", "60000,0.3");
  assertEquals(linear.rows, [[600_001, 0.07], [600_000, 0.003]]);
  assertEquals(linear.of, ["BTC/USDT", 0.1, 0.001, "contracts of 0.01 BTC"]);
  const inverse = await tardisOf("binance-delivery", "BTCUSD_PERP", { contractSize: "100 usd" }, "78526.1,83");
  assertEquals(inverse.rows, [[785_261, 0.10569734]]);
  assertEquals(inverse.of, ["BTC/USD", 0.1, 1e-8, "contracts of 100 USD"]);
  const usd = await tardisOf("deribit", "BTC-28JUN24", { symbol: "BTC/USD" }, "62500,1000", "62500.5,10");
  assertEquals(usd.rows, [[625_000, 0.016], [625_005, 0.00016]]);
  assertEquals(usd.of, ["BTC/USD", 0.1, 1e-8, "amounts of USD"]);
  const kraken = await tardisOf("cryptofacilities", "PI_XBTUSD", { symbol: "BTC/USD" }, "50000.5,1");
  assertEquals(kraken.rows, [[500_005, 0.00002]]);
  const bitmex = await tardisOf("bitmex", "XBTUSD", { symbol: "BTC/USD", contractSize: "1XBT" }, "50000.5,2");
  assertEquals(bitmex.rows, [[500_005, 2]]);
  for (
    const [exchange, symbol] of [["binance-futures", "BTCUSDT_240628"], ["bybit", "BTCUSDT"], ["okex", "BTC-USDT"]]
  ) {
    const base = await tardisOf(exchange!, symbol!, { symbol: "BTC/USDT" }, "60000.1,7");
    assertEquals([base.rows, base.warnings], [[[600_001, 7]], []]);
  }
  const cheap = await tardisOf("binance-delivery", "DOGEUSD_PERP", { contractSize: "10USD" }, "0.15,7", "0.15001,1");
  assertEquals(cheap.rows, [[15_000, 466.66667], [15_001, 66.66222]]);
  assertEquals(cheap.of.slice(1, 3), [0.00001, 0.00001]);
  const dated = await tardisOf("bitmex", "XBTH25", { symbol: "BTC/USD", contractSize: "1USD" }, "50000.5,50000.5");
  assertEquals(dated.rows, [[500_005, 1]]);
  const spread = await tardisOf("deribit", "BTC-FS-28JUN24_PERP", { symbol: "BTC/USD" }, "50.5,10");
  assertEquals(spread.warnings.length, 1);
  const unknown = await tardisOf("newvenue", "BTC-USDT-SWAP", { symbol: "BTC/USDT" }, "60000.1,7");
  assertEquals(unknown.warnings, [
    "quantities of newvenue BTC-USDT-SWAP are taken as base: give a contract size if they are contracts",
  ]);
});

Deno.test("a contract's quantity is never taken for one of the base", async () => {
  const refused = async (exchange: string, symbol: string, options: Partial<ImportOptions>, why: RegExp) => {
    const error = await assertRejects(() => tardisOf(exchange, symbol, options, "60000.1,7"), DataError);
    assertMatch(error.message, why);
  };
  const needed = /quantities are contracts; give contract size = what one is worth, such as 0\.01BTC or 100USDT?$/;
  for (
    const [exchange, symbol] of [
      ["okex-swap", "BTC-USDT-SWAP"],
      ["okex-futures", "BTC-USDT-240628"],
      ["binance-delivery", "BTCUSD_240628"],
      ["gate-io-futures", "BTC_USDT"],
      ["huobi-dm-linear-swap", "BTC-USDT"],
      ["kucoin-futures", "XBTUSDTM"],
      ["bitmex", "XBTUSD"],
    ] as const
  ) {
    const options = { symbol: `BTC/${symbol.includes("USDT") ? "USDT" : "USD"}` };
    await refused(exchange, symbol, options, needed);
  }
  const of = (contractSize: string) => ({ symbol: "BTC/USDT", contractSize });
  await refused("binance", "BTCUSDT", of("0.01BTC"), /quantities are BTC, no contracts: leave contract size out$/);
  for (const size of ["0BTC", "-1BTC", "0.01", "0.01ETH", "BTC", "NaNBTC", "1e999BTC"]) {
    await refused(
      "okex-swap",
      "BTC-USDT-SWAP",
      of(size),
      /contract size = .*, must be a positive amount of BTC or USDT/,
    );
  }
  await refused("okex-swap", "BTC-USDT-SWAP", { symbol: "BTC/USDC" }, /is of BTC-USDT-SWAP, not of BTC\/USDC$/);
  await refused("deribit", "ETH-PERPETUAL", { symbol: "BTC/USD" }, /is of ETH-PERPETUAL, not of BTC\/USD$/);
  for (const damaged of ["BTCUXDT", "BTCU3DT", "BTC"]) {
    await refused("binance", damaged, { symbol: "BTC/USDT" }, /is of BTC.*, not of BTC\/USDT$/);
  }
  await refused("binance", "BTCU\u0001DT", { symbol: "BTC/USDT" }, /line 2: symbol = "BTCU\\u0001DT", is no name$/);
  await refused("binance", "1000PEPEUSDT", { symbol: "PEPE/USDT" }, /is of 1000PEPEUSDT, not of PEPE\/USDT$/);
  await refused("bitmex", "XBTUSD", { symbol: "BTC/USD", contractSize: "1e-9USD" }, /too little of the base to tell$/);
});

Deno.test("COIN-M trades of Binance's archive must be worth the base that the file tells", async () => {
  const head = "id,price,qty,base_qty,time,is_buyer_maker";
  const trades = [head, "1151022504,78526.1,83.0,0.10569734,1788220802731,true", ""].join("\n");
  const ticker = "update_id,best_bid_price,best_bid_qty,best_ask_price,best_ask_qty,transaction_time,event_time\n" +
    "1,78526.1,500,78526.2,2,1788220802730,1788220802730\n";
  const files = { "BTCUSD_PERP-trades-2026-09-01.csv": trades, "BTCUSD_PERP-bookTicker-2026-09-01.csv": ticker };
  const { tape } = await imported(files, { from: "binance", contractSize: "100USD" });
  assertEquals(rowsOf(tape).map(([k, s, , , , p, q]) => [k, s, p, q]), [
    [CLEAR, 0, 0, 0],
    [LEVEL, BUY, 785_261, 0.63673097],
    [LEVEL, SELL, 785_262, 0.00254692],
    [TRADE, SELL, 785_261, 0.10569734],
  ]);
  const wrong =
    /line 2: base_qty = 0\.10569734, but qty = 83 contracts of 10 USD are 0\.0105697.*: another contract size/;
  await assertRefused(files, { from: "binance", contractSize: "10USD" }, wrong);
  await withFolder(async (folder) => {
    const path = join(folder, "renamed.csv");
    await Deno.writeTextFile(path, trades);
    await Deno.writeTextFile(`${path}.CHECKSUM`, "0123  renamed.csv\n");
    const both = await importTape([path, `${path}.CHECKSUM`], {
      from: "binance",
      symbol: "BTC/USD",
      contractSize: "100USD",
    });
    assertEquals(both.tape.qty[0], 0.10569734);
    const none = () => importTape([`${path}.CHECKSUM`], { from: "binance" });
    await assertRejects(none, DataError, "renamed.csv.CHECKSUM: no SYMBOL-trades-DATE.csv or other file");
    const renamed = () => importTape(path, { from: "binance", symbol: "BTC/USD" });
    await assertRejects(renamed, DataError, "renamed.csv: quantities are contracts; give contract size");
  });
  const bands = "timestamp,percentage,depth,notional\n2024-03-01 00:00:09,-1,100,0.2\n";
  const depth = { "BTCUSD_PERP-bookDepth-2024-03-01.csv": bands };
  await assertRefused(depth, { from: "binance", contractSize: "100USD" }, /bands of COIN-M futures are not read/);
});

Deno.test("what arithmetic left of a number makes no finer step; prices of 1e-8 and quantities beyond 2^32 do not break one", async () => {
  const head = "exchange,symbol,timestamp,local_timestamp,id,side,price,amount";
  const steps = async (...rows: [price: string, qty: string][]) => {
    const lines = rows.map(([price, qty], i) => `okex,PEPE-USDT,${1.7e15 + i},${1.7e15 + 9 + i},,buy,${price},${qty}`);
    const text = [head, ...lines, ""].join("\n");
    const { tape } = await imported({ "x_trades.csv": text }, { from: "tardis" });
    return [tape.tickSize, tape.lotSize, ...tape.priceTicks];
  };
  assertEquals(await steps(["0.30000000000000004", "0.009999999999999787"]), [0.1, 0.01, 3]);
  assertEquals(await steps(["0.00000123", "9000000000001"], ["1.22e-6", "5"]), [1e-8, 1, 123, 122]);
  assertEquals(await steps(["60000.00000001", "1"]), [1e-8, 1, 6_000_000_000_001]);
});

Deno.test("a missing update id is a gap until a snapshot fits", async () => {
  const at = (n: number) => 1_700_000_000_000 + n;
  const diff = (n: number, U: number, u: number) =>
    `${at(n)}000000 ` +
    JSON.stringify({ e: "depthUpdate", E: at(n), s: "BTCUSDT", U, u, b: [["10.5", `${n + 1}.0`]], a: [] });
  const book = (id: number) =>
    `${at(0)}000000 ` + JSON.stringify({ lastUpdateId: id, bids: [["10.0", "1"]], asks: [["11.0", "1"]] });
  const lines = [
    book(5),
    diff(1, 5, 6),
    diff(2, 7, 8),
    diff(3, 10, 11),
    diff(4, 12, 13),
    book(13),
    diff(5, 14, 15),
    "",
  ];
  const { tape } = await imported({ "x.jsonl": lines.join("\n") }, { from: "raw" });
  assertEquals([...tape.kind], [CLEAR, LEVEL, LEVEL, LEVEL, LEVEL, GAP, CLEAR, LEVEL, LEVEL, LEVEL]);
  assertEquals(checkTape(tape).marked.gaps, 1);
});

Deno.test("of a market recorded with its future the market is read, alone the future is, in its contracts' worth", async () => {
  const trade = (s: string, t: number, q: string) =>
    JSON.stringify({ e: "trade", E: 1_700_000_000_000 + t, s, t, p: "50000.0", q, m: false });
  const [spot, future] = [[trade("BTCUSD", 1, "1"), trade("BTCUSD", 2, "2")], [trade("BTCUSD_PERP", 1, "30")]];
  const read = async (lines: string[], options: Partial<ImportOptions> = {}) => {
    const from = { from: "raw", symbol: "BTC/USD", ...options } as const;
    return [...(await imported({ "x.jsonl": [...lines, ""].join("\n") }, from)).tape.qty];
  };
  assertEquals(await read([...spot, ...future]), [1, 2]);
  assertEquals(await read([...future, ...spot]), [1, 2]);
  assertEquals(await read(future, { contractSize: "100USD" }), [0.06]);
  await assertRejects(() => read(future), DataError, "BTCUSD_PERP: quantities are contracts; give contract size");
});

/** The head of a numpy array of six columns. */
const OF_VERSION_1 = `\x93NUMPY\x01\0\x40\0${"{'descr': '<f8', 'shape': (2, 6), }".padEnd(64)}`;

Deno.test("files that are not what they should be are one clear line", async () => {
  const tape = tapeOf([
    { type: "book", snapshot: true, levels: [{ side: BUY, ticks: 100_001, lots: 1 }], step: 1 },
    { type: "trade", side: BUY, ticks: 100_001, lots: 1, step: 1 },
    { type: "trade", side: SELL, ticks: 100_003, lots: 2, step: 9 },
  ]);
  const inMillis = tapeOf([{ type: "trade", side: BUY, ticks: 100_001, lots: 1, step: 1 }], 1000);
  const name = "binance_trades_x.csv";
  const good = tardisTrades(tape);
  const rows = good.split("\n");
  const tardis = { from: "tardis" } as const;
  const cases: [Record<string, string | Uint8Array>, ImportOptions, RegExp][] = [
    [
      { [name]: good.slice(0, -3) },
      tardis,
      /binance_trades_x\.csv line 3: the last line has no line end: the file is cut short/,
    ],
    [{ [name]: good.replace(",sell,", ",NaN,") }, tardis, /line 3: side = "NaN", must be buy, sell or unknown$/],
    [{ [name]: good.replace("1000.01,", "NaN,") }, tardis, /line 2: price = "NaN", must be a decimal number$/],
    [{ [name]: good.replace(",0.002", ",-0.002") }, tardis, /line 3: amount = -0.002, must not be negative$/],
    [{ [name]: good.replace(",0.002", "") }, tardis, /line 3: has 7 columns, expected 8$/],
    [
      { [name]: good.replace("price", "pryce") },
      tardis,
      /line 1: its header is none of incremental_book_L2, trades, book_snapshot/,
    ],
    [
      { [name]: [rows[0], rows[2], rows[1], ""].join("\n") },
      tardis,
      /line 3: local_timestamp goes back by 0\.000009 s/,
    ],
    [
      { [name]: good.replace(/binance,BTCUSDT(?=[^\n]*\n$)/, "binance,ETHUSDT") },
      tardis,
      /line 3: is of binance ETHUSDT, the rows before it of binance BTCUSDT$/,
    ],
    [{ [name]: good }, { ...tardis, symbol: "ETH/USDT" }, /is of BTCUSDT, not of ETH\/USDT$/],
    [{ [name]: good }, { ...tardis, tickSize: 0.05 }, /price 1000\.01 is not a multiple of the tick size 0\.05$/],
    [{ [name]: tardisTrades(tape, "XYZ") }, tardis, /cannot tell base and quote of XYZ; give symbol = BASE\/QUOTE$/],
    [
      { [name]: [rows[0], rows[1], rows[1]!.replace(/[^,]*$/, "7"), ""].join("\n") },
      tardis,
      /line 3: trade id \d+ comes twice with different values$/,
    ],
    [
      {
        "x_book_snapshot_5_x.csv": "exchange,symbol,timestamp,local_timestamp,asks[0].price,asks[0].amount," +
          "asks[1].price,asks[1].amount,bids[0].price,bids[0].amount\n" +
          "binance,BTCUSDT,1700000000000000,1700000000000001,101,1,100.5,1,100,1\n",
      },
      tardis,
      /x_book_snapshot_5_x\.csv line 2: asks are not best first \(101, then 100\.5\)$/,
    ],
    [{ [name]: tardisTrades(tape, "BTC-PERPETUAL") }, tardis, /cannot tell base and quote of BTC-PERPETUAL; give/],
    [{ [`${name}.gz`]: gzip(good).slice(0, -9) }, tardis, /x\.csv\.gz: truncated or damaged gzip/],
    [{ [`${name}.zip`]: zipOf(name, good).slice(0, -30) }, tardis, /damaged or truncated zip/],
    [{ "a-trades.csv": "" }, tardis, /a-trades\.csv: is empty$/],
    [{ "notes.txt": "x" }, tardis, /the folder has no incremental_book_L2, trades or book_snapshot CSV of Tardis$/],
    [
      { "BTCUSDT-trades-2024-03-01.csv": binanceTrades(tape), "ETHUSDT-trades-2024-03-01.csv": binanceTrades(tape) },
      { from: "binance" },
      /ETHUSDT-trades-2024-03-01\.csv: is of ETHUSDT, the files before it are of BTCUSDT$/,
    ],
    [
      {
        "BTCUSDT-trades-2024-03-01.csv": binanceTrades(tape),
        "BTCUSDT-aggTrades-2024-03-01.csv": binanceAggTrades(inMillis, true),
      },
      { from: "binance" },
      /has trades and aggTrades, which say the same twice/,
    ],
    [
      { "BTCUSD_PERP-trades-2024-03-01.csv": binanceTrades(tape) },
      { from: "binance" },
      /BTCUSD_PERP: quantities are contracts; give contract size = what one is worth, such as 0\.01BTC or 100USD$/,
    ],
    [
      { "x.npz": zipOf("other.npy", "x") },
      { from: "hftbacktest", symbol: "BTC/USDT" },
      /has no array "data" \(it has other\.npy\)$/,
    ],
    [
      { "x.npz": zipOf("data.npy", "not numpy at all") },
      { from: "hftbacktest", symbol: "A/B" },
      /data\.npy is no numpy array$/,
    ],
    [
      { "x.npz": zipOf("data.npy", Uint8Array.from(OF_VERSION_1, (char) => char.charCodeAt(0))) },
      { from: "hftbacktest", symbol: "A/B" },
      /six columns without names, as hftbacktest 1 had: convert it with its data\.utils\.migration2$/,
    ],
    [{ "x.jsonl": '{"e":"trade"' }, { from: "raw" }, /x\.jsonl line 1: is not complete JSON/],
  ];
  for (const [files, options, expected] of cases) await assertRefused(files, options, expected);
});

Deno.test("what is cut or missing never comes back as a tape of something else", async () => {
  await assertRejects(() => importTape("nowhere", { from: "raw" }), DataError, "nowhere: no such file or folder");
  const tape: Tape = tapeOf([{ type: "trade", side: BUY, ticks: 100_001, lots: 1, step: 1 }]);
  await withFolder(async (folder) => {
    const path = join(folder, "x.npz");
    exportHftbacktest(path, tape);
    const bytes = await Deno.readFile(path);
    for (let length = 0; length < bytes.length; length++) {
      await Deno.writeFile(path, bytes.subarray(0, length));
      await assertRejects(() => importTape(path, { from: "hftbacktest", symbol: "BTC/USDT" }), DataError, path);
    }
  });
  assert(true);
});

Deno.test("openForeign() knows files by their names, and leaves the rest to others", async () => {
  const tape = await openForeign(SAMPLE);
  assertEquals([tape?.symbol, tape?.source], ["BTC/USDT", "raw Binance messages, 2 files"]);
  assertEquals(await openForeign("nowhere.jsonl"), undefined);
  assertEquals(
    await openForeign(new URL("../data/sample/gemini_ethusd_20210701.parquet", import.meta.url).pathname),
    undefined,
  );
  const gap: Made = { type: "trade", side: BUY, ticks: 100_003, lots: 2, step: 90e6 };
  await withFolder(async (folder) => {
    const name = join(folder, "BTCUSDT-trades-2024-03-01.csv");
    await Deno.writeTextFile(name, binanceTrades(tapeOf([gap, gap], 1000, false)));
    await assertRejects(() => openForeign(folder), DataError, "no row for 90.0 s; mask it or leave it out");
    await Deno.rename(join(folder, "BTCUSDT-trades-2024-03-01.csv"), join(folder, "BTCUSD_PERP-trades-2024-03-01.csv"));
    await assertRejects(() => openForeign(folder), DataError, "such as 0.01BTC or 100USD, to deno task import");
  });
});
