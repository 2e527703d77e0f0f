/**
 * Recordings as Apache Arrow tables: what Plot, notebooks and other tools take without copying rows. Pure.
 *
 * @module
 */

import {
  type DataType,
  Field,
  Float64,
  List,
  makeData,
  Table,
  tableToIPC,
  TimestampMicrosecond,
  Utf8,
  Vector,
  vectorFromArray,
} from "apache-arrow";
import { type Kind, type TableColumns, type TableName, TABLES } from "./store_schema.ts";

const TIME = new TimestampMicrosecond("UTC");

/**
 * A table of a recording as an Arrow table, one column a column. Times are timestamps in microseconds UTC; integers, which all
 * lie below 2^53, are Float64 like the numbers they are in memory.
 */
export function toArrow<N extends TableName>(table: N, columns: TableColumns<N>): Table {
  const spec: Readonly<Record<string, Kind>> = TABLES[table];
  const vectors: Record<string, Vector> = {};
  for (const [name, kind] of Object.entries(spec)) {
    const values = (columns as unknown as Record<string, readonly unknown[]>)[name]!;
    // Arrow's own conversion takes milliseconds and cannot hold every microsecond.
    vectors[name] = kind === "time"
      ? new Vector([makeData({ type: TIME, data: BigInt64Array.from(values as number[], BigInt) })])
      : vectorFromArray(values.map((value) => value ?? null), typeOf(kind));
  }
  return new Table(vectors);
}

/** The bytes of an Arrow file, for other tools. */
export function toArrowFile(table: Table): Uint8Array {
  return tableToIPC(table, "file");
}

function typeOf(kind: Kind): DataType {
  switch (kind) {
    case "text":
    case "text?":
      return new Utf8();
    case "reals":
      return new List(new Field("item", new Float64(), false));
    default:
      return new Float64();
  }
}
