/**
 * What the strategy knows of the market and of itself: volatility, toxicity, the scale of adverse selection, risk aversion. Pure; times
 * are ours, in microseconds, and never run back.
 *
 * @module
 */

import { createEwmaVolatility, createVpin } from "./features.ts";
import { type AdverseSelection, createGamma, createK, createMarkouts } from "./params.ts";
import type { Config } from "./schema.ts";
import { BUY } from "./tape.ts";

/** How far the estimators are from being known; 1 is there. */
export interface WarmUp {
  readonly sigma: number;
  readonly tau: number;
  readonly k: number;
  readonly ready: boolean;
}

/** The running estimates. What is not known is undefined. */
export interface Estimates {
  /** A print; `aggressor` is +1 bought, -1 sold. */
  print(now: number, exchTs: number, aggressor: number, qty: number): void;
  /** The mid is this from `now` on, quote per base. */
  observe(now: number, mid: number): void;
  /** Our equity, quote, on a regular grid of market time: what gamma follows. */
  equity(now: number, equity: number): void;
  /** The market is unknown: no return and no markout is measured across the hole. */
  interrupt(): void;
  /** Last mid, quote per base. */
  readonly mid: number | undefined;
  /** Return volatility, per sqrt(second). */
  readonly sigma: number | undefined;
  readonly tau: number | undefined;
  /** What tau would be on random flow. */
  readonly tauFloor: number | undefined;
  /** For quoting, and as estimated, quote per base; from the first markout on. */
  readonly k: number | undefined;
  readonly kRaw: number | undefined;
  /** Of `kRaw`, were the markouts independent, quote per base; undefined before three of them. */
  readonly kError: number | undefined;
  /** 1/quote */
  readonly gamma: number;
  /** All of sigma, tau and k are known. */
  readonly ready: boolean;
  readonly warmUp: WarmUp;
  /** From now on the risk aversion of these parameters; what has been estimated stays. */
  configure(model: Pick<Config["model"], "gamma" | "gamma_min" | "gamma_max">): void;
}

/** @throws {RangeError} where a parameter is out of range */
export function createEstimates(model: Config["model"]): Estimates {
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
  const markouts = createMarkouts({
    horizonUs: Math.round(model.markout_horizon * 1e6),
    deliver(adverseSelection, tau) {
      scale ??= startK();
      scale?.update(adverseSelection, tau);
    },
  });
  const aversion = createGamma({
    reference: model.gamma,
    min: model.gamma_min,
    max: model.gamma_max,
    inventoryBudget: model.inventory_budget,
    halfLifeSeconds: model.sigma_half_life,
  });
  // A variable of a closure would be a new number on the heap each time.
  const last = { mid: NaN };

  function startK(): AdverseSelection | undefined {
    if (volatility.sigma === undefined || Number.isNaN(last.mid)) return undefined;
    const deviation = volatility.sigma * last.mid * Math.sqrt(model.markout_horizon);
    return createK({
      lambda: model.k_forgetting,
      k0: model.k_start * deviation,
      p0: 1 / model.k_prior_weight,
      kMin: model.k_min,
    });
  }

  const isKnown = (k: AdverseSelection | undefined) => k !== undefined && k.count >= model.k_min_markouts;
  const share = (known: boolean, seen: number, needed: number) =>
    known ? 1 : Math.min(0.99, seen / Math.max(1, needed));

  return {
    print(now, exchTs, aggressor, qty) {
      if (!Number.isNaN(last.mid)) {
        markouts.advance(now, last.mid);
        if (vpin.tau !== undefined) markouts.observe(now, exchTs, aggressor, last.mid, vpin.tau);
      }
      vpin.update(qty, aggressor === BUY ? "buy" : "sell", exchTs);
    },
    observe(now, mid) {
      if (!Number.isNaN(last.mid)) markouts.advance(now, last.mid);
      last.mid = mid;
      volatility.update(now, mid);
    },
    equity(now, equity) {
      const { sigma } = volatility;
      if (sigma !== undefined && !Number.isNaN(last.mid)) aversion.update(now, equity, sigma * last.mid);
    },
    interrupt() {
      last.mid = NaN;
      markouts.clear();
      volatility.interrupt();
    },
    configure: ({ gamma, gamma_min, gamma_max }) =>
      aversion.configure({ reference: gamma, min: gamma_min, max: gamma_max }),
    get mid() {
      return Number.isNaN(last.mid) ? undefined : last.mid;
    },
    get sigma() {
      return volatility.sigma;
    },
    get tau() {
      return vpin.tau;
    },
    get tauFloor() {
      return vpin.floor;
    },
    get k() {
      return scale?.k;
    },
    get kRaw() {
      return scale?.raw;
    },
    get kError() {
      return scale?.standardError;
    },
    get gamma() {
      return aversion.gamma;
    },
    get ready() {
      return volatility.sigma !== undefined && vpin.tau !== undefined && isKnown(scale);
    },
    get warmUp() {
      return {
        sigma: share(volatility.sigma !== undefined, volatility.samples, model.sigma_min_samples),
        tau: share(vpin.tau !== undefined, vpin.complete, model.vpin_min_buckets),
        k: share(isKnown(scale), scale?.count ?? 0, model.k_min_markouts),
        ready: this.ready,
      };
    },
  };
}
