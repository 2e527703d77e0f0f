/**
 * Keeps what a column cannot hold out of the recorder: NaN never gets on disk. Pure.
 *
 * @module
 */

import type { Kind, Row, TableSpec } from "./store_schema.ts";

/** @throws {RangeError} with table, column and value, where a cell is not of its column's kind */
export function checkRow(table: string, spec: TableSpec, row: Row<TableSpec>): void {
  for (const name in spec) {
    const kind = spec[name]!;
    if (!fits(kind, row[name])) {
      throw new RangeError(`${table}.${name} = ${String(row[name])}, must be ${MEANING[kind]}`);
    }
  }
}

const MEANING: Readonly<Record<Kind, string>> = {
  "text": "text",
  "text?": "text or undefined",
  "int": "an integer",
  "int?": "an integer or undefined",
  "time": "integer microseconds",
  "real": "a finite number",
  "real?": "a finite number or undefined",
  "reals": "finite numbers",
};

function fits(kind: Kind, value: unknown): boolean {
  if (value === undefined) return kind.endsWith("?");
  switch (kind) {
    case "text":
    case "text?":
      return typeof value === "string";
    case "int":
    case "int?":
    case "time":
      return Number.isSafeInteger(value);
    case "real":
    case "real?":
      return Number.isFinite(value);
    case "reals":
      return Array.isArray(value) && value.every(Number.isFinite);
  }
}
