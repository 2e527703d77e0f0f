/**
 * The strategy: market events in, wanted quotes out. The same object serves backtest, paper and live.
 *
 * It knows nothing of venues, disks or clocks: `now` is always the time of the event that it is told of (ours,
 * microseconds), and "every second" means a second of market time. Until sigma, tau and k are known there is no quote.
 *
 * @module
 */

import type { L2Book } from "./book.ts";
import { createEstimates, type WarmUp } from "./estimates.ts";
import type { Inventory } from "./inventory.ts";
import { kappa as kappaOf } from "./params.ts";
import { priceInTicks, refusal } from "./quotes.ts";
import type { Config } from "./schema.ts";
import { BUY } from "./tape.ts";
import { createGrid } from "./ticks.ts";
import type { Bound, MarketRules, Quote } from "./types.ts";

/** What the strategy wants now. No lots on a side means no quote there. One object, rewritten at each decision. */
export interface Wanted {
  /** Number of the decision; grows when prices, sizes or the binding limit change. */
  quoteId: number;
  bidTicks: number;
  askTicks: number;
  bidLots: number;
  askLots: number;
  bound: Bound;
}

/** The strategy. All times are ours, microseconds. */
export interface Maker {
  /** A print; `aggressor` is +1 bought, -1 sold. */
  trade(now: number, exchTs: number, aggressor: number, qty: number): void;
  /** A print from before the start: warms the estimators with a mid made of the last buy and the last sell. */
  warm(now: number, exchTs: number, aggressor: number, price: number, qty: number): void;
  /** The book after a whole message. */
  bookChanged(now: number): void;
  /** The market is unknown from now on; quotes end, what depends on an unbroken mid is forgotten. */
  gap(now: number): void;
  /** A new snapshot is coming. */
  restored(now: number): void;
  /** Decides. The result is valid until the next call. */
  decide(now: number): Wanted;
  /** The last decision with every term, for the record. */
  explain(): Quote;
  /** Stops quoting for good. */
  kill(reason: string): void;
  /** Stops quoting, or lets it go on. */
  halt(isHalted: boolean): void;
  readonly killed: string | undefined;
  /** No quote until it is false again. */
  paused: boolean;
  /**
   * From now on these parameters; what has been estimated stays.
   * @throws {RangeError} where the size is below the market's smallest order; then nothing changes
   */
  configure(config: Config): void;
  readonly warmUp: WarmUp;
  /** Standard error of k as estimated, quote per base. */
  readonly kError: number | undefined;
  /** Equity after fees at the last mid, quote; undefined before the first mid. */
  readonly equity: number | undefined;
}

/** Makes the strategy of a desk: {@linkcode createMaker}, or another one on trial. */
export type OpenMaker = (config: Config, rules: MarketRules, book: L2Book, inventory: Inventory) => Maker;

/** The terms of a decision. NaN stands for what is not known: fields that only ever hold numbers are written without an allocation. */
const UNKNOWN = {
  mid: NaN,
  sigma: NaN,
  gamma: NaN,
  kappa: NaN,
  k: NaN,
  kRaw: NaN,
  tau: NaN,
  tauFloor: NaN,
  psi: NaN,
  halfSpread: NaN,
  rawBid: NaN,
  rawAsk: NaN,
};
const TERMS = Object.keys(UNKNOWN) as (keyof typeof UNKNOWN)[];

const SECOND = 1e6;

/**
 * @param book kept up to date by the caller
 * @throws {RangeError} where the configured size is below the market's smallest order; by value, with the first book
 */
export function createMaker(config: Config, rules: MarketRules, book: L2Book, inventory: Inventory): Maker {
  let { model, quotes, risk } = config;
  const tickGrid = createGrid(rules.tickSize);
  const lotGrid = createGrid(rules.lotSize);
  let sizeLots = lotsOf(quotes.size);
  // A position change smaller than the venue's smallest order is booked but does not move the quotes.
  const dustLots = Math.max(1, lotGrid.ceil(rules.minQty ?? 0));

  const known = createEstimates(model);
  const wanted: Wanted = { quoteId: 0, bidTicks: 0, askTicks: 0, bidLots: 0, askLots: 0, bound: "warming" };
  const priced = { bid: 0, ask: 0, clamped: false };
  // Those of the last decision, overwritten in place.
  const terms = { localTs: 0, inventory: 0, ...UNKNOWN };
  let quotedLots = 0;
  let isValueChecked = false;
  let marketKnown = false;
  let soundSince: number | undefined;
  let killed: string | undefined;
  let paused = false;
  let halted = false;
  const sampled = { peak: -Infinity, next: -Infinity };
  let lastBuy: number | undefined;
  let lastSell: number | undefined;

  /** The size in lots. @throws {RangeError} where no order may be that small */
  function lotsOf(size: number): number {
    const lots = lotGrid.floor(size);
    const smallest = Math.max(rules.lotSize, rules.minQty ?? 0);
    if (lotGrid.decimal(lots) < smallest) {
      throw new RangeError(`quotes.size = ${size}, must be >= ${smallest}, the market's smallest order (base)`);
    }
    return lots;
  }

  /** An order that the venue will never take is a mistake of the configuration, known as soon as there is a price. */
  function checkValue(size: number, mid: number) {
    const value = lotGrid.decimal(lotGrid.floor(size)) * mid;
    if (value >= (rules.minNotional ?? 0)) return;
    throw new RangeError(
      `quotes.size = ${size} is worth ${value.toPrecision(3)}, must be >= ${rules.minNotional} (min_notional, quote)`,
    );
  }

  function equity(): number | undefined {
    if (known.mid === undefined) return undefined;
    return inventory.grossEquity(known.mid) - inventory.feesInQuote;
  }

  function observe(now: number, mid: number) {
    known.observe(now, mid);
    if (now < sampled.next) return;
    sampled.next = now + model.sigma_sample * SECOND;
    const value = equity()!;
    known.equity(now, value);
    sampled.peak = Math.max(sampled.peak, value);
    if (sampled.peak - value > risk.max_drawdown && killed === undefined) {
      killed = `drawdown ${(sampled.peak - value).toFixed(2)}, must be <= risk.max_drawdown ${risk.max_drawdown}`;
    }
  }

  /** Sets prices and sizes from the formula; returns the limit that bound them. Only where all is known. */
  function price(now: number): Bound {
    note(now);
    const { mid, sigma, tau, k } = terms;
    const { gamma } = known;
    const slope = kappaOf({
      gamma,
      sigma: sigma * mid,
      delta: model.delta,
      n: model.n,
      denominator: model.denominator,
    });
    if (Math.abs(inventory.lots - quotedLots) >= dustLots) quotedLots = inventory.lots;
    const q = lotGrid.decimal(quotedLots);
    const psi = slope * q;
    const bare = k * tau;
    const half = Math.max(bare, quotes.min_half_spread);
    const rawBid = mid - half - psi;
    const rawAsk = mid + half - psi;
    priceInTicks(tickGrid.floor(rawBid), tickGrid.ceil(rawAsk), q, book.bestBid, book.bestAsk, priced);
    wanted.bidTicks = priced.bid;
    wanted.askTicks = priced.ask;
    wanted.bidLots = Math.min(sizeLots, inventory.room("buy", 0));
    wanted.askLots = Math.min(sizeLots, inventory.room("sell", 0));
    terms.gamma = gamma;
    terms.kappa = slope;
    terms.psi = psi;
    terms.halfSpread = half;
    terms.rawBid = rawBid;
    terms.rawAsk = rawAsk;
    let bound: Bound = "none";
    if (half > bare) bound = "min_half_spread";
    if (priced.clamped) bound = "post_only";
    if (refusal(tickGrid.decimal(wanted.bidTicks), lotGrid.decimal(wanted.bidLots), rules) !== undefined) {
      bound = wanted.bidLots < sizeLots ? "q_max_bid" : "min_notional";
      wanted.bidLots = 0;
    }
    if (refusal(tickGrid.decimal(wanted.askTicks), lotGrid.decimal(wanted.askLots), rules) !== undefined) {
      bound = wanted.askLots < sizeLots ? "q_max_ask" : "min_notional";
      wanted.askLots = 0;
    }
    return bound;
  }

  /** Records what is known whether or not there is a quote. */
  function note(now: number) {
    terms.localTs = now;
    terms.mid = known.mid ?? terms.mid;
    terms.sigma = known.sigma ?? NaN;
    terms.tau = known.tau ?? NaN;
    terms.tauFloor = known.tauFloor ?? NaN;
    terms.k = known.k ?? NaN;
    terms.kRaw = known.kRaw ?? NaN;
    terms.inventory = inventory.position;
  }

  function silent(bound: Bound, now: number): Bound {
    wanted.bidLots = 0;
    wanted.askLots = 0;
    note(now);
    terms.gamma =
      terms.kappa =
      terms.psi =
      terms.halfSpread =
      terms.rawBid =
      terms.rawAsk =
        NaN;
    return bound;
  }

  function whyNot(now: number): Bound | undefined {
    if (killed !== undefined) return "killed";
    if (paused) return "paused";
    if (halted) return "halted";
    const settled = soundSince !== undefined && now - soundSince >= risk.resume_after * SECOND;
    if (!marketKnown || !book.sound || known.mid === undefined || !settled) return "no_market";
    return known.ready ? undefined : "warming";
  }

  return {
    trade(now, exchTs, aggressor, qty) {
      known.print(now, exchTs, aggressor, qty);
    },
    warm(now, exchTs, aggressor, price, qty) {
      if (aggressor === BUY) lastBuy = price;
      else lastSell = price;
      known.print(now, exchTs, aggressor, qty);
      if (lastBuy !== undefined && lastSell !== undefined) observe(now, (lastBuy + lastSell) / 2);
    },
    bookChanged(now) {
      if (!book.sound) {
        soundSince = undefined;
        return;
      }
      soundSince ??= now;
      const mid = tickGrid.decimal(book.bestBid + book.bestAsk) / 2;
      if (!isValueChecked) checkValue(quotes.size, mid);
      isValueChecked = true;
      observe(now, mid);
    },
    gap() {
      marketKnown = false;
      soundSince = undefined;
      known.interrupt();
    },
    restored() {
      marketKnown = true;
      soundSince = undefined;
    },
    decide(now) {
      const { bidTicks, askTicks, bidLots, askLots, bound } = wanted;
      const reason = whyNot(now);
      wanted.bound = reason === undefined ? price(now) : silent(reason, now);
      const same = bidLots === wanted.bidLots && askLots === wanted.askLots && bound === wanted.bound &&
        (wanted.bidLots === 0 || bidTicks === wanted.bidTicks) &&
        (wanted.askLots === 0 || askTicks === wanted.askTicks);
      if (!same || wanted.quoteId === 0) wanted.quoteId++;
      return wanted;
    },
    explain() {
      const known: { [K in keyof typeof terms]: Quote[K] } = { ...terms };
      for (const name of TERMS) if (Number.isNaN(known[name])) known[name] = undefined;
      return {
        type: "quote",
        id: wanted.quoteId,
        ...known,
        bid: wanted.bidLots > 0 ? tickGrid.decimal(wanted.bidTicks) : undefined,
        ask: wanted.askLots > 0 ? tickGrid.decimal(wanted.askTicks) : undefined,
        bidQty: lotGrid.decimal(wanted.bidLots),
        askQty: lotGrid.decimal(wanted.askLots),
        bound: wanted.bound,
      };
    },
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
      const lots = lotsOf(next.quotes.size);
      if (known.mid !== undefined) checkValue(next.quotes.size, known.mid);
      known.configure(next.model);
      ({ model, quotes, risk } = next);
      sizeLots = lots;
    },
    get warmUp() {
      return known.warmUp;
    },
    get kError() {
      return known.kError;
    },
    get equity() {
      return equity();
    },
  };
}
