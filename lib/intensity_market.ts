/**
 * The market of the published models as a tape: a mid that walks, and market orders that reach as deep as A·exp(−k·delta) says. Whatever
 * is quoted into it by the engine is filled as in the paper, by real orders in the simulated venue.
 *
 * Time is cut into the model's steps, {@linkcode STEP_US} of market time each. In a step comes first the book: best bid and ask far
 * from the mid, so that nobody stands before or between our orders; then an empty message, by which what was cancelled is known and its
 * replacement under way; then one sell and one buy order at the same moment, which print at mid ∓ ln(A·dt/U)/k, U uniform: at
 * a distance delta or deeper with probability min(1, A·exp(−k·delta)·dt). The tick is fine against the model's distances.
 *
 * @module
 */

import { checkPaths, type Experiment, type Outcomes, type Quoting, stepsOf } from "./avellaneda_stoikov.ts";
import { createDesk } from "./engine.ts";
import { createRandom, type Random } from "./random.ts";
import { type PricingRule, ruleMaker } from "./rule_maker.ts";
import { type Config, override, validate } from "./schema.ts";
import { BUY, CLEAR, createTape, LAST, LEVEL, type RowSink, SELL, type Tape, TRADE } from "./tape.ts";
import type { Market } from "./types.ts";

/** Market time of one step, microseconds. */
export const STEP_US = 10_000;
/** {@linkcode tickOf} the paper: under a thousandth of its smallest half-spread. */
export const TICK = 1e-4;

const START = 1_700_000_000_000_000;

/** How to run. */
export interface IntensityOptions {
  readonly tick?: number;
  readonly model?: Config["fills"]["model"];
}

/** Where the market stands: prices are those of the model, moved up by `shift` where its own would not leave room above zero. */
function layout(experiment: Experiment, tick: number) {
  const { s0, dt, sigma, A, k } = experiment;
  const steps = stepsOf(experiment);
  if (!(tick > 0 && tick <= 0.01 / k)) {
    throw new RangeError(
      `intensity market: tick = ${tick}, must be > 0 and <= ${0.01 / k}: distances are of the size of 1/k`,
    );
  }
  // Of uniform numbers with 53 bits: no print is deeper.
  const deepest = (Math.abs(Math.log(A * dt)) + 37) / k;
  /** How far from the mid the rest of the market stands: beyond any print. */
  const far = Math.max(0.6 * s0, 2 * deepest);
  const lowest = s0 - sigma * Math.sqrt(dt) * steps - far;
  const shift = lowest > tick ? 0 : Math.ceil(tick - lowest);
  const ticks = (s0 + shift + far) / tick;
  if (!(ticks < 2 ** 50)) throw new RangeError(`intensity market: prices of ${ticks} ticks, must be below 2^50`);
  return { far, shift, steps };
}

/** The price step where none is given: a power of ten, at most a three-thousandth of the model's 1/k. */
export function tickOf({ k }: Pick<Experiment, "k">): number {
  return Number(`1e${Math.floor(Math.log10(3.1e-4 / k))}`);
}

/** Rows of one path. @param random two streams, so that the mid's path is the same whatever else is drawn */
export function intensityRows(
  experiment: Experiment,
  tick: number,
  { moves, orders }: { readonly moves: Random; readonly orders: Random },
  sink: RowSink,
): void {
  const { s0, dt, sigma, A, k, size: qty = 1 } = experiment;
  const { far: room, shift, steps } = layout(experiment, tick);
  const far = Math.round(room / tick);
  const depth = () => Math.log(A * dt / (1 - orders.uniform())) / k;
  let s = s0 + shift;
  let at = NaN;
  /** Moves the market's own levels to around the mid. */
  function book(ts: number, next: number) {
    if (Number.isNaN(at)) sink(CLEAR, 0, 0, ts, ts, 0, 0);
    else if (next !== at) {
      sink(LEVEL, BUY, 0, ts, ts, at - far, 0);
      sink(LEVEL, SELL, 0, ts, ts, at + far, 0);
    }
    sink(LEVEL, BUY, 0, ts, ts, next - far, qty);
    sink(LEVEL, SELL, LAST, ts, ts, next + far, qty);
    at = next;
  }
  for (let step = 0; step < steps; step++) {
    const ts = START + step * STEP_US;
    const mid = Math.round(s / tick);
    book(ts, mid);
    sink(LEVEL, 0, LAST, ts + 1000, ts + 1000, 0, 0);
    const [down, up] = [depth(), depth()];
    // A sale reaches down to its price, a purchase up to it; rounded outwards, as quotes are.
    sink(TRADE, SELL, 0, ts + 2000, ts + 2000, Math.floor((s - down) / tick), qty);
    sink(TRADE, BUY, LAST, ts + 2000, ts + 2000, Math.ceil((s + up) / tick), qty);
    s += sigma * Math.sqrt(dt) * moves.sign();
  }
  book(START + steps * STEP_US, Math.round(s / tick));
}

/** One path as a tape, for a backtest or a file. */
export function intensityTape(experiment: Experiment, seed: number, tick = tickOf(experiment)): Tape {
  const source = `market orders as deep as ${experiment.A}·exp(−${experiment.k}·delta), seed ${seed}`;
  const tape = createTape({
    symbol: "ABC/USD",
    base: "ABC",
    quote: "USD",
    tickSize: tick,
    lotSize: experiment.size ?? 1,
    source,
  });
  intensityRows(experiment, tick, { moves: createRandom(seed), orders: createRandom(seed + 1) }, tape.row);
  return tape.build();
}

/**
 * A model's quotes as a pricing rule in market time. One that no print can reach is none.
 *
 * @throws {RangeError} for a quote across the whole market
 */
export function intensityRule(experiment: Experiment, quoting: Quoting, tick = tickOf(experiment)): PricingRule {
  const { horizon, dt } = experiment;
  const { far, shift } = layout(experiment, tick);
  return (mid, inventory, now) => {
    const [bid, ask] = quoting(mid - shift, inventory, horizon - Math.floor((now - START) / STEP_US) * dt);
    const below = mid - shift - bid, above = ask - (mid - shift);
    if (!(below > -far && above > -far)) {
      throw new RangeError(
        `intensity market: quotes ${bid} and ${ask} at ${inventory}, must be within ${far} of the mid`,
      );
    }
    return [below < far ? bid + shift : -Infinity, above < far ? ask + shift : Infinity];
  };
}

/** Orders of one size, no latency, no fee and no limit: what the papers assume. */
export function intensityConfig(model: Config["fills"]["model"] = "risk_averse", size = 1): Config {
  return override(validate({}), {
    quotes: { size, requote_ticks: 0, requote_interval: 0, min_half_spread: 0 },
    risk: { q_max: 1e6 * size, hedge_at: 1e6 * size, max_order_rate: 1000, max_drawdown: 1e9 },
    fills: { model, feed_latency: 0, entry_latency: 0, cancel_latency: 0, response_latency: 0 },
    fees: { maker: 0, taker: 0 },
  });
}

/**
 * What simulated paths end with when a model's quotes are real orders: the engine's desk, book, simulated venue and ledger, one desk a
 * path. Comparable with {@linkcode exactMoments} of the same arguments.
 *
 * @param options.tick {@linkcode tickOf} the experiment when absent
 * @throws {RangeError} for a constant out of range, less than one path, or prices of too many ticks
 */
export function enginePaths(
  experiment: Experiment,
  quoting: Quoting,
  paths: number,
  seed: number,
  { tick = tickOf(experiment), model }: IntensityOptions = {},
): Outcomes {
  checkPaths(paths);
  const { size = 1 } = experiment;
  const market: Market = { symbol: "ABC/USD", base: "ABC", quote: "USD", rules: { tickSize: tick, lotSize: size } };
  const config = intensityConfig(model, size);
  const maker = ruleMaker(intensityRule(experiment, quoting, tick));
  const streams = { moves: createRandom(seed), orders: createRandom(seed + 1) };
  const profits = new Float64Array(paths), inventories = new Float64Array(paths);
  for (let path = 0; path < paths; path++) {
    const desk = createDesk(market, config, {}, undefined, undefined, maker);
    intensityRows(experiment, tick, streams, desk.row);
    profits[path] = desk.ledger.now()!.equity;
    inventories[path] = desk.inventory.position;
  }
  return { profits, inventories };
}
