/**
 * The quotes of Guéant, Lehalle and Fernandez-Tapia (Mathematics and Financial Economics 7(4), 2013), exact with an inventory limit, far from
 * the end and near it, and in closed form; with the order sizes and the two kinds of risk aversion of Guéant (Applied Mathematical Finance
 * 24(2), 2017). An inventory slope to compare kappa with.
 *
 * @module
 */

import { type Quoting, wholeOrders } from "./avellaneda_stoikov.ts";
import { growTridiagonal, solveTridiagonal, type Tridiagonal } from "./tridiagonal.ts";

/** Price volatility sigma, fill intensity A·exp(−k·delta), risk aversion gamma. */
export interface GlftInputs {
  readonly sigma: number;
  readonly A: number;
  readonly k: number;
  /** Of the price while an inventory is held. */
  readonly gamma: number;
  /** Of whether an order fills: gamma when absent (the paper, Guéant's model A), 0 for his model B. */
  readonly xi?: number;
  /** Of each order, base; 1 when absent. */
  readonly size?: number;
}

/** Distance of the bid from the mid at inventory q: constant + (2q + size)/2·slope; of the ask: with −q. */
export interface GlftApproximation {
  /** ln(1 + xi·size/k)/(xi·size); 1/k for xi = 0. */
  readonly constant: number;
  /** sqrt(sigma²·gamma/(2kA·size)·(1 + xi·size/k)^(1 + k/(xi·size))), e in place of the power for xi = 0: price per unit of inventory. */
  readonly slope: number;
}

/** The asymptotic approximation. @throws {RangeError} for an input out of range */
export function glft(inputs: GlftInputs): GlftApproximation {
  const { sigma, A, k, gamma, size } = checked(inputs);
  return {
    constant: constantOf(inputs),
    slope: Math.sqrt(sigma * sigma * gamma / (2 * k * A * size) / thinning(inputs)),
  };
}

/**
 * The exact bid distance far from the end, at each inventory from −limit to limit − 1 (in orders): (1/k)·ln(v_q/v_{q+1}) + the constant, v the
 * lowest eigenvector of the tridiagonal matrix with (k/2)·gamma·sigma²·size·q² on its diagonal and −A·(1 + xi·size/k)^−(1 + k/(xi·size))
 * beside it.
 *
 * @param limit largest inventory, in orders
 * @throws {RangeError} for an input out of range
 */
export function exactBidDistances(inputs: GlftInputs, limit: number): Map<number, number> {
  const { diagonal, beside } = matrixOf(inputs, limit);
  const size = diagonal.length;
  let v = new Float64Array(size).fill(1);
  // Inverse iteration from below the spectrum; each solution replaces the shift by a better one (Rayleigh).
  let shift = 2 * beside;
  for (let round = 0; round < 60; round++) {
    v = solveTridiagonal({ diagonal: diagonal.map((d) => d - shift), beside }, v);
    const norm = Math.hypot(...v);
    v = v.map((x) => Math.abs(x) / norm);
    if (round < 3) continue;
    let rayleigh = 0;
    for (let i = 0; i < size; i++) rayleigh += v[i]! * (diagonal[i]! * v[i]! + 2 * beside * (v[i + 1] ?? 0));
    if (Math.abs(rayleigh - shift) < 1e-14 * Math.abs(beside)) break;
    shift = rayleigh - 1e-9 * Math.abs(beside);
  }
  return distancesOf(v, inputs, limit);
}

/**
 * The exact stationary quotes, none that would take the inventory beyond the limit (in orders). An inventory between two whole numbers of orders
 * counts as the nearer one.
 *
 * @throws {RangeError} for an input out of range
 */
export function exactQuotes(inputs: GlftInputs, limit: number): Quoting {
  const distances = exactBidDistances(inputs, limit);
  return quotesAt(() => distances, inputs, limit);
}

/**
 * The exact quotes with the end in sight, where what is left is worth the mid: the same with v(t) = exp(−M·(T − t))·1. With no limit in reach
 * they are what Avellaneda and Stoikov approximate.
 *
 * @throws {RangeError} for an input out of range
 */
export function finiteQuotes(inputs: GlftInputs, limit: number): Quoting {
  const { diagonal, beside } = matrixOf(inputs, limit);
  const growth = { diagonal: diagonal.map((d) => -d), beside: -beside };
  const ones = new Float64Array(diagonal.length).fill(1);
  const known = new Map<number, Map<number, number>>();
  return quotesAt(
    (timeLeft) => {
      const time = Math.max(0, timeLeft);
      let distances = known.get(time);
      if (!distances) known.set(time, distances = distancesOf(growTridiagonal(growth, ones, time), inputs, limit));
      return distances;
    },
    inputs,
    limit,
  );
}

/** Those of the asymptotic approximation, with the same limit. @throws {RangeError} */
export function asymptoticQuotes(inputs: GlftInputs, limit: number): Quoting {
  const { constant, slope } = glft(inputs);
  checkLimit(limit);
  const { size = 1 } = inputs;
  const bid = (q: number) => Math.round(q / size) < limit ? constant + (2 * q + size) / 2 * slope : Infinity;
  return (mid, q) => [mid - bid(q), mid + bid(-q)];
}

function quotesAt(at: (timeLeft: number) => Map<number, number>, { size = 1 }: GlftInputs, limit: number): Quoting {
  return (mid, q, timeLeft) => {
    const distances = at(timeLeft);
    const orders = wholeOrders(q / size, limit);
    return [mid - (distances.get(orders) ?? Infinity), mid + (distances.get(-orders) ?? Infinity)];
  };
}

function distancesOf(v: Float64Array, inputs: GlftInputs, limit: number): Map<number, number> {
  const constant = constantOf(inputs);
  const distances = new Map<number, number>();
  for (let i = 0; i + 1 < v.length; i++) distances.set(i - limit, Math.log(v[i]! / v[i + 1]!) / inputs.k + constant);
  return distances;
}

function matrixOf(inputs: GlftInputs, limit: number): Tridiagonal {
  const { sigma, A, k, gamma, size } = checked(inputs);
  checkLimit(limit);
  return {
    diagonal: Float64Array.from(
      { length: 2 * limit + 1 },
      (_, i) => k / 2 * gamma * sigma ** 2 * size * (i - limit) ** 2,
    ),
    beside: -A * thinning(inputs),
  };
}

function constantOf({ k, gamma, xi = gamma, size = 1 }: GlftInputs): number {
  return xi === 0 ? 1 / k : Math.log1p(xi * size / k) / (xi * size);
}

/** (1 + xi·size/k)^−(1 + k/(xi·size)), 1/e for xi = 0: what the best constant leaves of the intensity. */
function thinning({ k, gamma, xi = gamma, size = 1 }: GlftInputs): number {
  const aversion = xi * size / k;
  return aversion === 0 ? 1 / Math.E : Math.exp(-(1 + 1 / aversion) * Math.log1p(aversion));
}

function checked(inputs: GlftInputs) {
  const { sigma, A, k, gamma, xi = gamma, size = 1 } = inputs;
  for (const [name, value] of Object.entries({ A, k, size })) {
    if (!(value > 0 && value < Infinity)) throw new RangeError(`glft: ${name} = ${value}, must be > 0`);
  }
  for (const [name, value] of Object.entries({ sigma, gamma, xi })) {
    if (!(value >= 0 && value < Infinity)) throw new RangeError(`glft: ${name} = ${value}, must be >= 0`);
  }
  return { sigma, A, k, gamma, size };
}

function checkLimit(limit: number): void {
  if (!(Number.isInteger(limit) && limit >= 1)) {
    throw new RangeError(`glft: limit = ${limit}, must be a whole number >= 1`);
  }
}
