/**
 * The pricing rule, and what a venue's rules make of it. Pure.
 *
 *     ask = m + k·tau − psi        bid = m − k·tau − psi        psi = kappa·Q
 *
 * k·tau is the Glosten–Milgrom half-spread for an informed share tau, psi the Grossman–Miller compensation for carrying
 * the inventory Q (see `docs/model.md`).
 *
 * @module
 */

import { createGrid } from "./ticks.ts";
import type { MarketRules } from "./types.ts";

/**
 * The two prices.
 *
 * Without `rules` this is the bare formula. With them the bid is rounded down and the ask up to the tick, both are kept
 * from taking (bid below `bestAsk`, ask above `bestBid`, where those are given) and at least one tick apart.
 *
 * @param mid last mid before the decision, quote per base
 * @param k adverse-selection scale, quote per base
 * @param tau toxicity, 0..1
 * @param kappa inventory slope, quote per base^2
 * @param q signed inventory, base
 * @throws {RangeError} where an argument is not a finite number, or k·tau is negative: the bid would stand above the ask
 */
export function makeQuotes(
  mid: number,
  k: number,
  tau: number,
  kappa: number,
  q: number,
  rules?: MarketRules,
): [bid: number, ask: number] {
  for (const [name, value] of Object.entries({ mid, k, tau, kappa, q })) {
    if (!Number.isFinite(value)) throw new RangeError(`makeQuotes: ${name} = ${value}, must be a finite number`);
  }
  const centre = mid - kappa * q;
  const half = k * tau;
  if (half < 0) throw new RangeError(`makeQuotes: k * tau = ${half}, must be >= 0 (clamp a negative k first)`);
  if (!rules) return [centre - half, centre + half];
  const grid = createGrid(rules.tickSize);
  const priced = priceInTicks(
    grid.floor(centre - half),
    grid.ceil(centre + half),
    q,
    rules.bestBid === undefined ? -Infinity : grid.round(rules.bestBid),
    rules.bestAsk === undefined ? Infinity : grid.round(rules.bestAsk),
    { bid: 0, ask: 0, clamped: false },
  );
  return [grid.decimal(priced.bid), grid.decimal(priced.ask)];
}

/** A pair of prices in ticks, and whether the touch bound them. */
export interface PricedTicks {
  bid: number;
  ask: number;
  clamped: boolean;
}

/**
 * Keeps a rounded pair apart and out of the other side's way, writing into `out`: the caller owns the object, so that the
 * backtest allocates nothing a decision.
 *
 * A half-spread under half a tick can round both prices onto one tick; then the side that would add to the inventory
 * steps back, the bid where there is none.
 */
export function priceInTicks(
  bid: number,
  ask: number,
  q: number,
  bestBid: number,
  bestAsk: number,
  out: PricedTicks,
): PricedTicks {
  if (bid >= ask) {
    if (q < 0) ask = bid + 1;
    else bid = ask - 1;
  }
  out.clamped = bid >= bestAsk || ask <= bestBid;
  out.bid = Math.min(bid, bestAsk - 1);
  out.ask = Math.max(ask, bestBid + 1);
  return out;
}

/**
 * Why an order of this size may not be sent, or undefined if it may. The venue's smallest quantity and value.
 *
 * @param price quote per base
 * @param qty base
 */
export function refusal(price: number, qty: number, rules: MarketRules): string | undefined {
  if (!(price > 0)) return `price = ${price}, must be > 0`;
  if (!(qty > 0)) return `qty = ${qty}, must be > 0`;
  if (rules.minQty !== undefined && qty < rules.minQty) return `qty = ${qty}, must be >= min_qty ${rules.minQty}`;
  if (rules.minNotional !== undefined && price * qty < rules.minNotional) {
    return `price * qty = ${price * qty}, must be >= min_notional ${rules.minNotional}`;
  }
  return undefined;
}
