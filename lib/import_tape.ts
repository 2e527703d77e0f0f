/**
 * Recordings of others as tapes (I/O): one function for every source, and what was seen on the way.
 *
 * @module
 */

import { DataError } from "./data_error.ts";
import { importBinance, isBinanceName } from "./import/binance.ts";
import { createFacts, type ImportFacts } from "./import/facts.ts";
import { bareName, type InputFile, inputFiles } from "./import/files.ts";
import { importHftbacktest } from "./import/hftbacktest.ts";
import type { MarketOptions } from "./import/market.ts";
import { importParquet } from "./import/parquet.ts";
import { importRaw, isRawName } from "./import/raw.ts";
import { importTardis, isTardisName } from "./import/tardis.ts";
import type { Tape } from "./tape.ts";
import { checkTape } from "./tape_check.ts";
import { refuseGaps } from "./tape_gaps.ts";

/** Sources that can be imported. */
export const IMPORT_SOURCES = ["binance", "tardis", "hftbacktest", "raw", "parquet"] as const;

/** One of {@linkcode IMPORT_SOURCES}. */
export type ImportSource = typeof IMPORT_SOURCES[number];

/** What to import, and what is known about it. */
export interface ImportOptions extends MarketOptions {
  readonly from: ImportSource;
  /** Called with the share of the input read, 0..1, from time to time. */
  readonly progress?: (done: number) => void;
}

const WANTED: Readonly<Record<ImportSource, { accepts(name: string): boolean; what: string }>> = {
  binance: { accepts: isBinanceName, what: "SYMBOL-trades-DATE.csv or other file of Binance's archive" },
  tardis: { accepts: isTardisName, what: "incremental_book_L2, trades or book_snapshot CSV of Tardis" },
  raw: { accepts: isRawName, what: ".jsonl or .jsonl.gz file" },
  hftbacktest: { accepts: (name) => /\.npz$/.test(name), what: ".npz file" },
  parquet: { accepts: (name) => /\.parquet$/.test(name), what: ".parquet file" },
};

/**
 * Reads files or folders of one symbol into a tape.
 *
 * @param paths files, or folders of which the files of that source are taken in the order of their names
 * @returns the tape, and what it cannot hold; hand both to `checkTape`
 * @throws {DataError} one line with file, line and value
 */
export async function importTape(
  paths: string | readonly string[],
  options: ImportOptions,
): Promise<{ tape: Tape; facts: ImportFacts }> {
  const { accepts, what } = WANTED[options.from];
  // `FOLDER/*` names the checksums of Binance's archive too; its zips say themselves whether they are whole.
  const given = [paths].flat().filter((path) => !/\.CHECKSUM$/.test(path));
  const files = given.flatMap((path) => inputFiles(path, accepts, what));
  if (files.length === 0) throw new DataError(`${[paths].flat().join(", ")}: no ${what}`);
  const place = files.length === 1 ? files[0]!.path : [paths].flat().join(", ");
  const facts = createFacts();
  const watched = options.progress ? watch(files, options.progress) : files;
  const tape = await read(place, watched, options, facts);
  options.progress?.(1);
  return { tape, facts };
}

/**
 * A file or folder of another recorder, by its name, if it is one.
 *
 * @returns undefined where the name says nothing
 * @throws {DataError} one line, where it cannot be read, has errors or has gaps: `deno task import` can mask those
 */
export async function openForeign(path: string): Promise<Tape | undefined> {
  const from = sourceOf(path);
  if (from === undefined) return undefined;
  const { tape, facts } = await importTape(path, { from }).catch((error) => {
    // Whoever opens it like this has no options to give.
    const isWanting = error instanceof DataError && /; give (symbol|contract size) = /.test(error.message);
    throw isWanting ? new DataError(`${error.message}, to deno task import`) : error;
  });
  const report = checkTape(tape, { facts });
  if (report.errors.length > 0) throw new DataError(`${path}: ${report.errors[0]}`);
  return refuseGaps(tape, report);
}

function sourceOf(path: string): ImportSource | undefined {
  let names: string[];
  try {
    names = Deno.statSync(path).isDirectory ? [...Deno.readDirSync(path)].map(({ name }) => name) : [path];
  } catch (error) {
    if (error instanceof Deno.errors.NotFound) return undefined;
    throw error;
  }
  const bare = names.map((name) => bareName(name.replace(/^.*\//, "")));
  // A .parquet is a tape of ours: another's has to be named.
  return IMPORT_SOURCES.find((source) => source !== "parquet" && bare.some(WANTED[source].accepts));
}

function read(place: string, files: readonly InputFile[], options: ImportOptions, facts: ImportFacts): Promise<Tape> {
  switch (options.from) {
    case "binance":
      return importBinance(place, files, options, facts);
    case "tardis":
      return importTardis(place, files, options, facts);
    case "raw":
      return importRaw(place, files, options, facts);
    case "hftbacktest":
      if (files.length > 1) throw new DataError(`${place}: has ${files.length} .npz files; import one at a time`);
      return importHftbacktest(files[0]!.path, options, facts);
    case "parquet":
      return importParquet(place, files.map(({ path }) => path), options, facts);
  }
}

/** Files that report how much of all was read, by packed size. */
function watch(files: readonly InputFile[], progress: (done: number) => void): InputFile[] {
  const sizes = files.map(({ path }) => Deno.statSync(path).size);
  const total = Math.max(1, sizes.reduce((sum, size) => sum + size, 0));
  let before = 0;
  return files.map((file, i) => ({
    ...file,
    async *chunks() {
      const size = sizes[i]!;
      let read = 0;
      for await (const chunk of file.chunks()) {
        yield chunk;
        read += chunk.length;
        // Unpacked bytes count at a fifth where the file is packed: close enough for a bar.
        const packed = /\.(gz|zip)$/i.test(file.path) ? read / 5 : read;
        progress(Math.min(0.99, (before + Math.min(packed, size)) / total));
      }
      before += size;
    },
  }));
}
