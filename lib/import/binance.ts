/**
 * Binance's public archive as a tape: `trades`, `aggTrades`, `bookTicker` and `bookDepth` CSVs, with or without header, of spot, USD-M and
 * COIN-M futures.
 *
 * Times are milliseconds, microseconds for spot since 2025. Receive times were not recorded: `localTs` is `exchTs`, and a backtest adds
 * its feed latency. Formats: github.com/binance/binance-public-data; futures files have a header, spot files none.
 *
 * @module
 */

import { binanceUnit, type Conversion, conversionOf, type QuantityUnit } from "./contracts.ts";
import { type CsvLine, type CsvReader, readCsv } from "./csv_columns.ts";
import { DataError } from "../data_error.ts";
import { columnPlaces, plainName, type StreamReader } from "./binance_columns.ts";
import { createBandReader } from "./binance_bands.ts";
import { createTickerReader } from "./binance_ticker.ts";
import { mergeDrafts } from "./draft.ts";
import type { ImportFacts } from "./facts.ts";
import type { InputFile } from "./files.ts";
import { marketNames, type MarketOptions, stepOf } from "./market.ts";
import { micros } from "./time.ts";
import { createTradeStream } from "./trades.ts";
import { BUY, SELL, type Tape } from "../tape.ts";

/** What a file holds. */
export type BinanceKind = "trades" | "aggTrades" | "bookTicker" | "bookDepth";

const NAME = /^([\p{L}\d]+(?:_[A-Z\d]+)?)-(trades|aggTrades|bookTicker|bookDepth)-(\d{4}-\d{2}(?:-\d{2})?)\.csv$/u;

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
  let conversion: Conversion | undefined;
  let spot = true;
  // Bands come last: their mean prices are on the step of the trades.
  const isBands = ({ name }: InputFile) => NAME.exec(name)?.[2] === "bookDepth";
  const inOrder = [...files.filter((file) => !isBands(file)), ...files.filter(isBands)];
  for (const file of inOrder) {
    const [, symbol, named] = NAME.exec(file.name) ?? [];
    if (symbol !== undefined) {
      if (venue !== undefined && venue !== symbol) {
        throw new DataError(`${file.path}: is of ${symbol}, the files before it are of ${venue}`);
      }
      venue = symbol;
      if (binanceUnit(symbol) === "contracts" && named === "bookDepth") {
        throw new DataError(
          `${file.path}: bands of COIN-M futures are not read: what their values are in is not documented`,
        );
      }
      // Before a long file is read.
      conversion = convert(`${file.path}: ${symbol}`, binanceUnit(symbol));
    }
    let reader: CsvReader | undefined;
    facts.files.push(file.path);
    facts.read += await readCsv(file, {
      header(fields, line) {
        const header = !/^[-\d]/.test(fields[0] ?? "");
        const kind = named as BinanceKind | undefined ?? kindOf(fields, header, line);
        if (header) spot = false;
        if (venue === undefined) {
          conversion = convert(file.path, fields.map(plainName).includes("baseqty") ? "contracts" : undefined);
        }
        let stream = streams.get(kind);
        if (!stream) {
          const decimals = (streams.get("trades") ?? streams.get("aggTrades"))?.draft.priceDecimals;
          const tickSize = options.tickSize ?? (decimals === undefined ? undefined : stepOf(decimals));
          streams.set(kind, stream = createStream(kind, { spot, facts, conversion, tickSize }));
        }
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
  const order: BinanceKind[] = ["trades", "aggTrades", "bookTicker", "bookDepth"];
  const kinds = order.filter((kind) => streams.has(kind));
  const source = `Binance archive, ${kinds.join(" and ")}, ${files.length} file${files.length === 1 ? "" : "s"}`;
  return mergeDrafts(
    place,
    kinds.map((kind) => streams.get(kind)!.settle(place)),
    { ...names(), source },
    options,
    conversion,
  );

  function names() {
    return marketNames(place, venue, options.symbol);
  }

  function convert(what: string, unit: QuantityUnit) {
    return conversionOf(what, unit, names(), options.contractSize);
  }
}

interface StreamOptions {
  readonly spot: boolean;
  readonly facts: ImportFacts;
  readonly conversion: Conversion | undefined;
  readonly tickSize: number | undefined;
}

function createStream(kind: BinanceKind, options: StreamOptions): StreamReader {
  if (kind === "bookTicker") return createTickerReader(options.facts);
  if (kind === "bookDepth") return createBandReader(options.facts, options.tickSize);
  return createTradeReader(kind, options);
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
/** COIN-M futures tell the base of their contracts. */
const COIN_TRADES = { ...TRADES, quote_qty: ["baseqty", "basequantity"] };
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

function createTradeReader(
  kind: "trades" | "aggTrades",
  { spot, facts, conversion }: StreamOptions,
): StreamReader {
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

  /** The other quantity of a trade says whether this one is what it is taken for. */
  function checkValue(line: CsvLine, value: number, price: number, qty: number) {
    if (conversion) {
      const base = conversion.base(qty, price);
      if (Math.abs(value - base) > 2e-8 + 1e-4 * value) {
        line.fail(
          `base_qty = ${value}, but qty = ${qty} ${conversion.of} are ${base}: another contract size, or damaged`,
        );
      }
    } else if (Math.abs(value - price * qty) > 0.01 + 1e-4 * Math.abs(value)) {
      line.fail(`quote_qty = ${value}, but price x qty = ${price * qty}: contracts, or damaged`);
    }
  }

  return {
    draft,
    settle: stream.settle,
    file() {
      let width = 0;
      let read: (line: CsvLine) => void;
      return {
        header(fields, line) {
          const places = kind === "trades"
            ? columnPlaces(fields, line, conversion ? COIN_TRADES : TRADES, [6, 7])
            : columnPlaces(fields, line, AGG_TRADES, [7, 8]);
          width = places.width;
          if (kind === "trades") {
            const at = places.at as Record<keyof typeof TRADES, number>;
            read = (line) => {
              const price = line.decimal(at.price, "price");
              draft.priceDecimals = Math.max(draft.priceDecimals, line.decimals);
              const qty = line.decimal(at.qty, "qty");
              draft.qtyDecimals = Math.max(draft.qtyDecimals, line.decimals);
              checkValue(line, line.decimal(at.quote_qty, conversion ? "base_qty" : "quote_qty"), price, qty);
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
