/**
 * What the account's balances must be by its own trades, against what the venue says. Pure.
 *
 * In whole units of 1e-8, the smallest that venues keep, so that a sum of any length is exact. A trade moves its quantity and
 * its value, cut off below one unit, and the commission in the currency it was charged in.
 *
 * @module
 */
import type { OwnTrade } from "./own_trades.ts";

/** One currency. Amounts are decimals; `difference` is the venue's minus ours. */
export interface BalanceRow {
  readonly currency: string;
  readonly opening: number;
  readonly expected: number;
  readonly venue: number;
  readonly difference: number;
}

/** The account's books. */
export interface BalanceCheck {
  /** What the account held when counting began. */
  open(total: Readonly<Record<string, number>>): void;
  /** A trade of the account, ours or not, once. */
  trade(trade: OwnTrade): void;
  /** Money that came or went by another way than a trade, by the venue's word. */
  move(currency: string, amount: number): void;
  /** Every currency that trades touch, or whose balance is not what it should be. */
  compare(total: Readonly<Record<string, number>>): readonly BalanceRow[];
}

const UNIT = 1e-8;
const toUnits = (amount: number) => BigInt(Math.round(amount / UNIT));
const toAmount = (units: bigint) => Number(units) / 1e8;
/** Units by which a number of this size may be off because of how it is kept: none below 45 million. */
const spacing = (amount: number) => BigInt(Math.floor(2 * Math.abs(amount) / UNIT * Number.EPSILON));
const magnitude = (units: bigint) => units < 0n ? -units : units;

/** @param base the pair's currencies, as the venue's client names them */
export function createBalanceCheck({ base, quote }: { readonly base: string; readonly quote: string }): BalanceCheck {
  let opening: Readonly<Record<string, number>> = {};
  const flows = new Map<string, bigint>([[base, 0n], [quote, 0n]]);
  const add = (currency: string, units: bigint) => void flows.set(currency, (flows.get(currency) ?? 0n) + units);
  return {
    open(total) {
      opening = { ...total };
      for (const currency of flows.keys()) flows.set(currency, 0n);
    },
    trade({ side, price, qty, fee, feeCurrency }) {
      const value = toUnits(price) * toUnits(qty) / 100_000_000n;
      const sign = side === "buy" ? 1n : -1n;
      add(base, sign * toUnits(qty));
      add(quote, -sign * value);
      if (fee !== 0 && feeCurrency !== undefined) add(feeCurrency, -toUnits(fee));
    },
    move: (currency, amount) => add(currency, toUnits(amount)),
    compare(total) {
      const currencies = new Set([...flows.keys(), ...Object.keys(opening), ...Object.keys(total)]);
      const rows: BalanceRow[] = [];
      for (const currency of currencies) {
        const held = toUnits(opening[currency] ?? 0);
        const expected = held + (flows.get(currency) ?? 0n);
        const told = toUnits(total[currency] ?? 0);
        const noise = spacing(Math.max(opening[currency] ?? 0, total[currency] ?? 0));
        const venue = magnitude(told - expected) <= noise ? expected : told;
        if (expected === venue && !flows.has(currency)) continue;
        rows.push({
          currency,
          opening: toAmount(held),
          expected: toAmount(expected),
          venue: toAmount(venue),
          difference: toAmount(venue - expected),
        });
      }
      return rows;
    },
  };
}
