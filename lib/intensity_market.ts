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

import type { Experiment, Outcomes, Quoting } from "./avellaneda_stoikov.ts";
import { createDesk } from "./engine.ts";
import { createRandom, type Random } from "./random.ts";
import { ruleMaker } from "./rule_maker.ts";
import { type Config, override, validate } from "./schema.ts";
import { BUY, CLEAR, createTape, LAST, LEVEL, type RowSink, SELL, type Tape, TRADE } from "./tape.ts";
import type { Market } from "./types.ts";

/** Market time of one step, microseconds. */
export const STEP_US = 10_000;
/** Price step where none is given, in units of the model's price: under a thousandth of the paper's smallest half-spread. */
export const TICK = 1e-4;

const START = 1_700_000_000_000_000;

/** How to run. */
export interface IntensityOptions {
  readonly tick?: number;
  readonly model?: Config["fills"]["model"];
}

/** How far from the mid the rest of the market stands: beyond what any quote or print reaches, and above zero. */
function room({ s0 }: Experiment): number {
  return 0.6 * s0;
}

/** Rows of one path. @param random two streams, so that the mid's path is the same whatever else is drawn */
export function intensityRows(
  experiment: Experiment,
  tick: number,
  { moves, orders }: { readonly moves: Random; readonly orders: Random },
  sink: RowSink,
): void {
  const { s0, horizon, dt, sigma, A, k } = experiment;
  const steps = Math.round(horizon / dt);
  const far = Math.round(room(experiment) / tick);
  const depth = () => Math.log(A * dt / (1 - orders.uniform())) / k;
  const qty = 1;
  let s = s0;
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
export function intensityTape(experiment: Experiment, seed: number, tick = TICK): Tape {
  const source = `market orders as deep as ${experiment.A}·exp(−${experiment.k}·delta), seed ${seed}`;
  const tape = createTape({ symbol: "ABC/USD", base: "ABC", quote: "USD", tickSize: tick, lotSize: 1, source });
  intensityRows(experiment, tick, { moves: createRandom(seed), orders: createRandom(seed + 1) }, tape.row);
  return tape.build();
}

/** A model's quotes as a pricing rule in market time. */
export function intensityRule({ horizon, dt }: Experiment, quoting: Quoting) {
  return (mid: number, inventory: number, now: number) =>
    quoting(mid, inventory, horizon - Math.floor((now - START) / STEP_US) * dt);
}

/** Orders of one unit, no latency, no fee and no limit: what the papers assume. */
export function intensityConfig(model: Config["fills"]["model"] = "risk_averse"): Config {
  return override(validate({}), {
    quotes: { size: 1, requote_ticks: 0, requote_interval: 0, min_half_spread: 0 },
    risk: { q_max: 1e6, hedge_at: 1e6, max_order_rate: 1000, max_drawdown: 1e9 },
    fills: { model, feed_latency: 0, entry_latency: 0, cancel_latency: 0, response_latency: 0 },
    fees: { maker: 0, taker: 0 },
  });
}

/**
 * What simulated paths end with when a model's quotes are real orders: the engine's desk, book, simulated venue and ledger, one desk a
 * path. Comparable with {@linkcode exactMoments} of the same arguments.
 *
 * @throws {RangeError} where the book would stand at or below zero
 */
export function enginePaths(
  experiment: Experiment,
  quoting: Quoting,
  paths: number,
  seed: number,
  { tick = TICK, model }: IntensityOptions = {},
): Outcomes {
  const market: Market = { symbol: "ABC/USD", base: "ABC", quote: "USD", rules: { tickSize: tick, lotSize: 1 } };
  const config = intensityConfig(model);
  const maker = ruleMaker(intensityRule(experiment, quoting));
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
