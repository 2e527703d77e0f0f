/**
 * One growing Parquet file that is complete at every moment (I/O).
 *
 * A write makes a temporary file (the row groups that are there as they are, the new rows as a group, a new footer), syncs
 * it and renames it over the old one: whoever opens the file, and whenever the process dies, it has a footer. Every
 * {@linkcode MOST_SMALL} writes the open rows are encoded anew as one group, until that has {@linkcode GROUP_BYTES}, so that a
 * file flushed every few seconds does not end up as a thousand tiny groups. Doing so at each write would take most of the
 * time, and leave most of the garbage, of a session.
 *
 * @module
 */

import { DataError } from "./data_error.ts";
import {
  checkColumns,
  EMPTY_HEAD,
  encodeGroup,
  type FileNotes,
  type Footer,
  type ParquetHead,
  readFooter,
} from "./parquet.ts";
import type { Columns, Row, TableSpec } from "./store_schema.ts";

/** Size at which a row group is finished. Bounds what is encoded anew: about 30 ms for an order book. */
const GROUP_BYTES = 1 << 17;

/** Groups of single writes that a file has at most. */
const MOST_SMALL = 16;

/** Appends rows to one file. */
export interface TableFile<T extends TableSpec> {
  readonly path: string;
  /** Rows not yet in the file. */
  readonly pending: number;
  append(row: Row<T>): void;
  /**
   * Encodes all pending rows now. What it returns puts them into the file, and must have ended before the next call.
   *
   * @param isLast no more rows are expected: the groups of single writes become one
   * @returns undefined where nothing is pending
   * @throws {DataError} one line with the path, here or when writing; the rows stay pending, the file stays as it was
   */
  prepare(isLast?: boolean): (() => Promise<void>) | undefined;
}

/**
 * Opens a file for appending; one that exists is continued at the first write.
 *
 * @param notes gives what the footer says besides the rows, at each write; those of an existing file are kept
 */
export function openTableFile<T extends TableSpec>(path: string, spec: T, notes: () => FileNotes): TableFile<T> {
  const names = Object.keys(spec);
  /** Without the open rows, and with those that are written. */
  let head: ParquetHead | undefined;
  let tip = EMPTY_HEAD;
  let small = 0;
  let oldNotes: FileNotes = {};
  /** Bytes of the file as we left it: another size means that somebody else wrote. */
  let size = 0;
  let columns = emptyColumns();
  let rows = 0;
  let written = 0;

  function emptyColumns(): Record<string, unknown[]> {
    return Object.fromEntries(names.map((name) => [name, []]));
  }

  /** What is there already. */
  function open(): ParquetHead {
    if (isThere(path)) {
      const footer = checkTableFile(path, spec);
      size = footer.size;
      oldNotes = footer.notes;
      return footer.head;
    }
    try {
      Deno.mkdirSync(path.slice(0, path.lastIndexOf("/")), { recursive: true });
    } catch (error) {
      throw new DataError(`${path}: cannot write (${error instanceof Error ? error.message : String(error)})`);
    }
    return EMPTY_HEAD;
  }

  return {
    path,
    get pending() {
      return rows - written;
    },
    append(row) {
      for (const name of names) columns[name]!.push(row[name]);
      rows++;
    },
    prepare(isLast = false) {
      if (rows === written && !(isLast && small > 1)) return undefined;
      const finished = head ??= tip = open();
      const count = rows;
      const isMuch = tip.bytes - finished.bytes >= 2 * GROUP_BYTES;
      // Somebody has taken the file away: all of its rows are here still.
      const isGone = finished.bytes === 0 && tip.bytes > 0 && !isThere(path);
      const isAnew = small >= MOST_SMALL || isMuch || isGone || (isLast && small > 0);
      const before = isAnew ? finished : tip;
      const group = {} as Record<string, unknown[]>;
      for (const name of names) group[name] = columns[name]!.slice(isAnew ? 0 : written, count);
      const next = encodeGroup(spec, group as unknown as Columns<T>, {
        head: before,
        notes: { ...oldNotes, ...notes() },
      });
      return async () => {
        await replaceFile(path, { keep: before.bytes, of: size, tail: next.bytes });
        size = before.bytes + next.bytes.length;
        written = count;
        tip = next.head;
        small = isAnew ? 0 : small + 1;
        const isWhole = small === 0 || finished.bytes === before.bytes;
        if (!isWhole || tip.bytes - finished.bytes < GROUP_BYTES) return;
        // Rows appended while the file was being written belong to the next group.
        const rest = emptyColumns();
        for (const name of names) rest[name] = columns[name]!.slice(count);
        columns = rest;
        rows -= count;
        written = 0;
        head = tip;
        small = 0;
      };
    },
  };
}

/**
 * Footer of a file that can be continued.
 *
 * @throws {DataError} with the path, where it is cut short, not Parquet, or has other columns
 */
export function checkTableFile(path: string, spec: TableSpec): Footer {
  const footer = readFooter(path);
  checkColumns(path, footer.metadata, spec);
  if (footer.metadata.schema.length !== schemaLength(spec)) {
    throw new DataError(`${path}: has other columns than this version writes`);
  }
  return footer;
}

/** Elements of a table's Parquet schema: the root, one a column, three a list. */
function schemaLength(spec: TableSpec): number {
  return Object.values(spec).reduce((n, kind) => n + (kind === "reals" ? 3 : 1), 1);
}

function isThere(path: string): boolean {
  try {
    Deno.statSync(path);
    return true;
  } catch (error) {
    if (error instanceof Deno.errors.NotFound || error instanceof Deno.errors.NotADirectory) return false;
    throw error;
  }
}

/** Removes a file; none there is as good. */
function removeIfThere(path: string): void {
  try {
    Deno.removeSync(path);
  } catch (error) {
    if (!(error instanceof Deno.errors.NotFound)) throw error;
  }
}

/**
 * Replaces a file in one step by its first `keep` bytes and a tail: at every moment the old or the new one is there, whole.
 *
 * @param of size the file must have; anything else means that another program wrote to it
 * @throws {DataError} one line with the path, for instance when the disk is full; the old file is untouched then
 */
export async function replaceFile(
  path: string,
  { keep, of, tail }: { keep: number; of: number; tail: Uint8Array },
): Promise<void> {
  const temporary = `${path}.tmp`;
  try {
    // Where nothing of the old file is kept, it may be gone.
    if (of > 0 && (keep > 0 || isThere(path))) {
      const { size } = await Deno.stat(path);
      if (size !== of) throw new Error(`was changed by another program (${size} bytes, expected ${of})`);
    }
    if (keep > 0) await Deno.copyFile(path, temporary);
    const file = await Deno.open(temporary, { write: true, create: true });
    try {
      await file.truncate(keep);
      await file.seek(keep, Deno.SeekMode.Start);
      for (let done = 0; done < tail.length;) done += await file.write(tail.subarray(done));
      await file.sync();
    } finally {
      file.close();
    }
    await Deno.rename(temporary, path);
  } catch (error) {
    try {
      removeIfThere(temporary);
    } catch {
      // The first error is the one to report.
    }
    throw new DataError(`${path}: cannot write (${error instanceof Error ? error.message : String(error)})`);
  }
}

/** Removes the temporary files that a killed process left below a table's folder. */
export function removeLeftovers(folder: string): void {
  try {
    for (const day of Deno.readDirSync(folder)) {
      if (!day.isDirectory) continue;
      for (const file of Deno.readDirSync(`${folder}/${day.name}`)) {
        if (file.name.endsWith(".tmp")) removeIfThere(`${folder}/${day.name}/${file.name}`);
      }
    }
  } catch {
    // Nothing there yet, or not ours to read: writing will say what is wrong.
  }
}
