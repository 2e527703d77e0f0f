/**
 * What a fee is worth. Pure.
 *
 * @module
 */
import type { Fill } from "./types.ts";

/**
 * A fee in quote currency: one charged in the base currency is valued at the fill's mid, one in a third currency by the price
 * that came with it ({@linkcode Fill.feeInQuote}). Undefined where that is not known. Where the pair's currencies are not
 * given, a fee counts as it is.
 */
export function feeInQuote(fill: Fill, base: string | undefined, quote: string | undefined): number | undefined {
  if (fill.fee === 0) return 0;
  if (base !== undefined && fill.feeCurrency === base) return fill.fee * fill.mid;
  if (quote === undefined || fill.feeCurrency === quote) return fill.fee;
  return fill.feeInQuote;
}
