/**
 * Request parameters, checked the way Binance checks them.
 *
 * @module
 */
import { type ApiError, badRequest, illegalCharacters, invalidValue, mandatoryMissing } from "./errors.ts";

/** The parameters of one request. Reading one marks it as known; `finish` refuses those nobody read. */
export interface Params {
  /** The text of a parameter; undefined if it was not sent. */
  text(name: string, pattern?: RegExp): string | undefined;
  /** A text that must be there. */
  mandatory(name: string, pattern?: RegExp): string;
  /** A non-negative integer; undefined if it was not sent. */
  integer(name: string): number | undefined;
  /** A time in milliseconds or microseconds, as microseconds; undefined if it was not sent. */
  time(name: string): number | undefined;
  /** One of `values`; undefined if it was not sent. Another value is -1130, or what `otherwise` says. */
  choice(name: string, values: readonly string[], otherwise?: () => ApiError): string | undefined;
  /** One to `max`; larger values are cut down to it, as Binance does. */
  limit(fallback: number, max: number): number;
  /** `symbols=["A","B"]`; undefined if it was not sent. */
  list(name: string): string[] | undefined;
  has(name: string): boolean;
  /** @throws {ApiError} -1101 or -1104 if there are parameters that the endpoint does not have. */
  finish(): void;
}

/** What Binance says a symbol may consist of. */
export const SYMBOL = /^[A-Z0-9-_.]{1,20}$/;
const INTEGER = /^[0-9]{1,20}$/;

/**
 * @throws {ApiError} -1101 if a parameter is given twice.
 */
export function createParams(query: URLSearchParams): Params {
  const read = new Set<string>();
  for (const name of new Set(query.keys())) {
    if (query.getAll(name).length > 1) throw badRequest(-1101, "Duplicate values for a parameter detected.");
  }
  const text = (name: string, pattern?: RegExp) => {
    read.add(name);
    const value = query.get(name);
    if (value === null) return undefined;
    if (value === "") throw badRequest(-1105, `Parameter '${name}' was empty.`);
    if (pattern !== undefined && !pattern.test(value)) throw illegalCharacters(name, pattern.source);
    return value;
  };
  const integer = (name: string) => {
    const value = text(name, INTEGER);
    if (value === undefined) return undefined;
    if (BigInt(value) > 0x7fff_ffff_ffff_ffffn) throw badRequest(-1108, `Parameter '${name}' overflowed.`);
    return Number(value);
  };
  return {
    text,
    integer,
    mandatory(name, pattern) {
      const value = query.get(name) === "" ? undefined : text(name, pattern);
      if (value === undefined) throw mandatoryMissing(name);
      return value;
    },
    time(name) {
      const value = integer(name);
      return value === undefined ? undefined : value >= 1e14 ? value : value * 1000;
    },
    choice(name, values, otherwise = () => invalidValue(name)) {
      const value = text(name);
      if (value !== undefined && !values.includes(value)) throw otherwise();
      return value;
    },
    limit(fallback, max) {
      const value = integer("limit");
      if (value === undefined) return fallback;
      if (value === 0) throw invalidValue("limit");
      return Math.min(value, max);
    },
    list(name) {
      const value = text(name);
      if (value === undefined) return undefined;
      const pattern = /^\[("[A-Z0-9-_.]{1,20}"(,"[A-Z0-9-_.]{1,20}"){0,}){0,1}\]$/;
      if (!pattern.test(value)) throw illegalCharacters(name, pattern.source);
      const items = JSON.parse(value) as string[];
      if (items.length === 0) throw badRequest(-1105, `Parameter '${name}' was empty.`);
      if (new Set(items).size !== items.length) {
        throw badRequest(-1151, "Symbol is present multiple times in the list.");
      }
      return items;
    },
    has: (name) => query.has(name),
    finish() {
      const sent = new Set(query.keys());
      if ([...sent].every((name) => read.has(name))) return;
      if (read.size === 0) {
        throw badRequest(-1101, `Too many parameters; expected '0' and received '${sent.size}'.`);
      }
      const known = [...sent].filter((name) => read.has(name)).length;
      throw badRequest(
        -1104,
        `Not all sent parameters were read; read '${known}' parameter(s) but was sent '${sent.size}'.`,
      );
    },
  };
}
