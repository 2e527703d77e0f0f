/**
 * Tardis CSVs as a tape: `incremental_book_L2`, `trades`, `book_snapshot_25` (and `_5`).
 *
 * Formats and rules: docs.tardis.dev, downloadable CSV files. Times are microseconds; `local_timestamp` was measured and orders the tape.
 * Book rows that share it are one message. A snapshot that follows other rows replaces the book; what comes before the first snapshot is
 * left out.
 *
 * @module
 */

import { conversionOf, tardisUnit } from "./contracts.ts";
import { type CsvLine, type CsvReader, readCsv, word } from "./csv_columns.ts";
import { DataError } from "../data_error.ts";
import { createDraft, type Draft, mergeDrafts } from "./draft.ts";
import type { ImportFacts } from "./facts.ts";
import type { InputFile } from "./files.ts";
import { marketNames, type MarketOptions } from "./market.ts";
import { createSnapshotReader } from "./tardis_snapshots.ts";
import { plausible } from "./time.ts";
import { createTradeStream } from "./trades.ts";
import { BUY, CLEAR, LAST, LEVEL, SELL, type Tape, TRADE } from "../tape.ts";

/** What a file holds. */
export type TardisKind = "trades" | "incremental_book_L2" | "book_snapshot";

const HEAD = ["exchange", "symbol", "timestamp", "local_timestamp"];
const TRADES = [...HEAD, "id", "side", "price", "amount"].join();
const BOOK = [...HEAD, "is_snapshot", "side", "price", "amount"].join();

const BUY_WORD = word("buy");
const SELL_WORD = word("sell");
const UNKNOWN_WORD = word("unknown");
const BID_WORD = word("bid");
const ASK_WORD = word("ask");

/** Takes a stream's rows; times are checked already. */
export interface TardisReader {
  row(line: CsvLine, exchTs: number, localTs: number): void;
  /** Called at the end of each file. */
  end(): void;
  settle(place: string): Draft;
}

/** Whether a file of this name may be one of Tardis. */
export function isTardisName(name: string): boolean {
  return /(trades|incremental_book_L2|book_snapshot_\d+).*\.csv$/.test(name);
}

/**
 * Reads files of one exchange and symbol: trades, and a book of one kind or none.
 *
 * @throws {DataError} one line with file, line and value
 */
export async function importTardis(
  place: string,
  files: readonly InputFile[],
  options: MarketOptions,
  facts: ImportFacts,
): Promise<Tape> {
  const streams = new Map<TardisKind, TardisReader>();
  const headers = new Map<TardisKind, string>();
  let venue: { exchange: string; symbol: string } | undefined;
  let exchangeWord: Uint8Array | undefined;
  let symbolWord: Uint8Array | undefined;

  for (const file of files) {
    let stream: TardisReader | undefined;
    let width = 0;
    const reader: CsvReader = {
      header(fields, line) {
        const kind = kindOf(fields, line);
        width = fields.length;
        stream = streams.get(kind);
        const header = fields.join();
        if ((headers.get(kind) ?? header) !== header) line.fail("its header differs from that of the files before it");
        headers.set(kind, header);
        // The exchange decides how trades are numbered, and the first row says which it is.
        if (!stream && kind !== "trades") streams.set(kind, stream = createStream(kind, fields, facts));
        return true;
      },
      row(line) {
        if (line.fields !== width) line.fail(`has ${line.fields} columns, expected ${width}`);
        if (!venue || !exchangeWord || !symbolWord) {
          venue = { exchange: line.text(0), symbol: line.text(1) };
          if (!/^[a-z0-9-]+$/.test(venue.exchange)) {
            line.fail(`exchange = "${venue.exchange.slice(0, 40)}", is no name`);
          }
          if (!/^[\p{L}\d/:@._-]+$/u.test(venue.symbol)) {
            line.fail(`symbol = ${JSON.stringify(venue.symbol.slice(0, 40))}, is no name`);
          }
          exchangeWord = word(venue.exchange);
          symbolWord = word(venue.symbol);
        } else if (!line.is(0, exchangeWord) || !line.is(1, symbolWord)) {
          line.fail(
            `is of ${line.text(0).slice(0, 40)} ${
              line.text(1).slice(0, 40)
            }, the rows before it of ${venue.exchange} ${venue.symbol}`,
          );
        }
        if (!stream) streams.set("trades", stream = createTradeReader(venue.exchange, facts));
        stream.row(line, time(line, 2, "timestamp"), time(line, 3, "local_timestamp"));
      },
    };
    facts.files.push(file.path);
    facts.read += await readCsv(file, reader);
    stream?.end();
  }
  if (!venue) throw new DataError(`${place}: has no rows`);
  if (streams.has("incremental_book_L2") && streams.has("book_snapshot")) {
    throw new DataError(
      `${place}: has incremental_book_L2 and book_snapshot, which say the same twice; keep one of them`,
    );
  }
  const names = marketNames(place, baseFirst(venue.exchange, venue.symbol), options.symbol);
  const unit = tardisUnit(venue.exchange, venue.symbol);
  const market = `${venue.exchange} ${venue.symbol}`;
  const conversion = conversionOf(`${place}: ${market}`, unit, names, options.contractSize);
  if (unit === undefined && !conversion) facts.unknownUnit = market;
  const order: TardisKind[] = ["trades", "incremental_book_L2", "book_snapshot"];
  const kinds = order.filter((kind) => streams.has(kind));
  const source = `Tardis ${venue.exchange} ${kinds.join(" and ")}, ${files.length} file${
    files.length === 1 ? "" : "s"
  }`;
  return mergeDrafts(
    place,
    kinds.map((kind) => streams.get(kind)!.settle(place)),
    { ...names, source },
    options,
    conversion,
  );
}

/** Upbit, Bithumb and, up to 2022, Poloniex name the quote first: `KRW-BTC`, `USDT_BTC`, `BTC_ETH`. */
function baseFirst(exchange: string, symbol: string): string {
  const isTurned = /^(upbit|bithumb)$/.test(exchange) ||
    (exchange === "poloniex" && /^(USD[TC]|BTC_(?!USD|TUSD))/.test(symbol));
  return isTurned ? symbol.replace(/^(\w+?)([-_])(\w+)$/, "$3$2$1") : symbol;
}

function kindOf(fields: readonly string[], line: CsvLine): TardisKind {
  const header = fields.join();
  if (header === TRADES) return "trades";
  if (header === BOOK) return "incremental_book_L2";
  if (header.startsWith(HEAD.join()) && fields.includes("asks[0].price")) return "book_snapshot";
  return line.fail(`its header is none of incremental_book_L2, trades, book_snapshot: ${header.slice(0, 80)}`);
}

function time(line: CsvLine, field: number, name: string): number {
  const value = line.integer(field, name);
  return plausible(value) ?? line.fail(`${name} = ${value}, is no time of this century in microseconds`);
}

/** @throws {DataError} where the receive time goes back: the files are in the order of arrival */
export function inOrder(line: CsvLine, lastTs: number, localTs: number): void {
  if (localTs < lastTs) {
    line.fail(`local_timestamp goes back by ${(lastTs - localTs) / 1e6} s: rows are out of order`);
  }
}

function createStream(kind: TardisKind, fields: readonly string[], facts: ImportFacts): TardisReader {
  return kind === "book_snapshot" ? createSnapshotReader(fields) : createBookReader(facts);
}

/** Exchanges whose trade ids are consecutive. */
const CONSECUTIVE = new Set(["binance", "binance-us"]);

function createTradeReader(exchange: string, facts: ImportFacts): TardisReader {
  const mayLack = CONSECUTIVE.has(exchange) ? 0 : Infinity;
  const stream = createTradeStream({ order: "arrival", mayLack }, facts);
  const { draft } = stream;
  let lastTs = -Infinity;
  return {
    row(line, exchTs, localTs) {
      inOrder(line, lastTs, localTs);
      lastTs = localTs;
      const price = line.decimal(6, "price");
      draft.priceDecimals = Math.max(draft.priceDecimals, line.decimals);
      const qty = line.decimal(7, "amount");
      draft.qtyDecimals = Math.max(draft.qtyDecimals, line.decimals);
      if (!(price > 0)) line.fail(`price = ${price}, must be > 0`);
      if (qty < 0) line.fail(`amount = ${qty}, must not be negative`);
      const id = line.count(4) ?? line.text(4);
      const isUnknown = line.is(5, UNKNOWN_WORD);
      if (qty === 0 || isUnknown) {
        stream.pass(id, localTs);
        return void (qty === 0 ? facts.emptyTrades++ : facts.unknownSides++);
      }
      const side = line.is(5, BUY_WORD) ? BUY : line.is(5, SELL_WORD) ? SELL : wrongSide(line, "buy, sell or unknown");
      // Without an id nothing can be said to have come twice.
      if (id === "") draft.row(TRADE, side, LAST, exchTs, localTs, price, qty);
      else stream.add(id, side, exchTs, localTs, price, qty, line.fail);
    },
    end() {},
    settle: stream.settle,
  };
}

function wrongSide(line: CsvLine, must: string): never {
  return line.fail(`side = ${JSON.stringify(line.text(5).slice(0, 40))}, must be ${must}`);
}

/** Snapshot rows that follow each other within this time, microseconds, are parts of one snapshot. */
const SNAPSHOT_PARTS = 1e6;

function createBookReader(facts: ImportFacts): TardisReader {
  const draft = createDraft();
  let known = false;
  let inSnapshot = false;
  let localTs = -Infinity;
  let lastTs = -Infinity;
  return {
    row(line, exchTs, local) {
      inOrder(line, lastTs, local);
      lastTs = local;
      const snapshot = line.flag(4, "is_snapshot");
      const side = line.is(5, BID_WORD) ? BUY : line.is(5, ASK_WORD) ? SELL : wrongSide(line, "bid or ask");
      const price = line.decimal(6, "price");
      const decimals = line.decimals;
      const qty = line.decimal(7, "amount");
      if (!(price > 0)) line.fail(`price = ${price}, must be > 0`);
      if (qty < 0) line.fail(`amount = ${qty}, must not be negative`);
      if (!known && !snapshot) return void facts.beforeBook++;
      draft.priceDecimals = Math.max(draft.priceDecimals, decimals);
      draft.qtyDecimals = Math.max(draft.qtyDecimals, line.decimals);
      // An exchange may send a snapshot in parts, but not a second apart: that is another one.
      const begins = snapshot && (!inSnapshot || local - localTs > SNAPSHOT_PARTS);
      if (begins || local !== localTs) draft.mark(LAST);
      if (begins) {
        if (known) {
          facts.holes.push({
            fromTs: localTs,
            toTs: local,
            reason: "a new snapshot: the recording was restarted",
            bookKnown: false,
          });
        }
        draft.row(CLEAR, 0, 0, exchTs, local, 0, 0);
      }
      known = true;
      inSnapshot = snapshot;
      localTs = local;
      draft.row(LEVEL, side, 0, exchTs, local, price, qty);
    },
    end() {
      draft.mark(LAST);
      // Each file begins with a snapshot that replaces nothing but what it continues.
      known = inSnapshot = false;
    },
    settle: () => draft,
  };
}
