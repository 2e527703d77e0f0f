/**
 * What lies in a folder before recording starts (I/O): whatever a run may have to continue is looked at before anything is
 * written, not when the first row of its hour comes.
 *
 * @module
 */

import { DataError } from "./data_error.ts";
import { checkTableFile } from "./store_file.ts";
import { TABLES } from "./store_schema.ts";

/** Last bytes of every Parquet file. */
const MAGIC = "PAR1";

/**
 * Checks the files of a folder. Of each table's latest day footers and columns are read; older files need only end as Parquet
 * files do, because years of them must not hold up a start.
 *
 * @throws {DataError} one line with the path and what to do, where a file cannot be continued
 */
export function checkExisting(root: string): void {
  for (const [table, spec] of Object.entries(TABLES)) {
    const folder = `${root}/${table}`;
    const days = list(folder).filter((day) => day.isDirectory).map(({ name }) => name).sort();
    for (const day of days) {
      for (const { name } of list(`${folder}/${day}`)) {
        const path = `${folder}/${day}/${name}`;
        if (!name.endsWith(".parquet") || (day !== days.at(-1) && endsAsParquet(path))) continue;
        try {
          checkTableFile(path, spec);
        } catch (error) {
          if (!(error instanceof DataError)) throw error;
          throw new DataError(`${error.message}; move it away, or set paths.data to another folder`);
        }
      }
    }
  }
}

function list(folder: string): Deno.DirEntry[] {
  try {
    return [...Deno.readDirSync(folder)];
  } catch {
    // Nothing there yet, or not ours to read: writing will say what is wrong.
    return [];
  }
}

function endsAsParquet(path: string): boolean {
  const file = Deno.openSync(path);
  try {
    const end = new Uint8Array(MAGIC.length);
    if (file.statSync().size < end.length) return false;
    file.seekSync(-end.length, Deno.SeekMode.End);
    file.readSync(end);
    return new TextDecoder().decode(end) === MAGIC;
  } finally {
    file.close();
  }
}
