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
  /** What a contract is worth, `0.01BTC` or `100USD`, where quantities are contracts. */
  readonly contractSize?: string;
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
    if (venue !== undefined && !isOf(venue, base, quote)) {
      throw new DataError(`${place}: is of ${venue}, not of ${symbol}`);
    }
    return { symbol, base, quote };
  }
  if (venue === undefined) throw new DataError(`${place}: does not say its symbol; give symbol = BASE/QUOTE`);
  const [base, quote] = currencies(venue.toUpperCase());
  if (base === undefined || quote === undefined) {
    throw new DataError(`${place}: cannot tell base and quote of ${venue}; give symbol = BASE/QUOTE`);
  }
  return { symbol: `${base}/${quote}`, base, quote };
}

/** `PI_XBTUSD`, `FX_BTC_JPY`, `BTC-USDT-SWAP`, `BTCUSDT_240628`, `BTC-28JUN24`, `BTC_CQ`, `XBTUSDTM`, `BTCUSDU24`: what is around the currencies. */
const BEFORE = /^(PI|PF|FI|FF|PV|FX)_/;
const BEHIND =
  /[-_](PERP|PERPETUAL|SWAP|FUTURES?|\d{6}|\d{1,2}[A-Z]{3}\d{2}|[CN][WQ])$|(?<=USD[TC]?)M$|(?<=USD[TC]?)[FGHJKMNQUVXZ]\d{2}$/;

/** Base and quote of a venue's symbol as far as it says them: of a contract those of what it is on. */
function currencies(venue: string): [base?: string, quote?: string] {
  const name = venue.replace(BEFORE, "").replace(BEHIND, "");
  const parts = /^([A-Z0-9]+)[-_/]([A-Z]+)$/.exec(name);
  if (parts) return [parts[1]!, parts[2]!];
  const quote = QUOTES.find((known) => endsIn(name, known));
  // What is left of a contract without a quote is its base.
  if (quote === undefined) return name !== venue && /^[A-Z0-9]+$/.test(name) ? [name] : [];
  const base = name.slice(0, -quote.length);
  return /^[\p{L}\d]+$/u.test(base) ? [base, quote] : [];
}

/**
 * Whether a venue's symbol can be of these currencies. One that says neither has to be the base with what contracts have behind it:
 * `XBTH25`, `BTCF0:USTF0`, `BTC-FS-28JUN24_PERP`.
 */
export function isOf(venue: string, base: string, quote: string): boolean {
  if (bare(venue) === bare(base + quote)) return true;
  const [saidBase, saidQuote] = currencies(venue.toUpperCase());
  if (saidBase === undefined) {
    const [, contractBase = ""] = /^([A-Z0-9]+?)(?:[-_:][-\w:]+|F0:\w+|[FGHJKMNQUVXZ]\d{2})$/i.exec(venue) ?? [];
    return contractBase !== "" && plain(contractBase) === plain(base);
  }
  return plain(saidBase) === plain(base) && (saidQuote === undefined || plain(saidQuote) === plain(quote));
}

/** `DOTUSD` is DOT in USD and `BTCTUSD` BTC in TUSD: a name has three letters at least. `USDTUSD` is USDT. */
function endsIn(venue: string, quote: string): boolean {
  const base = venue.slice(0, -quote.length);
  return base !== "" && venue.endsWith(quote) && (quote !== "TUSD" || (base.length >= 3 && base !== "USD"));
}

/** BitMEX and Kraken say XBT. */
export function plain(currency: string): string {
  return currency.toUpperCase().replace(/^XBT$/, "BTC");
}

function bare(symbol: string): string {
  return symbol.toUpperCase().replace(/[^\p{L}\d]/gu, "");
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
