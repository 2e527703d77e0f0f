/**
 * Parquet with columns you know as a tape: books as lists of levels, trades one a row (I/O).
 *
 * {@linkcode LOBDEEP} is the example: whole books every 100 ms and trades, each with the exchange's time and ours in milliseconds.
 * Another recorder's files need another such table of names, nothing else.
 *
 * @module
 */

import { conversionOf } from "./contracts.ts";
import { DataError } from "../data_error.ts";
import { createDraft, type Draft, mergeDrafts } from "./draft.ts";
import type { ImportFacts } from "./facts.ts";
import { decimalsOf, marketNames, type MarketOptions } from "./market.ts";
import { micros } from "./time.ts";
import { createTradeStream } from "./trades.ts";
import { createViews, type ViewSide } from "./views.ts";
import { readColumns, readFooter } from "../parquet.ts";
import type { TableSpec } from "../store_schema.ts";
import { BUY, SELL, type Tape } from "../tape.ts";

/** Names of the columns. Times are milliseconds or microseconds. */
export interface ParquetColumns {
  readonly symbol: string;
  readonly exchTs: string;
  readonly localTs: string;
  readonly books: {
    readonly bidPrices: string;
    readonly bidQtys: string;
    readonly askPrices: string;
    readonly askQtys: string;
  };
  readonly trades: { readonly id: string; readonly price: string; readonly qty: string; readonly side: string };
}

/** Columns of the crypto-microstructure recordings of 2026. */
export const LOBDEEP: ParquetColumns = {
  symbol: "symbol",
  exchTs: "exch_ts_ms",
  localTs: "ts_ms",
  books: { bidPrices: "bids_px", bidQtys: "bids_qty", askPrices: "asks_px", askQtys: "asks_qty" },
  trades: { id: "trade_id", price: "price", qty: "qty", side: "side" },
};

/** After so long without a row the book starts afresh, so that a masked gap ends there. */
const AFRESH_AFTER = 10e6;

/**
 * Reads files of one symbol: trades, and books or none.
 *
 * @throws {DataError} one line with file, row and value
 */
export async function importParquet(
  place: string,
  paths: readonly string[],
  options: MarketOptions,
  facts: ImportFacts,
  columns: ParquetColumns = LOBDEEP,
): Promise<Tape> {
  const trades = createTradeStream({ order: "arrival", mayLack: 0 }, facts);
  const books = createDraft();
  let venue: string | undefined;
  for (const path of paths) {
    facts.files.push(path);
    const names = readFooter(path).metadata.schema.map(({ name }) => name);
    const isBooks = names.includes(columns.books.bidPrices);
    if (!isBooks && !names.includes(columns.trades.price)) {
      throw new DataError(`${path}: has neither ${columns.books.bidPrices} nor ${columns.trades.price}`);
    }
    const symbols = isBooks
      ? await readBooks(path, columns, books, facts)
      : await readTrades(path, columns, trades, facts);
    for (const [row, symbol] of symbols.entries()) {
      if (symbol === venue) continue;
      if (venue !== undefined) {
        throw new DataError(`${path} row ${row + 1}: is of ${symbol}, the rows before it of ${venue}`);
      }
      venue = symbol;
    }
  }
  const names = marketNames(place, venue, options.symbol);
  const source = `Parquet books and trades, ${paths.length} file${paths.length === 1 ? "" : "s"}`;
  const conversion = conversionOf(place, undefined, names, options.contractSize);
  return mergeDrafts(place, [trades.settle(place), books], { ...names, source }, options, conversion);
}

/** Times and failures of a file's rows. */
function createRows(path: string, exch: readonly number[], local: readonly number[]) {
  const fail = (row: number, why: string): never => {
    throw new DataError(`${path} row ${row + 1}: ${why}`);
  };
  const time = (values: readonly number[], row: number, name: string) =>
    micros(values[row]!) ?? fail(row, `${name} = ${values[row]}, is no time of this century`);
  return {
    fail,
    exchTs: (row: number) => time(exch, row, "exchange time"),
    localTs: (row: number) => time(local, row, "receive time"),
  };
}

async function readTrades(
  path: string,
  { symbol, exchTs, localTs, trades: names }: ParquetColumns,
  stream: ReturnType<typeof createTradeStream>,
  facts: ImportFacts,
): Promise<string[]> {
  const spec: TableSpec = {
    [symbol]: "text",
    [exchTs]: "int",
    [localTs]: "int",
    [names.id]: "text",
    [names.price]: "real",
    [names.qty]: "real",
    [names.side]: "text",
  };
  const table = await readColumns(path, spec) as unknown as Record<string, unknown[]>;
  const ids = table[names.id] as string[];
  const prices = table[names.price] as number[];
  const qtys = table[names.qty] as number[];
  const sides = table[names.side] as string[];
  const rows = createRows(path, table[exchTs] as number[], table[localTs] as number[]);
  const { draft } = stream;
  for (let i = 0; i < prices.length; i++) {
    facts.read++;
    const [price, qty, side] = [prices[i]!, qtys[i]!, sides[i]!];
    if (!(price > 0 && price < Infinity)) rows.fail(i, `${names.price} = ${price}, must be > 0`);
    if (!(qty >= 0 && qty < Infinity)) rows.fail(i, `${names.qty} = ${qty}, must not be negative`);
    if (side !== "buy" && side !== "sell") rows.fail(i, `${names.side} = "${side}", must be buy or sell`);
    const id = /^\d{1,15}$/.test(ids[i]!) ? Number(ids[i]) : ids[i]!;
    if (qty === 0) {
      facts.emptyTrades++;
      stream.pass(id, rows.localTs(i));
      continue;
    }
    draft.priceDecimals = decimalsOf(price, draft.priceDecimals);
    draft.qtyDecimals = decimalsOf(qty, draft.qtyDecimals);
    stream.add(
      id,
      side === "buy" ? BUY : SELL,
      rows.exchTs(i),
      rows.localTs(i),
      price,
      qty,
      (why) => rows.fail(i, why),
    );
  }
  return table[symbol] as string[];
}

async function readBooks(
  path: string,
  { symbol, exchTs, localTs, books: names }: ParquetColumns,
  draft: Draft,
  facts: ImportFacts,
): Promise<string[]> {
  const spec: TableSpec = {
    [symbol]: "text",
    [exchTs]: "int",
    [localTs]: "int",
    [names.bidPrices]: "reals",
    [names.bidQtys]: "reals",
    [names.askPrices]: "reals",
    [names.askQtys]: "reals",
  };
  const table = await readColumns(path, spec) as unknown as Record<string, unknown[]>;
  const lists = (name: string) => table[name] as ArrayLike<number>[];
  const sides = [[lists(names.bidPrices), lists(names.bidQtys)], [
    lists(names.askPrices),
    lists(names.askQtys),
  ]] as const;
  const rows = createRows(path, table[exchTs] as number[], table[localTs] as number[]);
  const count = sides[0][0].length;
  let depth = 1;
  for (const [prices] of sides) for (const list of prices) depth = Math.max(depth, list.length);
  const { bids, asks, show } = createViews(draft, depth);
  let last = -Infinity;

  function fill(side: ViewSide, prices: ArrayLike<number>, qtys: ArrayLike<number>, row: number) {
    if (prices.length !== qtys.length) rows.fail(row, `${prices.length} prices and ${qtys.length} quantities`);
    side.length = prices.length;
    for (let i = 0; i < prices.length; i++) {
      const [price, qty] = [prices[i]!, qtys[i]!];
      if (!(price > 0 && price < Infinity)) rows.fail(row, `level ${i}: price = ${price}, must be > 0`);
      if (!(qty > 0 && qty < Infinity)) rows.fail(row, `level ${i}: quantity = ${qty}, must be > 0`);
      draft.priceDecimals = decimalsOf(price, draft.priceDecimals);
      draft.qtyDecimals = decimalsOf(qty, draft.qtyDecimals);
      side.price[i] = price;
      side.qty[i] = qty;
    }
  }

  for (let row = 0; row < count; row++) {
    facts.read++;
    fill(bids, sides[0][0][row]!, sides[0][1][row]!, row);
    fill(asks, sides[1][0][row]!, sides[1][1][row]!, row);
    const ts = rows.localTs(row);
    if (ts < last) rows.fail(row, `receive time goes back by ${(last - ts) / 1e6} s`);
    show(rows.exchTs(row), ts, ts - last > AFRESH_AFTER, () => `${path} row ${row + 1}`);
    last = ts;
  }
  return table[symbol] as string[];
}
