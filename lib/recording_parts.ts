/**
 * A recorded run as a tape in parts (I/O): for recordings that do not fit the memory.
 *
 * @module
 */

import type { TapeControl } from "./controls.ts";
import { DataError } from "./data_error.ts";
import { readColumns, readFooter } from "./parquet.ts";
import { findRun, marketInfo, readControls, tableFiles } from "./recording.ts";
import { createRows } from "./rows.ts";
import { bookEvent, tradeEvent } from "./store_rows.ts";
import { type TableColumns, TABLES } from "./store_schema.ts";
import { createTape, type Tape } from "./tape.ts";
import type { Market, MarketEvent } from "./types.ts";

/** Rows of a table that are decoded at a time. A message of the book is one of them, with all its levels. */
const DECODED = 1 << 12;

/** What to read, and how much of it at a time. */
export interface RecordingParts {
  /** The latest where absent. */
  readonly run?: string;
  /** Rules and currencies, where the recorder was not told them. */
  readonly market?: Market;
  /** Rows of a part, at least: the last message is whole. */
  readonly rows?: number;
}

/**
 * What {@linkcode readRecording} gives, in parts, each behind the last. Events behind the first missing number are left out; the last part's
 * `source` says so.
 *
 * @throws {DataError} one line, where there is no such run, its tick size is not known, or a table's rows are not in order
 */
export async function* readRecordingParts(root: string, options: RecordingParts = {}): AsyncGenerator<Tape> {
  const { rows: least = 1 << 18 } = options;
  const info = findRun(root, options.run);
  const { source, ...market } = marketInfo(root, info, options.market);
  const recorded = await readControls(root, info.run);
  let builder = createTape({ ...market, source }, least + 4096);
  let controls: TapeControl[] = [];
  const toRows = createRows(market.tickSize, (kind, side, flags, exchTs, localTs, priceTicks, qty) => {
    builder.row(kind, side, flags, exchTs, localTs, priceTicks, qty);
  });
  const takeControls = (seq: number) => {
    for (; recorded[0] !== undefined && recorded[0].seq <= seq; recorded.shift()) {
      controls.push({ row: builder.length, control: recorded[0].control });
    }
  };
  const part = (told = source): Tape => {
    const made = { ...builder.build(), source: told, ...(controls.length > 0 ? { controls } : {}) };
    builder = createTape({ ...market, source }, least + 4096);
    controls = [];
    return made;
  };

  let next: number | undefined;
  let leftOut = 0;
  for await (
    const { seq, event } of merged(eventsOf(root, "orderbook", info.run), eventsOf(root, "trades", info.run))
  ) {
    if (next === undefined) takeControls(seq - 1);
    else if (leftOut > 0 || seq !== next) {
      leftOut++;
      continue;
    }
    toRows(event());
    takeControls(seq);
    next = seq + 1;
    if (builder.length >= least) yield part();
  }
  if (builder.length > 0 || controls.length > 0 || leftOut > 0) {
    yield part(leftOut > 0 ? `${source}, without ${leftOut} events behind a hole` : source);
  }
}

interface Numbered {
  readonly seq: number;
  readonly event: () => MarketEvent;
}

/** A run's rows of a table, in order of their numbers. */
async function* eventsOf(root: string, table: "orderbook" | "trades", run: string): AsyncGenerator<Numbered> {
  let last = -Infinity;
  for (const file of tableFiles(root, table)) {
    const footer = readFooter(file);
    for (let from = 0; from < footer.head.rows; from += DECODED) {
      const to = Math.min(footer.head.rows, from + DECODED);
      const columns = await readColumns(file, TABLES[table], footer, { from, to });
      const make = table === "orderbook"
        ? (i: number) => bookEvent(columns as TableColumns<"orderbook">, i)
        : (i: number) => tradeEvent(columns as TableColumns<"trades">, i);
      for (let i = 0; i < to - from; i++) {
        if (columns.run[i] !== run) continue;
        const seq = columns.seq[i]!;
        if (!(seq > last)) {
          throw new DataError(
            `${file}: event ${seq} of run ${run} comes after ${last}, must be in order to be read in parts`,
          );
        }
        last = seq;
        yield { seq, event: () => make(i) };
      }
    }
  }
}

/** Two streams in order of their numbers as one. */
async function* merged(a: AsyncGenerator<Numbered>, b: AsyncGenerator<Numbered>): AsyncGenerator<Numbered> {
  let [x, y] = [await a.next(), await b.next()];
  while (!x.done || !y.done) {
    if (y.done || (!x.done && x.value.seq < y.value.seq)) {
      yield x.value as Numbered;
      x = await a.next();
    } else {
      yield y.value;
      y = await b.next();
    }
  }
}
