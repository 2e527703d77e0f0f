/**
 * The strategy: market events in, wanted quotes out. The same object serves backtest, paper and live.
 *
 * It knows nothing of venues, disks or clocks: `now` is always the time of the event that it is told of (ours,
 * microseconds), and "every second" means a second of market time. Until sigma, tau and k are known there is no quote.
 *
 * @module
 */

import type { L2Book } from "./book.ts";
import { createEwmaVolatility, createVpin } from "./features.ts";
import type { Inventory } from "./inventory.ts";
import { type AdverseSelection, createGamma, createK, createMarkouts, kappa as kappaOf } from "./params.ts";
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

/** How far the estimators are from being known; 1 is there. */
export interface WarmUp {
  readonly sigma: number;
  readonly tau: number;
  readonly k: number;
  readonly ready: boolean;
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
  readonly killed: string | undefined;
  readonly warmUp: WarmUp;
  /** Equity after fees at the last mid, quote; undefined before the first mid. */
  readonly equity: number | undefined;
}

type Terms = {
  -readonly [K in keyof Omit<Quote, "type" | "id" | "bid" | "ask" | "bidQty" | "askQty" | "bound">]: Quote[K];
};

const SECOND = 1e6;

/** @param book kept up to date by the caller */
export function createMaker(config: Config, rules: MarketRules, book: L2Book, inventory: Inventory): Maker {
  const { model, quotes, risk } = config;
  const tickGrid = createGrid(rules.tickSize);
  const lotGrid = createGrid(rules.lotSize);
  const sizeLots = lotGrid.floor(quotes.size);
  const smallest = Math.max(rules.lotSize, rules.minQty ?? 0);
  if (lotGrid.decimal(sizeLots) < smallest) {
    throw new RangeError(`quotes.size = ${quotes.size}, must be >= ${smallest}, the market's smallest order (base)`);
  }
  // A position change smaller than the venue's smallest order is booked but does not move the quotes.
  const dustLots = Math.max(1, lotGrid.ceil(rules.minQty ?? 0));

  const volatility = createEwmaVolatility({
    halfLifeSeconds: model.sigma_half_life,
    sampleSeconds: model.sigma_sample,
    minSamples: model.sigma_min_samples,
  });
  const vpin = createVpin({
    bucketVolume: model.vpin_bucket_volume,
    ...(model.vpin_bucket_mode === "trades" ? { bucketTrades: model.vpin_bucket_trades } : {}),
    buckets: model.vpin_buckets,
    minBuckets: model.vpin_min_buckets,
  });
  // Made at the first markout: its prior is in units of a volatility that is not known before.
  let scale: AdverseSelection | undefined;
  const aversion = createGamma({
    reference: model.gamma,
    min: model.gamma_min,
    max: model.gamma_max,
    inventoryBudget: model.inventory_budget,
    halfLifeSeconds: model.sigma_half_life,
  });
  const markouts = createMarkouts({
    horizonUs: Math.round(model.markout_horizon * SECOND),
    deliver(adverseSelection, tau) {
      scale ??= startK();
      scale?.update(adverseSelection, tau);
    },
  });

  const wanted: Wanted = { quoteId: 0, bidTicks: 0, askTicks: 0, bidLots: 0, askLots: 0, bound: "warming" };
  const priced = { bid: 0, ask: 0, clamped: false };
  // The terms of the last decision, overwritten in place; what was not known then is undefined.
  const terms: Terms = {
    localTs: 0,
    mid: 0,
    sigma: undefined,
    gamma: undefined,
    kappa: undefined,
    k: undefined,
    kRaw: undefined,
    tau: undefined,
    tauFloor: undefined,
    inventory: 0,
    psi: undefined,
    halfSpread: undefined,
    rawBid: undefined,
    rawAsk: undefined,
  };
  let mid: number | undefined;
  let quotedLots = 0;
  let marketKnown = false;
  let soundSince: number | undefined;
  let killed: string | undefined;
  let peak = -Infinity;
  let nextEquitySample = -Infinity;
  let lastBuy: number | undefined;
  let lastSell: number | undefined;

  function equity(): number | undefined {
    if (mid === undefined) return undefined;
    let fees = 0;
    for (const fee of inventory.fees.values()) fees += fee;
    return inventory.grossEquity(mid) - fees;
  }

  function startK(): AdverseSelection | undefined {
    if (volatility.sigma === undefined || mid === undefined) return undefined;
    const deviation = volatility.sigma * mid * Math.sqrt(model.markout_horizon);
    return createK({
      lambda: model.k_forgetting,
      k0: model.k_start * deviation,
      p0: 1 / model.k_prior_weight,
      kMin: model.k_min,
    });
  }

  function observe(now: number, newMid: number) {
    if (mid !== undefined) markouts.advance(now, mid);
    mid = newMid;
    volatility.update(now, newMid);
    if (now < nextEquitySample) return;
    nextEquitySample = now + model.sigma_sample * SECOND;
    const value = equity()!;
    const sigma = volatility.sigma;
    if (sigma !== undefined) aversion.update(now, value, sigma * newMid);
    peak = Math.max(peak, value);
    if (peak - value > risk.max_drawdown && killed === undefined) {
      killed = `drawdown ${(peak - value).toFixed(2)}, must be <= risk.max_drawdown ${risk.max_drawdown}`;
    }
  }

  function print(now: number, exchTs: number, aggressor: number, qty: number) {
    if (mid !== undefined) {
      markouts.advance(now, mid);
      if (vpin.tau !== undefined) markouts.observe(now, exchTs, aggressor, mid, vpin.tau);
    }
    vpin.update(qty, aggressor === BUY ? "buy" : "sell");
  }

  /** Sets prices and sizes from the formula; returns the limit that bound them. */
  function price(sigma: number, tau: number, k: number, now: number): Bound {
    const m = mid!;
    const gamma = aversion.gamma;
    const slope = kappaOf({ gamma, sigma: sigma * m, delta: model.delta, n: model.n, denominator: model.denominator });
    if (Math.abs(inventory.lots - quotedLots) >= dustLots) quotedLots = inventory.lots;
    const q = lotGrid.decimal(quotedLots);
    const psi = slope * q;
    const bare = k * tau;
    const half = Math.max(bare, quotes.min_half_spread);
    const rawBid = m - half - psi;
    const rawAsk = m + half - psi;
    priceInTicks(tickGrid.floor(rawBid), tickGrid.ceil(rawAsk), q, book.bestBid, book.bestAsk, priced);
    wanted.bidTicks = priced.bid;
    wanted.askTicks = priced.ask;
    wanted.bidLots = Math.min(sizeLots, inventory.room("buy", 0));
    wanted.askLots = Math.min(sizeLots, inventory.room("sell", 0));
    note(now, m);
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
  function note(now: number, m: number) {
    terms.localTs = now;
    terms.mid = m;
    terms.sigma = volatility.sigma;
    terms.tau = vpin.tau;
    terms.tauFloor = vpin.floor;
    terms.k = scale?.k;
    terms.kRaw = scale?.raw;
    terms.inventory = inventory.position;
  }

  function silent(bound: Bound, now: number): Bound {
    wanted.bidLots = 0;
    wanted.askLots = 0;
    note(now, mid ?? terms.mid);
    terms.gamma =
      terms.kappa =
      terms.psi =
      terms.halfSpread =
      terms.rawBid =
      terms.rawAsk =
        undefined;
    return bound;
  }

  function whyNot(now: number): Bound | undefined {
    if (killed !== undefined) return "killed";
    const settled = soundSince !== undefined && now - soundSince >= risk.resume_after * SECOND;
    if (!marketKnown || !book.sound || mid === undefined || !settled) return "no_market";
    const known = volatility.sigma !== undefined && vpin.tau !== undefined && isKnown(scale);
    return known ? undefined : "warming";
  }

  function isKnown(k: AdverseSelection | undefined): boolean {
    return k !== undefined && k.count >= model.k_min_markouts;
  }

  function warmedUp(): WarmUp {
    const share = (known: boolean, seen: number, needed: number) =>
      known ? 1 : Math.min(0.99, seen / Math.max(1, needed));
    const sigma = share(volatility.sigma !== undefined, volatility.samples, model.sigma_min_samples);
    const tau = share(vpin.tau !== undefined, vpin.complete, model.vpin_min_buckets);
    const k = share(isKnown(scale), scale?.count ?? 0, model.k_min_markouts);
    return { sigma, tau, k, ready: sigma === 1 && tau === 1 && k === 1 };
  }

  return {
    trade(now, exchTs, aggressor, qty) {
      print(now, exchTs, aggressor, qty);
    },
    warm(now, exchTs, aggressor, price, qty) {
      if (aggressor === BUY) lastBuy = price;
      else lastSell = price;
      print(now, exchTs, aggressor, qty);
      if (lastBuy !== undefined && lastSell !== undefined) observe(now, (lastBuy + lastSell) / 2);
    },
    bookChanged(now) {
      if (!book.sound) {
        soundSince = undefined;
        return;
      }
      soundSince ??= now;
      observe(now, tickGrid.decimal(book.bestBid + book.bestAsk) / 2);
    },
    gap() {
      marketKnown = false;
      soundSince = undefined;
      mid = undefined;
      markouts.clear();
      volatility.interrupt();
    },
    restored() {
      marketKnown = true;
      soundSince = undefined;
    },
    decide(now) {
      const { bidTicks, askTicks, bidLots, askLots, bound } = wanted;
      const reason = whyNot(now);
      wanted.bound = reason === undefined ? price(volatility.sigma!, vpin.tau!, scale!.k, now) : silent(reason, now);
      const same = bidLots === wanted.bidLots && askLots === wanted.askLots && bound === wanted.bound &&
        (wanted.bidLots === 0 || bidTicks === wanted.bidTicks) &&
        (wanted.askLots === 0 || askTicks === wanted.askTicks);
      if (!same || wanted.quoteId === 0) wanted.quoteId++;
      return wanted;
    },
    explain: () => ({
      type: "quote",
      id: wanted.quoteId,
      ...terms,
      bid: wanted.bidLots > 0 ? tickGrid.decimal(wanted.bidTicks) : undefined,
      ask: wanted.askLots > 0 ? tickGrid.decimal(wanted.askTicks) : undefined,
      bidQty: lotGrid.decimal(wanted.bidLots),
      askQty: lotGrid.decimal(wanted.askLots),
      bound: wanted.bound,
    }),
    kill(reason) {
      killed ??= reason;
    },
    get killed() {
      return killed;
    },
    get warmUp() {
      return warmedUp();
    },
    get equity() {
      return equity();
    },
  };
}
