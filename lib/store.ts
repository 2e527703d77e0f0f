/**
 * The recorder (I/O): every message, decision, fill and transition of a run, as Parquet below one folder.
 *
 * `<root>/<table>/YYYY-MM-DD/hh.parquet`, UTC by `localTs`; fills and PnL as CSV beside it. Appending only pushes into
 * columns. A timer writes them to disk well before {@linkcode StoreOptions.flushSeconds} have passed, so that a process that
 * dies at any moment loses no more than those seconds and leaves complete files only.
 *
 * @module
 */

import { DataError } from "./data_error.ts";
import type { OrderEvent } from "./order_event.ts";
import { checkRow } from "./store_check.ts";
import { type CsvFile, openCsvFile } from "./store_csv.ts";
import { checkExisting } from "./store_existing.ts";
import { openTableFile, removeLeftovers, type TableFile } from "./store_file.ts";
import { createPace } from "./store_pace.ts";
import { lockFolder } from "./store_lock.ts";
import { hourOf, hourPath, type Row, type TableName, TABLES, type TableSpec } from "./store_schema.ts";
import {
  bookRow,
  fillRow,
  gapRow,
  orderEventRow,
  orderRow,
  type PnlRow,
  pnlRow,
  quoteRow,
  type RiskRow,
  riskRow,
  tradeRow,
} from "./store_rows.ts";
import type { Book, Fill, Gap, Market, OrderRecord, Quote, Trade } from "./types.ts";

/** Where and what to record. */
export interface StoreOptions {
  /** Folder of the recordings, `paths.data`. */
  readonly root: string;
  /** Name of the run, unlike any other; the `run` column of every row. */
  readonly run: string;
  readonly symbol: string;
  /** Rules and currencies, kept in the files: a recording can be replayed only with its tick size. */
  readonly market?: Market;
  /** Most seconds of wall time that a killed process may lose, 5 by default. */
  readonly flushSeconds?: number;
  /** Wall clock, Unix time in milliseconds. */
  readonly now?: () => number;
}

/** Rows taken so far, by kind. */
export interface StoreCounts {
  snapshots: number;
  deltas: number;
  bookGaps: number;
  trades: number;
  backfilled: number;
  recovered: number;
  tradeGaps: number;
  quotes: number;
  orders: number;
  fills: number;
  pnl: number;
  risk: number;
}

/** A recorder. The methods that take rows throw RangeError on NaN and on a store that is closed. */
export interface Store {
  readonly run: string;
  readonly root: string;
  /** @param seq number of the event in its run, counting books, trades and gaps together from 0 */
  book(book: Book, seq: number): void;
  trade(trade: Trade, seq: number): void;
  gap(gap: Gap, seq: number): void;
  quote(quote: Quote): void;
  order(order: OrderRecord): void;
  orderEvent(event: OrderEvent): void;
  fill(fill: Fill): void;
  pnl(row: PnlRow): void;
  risk(row: RiskRow): void;
  /** Writes everything to disk now. Rejects with one line; what could not be written is tried again by the next flush. */
  flush(): Promise<void>;
  /** As `flush()`, unless a write began within the last second: for loops that hand over every so many rows. */
  handOver(): Promise<void> | undefined;
  /** Writes everything and lets go of the folder. */
  close(): Promise<void>;
  counts(): StoreCounts;
  /** Resolves with the first failure to write; never resolves while all is well. */
  readonly error: Promise<Error>;
}

/** Share of `flushSeconds` that rows wait at most; the rest is for encoding and the disk. */
const WAIT = 0.65;

/** Shortest wall time between two hand-overs that write, milliseconds: each write encodes the open row groups anew. */
const HAND_OVER_MS = 1000;

/** Rows that are not left waiting at all, so that a flood is written in pieces a fraction of a second long. */
const FLOOD = 20_000;

/** Tables that are also written as CSV. */
const CSV_TABLES: readonly TableName[] = ["fills", "pnl"];

interface OpenTable {
  readonly name: TableName;
  readonly spec: TableSpec;
  /** By hour. */
  readonly files: Map<number, { table: TableFile<TableSpec>; csv: CsvFile<TableSpec> | undefined }>;
}

/** Key of a run's description in the footer of each file. */
export const RUN_NOTE = "makerbook.run.";

/**
 * Starts recording below a folder. One recorder a folder: the hour's files are shared by whatever writes there.
 *
 * @throws {DataError} where another recorder, in this process or another, has the folder, or a file in it is damaged
 * @throws {RangeError} for flushSeconds that are not positive
 */
export function createStore(options: StoreOptions): Store {
  const { run, symbol, market, flushSeconds = 5, now = Date.now } = options;
  const root = options.root.replace(/(?<=.)\/+$/, "");
  if (!(flushSeconds > 0)) throw new RangeError(`flushSeconds = ${flushSeconds}, must be > 0`);
  const lock = lockFolder(root, `run ${run}`);
  try {
    checkExisting(root);
  } catch (error) {
    lock.release();
    throw error;
  }
  const started = now();
  const pace = createPace(now);
  const notes = () => ({ [RUN_NOTE + run]: JSON.stringify({ symbol, started, market, speed: pace.speed }) });
  const tables = Object.fromEntries(
    Object.entries(TABLES).map(([name, spec]) => [name, { name, spec, files: new Map() }]),
  ) as unknown as Record<TableName, OpenTable>;
  for (const name of Object.keys(TABLES)) removeLeftovers(`${root}/${name}`);

  const counts: StoreCounts = {
    snapshots: 0,
    deltas: 0,
    bookGaps: 0,
    trades: 0,
    backfilled: 0,
    recovered: 0,
    tradeGaps: 0,
    quotes: 0,
    orders: 0,
    fills: 0,
    pnl: 0,
    risk: 0,
  };
  const failure = Promise.withResolvers<Error>();
  let lastSeq: number | undefined;
  let timer: ReturnType<typeof setTimeout> | undefined;
  let waiting = 0;
  let writing: Promise<void> = Promise.resolve();
  let queued: Promise<void> | undefined;
  let lastWrite = -Infinity;
  let closed = false;

  function append<N extends TableName>(name: N, localTs: number, row: Row<(typeof TABLES)[N]>) {
    if (closed) throw new RangeError(`${root}: the recorder of run ${run} is closed`);
    checkRow(name, TABLES[name], row as Row<TableSpec>);
    const { files, spec } = tables[name];
    const hour = hourOf(localTs);
    let file = files.get(hour);
    if (!file) {
      const path = `${root}/${name}/${hourPath(hour)}`;
      file = {
        table: openTableFile(`${path}.parquet`, spec, notes),
        csv: CSV_TABLES.includes(name) ? openCsvFile(`${path}.csv`, spec) : undefined,
      };
      files.set(hour, file);
    }
    file.table.append(row as Row<TableSpec>);
    file.csv?.append(row as Row<TableSpec>);
    if (++waiting === FLOOD) schedule(0);
    else if (timer === undefined) schedule(flushSeconds * WAIT);
  }

  function schedule(seconds: number) {
    clearTimeout(timer);
    timer = setTimeout(() => void flush(), seconds * 1000);
  }

  async function writeAll() {
    queued = undefined;
    lastWrite = now();
    clearTimeout(timer);
    timer = undefined;
    waiting = 0;
    let first: unknown;
    const writes: (() => Promise<void>)[] = [];
    // Everything is encoded before anything is written, oldest hours first: the files show one moment, and never a row
    // without those before it.
    for (const { files } of Object.values(tables)) {
      const hours = [...files.keys()].sort((a, b) => a - b);
      for (const hour of hours) {
        const { table, csv } = files.get(hour)!;
        const isLast = closed || hour < hours.at(-1)!;
        for (const file of [table, csv]) {
          try {
            const write = file?.prepare(isLast);
            if (write) writes.push(write);
          } catch (error) {
            first ??= error;
          }
        }
      }
    }
    for (const write of writes) {
      try {
        await write();
      } catch (error) {
        first ??= error;
      }
    }
    for (const { files } of Object.values(tables)) forgetOldHours(files);
    if (first === undefined) return;
    const error = first instanceof Error ? first : new DataError(String(first));
    failure.resolve(error);
    if (!closed && timer === undefined) schedule(flushSeconds * WAIT);
    throw error;
  }

  /** An hour that is over and on disk is opened again should a late row come. */
  function forgetOldHours(files: OpenTable["files"]) {
    const latest = Math.max(...files.keys());
    for (const [hour, { table, csv }] of files) {
      if (hour < latest && table.pending === 0 && !csv?.pending) files.delete(hour);
    }
  }

  function flush(): Promise<void> {
    // One that waits for its turn will take the rows of this call too.
    if (queued) return queued;
    queued = writing.then(writeAll);
    // Told through `error` as well: a flush nobody awaits must not end the process.
    writing = queued.catch(() => {});
    return queued;
  }

  const common = { run, symbol };
  const marketRow = (seq: number) => ({ ...common, seq: lastSeq = seq });
  // What we do follows the last market event: its number joins the two.
  const ownRow = () => ({ ...common, seq: lastSeq });

  return {
    run,
    root,
    book(book, seq) {
      append("orderbook", book.localTs, bookRow(marketRow(seq), book));
      pace.saw(book.localTs);
      if (book.snapshot) counts.snapshots++;
      else counts.deltas++;
    },
    trade(trade, seq) {
      append("trades", trade.localTs, tradeRow(marketRow(seq), trade));
      if (trade.origin === "backfill") counts.backfilled++;
      else if (trade.origin === "recovered") counts.recovered++;
      else counts.trades++;
    },
    gap(gap, seq) {
      const rows = gapRow(marketRow(seq), gap);
      if (gap.stream === "book") append("orderbook", gap.localTs, rows.orderbook);
      else append("trades", gap.localTs, rows.trades);
      counts[gap.stream === "book" ? "bookGaps" : "tradeGaps"]++;
    },
    quote(quote) {
      append("quotes", quote.localTs, quoteRow(ownRow(), quote));
      counts.quotes++;
    },
    order(order) {
      append("orders", order.localTs, orderRow(ownRow(), order));
      counts.orders++;
    },
    orderEvent: (event) => append("order_events", event.localTs, orderEventRow(ownRow(), event)),
    fill(fill) {
      append("fills", fill.localTs, fillRow(ownRow(), fill));
      counts.fills++;
    },
    pnl(row) {
      append("pnl", row.localTs, pnlRow(ownRow(), row));
      counts.pnl++;
    },
    risk(row) {
      append("risk", row.localTs, riskRow(ownRow(), row));
      counts.risk++;
    },
    flush,
    handOver: () => waiting > 0 && now() - lastWrite >= HAND_OVER_MS ? flush() : undefined,
    async close() {
      if (closed) return await writing;
      closed = true;
      try {
        await flush();
      } finally {
        lock.release();
      }
    },
    counts: () => ({ ...counts }),
    error: failure.promise,
  };
}
