/**
 * A strategy made of a bare pricing rule: for published models, which know their parameters and need no estimates. Pure.
 *
 * @module
 */

import type { Maker, OpenMaker, Wanted } from "./maker.ts";
import { priceInTicks } from "./quotes.ts";
import { createGrid } from "./ticks.ts";
import type { Quote } from "./types.ts";

/**
 * Bid and ask, quote per base, from the mid, the signed inventory (base) and our time (microseconds). A bid of −Infinity or an ask of
 * Infinity is no quote on that side.
 */
export type PricingRule = (mid: number, inventory: number, now: number) => readonly [bid: number, ask: number];

const KNOWN = { sigma: 1, tau: 1, k: 1, ready: true } as const;

/** Quotes `quotes.size` at the rule's prices, the bid rounded down to the tick and the ask up, within `risk.q_max`. */
export function ruleMaker(rule: PricingRule): OpenMaker {
  return (config, rules, book, inventory): Maker => {
    const tickGrid = createGrid(rules.tickSize);
    const lotGrid = createGrid(rules.lotSize);
    let sizeLots = lotGrid.floor(config.quotes.size);
    const wanted: Wanted = { quoteId: 0, bidTicks: 0, askTicks: 0, bidLots: 0, askLots: 0, bound: "no_market" };
    const priced = { bid: 0, ask: 0, clamped: false };
    let killed: string | undefined;
    let paused = false, halted = false;
    let decidedTs = 0;
    let mid: number | undefined;

    function price(now: number) {
      const [bid, ask] = rule(mid!, inventory.position, now);
      const hasBid = bid > -Infinity, hasAsk = ask < Infinity;
      const { bestBid, bestAsk } = book;
      priceInTicks(
        hasBid ? tickGrid.floor(bid) : bestBid,
        hasAsk ? tickGrid.ceil(ask) : bestAsk,
        inventory.lots,
        bestBid,
        bestAsk,
        priced,
      );
      wanted.bidTicks = priced.bid;
      wanted.askTicks = priced.ask;
      wanted.bidLots = hasBid ? Math.min(sizeLots, inventory.room("buy", 0)) : 0;
      wanted.askLots = hasAsk ? Math.min(sizeLots, inventory.room("sell", 0)) : 0;
      wanted.bound = priced.clamped ? "post_only" : "none";
    }

    return {
      trade() {},
      warm() {},
      bookChanged() {
        mid = book.sound ? tickGrid.decimal(book.bestBid + book.bestAsk) / 2 : undefined;
      },
      gap() {
        mid = undefined;
      },
      restored() {},
      decide(now) {
        decidedTs = now;
        const { bidTicks, askTicks, bidLots, askLots } = wanted;
        if (killed === undefined && !paused && !halted && mid !== undefined && book.sound) price(now);
        else {
          wanted.bidLots = wanted.askLots = 0;
          wanted.bound = killed !== undefined ? "killed" : "no_market";
        }
        const isSame = bidTicks === wanted.bidTicks && askTicks === wanted.askTicks && bidLots === wanted.bidLots &&
          askLots === wanted.askLots;
        if (!isSame || wanted.quoteId === 0) wanted.quoteId++;
        return wanted;
      },
      explain: (): Quote => ({
        type: "quote",
        id: wanted.quoteId,
        localTs: decidedTs,
        mid,
        inventory: inventory.position,
        bid: wanted.bidLots > 0 ? tickGrid.decimal(wanted.bidTicks) : undefined,
        ask: wanted.askLots > 0 ? tickGrid.decimal(wanted.askTicks) : undefined,
        bidQty: lotGrid.decimal(wanted.bidLots),
        askQty: lotGrid.decimal(wanted.askLots),
        bound: wanted.bound,
      }),
      kill(reason) {
        killed ??= reason;
      },
      halt(isHalted) {
        halted = isHalted;
      },
      get killed() {
        return killed;
      },
      get paused() {
        return paused;
      },
      set paused(value) {
        paused = value;
      },
      configure(next) {
        sizeLots = lotGrid.floor(next.quotes.size);
      },
      warmUp: KNOWN,
      kError: undefined,
      get equity() {
        return mid === undefined ? undefined : inventory.grossEquity(mid);
      },
    };
  };
}
