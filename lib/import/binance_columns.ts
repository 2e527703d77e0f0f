/**
 * The columns of Binance's archive files, by name where there is a header and by place where there is none.
 *
 * @module
 */

import type { CsvLine, CsvReader } from "./csv_columns.ts";
import type { Draft } from "./draft.ts";
import type { InputFile } from "./files.ts";

/** A stream under construction. */
export interface StreamReader {
  /** The rows so far, with the decimals seen. */
  readonly draft: Draft;
  /** A reader for the next file. */
  file(file: InputFile): CsvReader;
  /** The rows of all files, in order. */
  settle(place: string): Draft;
}

/** `Is_Buyer_Maker` and `isBuyerMaker` are the same column. */
export function plainName(name: string): string {
  return name.toLowerCase().replace(/[^a-z0-9]/g, "");
}

/**
 * Columns by name, or by their usual place where there is no header.
 *
 * @param usual the places without a header; the first names are the ones shown in messages
 * @returns places of the columns, and how many there are
 */
export function columnPlaces<N extends string>(
  fields: readonly string[],
  line: CsvLine,
  usual: Readonly<Record<N, readonly string[]>>,
  widths: readonly number[],
): { header: boolean; at: Record<N, number>; width: number } {
  const header = !/^[-\d]/.test(fields[0] ?? "");
  const at = {} as Record<N, number>;
  const names = fields.map(plainName);
  let place = 0;
  for (const [name, aliases] of Object.entries(usual) as [N, readonly string[]][]) {
    at[name] = header ? names.findIndex((found) => aliases.includes(found)) : place;
    if (at[name] < 0) line.fail(`column "${name}" is missing (it has ${fields.join(",").slice(0, 80)})`);
    place++;
  }
  if (!header && !widths.includes(fields.length)) {
    line.fail(`has ${fields.length} columns, expected ${widths.join(" or ")}`);
  }
  return { header, at, width: fields.length };
}
