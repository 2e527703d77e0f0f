/**
 * Measured order latencies as a file (I/O): Parquet or CSV with the columns `sent_ts`, `exch_ts` and `answered_ts`, microseconds UTC, or
 * hftbacktest's `.npz` with `req_ts`, `exch_ts` and `resp_ts`, nanoseconds.
 *
 * @module
 */

import { DataError } from "./data_error.ts";
import { readCsv } from "./import/csv_columns.ts";
import { inputFile } from "./import/files.ts";
import { ORDER_LATENCY_DTYPE, readNpz } from "./import/npz.ts";
import { type MeasuredLatency, measuredLatency } from "./order_latency.ts";
import { readColumns, readFooter } from "./parquet.ts";
import type { TableSpec } from "./store_schema.ts";
import { writeTable } from "./table_file.ts";

/** Columns of a file of measured orders. */
const LATENCY = { sent_ts: "time", exch_ts: "time", answered_ts: "time" } as const satisfies TableSpec;
const NAMES = Object.keys(LATENCY) as (keyof typeof LATENCY)[];

/** Times are between 2000 and 2100: whoever has seconds or nanoseconds is told so. */
const FIRST = Date.UTC(2000, 0) * 1000;
const LAST = Date.UTC(2100, 0) * 1000;

/**
 * Reads measured orders. Rows of hftbacktest's that the exchange never took (`exch_ts` is 0) are left out: here an order that was not taken
 * does not exist.
 *
 * @throws {DataError} one line with the path, where it is missing, damaged, lacks a column, has no measurement, one that ends before it
 *   begins, or times in another unit
 */
export async function readLatency(path: string): Promise<MeasuredLatency> {
  const read = /\.npz$/i.test(path) ? fromNpz : /\.csv(\.gz)?$/i.test(path) ? fromCsv : fromParquet;
  const measured = await read(path);
  try {
    measuredLatency(measured);
    for (const column of Object.values(measured)) column.forEach(checkUnit);
  } catch (error) {
    if (!(error instanceof RangeError)) throw error;
    throw new DataError(`${path}: ${error.message}`);
  }
  return Object.freeze(measured);
}

/** Writes measured orders as Parquet. The file is complete or not there. */
export async function writeLatency(path: string, { sentTs, exchTs, answeredTs }: MeasuredLatency): Promise<void> {
  await writeTable(path, LATENCY, {
    sent_ts: Array.from(sentTs),
    exch_ts: Array.from(exchTs),
    answered_ts: Array.from(answeredTs),
  });
}

function checkUnit(ts: number, i: number) {
  if (ts >= FIRST && ts < LAST) return;
  throw new RangeError(`measurement ${i + 1}: ${ts} is no time from 2000 to 2100, must be microseconds UTC`);
}

async function fromParquet(path: string): Promise<MeasuredLatency> {
  const footer = readFooter(path);
  for (const { name, logical_type } of footer.metadata.schema) {
    const unit = logical_type?.type === "TIMESTAMP" ? logical_type.unit : "MICROS";
    if (unit === "MICROS" || !(name in LATENCY)) continue;
    throw new DataError(`${path}: column "${name}" is a timestamp of ${unit}, expected MICROS`);
  }
  const columns = await readColumns(path, LATENCY, footer);
  const [sentTs, exchTs, answeredTs] = NAMES.map((name) => {
    const empty = columns[name].findIndex((value) => value === undefined || value === null);
    if (empty >= 0) throw new DataError(`${path}: measurement ${empty + 1}: ${name} is empty`);
    return Float64Array.from(columns[name], Number);
  });
  return { sentTs: sentTs!, exchTs: exchTs!, answeredTs: answeredTs! };
}

async function fromCsv(path: string): Promise<MeasuredLatency> {
  const columns = NAMES.map((): number[] => []);
  let at: number[] = [];
  await readCsv(inputFile(path), {
    header(fields, line) {
      at = NAMES.map((name) => fields.indexOf(name));
      const missing = NAMES.filter((_, i) => at[i]! < 0);
      if (missing.length > 0) line.fail(`the header has no ${missing.join(", ")} (it has ${fields.join(", ")})`);
      return true;
    },
    row(line) {
      for (const [i, name] of NAMES.entries()) columns[i]!.push(line.integer(at[i]!, name));
    },
  });
  const [sentTs, exchTs, answeredTs] = columns.map((column) => Float64Array.from(column));
  return { sentTs: sentTs!, exchTs: exchTs!, answeredTs: answeredTs! };
}

async function fromNpz(path: string): Promise<MeasuredLatency> {
  const sent: number[] = [], exch: number[] = [], answered: number[] = [];
  const micros = (view: DataView, at: number) => Number(view.getBigInt64(at, true) / 1000n);
  await readNpz(path, (view, count) => {
    for (let row = 0; row < count; row++) {
      const at = row * 8 * ORDER_LATENCY_DTYPE.length;
      const taken = micros(view, at + 8);
      if (taken <= 0) continue;
      sent.push(micros(view, at));
      exch.push(taken);
      answered.push(micros(view, at + 16));
    }
  }, ORDER_LATENCY_DTYPE);
  return {
    sentTs: Float64Array.from(sent),
    exchTs: Float64Array.from(exch),
    answeredTs: Float64Array.from(answered),
  };
}
