/**
 * The files of a recording as streams of bytes (I/O): plain, gzip or zip, one file or a folder.
 *
 * @module
 */

import { createReadStream } from "node:fs";
import { createGunzip } from "node:zlib";
import { DataError } from "../data_error.ts";
import { openZip } from "./zip.ts";

/** One file to read. */
export interface InputFile {
  /** Its path, for messages. */
  readonly path: string;
  /** Its name without folder and without `.gz` or `.zip`. */
  readonly name: string;
  /** Its bytes, unpacked. @throws {DataError} one line with the path, where it is cut short or damaged */
  chunks(): AsyncIterable<Uint8Array>;
}

/**
 * The input at a path: the file itself, or every file of a folder that `wanted` accepts, by name.
 *
 * @param wanted told the name without `.gz` and `.zip`
 * @throws {DataError} one line with the path, where nothing is there to read
 */
export function inputFiles(path: string, wanted: (name: string) => boolean, what: string): InputFile[] {
  let info: Deno.FileInfo;
  try {
    info = Deno.statSync(path);
  } catch (error) {
    if (error instanceof Deno.errors.NotFound) throw new DataError(`${path}: no such file or folder`);
    throw error;
  }
  if (!info.isDirectory) return [inputFile(path)];
  const folder = path.replace(/(?<=.)\/+$/, "");
  const names = [...Deno.readDirSync(folder)].filter((entry) => entry.isFile && wanted(bareName(entry.name)))
    .map((entry) => entry.name);
  if (names.length === 0) throw new DataError(`${path}: the folder has no ${what}`);
  names.sort((a, b) => a.localeCompare(b, "en", { numeric: true }));
  return names.map((name) => inputFile(`${folder}/${name}`));
}

/** One file, unpacked by its ending. */
export function inputFile(path: string): InputFile {
  const name = path.slice(path.lastIndexOf("/") + 1);
  return { path, name: bareName(name), chunks: () => unpacked(path) };
}

/** A name without `.gz` or `.zip`. Binance's archive leaves out what its zips hold: `BTCUSDT-trades-2024-03-01.zip` is a CSV. */
export function bareName(name: string): string {
  const bare = name.replace(/\.(gz|zip)$/i, "");
  return /\.zip$/i.test(name) && !/\.[a-z]+$/i.test(bare) ? `${bare}.csv` : bare;
}

async function* unpacked(path: string): AsyncGenerator<Uint8Array> {
  if (/\.zip$/i.test(path)) {
    const members = openZip(path);
    if (members.length !== 1) throw new DataError(`${path}: a zip with ${members.length} members, expected one`);
    return yield* members[0]!.chunks();
  }
  const file = createReadStream(path, { highWaterMark: 1 << 20 });
  const packed = /\.gz$/i.test(path);
  const bytes = packed ? file.pipe(createGunzip({ chunkSize: 1 << 20 })) : file;
  file.on("error", (error: Error) => bytes.destroy(error));
  let any = false;
  try {
    for await (const chunk of bytes) {
      any = true;
      yield chunk as Uint8Array;
    }
  } catch (error) {
    if (error instanceof DataError) throw error;
    const { code, message } = error as Error & { code?: string };
    if (code === "ENOENT") throw new DataError(`${path}: no such file`);
    throw new DataError(`${path}: ${packed ? "truncated or damaged gzip" : "cannot be read"} (${message})`);
  }
  if (packed && !any && Deno.statSync(path).size === 0) throw new DataError(`${path}: is empty, not gzip`);
}
