/**
 * What a fee in a third currency (BNB, say) is worth in quote currency, by the venue's last price. I/O: it asks for the price.
 *
 * @module
 */

import { steadyNow } from "./steady_clock.ts";

/** Fees charged in other currencies. */
export interface FeeRates {
  /** Quote per unit of the currency; undefined as long as no price is known. Asks for a price that is missing or old. */
  rate(currency: string): number | undefined;
  /** Asks for the price of a currency and waits for it. */
  fetch(currency: string): Promise<number | undefined>;
}

const GOOD_FOR_MS = 60_000;

/**
 * @param quote the quote currency
 * @param price asks for the last price of a symbol
 */
export function createFeeRates(
  quote: string,
  price: (symbol: string) => Promise<number | undefined>,
  now: () => number = steadyNow,
): FeeRates {
  const known = new Map<string, { readonly rate: number; readonly at: number }>();
  const asking = new Map<string, Promise<number | undefined>>();
  function fetch(currency: string): Promise<number | undefined> {
    const current = asking.get(currency);
    if (current) return current;
    const answer = (async () => {
      const direct = await price(`${currency}/${quote}`);
      const inverse = direct === undefined ? await price(`${quote}/${currency}`) : undefined;
      const rate = direct ?? (inverse ? 1 / inverse : undefined);
      if (rate !== undefined) known.set(currency, { rate, at: now() });
      return rate;
    })().catch(() => undefined).finally(() => asking.delete(currency));
    asking.set(currency, answer);
    return answer;
  }
  return {
    rate(currency) {
      const found = known.get(currency);
      if (found === undefined || now() - found.at > GOOD_FOR_MS) void fetch(currency);
      return found?.rate;
    },
    fetch,
  };
}
