import { createBook } from "./book.ts";
import { createMarkouts } from "./markouts.ts";
import type { Markout } from "./markout_regression.ts";
import { createRandom } from "./random.ts";
import type { Config } from "./schema.ts";
import { BUY, CLEAR, GAP, LAST, LEVEL, type Tape, TRADE } from "./tape.ts";
import { createGrid } from "./ticks.ts";
import { createEwmaVolatility, type VolatilityOptions } from "./volatility.ts";
import { createVpin, type VpinOptions } from "./vpin.ts";

/** A markout with what was known when its trade happened. */
export interface TapeMarkout extends Markout {
  /** What tau would be on random flow. */
  readonly floor: number;
  /** |m(t + h) − m(t)| in units of sigma·m·√h: the size of the move against what volatility led to expect; mean about 0.8. */
  readonly surprise: number | undefined;
}

/** How to measure. */
export interface TapeMarkoutOptions {
  readonly horizonSeconds: number;
  readonly vpin: VpinOptions;
  readonly sigma: VolatilityOptions;
}

/** As the strategy measures. */
export function markoutOptions(model: Config["model"]): TapeMarkoutOptions {
  return {
    horizonSeconds: model.markout_horizon,
    vpin: {
      bucketVolume: model.vpin_bucket_volume,
      ...(model.vpin_bucket_mode === "trades" ? { bucketTrades: model.vpin_bucket_trades } : {}),
      buckets: model.vpin_buckets,
      minBuckets: model.vpin_min_buckets,
    },
    sigma: {
      halfLifeSeconds: model.sigma_half_life,
      sampleSeconds: model.sigma_sample,
      minSamples: model.sigma_min_samples,
    },
  };
}

/** The markout of each taker order of a tape, with the toxicity before it; in the order of the tape, at our times. */
export function tapeMarkouts(tape: Tape, options: TapeMarkoutOptions): TapeMarkout[] {
  const { horizonSeconds } = options;
  const grid = createGrid(tape.tickSize);
  const book = createBook();
  const vpin = createVpin(options.vpin);
  const volatility = createEwmaVolatility(options.sigma);
  const found: TapeMarkout[] = [];
  let known: { floor: number; expected: number | undefined }[] = [];
  let head = 0;
  const markouts = createMarkouts({
    horizonUs: Math.round(horizonSeconds * 1e6),
    deliver(adverseSelection, tau, ts) {
      const { floor, expected } = known[head++]!;
      const surprise = expected ? Math.abs(adverseSelection) / expected : undefined;
      found.push({ ts, adverseSelection, tau, floor, surprise });
    },
  });
  let mid: number | undefined;
  for (let i = 0; i < tape.length; i++) {
    const kind = tape.kind[i]!, side = tape.side[i]!, ts = tape.localTs[i]!;
    if (kind === TRADE) {
      if (mid !== undefined) {
        markouts.advance(ts, mid);
        const { tau, floor } = vpin;
        if (tau !== undefined && markouts.observe(ts, tape.exchTs[i]!, side, mid, tau)) {
          const expected = volatility.sigma && volatility.sigma * mid * Math.sqrt(horizonSeconds);
          known.push({ floor: floor!, expected });
        }
      }
      vpin.update(tape.qty[i]!, side === BUY ? "buy" : "sell", tape.exchTs[i]!);
    } else if (kind === CLEAR) book.clear();
    else if (kind === LEVEL && side !== 0) book.set(side, tape.priceTicks[i]!, tape.qty[i]!);
    else if (kind === GAP) {
      mid = undefined;
      markouts.clear();
      volatility.interrupt();
      known = [];
      head = 0;
    }
    if ((kind !== LEVEL && kind !== CLEAR) || (tape.flags[i]! & LAST) === 0 || !book.sound) continue;
    const now = grid.decimal(book.bestBid + book.bestAsk) / 2;
    if (mid !== undefined) markouts.advance(ts, mid);
    mid = now;
    volatility.update(ts, now);
  }
  return found;
}

/** The same tape with the side of each taker order decided by the toss of a coin: consecutive prints of one order stay together. */
export function coinTossTape(tape: Tape, seed: number): Tape {
  const random = createRandom(seed);
  const side = tape.side.slice();
  let lastTs = NaN, lastSide = 0, tossed = 1;
  for (let i = 0; i < tape.length; i++) {
    if (tape.kind[i] !== TRADE) continue;
    if (tape.exchTs[i] !== lastTs || tape.side[i] !== lastSide) tossed = random.sign();
    lastTs = tape.exchTs[i]!;
    lastSide = tape.side[i]!;
    side[i] = tossed;
  }
  return { ...tape, side };
}
