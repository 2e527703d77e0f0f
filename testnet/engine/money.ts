/**
 * Exact amounts: integers of 1e-8, the eight digits Binance prints. Nothing in this folder counts money in floats.
 *
 * @module
 */
import { parseUnits } from "../decimal.ts";

export { formatUnits, multiply } from "../decimal.ts";

/** An amount, a price or a rate in units of 1e-8: `"0.02"` is 2000000n. */
export type Units = bigint;

/** One whole: 1.00000000. */
export const ONE: Units = 100_000_000n;

/** What Binance accepts as a decimal. */
export const DECIMAL = /^([0-9]{1,20})(\.[0-9]{1,20})?$/;

/**
 * Units of a decimal text, or undefined where it has more than eight digits after the point: money is never rounded in
 * silence.
 *
 * @throws {RangeError} for a text that is no plain decimal.
 */
export function parseMoney(text: string): Units | undefined {
  if (!DECIMAL.test(text)) throw new RangeError(`amount = ${text}, must match ${DECIMAL.source}`);
  const fraction = text.split(".")[1] ?? "";
  return /[1-9]/.test(fraction.slice(8)) ? undefined : parseUnits(text);
}

/**
 * Units of a decimal text that comes from ourselves, such as a filter of `exchangeInfo`.
 *
 * @throws {RangeError} for a text that is no decimal of at most eight digits.
 */
export function units(text: string): Units {
  const value = parseMoney(text);
  if (value === undefined) throw new RangeError(`amount = ${text}, must have at most 8 digits after the point`);
  return value;
}

/** a / b, cut off to eight digits. */
export function divide(a: Units, b: Units): Units {
  if (b === 0n) throw new RangeError(`divisor = 0, must not be 0`);
  return a * ONE / b;
}

/** The largest multiple of `step` that is not above `value`; `step` 0 leaves it as it is. */
export function floorTo(value: Units, step: Units): Units {
  return step === 0n ? value : value - value % step;
}

/** The smaller of two amounts. */
export function least(a: Units, b: Units): Units {
  return a < b ? a : b;
}
