/**
 * Exact decimals with the eight digits Binance prints: `"0.02000000"` is 2000000n units.
 *
 * @module
 */

const SCALE = 100_000_000n;

/** Units of 1e-8 in a decimal text; further digits are cut off. */
export function parseUnits(text: string): bigint {
  const dot = text.indexOf(".");
  if (dot < 0) return BigInt(text) * SCALE;
  const fraction = text.slice(dot + 1, dot + 9).padEnd(8, "0");
  return BigInt(text.slice(0, dot) + fraction);
}

/** A decimal text with eight digits, as Binance prints prices and quantities. */
export function formatUnits(units: bigint): string {
  const negative = units < 0n;
  const digits = (negative ? -units : units).toString().padStart(9, "0");
  return `${negative ? "-" : ""}${digits.slice(0, -8)}.${digits.slice(-8)}`;
}

/** Product of two decimals, cut off to eight digits. */
export function multiply(a: bigint, b: bigint): bigint {
  return a * b / SCALE;
}
