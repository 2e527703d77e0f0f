/**
 * Prices in half ticks, quantities in lots and money in half ticks × lots: whole numbers, of which sums are exact. A mid is a half tick where
 * the spread is odd. Pure.
 *
 * @module
 */

import { createGrid } from "./ticks.ts";

/** From decimals to whole half ticks and back. */
export interface HalfTicks {
  /** The nearest half tick of a price, quote per base. */
  of(price: number): number;
  /** quote per base */
  price(halfTicks: number): number;
  /** quote */
  money(halfTickLots: number): number;
}

/** @throws {RangeError} for a tick that is not positive */
export function createHalfTicks(tickSize: number, lotSize: number): HalfTicks {
  const ticks = createGrid(tickSize);
  return {
    of: (price) => ticks.round(2 * price),
    price: (halfTicks) => ticks.decimal(halfTicks) / 2,
    money: (halfTickLots) => ticks.decimal(halfTickLots) / 2 * lotSize,
  };
}
