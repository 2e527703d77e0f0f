/**
 * One growing Parquet file that is complete at every moment (I/O).
 *
 * A flush writes a temporary file (the finished row groups as they are, the open group encoded anew, a new footer), syncs
 * it and renames it over the old one: whoever opens the file, and whenever the process dies, it has a footer. The open
 * group keeps growing until it has {@linkcode GROUP_BYTES}, so that a file flushed every few seconds does not end up as a
 * thousand tiny groups.
 *
 * @module
 */

import { checkColumns, EMPTY_HEAD, encodeGroup, type FileNotes, type ParquetHead, readFooter } from "./parquet.ts";
import type { Columns, Row, TableSpec } from "./store_schema.ts";

/** Size at which a row group is finished. Bounds what a flush encodes anew: about 30 ms for an order book. */
const GROUP_BYTES = 1 << 17;

/** Appends rows to one file. */
export interface TableFile<T extends TableSpec> {
  readonly path: string;
  /** Rows not yet in the file. */
  readonly pending: number;
  append(row: Row<T>): void;
  /**
   * Puts all pending rows into the file.
   *
   * @throws {Error} one line with the path; the rows stay pending and the file stays as it was
   */
  flush(): Promise<void>;
}

/**
 * Opens a file for appending; one that exists is continued at the first flush, a temporary one left behind is removed.
 *
 * @param notes what the footer says besides the rows; those of an existing file are kept
 */
export function openTableFile<T extends TableSpec>(path: string, spec: T, notes: FileNotes): TableFile<T> {
  const names = Object.keys(spec);
  let head: ParquetHead | undefined;
  let allNotes = notes;
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
    removeIfThere(`${path}.tmp`);
    try {
      const footer = readFooter(path);
      checkColumns(path, footer.metadata, spec);
      const strange = footer.metadata.schema.length;
      if (strange !== schemaLength(spec)) throw new Error(`${path}: has other columns than this version writes`);
      size = footer.size;
      allNotes = { ...footer.notes, ...notes };
      return footer.head;
    } catch (error) {
      if (!(error instanceof Deno.errors.NotFound)) throw error;
      Deno.mkdirSync(path.slice(0, path.lastIndexOf("/")), { recursive: true });
      return EMPTY_HEAD;
    }
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
    async flush() {
      if (rows === written) return;
      head ??= open();
      const count = rows;
      const group = {} as Record<string, unknown[]>;
      for (const name of names) group[name] = columns[name]!.slice(0, count);
      const next = encodeGroup(spec, group as unknown as Columns<T>, { head, notes: allNotes });
      await replaceFile(path, { keep: head.bytes, of: size, tail: next.bytes });
      size = head.bytes + next.bytes.length;
      written = count;
      if (next.head.bytes - head.bytes < GROUP_BYTES) return;
      // Rows appended while the file was being written belong to the next group.
      const rest = emptyColumns();
      for (const name of names) rest[name] = columns[name]!.slice(count);
      columns = rest;
      rows -= count;
      written = 0;
      head = next.head;
    },
  };
}

/** Elements of a table's Parquet schema: the root, one a column, three a list. */
function schemaLength(spec: TableSpec): number {
  return Object.values(spec).reduce((n, kind) => n + (kind === "reals" ? 3 : 1), 1);
}

/** Removes a file; none there is as good. */
export function removeIfThere(path: string): void {
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
 * @throws {Error} one line with the path, for instance when the disk is full; the old file is untouched then
 */
export async function replaceFile(
  path: string,
  { keep, of, tail }: { keep: number; of: number; tail: Uint8Array },
): Promise<void> {
  const temporary = `${path}.tmp`;
  try {
    if (keep > 0) {
      const { size } = await Deno.stat(path);
      if (size !== of) throw new Error(`was changed by another program (${size} bytes, expected ${of})`);
      await Deno.copyFile(path, temporary);
    }
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
    throw new Error(`${path}: cannot write (${error instanceof Error ? error.message : String(error)})`);
  }
}
