/**
 * A tape as one Parquet file (I/O): seven columns of rows, and in the footer what the tape is of.
 *
 * @module
 */

import { crc32 } from "node:zlib";
import { combineCrc32 } from "./checksum.ts";
import { DataError } from "./data_error.ts";
import { encodeGroup, type Footer, readColumns, readFooter } from "./parquet.ts";
import { replaceFile } from "./store_file.ts";
import type { Columns, TableSpec } from "./store_schema.ts";
import type { Tape, TapeColumns, TapeInfo } from "./tape.ts";

/** Columns of a tape file. `kind`, `side` and `flags` are the numbers of `lib/tape.ts`. */
const TAPE_COLUMNS = {
  kind: "int",
  side: "int",
  flags: "int",
  exch_ts: "time",
  local_ts: "time",
  price_ticks: "int",
  qty: "real",
} as const satisfies TableSpec;

/** Version of the meaning of the columns and of the footer. */
const VERSION = "2";

const ROWS_A_GROUP = 1 << 18;

/**
 * Writes a tape. The file is complete or not there.
 *
 * @throws {DataError} one line with the path
 */
export async function writeTape(path: string, tape: Tape): Promise<void> {
  const notes: Record<string, string> = {
    version: VERSION,
    symbol: tape.symbol,
    base: tape.base,
    quote: tape.quote,
    tick_size: String(tape.tickSize),
    lot_size: String(tape.lotSize),
    source: tape.source,
  };
  notes.checksum = checksum(tape);
  if (tape.minQty !== undefined) notes.min_qty = String(tape.minQty);
  if (tape.minNotional !== undefined) notes.min_notional = String(tape.minNotional);
  const parts: Uint8Array[] = [];
  let encoded: ReturnType<typeof encodeGroup> | undefined;
  for (let from = 0; from === 0 || from < tape.length; from += ROWS_A_GROUP) {
    const part = (column: ArrayLike<number>) =>
      Array.from({ length: Math.min(ROWS_A_GROUP, tape.length - from) }, (_, i) => column[from + i]!);
    const columns: Columns<typeof TAPE_COLUMNS> = {
      kind: part(tape.kind),
      side: part(tape.side),
      flags: part(tape.flags),
      exch_ts: part(tape.exchTs),
      local_ts: part(tape.localTs),
      price_ticks: part(tape.priceTicks),
      qty: part(tape.qty),
    };
    const head: ReturnType<typeof encodeGroup>["head"] | undefined = encoded?.head;
    encoded = encodeGroup(TAPE_COLUMNS, columns, { head, notes });
    parts.push(encoded.bytes.subarray(0, encoded.head.bytes - (head?.bytes ?? 0)));
  }
  parts[parts.length - 1] = encoded!.bytes;
  await replaceFile(path, { keep: 0, of: 0, tail: new Uint8Array(await new Blob(parts as BlobPart[]).arrayBuffer()) });
}

/**
 * Reads a tape file.
 *
 * @throws {DataError} one line with the path, where the file is missing, cut short, damaged, not Parquet or not a tape
 */
export async function readTape(path: string): Promise<Tape> {
  const footer = readFooter(path);
  const info = infoOf(path, footer);
  const tape: Tape = { ...info, ...rowsOf(path, await readColumns(path, TAPE_COLUMNS, footer)) };
  compare(path, footer, checksum(tape));
  return tape;
}

/**
 * Reads tape files one after the other, some rows at a time: for tapes that do not fit the memory. A file's checksum is known with its last
 * part, and is compared before that is handed over.
 *
 * @param paths in order of time; all of one market
 * @throws {DataError} as {@linkcode readTape}, and where the files are of different markets
 */
export async function* readTapeParts(
  paths: string | readonly string[],
  rowsAPart = ROWS_A_GROUP,
): AsyncGenerator<Tape> {
  let first: TapeInfo | undefined;
  for (const path of typeof paths === "string" ? [paths] : paths) {
    const footer = readFooter(path);
    const info = infoOf(path, footer);
    first ??= info;
    if (info.symbol !== first.symbol || info.tickSize !== first.tickSize || info.lotSize !== first.lotSize) {
      throw new DataError(
        `${path}: ${info.symbol} on ticks of ${info.tickSize}, must be ${first.symbol} on ${first.tickSize}`,
      );
    }
    const sum = createChecksum(info);
    if (footer.head.rows === 0) compare(path, footer, sum.value);
    for (let from = 0; from < footer.head.rows; from += rowsAPart) {
      const to = Math.min(footer.head.rows, from + rowsAPart);
      const part = { ...info, ...rowsOf(path, await readColumns(path, TAPE_COLUMNS, footer, { from, to })) };
      sum.add(part);
      if (to === footer.head.rows) compare(path, footer, sum.value);
      yield part;
    }
  }
}

function noted(path: string, { notes }: Footer, key: string): string {
  const value = notes[key];
  if (value === undefined) throw new DataError(`${path}: not a tape ("${key}" is missing from its footer)`);
  return value;
}

/** What a file is of. */
function infoOf(path: string, footer: Footer): TapeInfo {
  const { notes } = footer;
  if (notes.version === undefined) throw new DataError(`${path}: Parquet, but not a tape (docs/data.md says what is)`);
  if (notes.version !== VERSION) {
    throw new DataError(`${path}: a tape of version ${notes.version}, this program reads version ${VERSION}`);
  }
  const text = (key: string) => noted(path, footer, key);
  const step = (key: string): number => {
    const value = Number(text(key));
    if (!(value > 0 && value < Infinity)) {
      throw new DataError(`${path}: ${key} = ${text(key)}, must be a positive number`);
    }
    return value;
  };
  return {
    symbol: text("symbol"),
    base: text("base"),
    quote: text("quote"),
    tickSize: step("tick_size"),
    lotSize: step("lot_size"),
    ...(notes.min_qty === undefined ? {} : { minQty: step("min_qty") }),
    ...(notes.min_notional === undefined ? {} : { minNotional: step("min_notional") }),
    source: text("source"),
  };
}

function rowsOf(path: string, columns: Columns<typeof TAPE_COLUMNS>) {
  try {
    return {
      length: columns.kind.length,
      kind: Uint8Array.from(columns.kind),
      side: Int8Array.from(columns.side),
      flags: Uint8Array.from(columns.flags),
      exchTs: Float64Array.from(columns.exch_ts),
      localTs: Float64Array.from(columns.local_ts),
      priceTicks: Float64Array.from(columns.price_ticks),
      qty: Float64Array.from(columns.qty),
    };
  } catch (error) {
    // A damaged footer can make the numbers something else.
    throw new DataError(`${path}: damaged (${error instanceof Error ? error.message : error})`);
  }
}

/** @throws {DataError} where the content is not what was written */
function compare(path: string, footer: Footer, found: string): void {
  const told = noted(path, footer, "checksum");
  if (told !== found) throw new DataError(`${path}: damaged, its content has the checksum ${found} instead of ${told}`);
}

function checksum(tape: Tape): string {
  const sum = createChecksum(tape);
  sum.add(tape);
  return sum.value;
}

/**
 * CRC-32 of what a tape is of and of its rows, column by column, eight hex digits: Parquet itself does not notice a flipped bit. Rows may come
 * in parts.
 */
function createChecksum({ symbol, base, quote, tickSize, lotSize, minQty, minNotional, source }: TapeInfo) {
  const head = crc32(JSON.stringify([symbol, base, quote, tickSize, lotSize, minQty, minNotional, source]));
  const columns = Array.from({ length: 7 }, () => ({ sum: 0, bytes: 0 }));
  return {
    add(part: TapeColumns) {
      const { kind, side, flags, exchTs, localTs, priceTicks, qty } = part;
      [kind, side, flags, exchTs, localTs, priceTicks, qty].forEach((column, i) => {
        const bytes = new Uint8Array(column.buffer, column.byteOffset, column.byteLength);
        columns[i]!.sum = crc32(bytes, columns[i]!.sum);
        columns[i]!.bytes += bytes.length;
      });
    },
    get value(): string {
      const whole = columns.reduce((sum, column) => combineCrc32(sum, column.sum, column.bytes), head);
      return whole.toString(16).padStart(8, "0");
    },
  };
}
