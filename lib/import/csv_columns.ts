/**
 * Delimited text to numbers, byte by byte: no string is made for a field that is a number.
 *
 * Stricter than most readers, on purpose. A field is a plain decimal or an error, never NaN; the last line must end with a line
 * break, because a number that was cut in the middle is still a number.
 *
 * @module
 */

import { DataError } from "../data_error.ts";
import type { InputFile } from "./files.ts";
import { decimalsOf, MAX_DECIMALS } from "./market.ts";

/** The line at hand; valid until the next one. */
export interface CsvLine {
  /** Counts from 1, the header included. */
  readonly number: number;
  /** Fields of the line. */
  readonly fields: number;
  /** A whole number of at most 2^53. @throws {DataError} with file, line, name and value otherwise */
  integer(field: number, name: string): number;
  /** A finite decimal, the double nearest to what is written. @throws {DataError} likewise */
  decimal(field: number, name: string): number;
  /** Decimals that the last {@linkcode CsvLine.decimal} needed, trailing zeros not counted. */
  readonly decimals: number;
  /** True for `true`, false for `false`, in any case. @throws {DataError} otherwise */
  flag(field: number, name: string): boolean;
  /** A whole number of at most 15 digits; undefined where it is anything else. */
  count(field: number): number | undefined;
  text(field: number): string;
  /** Whether the field consists of just these bytes. */
  is(field: number, bytes: Uint8Array): boolean;
  readonly empty: (field: number) => boolean;
  /** `path line N`. */
  readonly place: string;
  /** @throws {DataError} `path line N: why` */
  fail(why: string): never;
}

/** What to do with the lines of a file. */
export interface CsvReader {
  /** Takes the first line's fields; true where it is a header, false where it is data already. */
  header(fields: string[], line: CsvLine): boolean;
  /** Takes every other line. */
  row(line: CsvLine): void;
}

const MAX_FIELDS = 1024;
const MAX_LINE = 1 << 22;
const COMMA = 0x2c;
const NEWLINE = 0x0a;
const RETURN = 0x0d;
const ZERO = 0x30;
const DOT = 0x2e;
const MINUS = 0x2d;
const PLAIN = /^-?\d+(\.\d+)?([eE][-+]?\d+)?$/;
const POWERS = Float64Array.from({ length: 23 }, (_, i) => Number(`1e${i}`));

/** Bytes of a word to compare fields with. */
export function word(text: string): Uint8Array {
  return new TextEncoder().encode(text);
}

const TRUE = word("true");
const FALSE = word("false");

/**
 * Reads a file line by line. Empty lines are passed over.
 *
 * @returns lines read, the header included
 * @throws {DataError} one line with path, line and value
 */
export async function readCsv(file: InputFile, reader: CsvReader): Promise<number> {
  const starts = new Int32Array(MAX_FIELDS + 1);
  const decoder = new TextDecoder();
  let bytes = new Uint8Array(0);
  let number = 0;
  let fields = 0;
  let decimals = 0;
  let begun = false;

  const fail = (why: string): never => {
    throw new DataError(`${line.place}: ${why}`);
  };
  // A field's text, for messages: what is not printable in a line of a terminal is not shown.
  const shown = (field: number) => JSON.stringify(text(field).slice(0, 40));
  const start = (field: number) => starts[field]!;
  const end = (field: number) => starts[field + 1]! - 1;
  const text = (field: number) => field < fields ? decoder.decode(bytes.subarray(start(field), end(field))) : "";
  const wrong = (field: number, name: string, must: string): never =>
    field < fields ? fail(`${name} = ${shown(field)}, must be ${must}`) : fail(`has no ${name}`);

  function integer(field: number, name: string): number {
    const to = field < fields ? end(field) : 0;
    let i = field < fields ? start(field) : 0;
    if (i >= to || to - i > 16) return wrong(field, name, "a whole number");
    let value = 0;
    for (; i < to; i++) {
      const digit = bytes[i]! - ZERO;
      if (digit < 0 || digit > 9) return wrong(field, name, "a whole number");
      value = value * 10 + digit;
    }
    return Number.isSafeInteger(value) ? value : wrong(field, name, "a whole number below 2^53");
  }

  function decimal(field: number, name: string): number {
    const to = field < fields ? end(field) : 0;
    let i = field < fields ? start(field) : 0;
    if (i >= to) return wrong(field, name, "a decimal number");
    const negative = bytes[i] === MINUS;
    if (negative) i++;
    let mantissa = 0;
    let scale = 0;
    let zeros = 0;
    let digits = 0;
    let point = -1;
    for (; i < to; i++) {
      const byte = bytes[i]!;
      const digit = byte - ZERO;
      if (digit >= 0 && digit <= 9) {
        digits++;
        if (point < 0) mantissa = mantissa * 10 + digit;
        else if (digit === 0) zeros++;
        else {
          // Zeros count once a digit follows them; a price is mostly padded with them.
          mantissa = mantissa * POWERS[Math.min(zeros + 1, 22)]! + digit;
          scale += zeros + 1;
          zeros = 0;
        }
      } else if (byte === DOT && point < 0 && digits > 0) point = i;
      else return slow(field, name);
    }
    if (digits === 0 || point === to - 1 || mantissa > Number.MAX_SAFE_INTEGER || scale > MAX_DECIMALS) {
      return slow(field, name);
    }
    decimals = scale;
    // Both are exact, so that the quotient is the nearest double.
    const value = mantissa / POWERS[scale]!;
    return negative ? -value : value;
  }

  /** Exponents and more digits than a double holds. */
  function slow(field: number, name: string): number {
    const plain = text(field);
    const value = Number(plain);
    if (!PLAIN.test(plain) || !Number.isFinite(value)) return wrong(field, name, "a decimal number");
    const [, fraction = "", exponent = "0"] = /^-?\d+(?:\.(\d*?)0*)?(?:[eE]([-+]?\d+))?$/.exec(plain) ?? [];
    // More of them are what arithmetic left of a number that has few, as in 0.30000000000000004.
    const written = Math.max(0, fraction.length - Number(exponent));
    decimals = written > MAX_DECIMALS ? decimalsOf(value, 0) : written;
    return value;
  }

  /** Whether a field is a word, in capitals or not. */
  function spells(field: number, lower: Uint8Array): boolean {
    if (field >= fields) return false;
    const from = start(field);
    if (end(field) - from !== lower.length) return false;
    for (let i = 0; i < lower.length; i++) if ((bytes[from + i]! | 0x20) !== lower[i]) return false;
    return true;
  }

  const line: CsvLine = {
    get number() {
      return number;
    },
    get place() {
      return `${file.path} line ${number}`;
    },
    get fields() {
      return fields;
    },
    get decimals() {
      return decimals;
    },
    integer,
    decimal,
    flag(field, name) {
      if (spells(field, TRUE)) return true;
      return spells(field, FALSE) ? false : wrong(field, name, "true or false");
    },
    count(field) {
      const from = field < fields ? start(field) : 0;
      const to = field < fields ? end(field) : 0;
      if (to <= from || to - from > 15) return undefined;
      let value = 0;
      for (let i = from; i < to; i++) {
        const digit = bytes[i]! - ZERO;
        if (digit < 0 || digit > 9) return undefined;
        value = value * 10 + digit;
      }
      return value;
    },
    text,
    is(field, wanted) {
      if (field >= fields) return false;
      const from = start(field);
      if (end(field) - from !== wanted.length) return false;
      for (let i = 0; i < wanted.length; i++) if (bytes[from + i] !== wanted[i]) return false;
      return true;
    },
    empty: (field) => field >= fields || start(field) >= end(field),
    fail,
  };

  let rest = new Uint8Array(0);
  for await (const chunk of file.chunks()) {
    bytes = join(rest, chunk);
    let from = 0;
    fields = 0;
    starts[0] = 0;
    const length = bytes.length;
    for (let i = 0; i < length; i++) {
      const byte = bytes[i]!;
      // Digits, points and signs, which most bytes are, come behind both.
      if (byte > COMMA) continue;
      if (byte === COMMA) {
        if (++fields >= MAX_FIELDS) tooMany();
        starts[fields] = i + 1;
      } else if (byte === NEWLINE) {
        number++;
        const to = i > from && bytes[i - 1] === RETURN ? i - 1 : i;
        starts[++fields] = to + 1;
        if (to > from) give();
        from = i + 1;
        fields = 0;
        starts[0] = from;
      }
    }
    rest = bytes.slice(from);
    if (rest.length > MAX_LINE) {
      number++;
      fail(`is longer than ${MAX_LINE} bytes: not delimited text`);
    }
  }
  if (rest.length > 0) {
    number++;
    fail("the last line has no line end: the file is cut short (or a line break is missing after its last line)");
  }
  if (!begun) throw new DataError(`${file.path}: is empty`);
  return number;

  function tooMany(): never {
    number++;
    return fail(`has more than ${MAX_FIELDS} columns`);
  }

  function give() {
    if (begun) return reader.row(line);
    begun = true;
    if (bytes[0] === 0xef && bytes[1] === 0xbb && bytes[2] === 0xbf) starts[0] = 3;
    const first = Array.from({ length: fields }, (_, i) => text(i));
    if (!reader.header(first, line)) reader.row(line);
  }
}

function join(rest: Uint8Array<ArrayBuffer>, chunk: Uint8Array): Uint8Array<ArrayBuffer> {
  if (rest.length === 0) return chunk as Uint8Array<ArrayBuffer>;
  const joined = new Uint8Array(rest.length + chunk.length);
  joined.set(rest);
  joined.set(chunk, rest.length);
  return joined;
}
