/**
 * One table as one Parquet file, written whole (I/O).
 *
 * @module
 */

import { encodeGroup, type FileNotes } from "./parquet.ts";
import { replaceFile } from "./store_file.ts";
import type { Columns, Row, TableSpec } from "./store_schema.ts";

/** Rows turned into columns. */
export function columnsOf<T extends TableSpec>(spec: T, rows: readonly Row<T>[]): Columns<T> {
  const columns = Object.keys(spec).map((name) => [name, rows.map((row) => row[name as keyof T])]);
  return Object.fromEntries(columns) as Columns<T>;
}

/**
 * Writes a table: the file is complete or not there.
 *
 * @throws {DataError} one line with the path
 */
export async function writeTable<T extends TableSpec>(
  path: string,
  spec: T,
  columns: Columns<T>,
  notes: FileNotes = {},
): Promise<void> {
  const { bytes } = encodeGroup(spec, columns, { notes });
  await replaceFile(path, { keep: 0, of: 0, tail: bytes });
}
