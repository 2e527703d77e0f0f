/**
 * Where a tape comes from: a sequence of recorded messages, in the order they were received.
 *
 * @module
 */
import { createReadStream } from "node:fs";
import { createGunzip } from "node:zlib";

/** One recorded message. */
export interface RawMessage {
  /** The message as the exchange sent it, with or without the `{"stream":…,"data":…}` wrapper. */
  readonly json: string;
  /** Receive time in nanoseconds as recorded, any epoch; only differences are used. */
  readonly receivedNs?: number;
  /** Where the message came from, for error messages: `part1.jsonl.gz line 8`. */
  readonly place: string;
}

/** A recording. Implement this to replay another format. */
export interface TapeSource {
  /** What to call it in messages. */
  readonly name: string;
  /** Messages in the order they were received, in batches. Throws when the recording is truncated. */
  messages(): AsyncIterable<readonly RawMessage[]>;
}

/**
 * A recording on disk: the folder of a recorder, or whatever `fileSource` reads.
 *
 * @throws {Error} where nothing is there to read.
 */
export async function openSource(path: string): Promise<TapeSource> {
  if (await isRecording(path)) {
    // Loaded only when needed: reading Parquet takes code that a plain replay has no use for.
    const { recordingSource } = await import("./recording_source.ts");
    return recordingSource(path);
  }
  return await fileSource(path);
}

async function isRecording(path: string): Promise<boolean> {
  const info = await Deno.stat(`${path}/orderbook`).catch(() => undefined);
  return info?.isDirectory === true;
}

/**
 * A recording on disk: one `.jsonl` or `.jsonl.gz` file, or a directory with several, read in the order of their names.
 * A line is `<receive ns> <json>` or the JSON alone.
 *
 * @throws {Error} where nothing is there to read.
 */
export async function fileSource(path: string): Promise<TapeSource> {
  const files = await tapeFiles(path);
  return {
    name: path,
    async *messages() {
      for (const file of files) yield* readFile(file);
    },
  };
}

async function tapeFiles(path: string): Promise<string[]> {
  let info: Deno.FileInfo;
  try {
    info = await Deno.stat(path);
  } catch (error) {
    if (error instanceof Deno.errors.NotFound) throw new Error(`no tape at ${path}`);
    throw error;
  }
  if (info.isFile) return [path];
  const names: string[] = [];
  for await (const entry of Deno.readDir(path)) {
    if (entry.isFile && /\.jsonl(\.gz)?$/.test(entry.name)) names.push(entry.name);
  }
  if (names.length === 0) throw new Error(`no tape at ${path}: the directory has no .jsonl or .jsonl.gz file`);
  names.sort((a, b) => a.localeCompare(b, "en", { numeric: true }));
  return names.map((name) => `${path.replace(/\/+$/, "")}/${name}`);
}

async function* readFile(path: string): AsyncGenerator<RawMessage[]> {
  const place = path.slice(path.lastIndexOf("/") + 1);
  const file = createReadStream(path, { highWaterMark: 1 << 18 });
  const bytes = path.endsWith(".gz") ? file.pipe(createGunzip({ chunkSize: 1 << 18 })) : file;
  file.on("error", (error: Error) => bytes.destroy(error));
  const decoder = new TextDecoder();
  let rest = "";
  let line = 0;
  const parse = (text: string): RawMessage[] => {
    const messages: RawMessage[] = [];
    for (const row of text.split("\n")) {
      line++;
      if (row.trim() !== "") messages.push(parseLine(row, `${place} line ${line}`));
    }
    return messages;
  };
  try {
    for await (const chunk of bytes) {
      rest += decoder.decode(chunk as Uint8Array, { stream: true });
      const end = rest.lastIndexOf("\n");
      if (end < 0) continue;
      const text = rest.slice(0, end);
      rest = rest.slice(end + 1);
      yield parse(text);
    }
  } catch (error) {
    if (!isGzipError(error)) throw error;
    throw new Error(`${path} is truncated or not gzip: ${(error as Error).message}`);
  }
  if (rest.trim() !== "") yield parse(rest);
}

function isGzipError(error: unknown): boolean {
  return error instanceof Error && /^(Z_|ERR_)|header|unexpected end|invalid|incorrect|stream|corrupt/i
    .test(`${(error as { code?: string }).code ?? ""} ${error.message}`);
}

function parseLine(row: string, place: string): RawMessage {
  const text = row.trim();
  const space = text.indexOf(" ");
  if (space > 0 && text.charCodeAt(0) !== 0x7b) {
    const receivedNs = Number(text.slice(0, space));
    if (Number.isFinite(receivedNs)) return { json: text.slice(space + 1).trim(), receivedNs, place };
  }
  return { json: text, place };
}
