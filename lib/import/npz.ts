/**
 * Numpy's `.npz` with one structured array, as hftbacktest writes and reads it (I/O).
 *
 * A zip of `.npy` files; each is a short header and then rows of 8 bytes a column. Rows are handed on as they are unpacked, so that a file
 * larger than memory can be read.
 *
 * @module
 */

import { Buffer } from "node:buffer";
import { crc32, deflateRawSync } from "node:zlib";
import { constants } from "node:zlib";
import { DataError } from "../data_error.ts";
import { openZip } from "./zip.ts";

/** hftbacktest's event: names and types of the eight columns, 8 bytes each. */
export const EVENT_DTYPE = [
  ["ev", "<u8"],
  ["exch_ts", "<i8"],
  ["local_ts", "<i8"],
  ["px", "<f8"],
  ["qty", "<f8"],
  ["order_id", "<u8"],
  ["ival", "<i8"],
  ["fval", "<f8"],
] as const;

/** hftbacktest's measured order: when it was asked for, when the exchange took it, when the answer came. */
export const ORDER_LATENCY_DTYPE = [
  ["req_ts", "<i8"],
  ["exch_ts", "<i8"],
  ["resp_ts", "<i8"],
  ["_padding", "<i8"],
] as const;

/** Names and types of columns, 8 bytes each. */
type Dtype = readonly (readonly [name: string, type: string])[];

/** Bytes of an event. */
export const EVENT_BYTES = 8 * EVENT_DTYPE.length;

const MEMBER = "data.npy";
const MAGIC = [0x93, 0x4e, 0x55, 0x4d, 0x50, 0x59];

/**
 * Reads the member `data` of an `.npz`.
 *
 * @param rows takes whole rows, as many as the view has room for
 * @param dtype the columns that it must have, events where absent
 * @returns number of rows
 * @throws {DataError} one line with the path, where it is damaged, cut short or has other columns
 */
export async function readNpz(
  path: string,
  rows: (view: DataView, count: number) => void,
  dtype: Dtype = EVENT_DTYPE,
): Promise<number> {
  const rowBytes = 8 * dtype.length;
  const members = openZip(path);
  const member = members.find(({ name }) => name === MEMBER);
  if (!member) {
    const found = members.map(({ name }) => name).join(", ") || "nothing";
    throw new DataError(`${path}: has no array "data" (it has ${found})`);
  }
  let rest = new Uint8Array(0);
  let total: number | undefined;
  let done = 0;
  for await (const chunk of member.chunks()) {
    let bytes = joined(rest, chunk);
    if (total === undefined) {
      const header = headerOf(path, bytes, dtype);
      if (!header) {
        rest = bytes;
        continue;
      }
      total = header.rows;
      if (member.size !== header.bytes + total * rowBytes) {
        throw new DataError(`${path}: ${member.size} bytes do not hold the ${total} rows that its header names`);
      }
      bytes = bytes.subarray(header.bytes);
    }
    const count = Math.floor(bytes.length / rowBytes);
    if (count > 0) rows(new DataView(bytes.buffer, bytes.byteOffset, count * rowBytes), count);
    done += count;
    rest = bytes.slice(count * rowBytes);
  }
  if (total === undefined || done !== total) {
    throw new DataError(`${path}: is cut short (${done} of ${total ?? "?"} rows)`);
  }
  return total;
}

function joined(rest: Uint8Array<ArrayBuffer>, chunk: Uint8Array): Uint8Array<ArrayBuffer> {
  const bytes = new Uint8Array(rest.length + chunk.length);
  bytes.set(rest);
  bytes.set(chunk, rest.length);
  return bytes;
}

/** Numpy's header; undefined until enough bytes are there. */
function headerOf(path: string, bytes: Uint8Array, dtype: Dtype): { rows: number; bytes: number } | undefined {
  if (bytes.length < 12) return undefined;
  if (MAGIC.some((byte, i) => bytes[i] !== byte)) throw new DataError(`${path}: ${MEMBER} is no numpy array`);
  const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength);
  const wide = bytes[6]! > 1;
  const start = wide ? 12 : 10;
  const length = wide ? view.getUint32(8, true) : view.getUint16(8, true);
  if (length > 1 << 16) throw new DataError(`${path}: ${MEMBER} has a header of ${length} bytes`);
  if (bytes.length < start + length) return undefined;
  const text = new TextDecoder("latin1").decode(bytes.subarray(start, start + length));
  const [, rows] = /'shape':\s*\((\d+),\s*\)/.exec(text) ?? [];
  const found = [...text.matchAll(/\(\s*'(\w+)',\s*'([<>|=]?\w+)'\s*\)/g)].map(([, name, type]) => `${name} ${type}`);
  const wanted = dtype.map(([name, type]) => `${name} ${type}`);
  if (/'shape':\s*\(\d+,\s*6\)/.test(text) && found.length === 0) {
    throw new DataError(
      `${path}: six columns without names, as hftbacktest 1 had: convert it with its data.utils.migration2`,
    );
  }
  if (rows === undefined || /'fortran_order':\s*True/.test(text) || found.join() !== wanted.join()) {
    throw new DataError(`${path}: its columns are ${found.join(", ") || "not named"}, expected ${wanted.join(", ")}`);
  }
  return { rows: Number(rows), bytes: start + length };
}

/** Rows put through the compressor at a time. */
const BLOCK_ROWS = 1 << 15;

/** Sizes from here on need Zip64. */
const WIDE = 0xffffffff;

/**
 * Writes the member `data` of an `.npz`. The file is complete or not there.
 *
 * @param fill writes rows `from` to `from + count` into the view
 * @param options `compress` as numpy's `savez_compressed` (the default), otherwise as `savez`
 */
export function writeNpz(
  path: string,
  rows: number,
  fill: (view: DataView, from: number, count: number) => void,
  options: { compress?: boolean } = {},
): void {
  const compress = options.compress ?? true;
  const head = npyHeader(rows);
  const size = head.length + rows * EVENT_BYTES;
  const wide = size >= WIDE - (1 << 20);
  const temporary = `${path}.tmp`;
  const file = Deno.openSync(temporary, { write: true, create: true, truncate: true });
  try {
    const local = record(size, 0, 0, wide, compress, 0, false);
    writeAll(file, local);
    let crc = 0;
    let packed = 0;
    const put = (bytes: Uint8Array, last: boolean) => {
      crc = crc32(bytes, crc);
      // Flushed blocks of deflate can stand one behind the other.
      const finishFlush = last ? constants.Z_FINISH : constants.Z_SYNC_FLUSH;
      const out = compress ? new Uint8Array(deflateRawSync(bytes, { level: 6, finishFlush })) : bytes;
      packed += out.length;
      writeAll(file, out);
    };
    put(head, rows === 0);
    const block = new Uint8Array(BLOCK_ROWS * EVENT_BYTES);
    for (let from = 0; from < rows; from += BLOCK_ROWS) {
      const count = Math.min(BLOCK_ROWS, rows - from);
      const bytes = block.subarray(0, count * EVENT_BYTES);
      bytes.fill(0);
      fill(new DataView(bytes.buffer, 0, bytes.length), from, count);
      put(bytes, from + count >= rows);
    }
    const directory = record(size, packed, crc, wide, compress, 0, true);
    const at = local.length + packed;
    writeAll(file, directory);
    writeAll(file, endRecords(at, directory.length));
    file.seekSync(0, Deno.SeekMode.Start);
    writeAll(file, record(size, packed, crc, wide, compress, 0, false));
    file.syncSync();
  } catch (error) {
    file.close();
    Deno.removeSync(temporary);
    throw error;
  }
  file.close();
  Deno.renameSync(temporary, path);
}

/** Numpy's header, padded so that the rows begin at a multiple of 64 as hftbacktest wants it. */
function npyHeader(rows: number): Uint8Array {
  const descr = EVENT_DTYPE.map(([name, type]) => `('${name}', '${type}')`).join(", ");
  const text = `{'descr': [${descr}], 'fortran_order': False, 'shape': (${rows},), }`;
  const length = Math.ceil((10 + text.length + 1) / 64) * 64 - 10;
  const bytes = new Uint8Array(10 + length);
  bytes.set(MAGIC);
  bytes.set([1, 0, length & 0xff, length >> 8], 6);
  bytes.set(new TextEncoder().encode(text.padEnd(length - 1) + "\n"), 10);
  return bytes;
}

/** The member's header: in front of its bytes, or in the directory. */
function record(
  size: number,
  packed: number,
  crc: number,
  wide: boolean,
  compress: boolean,
  offset: number,
  directory: boolean,
): Uint8Array {
  const name = new TextEncoder().encode(MEMBER);
  const extra = wide ? 20 : 0;
  const fixed = directory ? 46 : 30;
  const bytes = Buffer.alloc(fixed + name.length + extra);
  let at = 0;
  const u16 = (value: number) => at = bytes.writeUInt16LE(value, at);
  const u32 = (value: number) => at = bytes.writeUInt32LE(value, at);
  u32(directory ? 0x02014b50 : 0x04034b50);
  if (directory) u16(45);
  u16(wide ? 45 : 20);
  u16(0);
  u16(compress ? 8 : 0);
  // 1980-01-01: the same rows give the same bytes.
  u16(0);
  u16(0x21);
  u32(crc);
  u32(wide ? WIDE : packed);
  u32(wide ? WIDE : size);
  u16(name.length);
  u16(extra);
  if (directory) {
    for (let i = 0; i < 3; i++) u16(0);
    u32(0);
    u32(offset);
  }
  bytes.set(name, at);
  if (wide) {
    at += name.length;
    u16(1);
    u16(16);
    bytes.writeBigUInt64LE(BigInt(size), at);
    bytes.writeBigUInt64LE(BigInt(packed), at + 8);
  }
  return bytes;
}

/** End of the archive; the Zip64 records are harmless where they are not needed, and left out. */
function endRecords(at: number, length: number): Uint8Array {
  const wide = at >= WIDE;
  const bytes = Buffer.alloc((wide ? 76 : 0) + 22);
  let i = 0;
  if (wide) {
    bytes.writeUInt32LE(0x06064b50, 0);
    bytes.writeBigUInt64LE(44n, 4);
    bytes.writeUInt16LE(45, 12);
    bytes.writeUInt16LE(45, 14);
    bytes.writeBigUInt64LE(1n, 24);
    bytes.writeBigUInt64LE(1n, 32);
    bytes.writeBigUInt64LE(BigInt(length), 40);
    bytes.writeBigUInt64LE(BigInt(at), 48);
    bytes.writeUInt32LE(0x07064b50, 56);
    bytes.writeBigUInt64LE(BigInt(at + length), 64);
    bytes.writeUInt32LE(1, 72);
    i = 76;
  }
  bytes.writeUInt32LE(0x06054b50, i);
  bytes.writeUInt16LE(1, i + 8);
  bytes.writeUInt16LE(1, i + 10);
  bytes.writeUInt32LE(length, i + 12);
  bytes.writeUInt32LE(wide ? WIDE : at, i + 16);
  return bytes;
}

function writeAll(file: Deno.FsFile, bytes: Uint8Array): void {
  for (let done = 0; done < bytes.length;) done += file.writeSync(bytes.subarray(done));
}
