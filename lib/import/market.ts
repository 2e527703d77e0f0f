/**
 * What an imported file is of: symbol, currencies and steps, given or told from the data.
 *
 * @module
 */

import { DataError } from "../data_error.ts";
import type { TapeInfo } from "../tape.ts";

/** What the caller knows about the market; the rest is told from the data. */
export interface MarketOptions {
  /** `BTC/USDT`. Must fit what the files say. */
  readonly symbol?: string;
  /** Price step. Told from the decimals where absent: 10^-d for the most decimals seen. */
  readonly tickSize?: number;
  /** Quantity step, likewise. */
  readonly lotSize?: number;
}

/** Currencies that end a venue's symbol, longest first where one ends another. */
const QUOTES = ["FDUSD", "USDT", "USDC", "BUSD", "TUSD", "USD", "EUR", "GBP", "TRY", "BRL", "JPY", "BTC", "ETH", "BNB"];

/**
 * The market's names.
 *
 * @param venue the venue's own symbol, `BTCUSDT` or `BTC-USD`; undefined where the files do not say
 * @throws {DataError} where both are given and do not fit, or the currencies cannot be told
 */
export function marketNames(
  place: string,
  venue: string | undefined,
  symbol: string | undefined,
): Pick<TapeInfo, "symbol" | "base" | "quote"> {
  if (symbol !== undefined) {
    const [base, quote, ...rest] = symbol.split("/");
    if (!base || !quote || rest.length > 0) throw new DataError(`symbol = ${symbol}, must be BASE/QUOTE`);
    if (venue !== undefined && bare(venue) !== bare(symbol)) {
      throw new DataError(`${place}: is of ${venue}, not of ${symbol}`);
    }
    return { symbol, base, quote };
  }
  if (venue === undefined) throw new DataError(`${place}: does not say its symbol; give symbol = BASE/QUOTE`);
  const parts = /^([A-Z0-9]+)[-_/]([A-Z]+)$/.exec(venue);
  const quote = parts?.[2] ?? QUOTES.find((known) => endsIn(venue, known));
  // A contract's quantities need not be of the base.
  if (quote === undefined || /^(PERP|PERPETUAL|SWAP|FUTURES?)$/.test(quote)) {
    throw new DataError(`${place}: cannot tell base and quote of ${venue}; give symbol = BASE/QUOTE`);
  }
  const base = parts?.[1] ?? venue.slice(0, -quote.length);
  return { symbol: `${base}/${quote}`, base, quote };
}

/** `DOTUSD` is DOT in USD and `BTCTUSD` BTC in TUSD: a name has three letters at least. `USDTUSD` is USDT. */
function endsIn(venue: string, quote: string): boolean {
  const base = venue.slice(0, -quote.length);
  return base !== "" && venue.endsWith(quote) && (quote !== "TUSD" || (base.length >= 3 && base !== "USD"));
}

function bare(symbol: string): string {
  return symbol.toUpperCase().replace(/[^A-Z0-9]/g, "");
}

/** Most decimals a double's price or quantity can be told to have. */
export const MAX_DECIMALS = 12;

/** Decimals that a double needs, at least `known`: for sources that hold numbers and not text. */
export function decimalsOf(value: number, known: number): number {
  for (let decimals = known; decimals < MAX_DECIMALS; decimals++) {
    const scaled = value * 10 ** decimals;
    if (Math.abs(scaled - Math.round(scaled)) <= 1e-12 * Math.max(1, Math.abs(scaled))) return decimals;
  }
  return MAX_DECIMALS;
}

/** The step with so many decimals. */
export function stepOf(decimals: number): number {
  return Number(`1e${-decimals}`);
}
