/**
 * Quantities that are no base units: contracts, or amounts of the quote currency. A tape holds base units, so they are converted.
 *
 * A contract is worth a fixed amount of the base (linear: OKX's `BTC-USDT-SWAP` is 0.01 BTC) or of the quote (inverse: Binance's
 * `BTCUSD_PERP` is 100 USD), which the venue tells as contract size, `contractSize`, `ctVal` with `ctValCcy`. Tardis gives amounts as the
 * exchange does (docs.tardis.dev, data types).
 *
 * @module
 */

import { DataError } from "../data_error.ts";
import type { TapeInfo } from "../tape.ts";
import { createGrid, type Grid } from "../ticks.ts";
import { plain, stepOf } from "./market.ts";

/** What a source counts in; undefined where that is not known. */
export type QuantityUnit = "base" | "quote" | "contracts" | undefined;

/** From a source's quantities to base units. */
export interface Conversion {
  /** For the tape's source, `contracts of 100 USD`. */
  readonly of: string;
  /** Base units of a quantity, not rounded. */
  base(qty: number, price: number): number;
  /** The step of base units, where the source's quantities have so many decimals and this is its highest price. */
  grid(decimals: number, price: number): Grid;
}

/** Base units that a price makes of a contract are told to so many digits, and decimals at most, as venues tell them. */
const DIGITS = 6;
const DECIMALS = 8;

const CONTRACTS_ONLY =
  /^(okex-(swap|futures|options)|binance-delivery|bitmex|huobi-dm.*|gate-io-futures|kucoin-futures|mexc-futures|delta|bitnomial)$/;
const BASE_ONLY = new RegExp(
  "^(ascendex|aster|aster-futures|binance|binance-us|binance-jersey|binance-futures|bitfinex|bitfinex-derivatives|bitflyer|bitget|" +
    "bitstamp|bithumb|bitvavo|bybit-spot|coinbase|coinbase-international|crypto-com|crypto-com-derivatives|dydx|dydx-v4|ftx|ftx-us|" +
    "gate-io|gemini|hitbtc|huobi|hyperliquid|kraken|kucoin|mexc|okcoin|okex|poloniex|serum|upbit|woo-x)$",
);

/** What Tardis' amounts of an exchange's symbol are. */
export function tardisUnit(exchange: string, symbol: string): QuantityUnit {
  if (CONTRACTS_ONLY.test(exchange)) return "contracts";
  if (BASE_ONLY.test(exchange)) return "base";
  switch (exchange) {
    // Amounts of futures settled in the coin are USD, those of options and of markets named with their quote are of the coin.
    case "deribit":
      if (/^[A-Z]+-(PERPETUAL|\d{1,2}[A-Z]{3}\d{2})$/.test(symbol)) return "quote";
      return /^[A-Z]+_[A-Z]+(-(PERPETUAL|\d{1,2}[A-Z]{3}\d{2}))?$|-[CP]$/.test(symbol) ? "base" : undefined;
    case "bybit":
      return /USD([FGHJKMNQUVXZ]\d{2})?$/.test(symbol) ? "quote" : "base";
    case "cryptofacilities":
      return /^(PI|FI)_/i.test(symbol) ? "quote" : /^(PF|FF)_/i.test(symbol) ? "base" : "contracts";
    case "phemex":
      return /^s[A-Z]|USDT$/.test(symbol) ? "base" : "contracts";
  }
  return undefined;
}

/** What Binance's quantities of a symbol are: its COIN-M futures count contracts. */
export function binanceUnit(symbol: string | undefined): QuantityUnit {
  if (symbol === undefined) return undefined;
  return /USD_(PERP|\d{6})$/.test(symbol) ? "contracts" : "base";
}

/**
 * How to make base units of a source's quantities; undefined where they are that.
 *
 * @param what the market as the source names it, for messages
 * @param contractSize what one contract is worth, `0.01BTC` or `100 USD`
 * @throws {DataError} where a contract size is needed and absent, given and not needed, or not of the market's currencies
 */
export function conversionOf(
  what: string,
  unit: QuantityUnit,
  { base, quote }: Pick<TapeInfo, "base" | "quote">,
  contractSize: string | undefined,
): Conversion | undefined {
  if (contractSize === undefined) {
    if (unit === "contracts") {
      throw new DataError(
        `${what}: quantities are contracts; give contract size = what one is worth, such as ` +
          `0.01${base} or 100${quote}`,
      );
    }
    return unit === "quote" ? inverse(1, quote) : undefined;
  }
  if (unit === "base" || unit === "quote") {
    throw new DataError(
      `${what}: quantities are ${unit === "base" ? base : quote}, no contracts: leave contract size out`,
    );
  }
  const [, digits = "", currency = ""] = /^([\d.]+(?:e-?\d+)?) ?([A-Za-z]\w*)$/.exec(contractSize) ?? [];
  const size = Number(digits);
  const same = (name: string) => plain(currency) === plain(name);
  if (!(size > 0 && size < Infinity) || !(same(base) || same(quote))) {
    throw new DataError(
      `contract size = ${contractSize}, must be a positive amount of ${base} or ${quote}, such as 0.01${base}`,
    );
  }
  return same(base) ? linear(size, base) : inverse(size, quote);
}

function linear(size: number, base: string): Conversion {
  return {
    of: `contracts of ${size} ${base}`,
    base: (qty) => qty * size,
    grid: (decimals) => createGrid(Number((size * stepOf(decimals)).toPrecision(12))),
  };
}

function inverse(size: number, quote: string): Conversion {
  return {
    of: size === 1 ? `amounts of ${quote}` : `contracts of ${size} ${quote}`,
    base: (qty, price) => qty * size / price,
    grid(_, price) {
      const decimals = Math.ceil(DIGITS - Math.log10(size / price));
      // Of a coin worth cents, lots of 1e-8 would be more than money can be counted in.
      return createGrid(stepOf(Math.max(0, Math.min(DECIMALS, decimals))));
    },
  };
}
