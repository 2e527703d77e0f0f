/**
 * What a trade costs. Binance's rules (commission FAQ): the received amount times the sum of the maker's or taker's rate and
 * the buyer's or seller's, for each of standard, special and tax commission; taken from what is received, or with a discount
 * on the standard part from another asset, as long as there is enough of it.
 *
 * @module
 */
import { divide, multiply, ONE, type Units } from "./money.ts";
import type { Side } from "./order.ts";

/** Fractions of the received amount, in units of 1e-8: 0.1 % is 100000n. */
export interface Rates {
  readonly maker: Units;
  readonly taker: Units;
  readonly buyer: Units;
  readonly seller: Units;
}

/** Paying in another asset. */
export interface Discount {
  /** BNB, at Binance. */
  readonly asset: string;
  /** What the standard commission is reduced by: 25 % is 25000000n. */
  readonly rate: Units;
  /** Quote per unit of the asset. */
  readonly price: Units;
}

/** An account's rates on a symbol. */
export interface Commissions {
  readonly standard: Rates;
  readonly special: Rates;
  readonly tax: Rates;
  readonly discount?: Discount;
}

/** A trade, seen from one side. */
export interface TradeSide {
  readonly side: Side;
  readonly maker: boolean;
  readonly price: Units;
  readonly qty: Units;
  readonly quoteQty: Units;
  readonly base: string;
  readonly quote: string;
}

export const NO_RATES: Rates = { maker: 0n, taker: 0n, buyer: 0n, seller: 0n };

/** Rates for makers and takers and nothing else. */
export function standardCommissions(maker: Units, taker: Units): Commissions {
  for (const [name, rate] of Object.entries({ maker, taker })) {
    if (rate < 0n || rate >= ONE) throw new RangeError(`${name} rate = ${rate}, must be from 0 to below 1 (1e8 units)`);
  }
  return { standard: { ...NO_RATES, maker, taker }, special: NO_RATES, tax: NO_RATES };
}

/** The sum of the two rates that an order's side and role pay. */
export function rateOf(rates: Rates, side: Side, maker: boolean): Units {
  return (maker ? rates.maker : rates.taker) + (side === "BUY" ? rates.buyer : rates.seller);
}

/**
 * @param free what the payer has free of the discount's asset
 */
export function commissionOf(
  trade: TradeSide,
  { standard, special, tax, discount }: Commissions,
  free: Units,
): { asset: string; amount: Units } {
  const received = trade.side === "BUY" ? trade.qty : trade.quoteQty;
  const part = (rates: Rates) => multiply(received, rateOf(rates, trade.side, trade.maker));
  const asset = trade.side === "BUY" ? trade.base : trade.quote;
  const amount = part(standard) + part(special) + part(tax);
  if (discount === undefined || discount.asset === asset) return { asset, amount };
  const toDiscounted = (value: Units) =>
    divide(trade.side === "BUY" ? multiply(value, trade.price) : value, discount.price);
  const discounted = multiply(toDiscounted(part(standard)), ONE - discount.rate) +
    toDiscounted(part(special)) + toDiscounted(part(tax));
  return discounted <= free ? { asset: discount.asset, amount: discounted } : { asset, amount };
}
