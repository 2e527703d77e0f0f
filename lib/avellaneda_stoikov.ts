/**
 * The published market-making experiment (Avellaneda and Stoikov, Quantitative Finance 8(3), 2008, §3.3), simulated
 * and solved exactly: the yardstick for the pricing rule. Orders at a distance delta from the mid fill with
 * probability A·exp(−k·delta)·dt a step, both sides on their own; then the mid moves by ±sigma·sqrt(dt).
 *
 * @module
 */
import { createRandom } from "./random.ts";

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
}

/** Those of the paper. */
export const PAPER: Experiment = { s0: 100, horizon: 1, dt: 0.005, sigma: 2, k: 1.5, A: 140 };

/** Bid and ask, given the mid, the inventory and the time left. */
export type Quoting = (mid: number, inventory: number, timeLeft: number) => readonly [bid: number, ask: number];

/** The optimal spread: gamma·sigma²·(T − t) + (2/gamma)·ln(1 + gamma/k). */
export function optimalSpread({ sigma, k }: Pick<Experiment, "sigma" | "k">, gamma: number, timeLeft: number): number {
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

/** Around the mid, with the inventory strategy's average spread. */
export function symmetricStrategy(experiment: Experiment, gamma: number): Quoting {
  const { horizon, dt } = experiment;
  const steps = Math.round(horizon / dt);
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
  return Math.min(1, A * Math.exp(-k * distance) * dt);
}

/** The moments from simulated paths. */
export function simulate(experiment: Experiment, quoting: Quoting, paths: number, seed: number): Moments {
  const { s0, horizon, dt, sigma } = experiment;
  const random = createRandom(seed);
  const steps = Math.round(horizon / dt);
  const move = sigma * Math.sqrt(dt);
  let sum = 0, squares = 0, inventories = 0, inventorySquares = 0;
  for (let path = 0; path < paths; path++) {
    let mid = s0, cash = 0, inventory = 0;
    for (let step = 0; step < steps; step++) {
      const [bid, ask] = quoting(mid, inventory, horizon - step * dt);
      const bought = random.uniform() < fillProbability(experiment, mid - bid);
      const sold = random.uniform() < fillProbability(experiment, ask - mid);
      if (bought) cash -= bid;
      if (sold) cash += ask;
      inventory += (bought ? 1 : 0) - (sold ? 1 : 0);
      mid += move * random.sign();
    }
    const profit = cash + inventory * mid;
    sum += profit;
    squares += profit * profit;
    inventories += inventory;
    inventorySquares += inventory * inventory;
  }
  const sd = (total: number, square: number) => Math.sqrt((square - total * total / paths) / (paths - 1));
  return { mean: sum / paths, sd: sd(sum, squares), sdInventory: sd(inventories, inventorySquares) };
}

/**
 * The moments themselves, by dynamic programming forwards over the inventory: probability, mean and mean square of
 * the profit so far in each state. Possible because quotes relative to the mid do not depend on the mid, and its
 * moves have mean zero.
 */
export function exactMoments(experiment: Experiment, quoting: Quoting): Moments {
  const { s0, horizon, dt, sigma } = experiment;
  const steps = Math.round(horizon / dt);
  const variance = sigma * sigma * dt;
  let states = new Map([[0, { p: 1, m1: 0, m2: 0 }]]);
  for (let step = 0; step < steps; step++) {
    const next: typeof states = new Map();
    for (const [inventory, { p, m1, m2 }] of states) {
      const [bid, ask] = quoting(s0, inventory, horizon - step * dt);
      const buy = fillProbability(experiment, s0 - bid), sell = fillProbability(experiment, ask - s0);
      for (const [bought, pBuy] of [[0, 1 - buy], [1, buy]] as const) {
        for (const [sold, pSell] of [[0, 1 - sell], [1, sell]] as const) {
          const weight = pBuy * pSell;
          // Too rare to matter, and it keeps the number of states small.
          if (p * weight < 1e-18) continue;
          const gain = bought * (s0 - bid) + sold * (ask - s0);
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
  return { mean, sd: Math.sqrt(square - mean * mean), sdInventory: Math.sqrt(inventorySquare - inventory * inventory) };
}
