/**
 * Columns to Parquet and back (I/O for reading): the one place that knows the Parquet library.
 *
 * Files are ZSTD compressed; texts and repeated numbers are dictionary encoded. DuckDB, pandas and polars read them.
 *
 * @module
 */

import { zstdCompressSync, zstdDecompressSync } from "node:zlib";
import { type FileMetaData, parquetMetadata, parquetRead, type SchemaElement } from "hyparquet";
import { compressors as foreignCodecs } from "hyparquet-compressors";
import { ByteWriter, type ColumnSource, ParquetWriter } from "hyparquet-writer";
import { DataError } from "./data_error.ts";
import type { Columns, Kind, TableSpec } from "./store_schema.ts";

/** Key and value pairs of a file's footer. */
export type FileNotes = Readonly<Record<string, string>>;

/** The finished part of a file: what a further row group is put behind. */
export interface ParquetHead {
  /** Bytes before the footer. */
  readonly bytes: number;
  readonly rows: number;
  readonly groups: FileMetaData["row_groups"];
}

/** A file with nothing in it yet. */
export const EMPTY_HEAD: ParquetHead = { bytes: 0, rows: 0, groups: [] };

const CREATED_BY = "makerbook";
const MAGIC = "PAR1";

const LEAF: Readonly<Record<string, Partial<SchemaElement>>> = {
  text: { type: "BYTE_ARRAY", converted_type: "UTF8", logical_type: { type: "STRING" } },
  int: { type: "INT64" },
  time: {
    type: "INT64",
    converted_type: "TIMESTAMP_MICROS",
    logical_type: { type: "TIMESTAMP", isAdjustedToUTC: true, unit: "MICROS" },
  },
  real: { type: "DOUBLE" },
};

function leafOf(kind: Kind): string {
  return kind === "reals" ? "real" : kind.replace("?", "");
}

/** Parquet's schema, depth first. */
function schemaOf(spec: TableSpec): SchemaElement[] {
  const entries = Object.entries(spec);
  const schema: SchemaElement[] = [{ name: "root", num_children: entries.length }];
  for (const [name, kind] of entries) {
    if (kind === "reals") {
      schema.push(
        { name, repetition_type: "REQUIRED", num_children: 1, converted_type: "LIST", logical_type: { type: "LIST" } },
        { name: "list", repetition_type: "REPEATED", num_children: 1 },
        { name: "element", repetition_type: "REQUIRED", type: "DOUBLE" },
      );
    } else {
      const repetition_type = kind.endsWith("?") ? "OPTIONAL" : "REQUIRED";
      schema.push({ name, repetition_type, ...LEAF[leafOf(kind)] } as SchemaElement);
    }
  }
  return schema;
}

/** Cells as the library wants them: INT64 as BigInt, the rest as it is. */
function encodeCells(kind: Kind, cells: readonly unknown[]): ColumnSource["data"] {
  if (kind === "int") return BigInt64Array.from(cells as number[], BigInt);
  if (kind === "int?") return (cells as (number | undefined)[]).map((v) => v === undefined ? undefined : BigInt(v));
  return cells as unknown[];
}

/** Small integers and increasing times pack best as differences; everything else is left to the dictionary's judgement. */
function encodingOf(kind: Kind): ColumnSource["encoding"] {
  return leafOf(kind) === "int" || kind === "time" ? "DELTA_BINARY_PACKED" : undefined;
}

/**
 * A row group and the footer that follows it.
 *
 * @param head what the file holds already; its groups are listed in the new footer
 * @returns `bytes` to put behind the head's, and the head of a file that ends with this group
 */
export function encodeGroup<T extends TableSpec>(
  spec: T,
  columns: Columns<T>,
  options: { head?: ParquetHead; notes?: FileNotes } = {},
): { bytes: Uint8Array<ArrayBuffer>; head: ParquetHead } {
  const { head = EMPTY_HEAD, notes = {} } = options;
  const writer = new ByteWriter();
  const parquet = new ParquetWriter({
    writer,
    schema: schemaOf(spec),
    codec: "ZSTD",
    compressors: { ZSTD: (bytes: Uint8Array) => new Uint8Array(zstdCompressSync(bytes)) },
    createdBy: CREATED_BY,
    kvMetadata: Object.entries(notes).map(([key, value]) => ({ key, value })),
  });
  if (head.bytes > 0) {
    // The library starts every file with the magic number; behind a head that is there already.
    writer.index = 0;
    writer.offset = head.bytes;
    parquet.row_groups.push(...head.groups);
    parquet.num_rows = BigInt(head.rows);
  }
  const columnData = Object.entries(spec).map(([name, kind]): ColumnSource => ({
    name,
    data: encodeCells(kind, columns[name]!),
    encoding: encodingOf(kind),
    offsetIndex: false,
  }));
  const rows = columnData[0]?.data.length ?? 0;
  parquet.write({ columnData, rowGroupSize: Math.max(1, rows) });
  const bytes = writer.offset;
  const groups = [...parquet.row_groups];
  parquet.finish();
  return { bytes: writer.getBytes() as Uint8Array<ArrayBuffer>, head: { bytes, rows: head.rows + rows, groups } };
}

/** A file's footer, checked. */
export interface Footer {
  readonly metadata: FileMetaData;
  readonly head: ParquetHead;
  readonly notes: FileNotes;
  /** Bytes of the whole file. */
  readonly size: number;
}

/**
 * Reads a file's footer.
 *
 * @throws {DataError} with the path, where the file is missing, cut short or not Parquet
 */
export function readFooter(path: string): Footer {
  let file: Deno.FsFile;
  try {
    file = Deno.openSync(path);
  } catch (error) {
    if (error instanceof Deno.errors.NotFound) throw new DataError(`${path}: no such file`);
    throw error;
  }
  try {
    const { size, isDirectory } = file.statSync();
    if (isDirectory) throw new DataError(`${path}: is a folder, not a Parquet file`);
    const tail = size < 12 ? new Uint8Array() : readRange(file, size - 8, size);
    if (new TextDecoder().decode(tail.subarray(4)) !== MAGIC) {
      throw new DataError(`${path}: truncated or not Parquet (no ${MAGIC} footer, ${size} bytes)`);
    }
    const length = new DataView(tail.buffer).getUint32(0, true);
    if (length > size - 12) {
      throw new DataError(`${path}: truncated or not Parquet (footer of ${length} bytes in a file of ${size})`);
    }
    const bytes = size - 8 - length;
    let metadata: FileMetaData;
    try {
      metadata = parquetMetadata(readRange(file, bytes, size), { parsers: MICROS, geoparquet: false });
    } catch (error) {
      throw new DataError(`${path}: damaged Parquet footer (${reasonOf(error)})`);
    }
    const notes: Record<string, string> = {};
    for (const { key, value } of metadata.key_value_metadata ?? []) notes[key] = value ?? "";
    const head = { bytes, rows: Number(metadata.num_rows), groups: metadata.row_groups };
    const inGroups = head.groups.reduce((sum, group) => sum + Number(group.num_rows), 0);
    if (!(head.rows >= 0 && head.rows === inGroups)) {
      throw new DataError(`${path}: damaged Parquet footer (${head.rows} rows, ${inGroups} in its row groups)`);
    }
    return { metadata, head, notes, size };
  } finally {
    file.close();
  }
}

/** Timestamps stay whole microseconds: the library would make them Dates of milliseconds. */
const MICROS = { timestampFromMicroseconds: (micros: bigint) => Number(micros) };

function reasonOf(error: unknown): string {
  return error instanceof Error ? error.message : String(error);
}

function readRange(file: Deno.FsFile, start: number, end: number): Uint8Array<ArrayBuffer> {
  const bytes = new Uint8Array(end - start);
  file.seekSync(start, Deno.SeekMode.Start);
  let done = 0;
  while (done < bytes.length) {
    const n = file.readSync(bytes.subarray(done));
    if (n === null) break;
    done += n;
  }
  return bytes.subarray(0, done);
}

/** @throws {DataError} with path and column, unless the file has every column of the spec in its kind */
export function checkColumns(path: string, metadata: FileMetaData, spec: TableSpec): void {
  const found = new Map<string, SchemaElement>();
  let at = 1;
  for (let child = 0; child < (metadata.schema[0]?.num_children ?? 0); child++) {
    const top = metadata.schema[at];
    if (!top) throw new DataError(`${path}: damaged Parquet footer (its schema ends early)`);
    let element = top;
    // Descend to the leaf: a list is three elements deep, so is any list another writer makes.
    let open = top.num_children ?? 0;
    at++;
    while (open > 0) {
      const next = metadata.schema[at++];
      if (!next) throw new DataError(`${path}: damaged Parquet footer (its schema ends early)`);
      element = next;
      open += (element.num_children ?? 0) - 1;
    }
    found.set(top.name, element);
  }
  for (const [name, kind] of Object.entries(spec)) {
    const element = found.get(name);
    if (!element) throw new DataError(`${path}: column "${name}" is missing`);
    const wanted = LEAF[leafOf(kind)]!.type;
    if (element.type !== wanted) {
      throw new DataError(`${path}: column "${name}" is ${element.type}, expected ${wanted}`);
    }
  }
}

/** A kind's cells from what the library decoded. */
function decodeCell(kind: Kind): (cell: unknown) => unknown {
  if (leafOf(kind) === "int") return (v) => v === null || v === undefined ? undefined : Number(v);
  if (kind === "reals") return (v) => v === null || v === undefined ? [] : Array.from(v as ArrayLike<number>);
  return (v) => v === null ? undefined : v;
}

/**
 * Reads columns of a file.
 *
 * @param spec the columns wanted; others in the file are ignored
 * @throws {DataError} one line with the path, where the file is missing, cut short, damaged or lacks a column
 */
export async function readColumns<T extends TableSpec>(
  path: string,
  spec: T,
  footer?: Footer,
  rows?: { readonly from: number; readonly to: number },
): Promise<Columns<T>> {
  const { metadata, size, head } = footer ?? readFooter(path);
  checkColumns(path, metadata, spec);
  const names = Object.keys(spec);
  const { from, to } = rows ?? { from: 0, to: head.rows };
  const columns: Record<string, unknown[]> = {};
  for (const name of names) columns[name] = new Array(to - from);
  const file = await Deno.open(path);
  try {
    await parquetRead({
      file: {
        byteLength: size,
        slice(start: number, end = size) {
          const bytes = readRange(file, start, end);
          if (bytes.length < end - start) throw new Error(`ends ${end - start - bytes.length} bytes early`);
          return bytes.buffer;
        },
      },
      metadata,
      columns: names,
      compressors: { ...foreignCodecs, ZSTD: (bytes) => new Uint8Array(zstdDecompressSync(bytes)) },
      parsers: MICROS,
      ...(rows === undefined ? {} : { rowStart: from, rowEnd: to }),
      onChunk({ columnName, columnData, rowStart }) {
        const target = columns[columnName]!;
        const decode = decodeCell(spec[columnName]!);
        for (let i = 0; i < columnData.length; i++) {
          const at = rowStart + i - from;
          if (at >= 0 && at < target.length) target[at] = decode(columnData[i]);
        }
      },
    });
  } catch (error) {
    throw new DataError(`${path}: damaged Parquet data (${reasonOf(error)})`);
  } finally {
    file.close();
  }
  return columns as unknown as Columns<T>;
}
