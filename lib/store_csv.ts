/**
 * A table as CSV, for spreadsheets (I/O): a header line, then whole lines, appended.
 *
 * Times are ISO 8601 in UTC with microseconds, the unknown is an empty field. A process that dies while appending can leave
 * half a line; the next one to open the file cuts it off.
 *
 * @module
 */

import { DataError } from "./data_error.ts";
import type { Row, TableSpec } from "./store_schema.ts";

/** Appends rows to one CSV file. */
export interface CsvFile<T extends TableSpec> {
  readonly path: string;
  readonly pending: number;
  append(row: Row<T>): void;
  /**
   * Takes all pending lines. What it returns appends them to the file, and must have ended before the next call.
   *
   * @returns undefined where nothing is pending
   * @throws {DataError} one line with the path, when writing; the lines stay pending
   */
  prepare(): (() => Promise<void>) | undefined;
}

const NEWLINE = 10;

/** @param path the file, which is continued where it exists */
export function openCsvFile<T extends TableSpec>(path: string, spec: T): CsvFile<T> {
  const header = Object.keys(spec).join(",") + "\n";
  let lines: string[] = [];
  let length: number | undefined;
  return {
    path,
    get pending() {
      return lines.length;
    },
    append(row) {
      lines.push(Object.entries(spec).map(([name, kind]) => field(kind === "time", row[name])).join(","));
    },
    prepare() {
      const batch = lines.slice();
      return batch.length === 0 ? undefined : () => write(batch);
    },
  };

  async function write(batch: readonly string[]) {
    try {
      const start = length ??= openTail(path, header);
      const text = new TextEncoder().encode((start === 0 ? header : "") + batch.join("\n") + "\n");
      const file = await Deno.open(path, { write: true, create: true });
      try {
        const { size } = await file.stat();
        if (size < start) throw new Error(`was changed by another program (${size} bytes, expected ${start})`);
        // From where the last whole line ended: a failed attempt before this one leaves nothing behind.
        await file.truncate(start);
        await file.seek(start, Deno.SeekMode.Start);
        for (let done = 0; done < text.length;) done += await file.write(text.subarray(done));
        await file.sync();
      } finally {
        file.close();
      }
      length = start + text.length;
      lines = lines.slice(batch.length);
    } catch (error) {
      throw new DataError(`${path}: cannot write (${error instanceof Error ? error.message : String(error)})`);
    }
  }
}

/** Length of the whole lines of a file; 0 where there is none. */
function openTail(path: string, header: string): number {
  let bytes: Uint8Array;
  try {
    bytes = Deno.readFileSync(path);
  } catch (error) {
    if (!(error instanceof Deno.errors.NotFound)) throw error;
    Deno.mkdirSync(path.slice(0, path.lastIndexOf("/")), { recursive: true });
    return 0;
  }
  const end = bytes.lastIndexOf(NEWLINE) + 1;
  const first = new TextDecoder().decode(bytes.subarray(0, bytes.indexOf(NEWLINE) + 1));
  if (end > 0 && first !== header) throw new Error("has other columns than this version writes");
  return end;
}

function field(time: boolean, value: unknown): string {
  if (value === undefined) return "";
  if (time) return isoMicros(value as number);
  const text = String(value);
  return /[",\r\n]/.test(text) ? `"${text.replaceAll('"', '""')}"` : text;
}

/** `2024-08-08T23:55:00.123456Z` of microseconds UTC. */
export function isoMicros(ts: number): string {
  const second = Math.floor(ts / 1e6);
  return new Date(second * 1000).toISOString().slice(0, 19) + "." + String(ts - second * 1e6).padStart(6, "0") + "Z";
}
