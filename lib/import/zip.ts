/**
 * Zip archives, read member by member as a stream (I/O): what archives of market data and numpy's `.npz` come in.
 *
 * Stored and deflated members, Zip64 included. Every byte read is checked against the member's CRC-32 and length, so that a
 * damaged archive is an error and never a wrong number.
 *
 * @module
 */

import { Buffer } from "node:buffer";
import { Readable } from "node:stream";
import { crc32, createInflateRaw } from "node:zlib";
import { DataError } from "../data_error.ts";

/** One member of an archive. */
export interface ZipMember {
  readonly name: string;
  /** Bytes unpacked. */
  readonly size: number;
  /** The member's bytes. @throws {DataError} where they are damaged or cut short, at the latest after the last of them */
  chunks(): AsyncIterable<Uint8Array>;
}

const END = 0x06054b50;
const END64 = 0x06064b50;
const LOCATOR64 = 0x07064b50;
const CENTRAL = 0x02014b50;
const LOCAL = 0x04034b50;
const BLOCK = 1 << 20;
/** Longest tail in which the end record can stand: its own 22 bytes and a comment. */
const TAIL = 22 + 0xffff;

/**
 * Lists an archive's members.
 *
 * @throws {DataError} one line with the path, where it is missing, cut short, encrypted or no zip
 */
export function openZip(path: string): ZipMember[] {
  const size = sizeOf(path);
  const bad = (why: string) => new DataError(`${path}: damaged or truncated zip (${why})`);
  const read = (from: number, length: number): DataView => {
    if (!(from >= 0 && length >= 0 && from + length <= size)) throw bad("a record lies outside the file");
    const bytes = readRange(path, from, length);
    return new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength);
  };

  const tailAt = Math.max(0, size - TAIL);
  const tail = read(tailAt, size - tailAt);
  let at = tail.byteLength - 22;
  while (at >= 0 && tail.getUint32(at, true) !== END) at--;
  if (at < 0) throw bad("no end record");
  let count = tail.getUint16(at + 10, true);
  let length = tail.getUint32(at + 12, true);
  let start = tail.getUint32(at + 16, true);
  if (count === 0xffff || length === 0xffffffff || start === 0xffffffff) {
    const locator = read(tailAt + at - 20, 20);
    if (locator.getUint32(0, true) !== LOCATOR64) throw bad("no Zip64 locator");
    const end = read(Number(locator.getBigUint64(8, true)), 56);
    if (end.getUint32(0, true) !== END64) throw bad("no Zip64 end record");
    count = Number(end.getBigUint64(32, true));
    length = Number(end.getBigUint64(40, true));
    start = Number(end.getBigUint64(48, true));
  }

  const directory = read(start, length);
  const members: ZipMember[] = [];
  let next = 0;
  for (let i = 0; i < count; i++) {
    if (next + 46 > length || directory.getUint32(next, true) !== CENTRAL) throw bad("its directory is cut short");
    const nameLength = directory.getUint16(next + 28, true);
    const extraLength = directory.getUint16(next + 30, true);
    const nameAt = next + 46;
    if (nameAt + nameLength + extraLength > length) throw bad("its directory is cut short");
    const wide = wideSizes(directory, nameAt + nameLength, extraLength);
    const field = (offset: number) => {
      const value = directory.getUint32(next + offset, true);
      return value === 0xffffffff ? wide.shift() ?? value : value;
    };
    const unpacked = field(24);
    const packed = field(20);
    const offset = field(42);
    const name = new TextDecoder().decode(new Uint8Array(directory.buffer, directory.byteOffset + nameAt, nameLength));
    const place = `${path}: ${name}`;
    const head = {
      path,
      place,
      packed,
      unpacked,
      offset,
      flags: directory.getUint16(next + 8, true),
      method: directory.getUint16(next + 10, true),
      crc: directory.getUint32(next + 16, true),
      fileSize: size,
    };
    if (!name.endsWith("/")) members.push({ name, size: unpacked, chunks: () => unpack(head) });
    next = nameAt + nameLength + extraLength + directory.getUint16(next + 32, true);
  }
  return members;
}

/** The Zip64 fields of an extra block, in the order of the standard: unpacked, packed, offset. */
function wideSizes(view: DataView, at: number, length: number): number[] {
  const values: number[] = [];
  for (let i = at; i + 4 <= at + length;) {
    const id = view.getUint16(i, true);
    const size = view.getUint16(i + 2, true);
    if (id === 1) {
      for (let j = i + 4; j + 8 <= Math.min(i + 4 + size, at + length); j += 8) {
        values.push(Number(view.getBigUint64(j, true)));
      }
    }
    i += 4 + size;
  }
  return values;
}

interface Head {
  readonly path: string;
  readonly place: string;
  readonly packed: number;
  readonly unpacked: number;
  readonly offset: number;
  readonly flags: number;
  readonly method: number;
  readonly crc: number;
  readonly fileSize: number;
}

async function* unpack(head: Head): AsyncGenerator<Uint8Array> {
  const { path, place, packed, unpacked, offset } = head;
  const bad = (why: string) => new DataError(`${place}: damaged zip member (${why})`);
  if ((head.flags & 1) !== 0) throw new DataError(`${place}: is encrypted`);
  if (offset + 30 > head.fileSize) throw bad("it lies outside the file");
  const local = readRange(path, offset, 30);
  const view = new DataView(local.buffer, local.byteOffset, 30);
  if (view.getUint32(0, true) !== LOCAL) throw bad("no header");
  const start = offset + 30 + view.getUint16(26, true) + view.getUint16(28, true);
  if (start + packed > head.fileSize) throw bad("it ends behind the file");
  if (head.method !== 0 && head.method !== 8) {
    throw new DataError(`${place}: packed by method ${head.method}, not deflate`);
  }
  const raw = blocks(path, start, packed);
  let crc = 0;
  let size = 0;
  try {
    for await (const bytes of head.method === 0 ? raw : inflate(raw)) {
      size += bytes.length;
      if (size > unpacked) throw bad(`more than the ${unpacked} bytes it should have`);
      crc = crc32(bytes, crc);
      yield bytes;
    }
  } catch (error) {
    if (error instanceof DataError) throw error;
    throw bad((error as Error).message);
  }
  if (size !== unpacked) throw bad(`${size} bytes, not the ${unpacked} it should have`);
  if (crc !== head.crc) throw bad("its checksum does not fit");
}

async function* inflate(raw: Iterable<Uint8Array>): AsyncGenerator<Uint8Array> {
  const source = Readable.from(raw);
  const inflated = source.pipe(createInflateRaw({ chunkSize: 1 << 18 }));
  source.on("error", (error: Error) => inflated.destroy(error));
  for await (const bytes of inflated) yield bytes as Uint8Array;
}

/** A range of a file, block by block. */
function* blocks(path: string, from: number, length: number): Generator<Uint8Array> {
  const file = Deno.openSync(path);
  try {
    file.seekSync(from, Deno.SeekMode.Start);
    for (let left = length; left > 0;) {
      const block = Buffer.alloc(Math.min(BLOCK, left));
      const n = file.readSync(block);
      if (n === null) throw new Error("unexpected end of file");
      left -= n;
      yield block.subarray(0, n);
    }
  } finally {
    file.close();
  }
}

function readRange(path: string, from: number, length: number): Uint8Array {
  const bytes = new Uint8Array(length);
  let done = 0;
  for (const block of blocks(path, from, length)) {
    bytes.set(block, done);
    done += block.length;
  }
  return bytes;
}

function sizeOf(path: string): number {
  try {
    return Deno.statSync(path).size;
  } catch (error) {
    if (error instanceof Deno.errors.NotFound) throw new DataError(`${path}: no such file`);
    throw error;
  }
}
