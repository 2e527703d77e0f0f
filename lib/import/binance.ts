/**
 * Binance's public archive as a tape: `trades`, `aggTrades`, `bookTicker` and `bookDepth` CSVs, with or without header.
 *
 * Times are milliseconds, microseconds for spot since 2025. Receive times were not recorded: `localTs` is `exchTs`, and a backtest adds
 * its feed latency. Formats: github.com/binance/binance-public-data; futures files have a header, spot files none.
 *
 * @module
 */

import { type CsvLine, type CsvReader, readCsv } from "./csv_columns.ts";
import { DataError } from "../data_error.ts";
import { columnPlaces, plainName, type StreamReader } from "./binance_columns.ts";
import { createBandReader } from "./binance_bands.ts";
import { createTickerReader } from "./binance_ticker.ts";
import { mergeDrafts } from "./draft.ts";
import type { ImportFacts } from "./facts.ts";
import type { InputFile } from "./files.ts";
import { marketNames, type MarketOptions } from "./market.ts";
import { micros } from "./time.ts";
import { createTradeStream } from "./trades.ts";
import { BUY, SELL, type Tape } from "../tape.ts";

/** What a file holds. */
export type BinanceKind = "trades" | "aggTrades" | "bookTicker" | "bookDepth";

const NAME = /^([A-Z0-9]+(?:_[A-Z0-9]+)?)-(trades|aggTrades|bookTicker|bookDepth)-(\d{4}-\d{2}(?:-\d{2})?)\.csv$/;

/** Whether a file of this name may be of the archive. */
export function isBinanceName(name: string): boolean {
  return NAME.test(name);
}

/**
 * Reads files of one symbol: trades or aggTrades, a book or none.
 *
 * @throws {DataError} one line with file, line and value
 */
export async function importBinance(
  place: string,
  files: readonly InputFile[],
  options: MarketOptions,
  facts: ImportFacts,
): Promise<Tape> {
  const streams = new Map<BinanceKind, StreamReader>();
  let venue: string | undefined;
  let spot = true;
  for (const file of files) {
    const [, symbol, named] = NAME.exec(file.name) ?? [];
    if (symbol !== undefined) {
      if (venue !== undefined && venue !== symbol) {
        throw new DataError(`${file.path}: is of ${symbol}, the files before it are of ${venue}`);
      }
      if (/USD_(PERP|\d{6})$/.test(symbol)) {
        throw new DataError(`${file.path}: COIN-M quantities are contracts, which are not ${symbol.split("USD_")[0]}`);
      }
      venue = symbol;
    }
    let reader: CsvReader | undefined;
    facts.files.push(file.path);
    facts.read += await readCsv(file, {
      header(fields, line) {
        const header = !/^[-\d]/.test(fields[0] ?? "");
        const kind = named as BinanceKind | undefined ?? kindOf(fields, header, line);
        if (header) spot = false;
        let stream = streams.get(kind);
        if (!stream) streams.set(kind, stream = createStream(kind, spot, facts, options.tickSize));
        reader = stream.file(file);
        return reader.header(fields, line);
      },
      row: (line) => reader!.row(line),
    });
  }
  for (const [a, b] of [["trades", "aggTrades"], ["bookTicker", "bookDepth"]] as const) {
    if (streams.has(a) && streams.has(b)) {
      throw new DataError(`${place}: has ${a} and ${b}, which say the same twice; keep the files of one of them`);
    }
  }
  const names = marketNames(place, venue, options.symbol);
  const order: BinanceKind[] = ["trades", "aggTrades", "bookTicker", "bookDepth"];
  const kinds = order.filter((kind) => streams.has(kind));
  const source = `Binance archive, ${kinds.join(" and ")}, ${files.length} file${files.length === 1 ? "" : "s"}`;
  return mergeDrafts(place, kinds.map((kind) => streams.get(kind)!.settle(place)), { ...names, source }, options);
}

function createStream(kind: BinanceKind, spot: boolean, facts: ImportFacts, tickSize?: number): StreamReader {
  if (kind === "bookTicker") return createTickerReader(facts);
  if (kind === "bookDepth") return createBandReader(facts, tickSize);
  return createTradeReader(kind, spot, facts);
}

/** A file that is not named like the archive's, by its header or by where its first line has the time. */
function kindOf(fields: readonly string[], header: boolean, line: CsvLine): BinanceKind {
  if (header) {
    const names = fields.map(plainName);
    if (names.includes("bestbidprice")) return "bookTicker";
    if (names.includes("percentage")) return "bookDepth";
    if (names.includes("aggtradeid") || names.includes("firsttradeid")) return "aggTrades";
    if (names.includes("isbuyermaker")) return "trades";
  } else {
    if (/^\d{4}-/.test(fields[0] ?? "")) return "bookDepth";
    if (/^(true|false)$/i.test(fields[5] ?? "")) return "trades";
    if (/^(true|false)$/i.test(fields[6] ?? "")) return "aggTrades";
    if (fields.length === 7 && fields.every((field) => /^[\d.]+$/.test(field))) return "bookTicker";
  }
  return line.fail("is no trades, aggTrades, bookTicker or bookDepth file of Binance's archive");
}

const TRADES = {
  id: ["id", "tradeid"],
  price: ["price"],
  qty: ["qty", "quantity"],
  quote_qty: ["quoteqty", "quotequantity"],
  time: ["time", "timestamp", "transacttime"],
  is_buyer_maker: ["isbuyermaker"],
};
const AGG_TRADES = {
  agg_trade_id: ["aggtradeid", "id"],
  price: ["price"],
  quantity: ["quantity", "qty"],
  first_trade_id: ["firsttradeid"],
  last_trade_id: ["lasttradeid"],
  transact_time: ["transacttime", "time", "timestamp"],
  is_buyer_maker: ["isbuyermaker"],
};

/** Trades of futures leave out the insurance fund and deleveraging: their ids are not consecutive. */
const FUTURES_MAY_LACK = 100;

function createTradeReader(kind: "trades" | "aggTrades", spot: boolean, facts: ImportFacts): StreamReader {
  const stream = createTradeStream(
    { order: "id", mayLack: spot || kind === "aggTrades" ? 0 : FUTURES_MAY_LACK },
    facts,
  );
  const { draft } = stream;

  function trade(line: CsvLine, id: number, price: number, qty: number, time: number, buyerMaker: boolean) {
    if (!(price > 0)) line.fail(`price = ${price}, must be > 0`);
    if (qty < 0) line.fail(`quantity = ${qty}, must not be negative`);
    const ts = micros(time) ?? line.fail(`time = ${time}, is neither milliseconds nor microseconds of this century`);
    if (qty === 0) {
      stream.pass(id, ts);
      return void facts.emptyTrades++;
    }
    stream.add(id, buyerMaker ? SELL : BUY, ts, ts, price, qty, line.fail);
  }

  return {
    settle: stream.settle,
    file() {
      let width = 0;
      let read: (line: CsvLine) => void;
      return {
        header(fields, line) {
          const places = kind === "trades"
            ? columnPlaces(fields, line, TRADES, [6, 7])
            : columnPlaces(fields, line, AGG_TRADES, [7, 8]);
          width = places.width;
          if (kind === "trades") {
            const at = places.at as Record<keyof typeof TRADES, number>;
            read = (line) => {
              const price = line.decimal(at.price, "price");
              draft.priceDecimals = Math.max(draft.priceDecimals, line.decimals);
              const qty = line.decimal(at.qty, "qty");
              draft.qtyDecimals = Math.max(draft.qtyDecimals, line.decimals);
              const quote = line.decimal(at.quote_qty, "quote_qty");
              if (Math.abs(quote - price * qty) > 0.01 + 1e-4 * Math.abs(quote)) {
                line.fail(`quote_qty = ${quote}, but price x qty = ${price * qty}: contracts, or damaged`);
              }
              const time = line.integer(at.time, "time");
              trade(line, line.integer(at.id, "id"), price, qty, time, line.flag(at.is_buyer_maker, "is_buyer_maker"));
            };
          } else {
            const at = places.at as Record<keyof typeof AGG_TRADES, number>;
            read = (line) => {
              const price = line.decimal(at.price, "price");
              draft.priceDecimals = Math.max(draft.priceDecimals, line.decimals);
              const qty = line.decimal(at.quantity, "quantity");
              draft.qtyDecimals = Math.max(draft.qtyDecimals, line.decimals);
              const first = line.integer(at.first_trade_id, "first_trade_id");
              const last = line.integer(at.last_trade_id, "last_trade_id");
              if (last < first) line.fail(`last_trade_id = ${last}, is before first_trade_id = ${first}`);
              const time = line.integer(at.transact_time, "transact_time");
              const id = line.integer(at.agg_trade_id, "agg_trade_id");
              trade(line, id, price, qty, time, line.flag(at.is_buyer_maker, "is_buyer_maker"));
            };
          }
          return places.header;
        },
        row(line) {
          if (line.fields !== width) line.fail(`has ${line.fields} columns, expected ${width}`);
          read(line);
        },
      };
    },
  };
}
