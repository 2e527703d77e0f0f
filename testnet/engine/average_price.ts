/**
 * The average price that the filters compare with: traded value over traded volume of the last minutes, to the second.
 *
 * @module
 */
import type { Units } from "./money.ts";

/** Knows the trades of the last minutes. */
export interface AveragePrice {
  /** @param ts microseconds, never running back */
  trade(ts: number, price: Units, qty: Units): void;
  /** The average at a moment; the last price if the window has no trade; undefined before the first. */
  at(ts: number): Units | undefined;
}

/** @param minutes 0 means the last price, as in Binance's `avgPriceMins` */
export function createAveragePrice(minutes: number): AveragePrice {
  const seconds: { second: number; value: Units; qty: Units }[] = [];
  let value = 0n;
  let volume = 0n;
  let last: Units | undefined;
  const forget = (ts: number) => {
    const from = ts / 1e6 - minutes * 60;
    while (seconds.length > 0 && seconds[0]!.second < from) {
      const old = seconds.shift()!;
      value -= old.value;
      volume -= old.qty;
    }
  };
  return {
    trade(ts, price, qty) {
      last = price;
      if (minutes === 0) return;
      const second = Math.floor(ts / 1e6);
      const newest = seconds.at(-1);
      // Not rounded yet: price times quantity has sixteen digits.
      const product = price * qty;
      if (newest?.second === second) {
        newest.value += product;
        newest.qty += qty;
      } else {
        seconds.push({ second, value: product, qty });
        forget(ts);
      }
      value += product;
      volume += qty;
    },
    at(ts) {
      forget(ts);
      return volume > 0n ? value / volume : last;
    },
  };
}
