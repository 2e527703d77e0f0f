/**
 * The published market-making experiment (Avellaneda and Stoikov, Quantitative Finance 8(3), 2008, §3.3), simulated
 * and solved exactly: the yardstick for the pricing rule. Orders at a distance delta from the mid fill with
 * probability A·exp(−k·delta)·dt a step, both sides on their own; then the mid moves by ±sigma·sqrt(dt).
 *
 * @module
 */
import { kappa } from "./params.ts";
import { makeQuotes } from "./quotes.ts";
import { createRandom, type Random } from "./random.ts";

/** The experiment's constants. */
export interface Experiment {
  /** First mid. */
  readonly s0: number;
  /** Length, and its step. */
  readonly horizon: number;
  readonly dt: number;
  /** Price volatility per sqrt(time). */
  readonly sigma: number;
  /** Fill intensity A·exp(−k·delta). */
  readonly k: number;
  readonly A: number;
  /** Of each order, base; 1 when absent. */
  readonly size?: number;
}

/** Those of the paper. */
export const PAPER: Experiment = { s0: 100, horizon: 1, dt: 0.005, sigma: 2, k: 1.5, A: 140 };

/** Bid and ask, given the mid, the inventory and the time left; an infinite distance is no quote. */
export type Quoting = (mid: number, inventory: number, timeLeft: number) => readonly [bid: number, ask: number];

/** An inventory in orders: the nearest whole number of them, and at the limit where it is beyond. */
export function wholeOrders(orders: number, limit: number): number {
  return Math.max(-limit, Math.min(limit, Math.round(orders)));
}

/**
 * Steps of an experiment.
 *
 * @throws {RangeError} for a constant out of range, or a horizon that is no whole number of steps
 */
export function stepsOf({ s0, horizon, dt, sigma, k, A, size = 1 }: Experiment): number {
  for (const [name, value] of Object.entries({ horizon, dt, k, A, size })) {
    if (!(value > 0 && value < Infinity)) throw new RangeError(`experiment: ${name} = ${value}, must be > 0`);
  }
  if (!(sigma >= 0 && sigma < Infinity)) throw new RangeError(`experiment: sigma = ${sigma}, must be >= 0`);
  if (!Number.isFinite(s0)) throw new RangeError(`experiment: s0 = ${s0}, must be finite`);
  const steps = Math.round(horizon / dt);
  if (steps < 1 || Math.abs(steps * dt - horizon) > 1e-9 * horizon) {
    throw new RangeError(`experiment: horizon = ${horizon}, must be a whole number of steps of dt = ${dt}`);
  }
  return steps;
}

/**
 * The optimal spread: gamma·sigma²·(T − t) + (2/gamma)·ln(1 + gamma/k); without risk aversion its limit 2/k.
 *
 * @throws {RangeError} for a negative gamma, or a k that is not positive
 */
export function optimalSpread({ sigma, k }: Pick<Experiment, "sigma" | "k">, gamma: number, timeLeft: number): number {
  if (!(gamma >= 0 && gamma < Infinity)) throw new RangeError(`optimalSpread: gamma = ${gamma}, must be >= 0`);
  if (!(k > 0)) throw new RangeError(`optimalSpread: k = ${k}, must be > 0`);
  if (gamma === 0) return 2 / k;
  return gamma * sigma * sigma * timeLeft + (2 / gamma) * Math.log1p(gamma / k);
}

/** Around the indifference price s − q·gamma·sigma²·(T − t). */
export function inventoryStrategy(experiment: Experiment, gamma: number): Quoting {
  return (mid, inventory, timeLeft) => {
    const centre = mid - inventory * gamma * experiment.sigma ** 2 * timeLeft;
    const half = optimalSpread(experiment, gamma, timeLeft) / 2;
    return [centre - half, centre + half];
  };
}

/**
 * This project's pricing rule as the same strategy: one dealer, who carries an inventory until the end, k·tau half the
 * optimal spread.
 */
export function ruleStrategy(experiment: Experiment, gamma: number): Quoting {
  const { sigma } = experiment;
  return (mid, inventory, timeLeft) =>
    makeQuotes(
      mid,
      optimalSpread(experiment, gamma, timeLeft) / 2,
      1,
      kappa({ gamma, sigma, delta: timeLeft, n: 1 }),
      inventory,
    );
}

/** Around the mid, with the inventory strategy's average spread. */
export function symmetricStrategy(experiment: Experiment, gamma: number): Quoting {
  const { horizon, dt } = experiment;
  const steps = stepsOf(experiment);
  let sum = 0;
  for (let step = 0; step < steps; step++) sum += optimalSpread(experiment, gamma, horizon - step * dt);
  const half = sum / steps / 2;
  return (mid) => [mid - half, mid + half];
}

/** Mean and standard deviation of the profit at the end, and of the inventory. */
export interface Moments {
  readonly mean: number;
  readonly sd: number;
  readonly sdInventory: number;
}

function fillProbability({ A, k, dt }: Experiment, distance: number): number {
  if (Number.isNaN(distance)) throw new RangeError("experiment: a quote is NaN, must be a price or infinite");
  return Math.min(1, A * Math.exp(-k * distance) * dt);
}

/** What each simulated path ended with. */
export interface Outcomes {
  readonly profits: Float64Array;
  readonly inventories: Float64Array;
}

/** A moment of a path: what was quoted, and what was held before it could be filled. */
export interface PathStep {
  readonly t: number;
  readonly mid: number;
  readonly bid: number;
  readonly ask: number;
  readonly inventory: number;
}

/** Simulated paths to their ends. @param seed the same seed, the same paths of the mid whatever the quotes */
export function simulatePaths(experiment: Experiment, quoting: Quoting, paths: number, seed: number): Outcomes {
  checkPaths(paths);
  const random = createRandom(seed);
  const profits = new Float64Array(paths), inventories = new Float64Array(paths);
  for (let path = 0; path < paths; path++) {
    const { cash, inventory, mid } = walk(experiment, quoting, random);
    profits[path] = cash + inventory * mid;
    inventories[path] = inventory;
  }
  return { profits, inventories };
}

/** @throws {RangeError} for less than one path */
export function checkPaths(paths: number): void {
  if (!(Number.isInteger(paths) && paths >= 1)) throw new RangeError(`paths = ${paths}, must be a whole number >= 1`);
}

/** The first path of {@linkcode simulatePaths}, step by step. */
export function samplePath(experiment: Experiment, quoting: Quoting, seed: number): PathStep[] {
  const steps: PathStep[] = [];
  walk(experiment, quoting, createRandom(seed), (step) => steps.push(step));
  return steps;
}

function walk(
  experiment: Experiment,
  quoting: Quoting,
  random: Random,
  look?: (step: PathStep) => void,
): { cash: number; inventory: number; mid: number } {
  const { s0, horizon, dt, sigma, size = 1 } = experiment;
  const steps = stepsOf(experiment);
  const move = sigma * Math.sqrt(dt);
  let mid = s0, cash = 0, inventory = 0;
  for (let step = 0; step < steps; step++) {
    const [bid, ask] = quoting(mid, inventory, horizon - step * dt);
    look?.({ t: step * dt, mid, bid, ask, inventory });
    const bought = random.uniform() < fillProbability(experiment, mid - bid);
    const sold = random.uniform() < fillProbability(experiment, ask - mid);
    if (bought) cash -= bid * size;
    if (sold) cash += ask * size;
    inventory += ((bought ? 1 : 0) - (sold ? 1 : 0)) * size;
    mid += move * random.sign();
  }
  return { cash, inventory, mid };
}

/** One row of the paper's tables, of 1,000 simulated paths each. */
export interface PublishedRow extends Moments {
  readonly gamma: number;
  readonly strategy: "inventory" | "symmetric";
}

/** Tables 1 to 3 of the paper as printed. */
export const PUBLISHED: readonly PublishedRow[] = [
  { gamma: 0.1, strategy: "inventory", mean: 65.0, sd: 6.6, sdInventory: 2.9 },
  { gamma: 0.1, strategy: "symmetric", mean: 68.4, sd: 12.7, sdInventory: 8.4 },
  { gamma: 0.01, strategy: "inventory", mean: 68.6, sd: 8.7, sdInventory: 5.1 },
  { gamma: 0.01, strategy: "symmetric", mean: 68.8, sd: 12.8, sdInventory: 8.7 },
  { gamma: 1, strategy: "inventory", mean: 31.4, sd: 5.0, sdInventory: 1.7 },
  { gamma: 1, strategy: "symmetric", mean: 44.0, sd: 11.0, sdInventory: 5.1 },
];
/** Paths behind each row of {@linkcode PUBLISHED}. */
export const PUBLISHED_PATHS = 1000;

/** The moments of simulated paths. @throws {RangeError} for fewer than two */
export function momentsOf({ profits, inventories }: Outcomes): Moments {
  const paths = profits.length;
  if (paths < 2) throw new RangeError(`momentsOf: paths = ${paths}, must be >= 2`);
  const total = (values: Float64Array) => values.reduce((sum, value) => sum + value, 0);
  const sd = (values: Float64Array) => {
    const mean = total(values) / paths;
    return Math.sqrt(values.reduce((sum, value) => sum + (value - mean) ** 2, 0) / (paths - 1));
  };
  return { mean: total(profits) / paths, sd: sd(profits), sdInventory: sd(inventories) };
}

/** The moments from simulated paths. */
export function simulate(experiment: Experiment, quoting: Quoting, paths: number, seed: number): Moments {
  return momentsOf(simulatePaths(experiment, quoting, paths, seed));
}

/**
 * The moments themselves, by dynamic programming forwards over the inventory: probability, mean and mean square of
 * the profit so far in each state. Possible because quotes relative to the mid do not depend on the mid, and its
 * moves have mean zero.
 */
export function exactMoments(experiment: Experiment, quoting: Quoting): Moments {
  const { s0, horizon, dt, sigma, size = 1 } = experiment;
  const steps = stepsOf(experiment);
  // Money in sizes of an order, inventories counted in orders.
  const variance = sigma * sigma * dt;
  let states = new Map([[0, { p: 1, m1: 0, m2: 0 }]]);
  for (let step = 0; step < steps; step++) {
    const next: typeof states = new Map();
    for (const [inventory, { p, m1, m2 }] of states) {
      const [bid, ask] = quoting(s0, inventory * size, horizon - step * dt);
      const buy = fillProbability(experiment, s0 - bid), sell = fillProbability(experiment, ask - s0);
      for (const [bought, pBuy] of [[0, 1 - buy], [1, buy]] as const) {
        for (const [sold, pSell] of [[0, 1 - sell], [1, sell]] as const) {
          const weight = pBuy * pSell;
          // Too rare to matter, and it keeps the number of states small.
          if (p * weight < 1e-18) continue;
          const gain = (bought ? s0 - bid : 0) + (sold ? ask - s0 : 0);
          const held = inventory + bought - sold;
          const state = next.get(held) ?? { p: 0, m1: 0, m2: 0 };
          state.p += weight * p;
          state.m1 += weight * (m1 + gain * p);
          state.m2 += weight * (m2 + 2 * gain * m1 + (gain * gain + held * held * variance) * p);
          next.set(held, state);
        }
      }
    }
    states = next;
  }
  let mean = 0, square = 0, inventory = 0, inventorySquare = 0;
  for (const [q, { p, m1, m2 }] of states) {
    mean += m1;
    square += m2;
    inventory += q * p;
    inventorySquare += q * q * p;
  }
  return {
    mean: mean * size,
    sd: Math.sqrt(Math.max(0, square - mean * mean)) * size,
    sdInventory: Math.sqrt(Math.max(0, inventorySquare - inventory * inventory)) * size,
  };
}
