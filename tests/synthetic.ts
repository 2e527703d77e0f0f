/**
 * A made-up market for tests: a mid that wanders without drift, uninformed prints at the touch, a spread of one tick. Same seed, same tape.
 */
import { createRandom } from "../lib/random.ts";
import type { Overrides } from "../lib/schema.ts";
import { BUY, CLEAR, createTape, GAP, LAST, LEVEL, SELL, type Tape, TRADE } from "../lib/tape.ts";

export interface World {
  seed: number;
  messages: number;
  /** Chance a message of the mid moving one tick. */
  move?: number;
  /** Prints between two messages. */
  prints?: number;
  /** Message numbers before which the market is lost and found again. */
  gaps?: readonly number[];
}

/** Quotes there: estimates that are known after a few hundred prints, orders that follow every tick. */
export const QUICK: Overrides = {
  model: {
    vpin_bucket_mode: "volume",
    vpin_bucket_volume: 5,
    vpin_min_buckets: 10,
    vpin_buckets: 20,
    markout_horizon: 1,
    k_min_markouts: 10,
    inventory_budget: 1,
    gamma: 0.01,
    gamma_min: 0.001,
    gamma_max: 0.1,
  },
  quotes: { size: 0.5, min_half_spread: 0.005, requote_ticks: 0, requote_interval: 0 },
  risk: { q_max: 3, hedge_at: 2, max_drawdown: 1e6 },
};

const START = 1_700_000_000_000_000;
/** Market time between two messages, microseconds. */
export const STEP = 100_000;

export function syntheticTape({ seed, messages, move = 0.3, prints = 2, gaps = [] }: World): Tape {
  const random = createRandom(seed);
  const tape = createTape({
    symbol: "ABC/USD",
    base: "ABC",
    quote: "USD",
    tickSize: 0.01,
    lotSize: 0.001,
    source: `synthetic, seed ${seed}`,
  });
  let bid = 10_000;
  const levels = (ts: number, first: boolean) => {
    if (first) tape.row(CLEAR, 0, 0, ts, ts, 0, 0);
    for (let i = 0; i < 30; i++) {
      tape.row(LEVEL, BUY, 0, ts, ts, bid - i, 1 + random.integer(5));
      tape.row(LEVEL, SELL, i === 29 ? LAST : 0, ts, ts, bid + 1 + i, 1 + random.integer(5));
    }
  };
  for (let i = 0; i < messages; i++) {
    const ts = START + i * STEP;
    if (gaps.includes(i)) tape.row(GAP, 0, LAST, ts, ts, 0, 0);
    if (i > 0 && random.uniform() < move) {
      const sign = random.sign();
      // What the mid leaves behind is taken away first: the message is never crossed when it is whole.
      if (sign > 0) tape.row(LEVEL, SELL, 0, ts, ts, bid + 1, 0);
      else tape.row(LEVEL, BUY, 0, ts, ts, bid, 0);
      bid += sign;
    }
    levels(ts, i === 0 || gaps.includes(i));
    for (let j = 0; j < prints; j++) {
      const side = random.sign();
      const at = ts + Math.floor((j + 1) * STEP / (prints + 1));
      tape.row(TRADE, side, LAST, at, at, side === BUY ? bid + 1 : bid, (1 + random.integer(30)) / 10);
    }
  }
  return tape.build();
}
