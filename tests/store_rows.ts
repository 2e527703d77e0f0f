/**
 * Random rows of the recorder's tables, for the tests of writer and readers.
 *
 * @module
 */
import fc from "fast-check";
import type { Kind, Row, TableSpec } from "makerbook/store_schema.ts";

/** Doubles that both readers show as they are: finite, and no negative zero, which a dictionary does not tell from zero. */
const real = fc.double({ noNaN: true, noDefaultInfinity: true }).map((x) => x + 0);
/** Doubles as they occur: decimals that repeat, so that the dictionary is used too. */
const decimal = fc.integer({ min: -500, max: 500 }).map((x) => x / 100 + 0);
const text = fc.oneof(fc.constantFrom("buy", "sell"), fc.string({ unit: "grapheme" }));
const integer = fc.oneof(fc.maxSafeInteger(), fc.integer({ min: 0, max: 3 }));
/** Any moment from 1970 to 2100, microseconds. */
const time = fc.integer({ min: 0, max: 4_102_444_800_000_000 });

const CELLS: Readonly<Record<Kind, fc.Arbitrary<unknown>>> = {
  "text": text,
  "text?": fc.option(text, { nil: undefined }),
  "int": integer,
  "int?": fc.option(integer, { nil: undefined }),
  "time": time,
  "real": fc.oneof(real, decimal),
  "real?": fc.option(fc.oneof(real, decimal), { nil: undefined }),
  "reals": fc.array(fc.oneof(real, decimal), { maxLength: 6 }),
};

/** Rows of a table. */
export function randomRows<T extends TableSpec>(spec: T, maxLength: number): fc.Arbitrary<Row<T>[]> {
  const cells = Object.fromEntries(Object.entries(spec).map(([name, kind]) => [name, CELLS[kind]]));
  return fc.array(fc.record(cells), { maxLength }) as unknown as fc.Arbitrary<Row<T>[]>;
}

/** Rows as columns. */
export function columnsOf(spec: TableSpec, rows: readonly Row<TableSpec>[]): Record<string, unknown[]> {
  return Object.fromEntries(Object.keys(spec).map((name) => [name, rows.map((row) => row[name])]));
}
