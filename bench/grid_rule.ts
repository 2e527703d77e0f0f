/**
 * The quoting rule of the benchmark against hftbacktest; `hftbacktest_peer.py` has the same one.
 *
 * At each step: what stands elsewhere than wanted is cancelled, what is missing is placed. Wanted are `levels` prices a side, `spacing` ticks
 * apart, from half a spread around the mid on, shifted against the position; never across the touch.
 *
 * @module
 */

import type { OpenRule } from "../lib/rule.ts";
import { BUY } from "../lib/tape.ts";

/** Sizes in lots, prices in ticks, times in microseconds. */
export interface GridRule {
  readonly stepUs: number;
  readonly half: number;
  /** Ticks that a lot of inventory shifts both sides. */
  readonly skew: number;
  readonly lots: number;
  /** Nothing is bought from here on, nothing sold from minus this on. */
  readonly cap: number;
  readonly levels: number;
  readonly spacing: number;
}

export function gridRule({ stepUs, half, skew, lots, cap, levels, spacing }: GridRule): OpenRule {
  return ({ book, inventory, orders, place, cancel }) => {
    const bids = new Float64Array(levels), asks = new Float64Array(levels);
    const bidFound = new Uint8Array(levels), askFound = new Uint8Array(levels);
    return {
      everyUs: stepUs,
      decide() {
        if (!book.sound) return;
        const { bestBid, bestAsk } = book;
        const position = inventory.lots;
        const centre = (bestBid + bestAsk) / 2 - skew * position;
        const firstBid = Math.min(Math.floor(centre - half), bestAsk - 1);
        const firstAsk = Math.max(Math.ceil(centre + half), bestBid + 1);
        for (let i = 0; i < levels; i++) {
          bids[i] = firstBid - i * spacing;
          asks[i] = firstAsk + i * spacing;
        }
        bidFound.fill(0);
        askFound.fill(0);
        const mayBuy = position < cap, maySell = position > -cap;
        for (const order of orders) {
          const isBid = order.side === BUY;
          // Its place in the grid, if it has one.
          const at = (isBid ? firstBid - order.priceTicks : order.priceTicks - firstAsk) / spacing;
          const isWanted = (isBid ? mayBuy : maySell) && Number.isInteger(at) && at >= 0 && at < levels;
          if (isWanted) (isBid ? bidFound : askFound)[at] = 1;
          // As in hftbacktest, an order can be cancelled once it is known to work.
          else if (order.state === "working") cancel(order);
        }
        for (let i = 0; i < levels; i++) {
          if (mayBuy && bidFound[i] === 0) place(BUY, bids[i]!, lots);
          if (maySell && askFound[i] === 0) place(-BUY, asks[i]!, lots);
        }
      },
    };
  };
}
