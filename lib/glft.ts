/**
 * The closed-form and the exact stationary quotes of Guéant, Lehalle and Fernandez-Tapia (Mathematics and Financial
 * Economics 7(4), 2013). An inventory slope to compare kappa with.
 *
 * @module
 */

import type { Quoting } from "./avellaneda_stoikov.ts";

/** Price volatility sigma, fill intensity A·exp(−k·delta), risk aversion gamma. */
export interface GlftInputs {
  readonly sigma: number;
  readonly A: number;
  readonly k: number;
  readonly gamma: number;
}

/** Distance of the bid from the mid at inventory q: constant + (2q + 1)/2·slope; of the ask: with −q. */
export interface GlftApproximation {
  /** ln(1 + gamma/k)/gamma */
  readonly constant: number;
  /** sqrt(sigma²·gamma/(2kA)·(1 + gamma/k)^(1 + k/gamma)): price per unit of inventory. */
  readonly slope: number;
}

/** The asymptotic approximation. */
export function glft({ sigma, A, k, gamma }: GlftInputs): GlftApproximation {
  return {
    constant: Math.log1p(gamma / k) / gamma,
    slope: Math.sqrt(sigma * sigma * gamma / (2 * k * A) * (1 + gamma / k) ** (1 + k / gamma)),
  };
}

/**
 * The exact bid distance far from the end, at each inventory from −limit to limit − 1: (1/k)·ln(v_q/v_{q+1}) + the
 * constant, v the lowest eigenvector of the tridiagonal matrix with (k/2)·gamma·sigma²·q² on its diagonal and −A·(1 +
 * gamma/k)^−(1 + k/gamma) beside it.
 *
 * @param limit largest inventory, in orders
 */
export function exactBidDistances(inputs: GlftInputs, limit: number): Map<number, number> {
  const { sigma, A, k, gamma } = inputs;
  const size = 2 * limit + 1;
  const beside = -A * (1 + gamma / k) ** -(1 + k / gamma);
  const diagonal = Float64Array.from({ length: size }, (_, i) => k / 2 * gamma * sigma * sigma * (i - limit) ** 2);
  let v = new Float64Array(size).fill(1);
  // Inverse iteration from below the spectrum; each solution replaces the shift by a better one (Rayleigh).
  let shift = 2 * beside;
  for (let round = 0; round < 60; round++) {
    v = solveTridiagonal(diagonal.map((d) => d - shift), beside, v);
    const norm = Math.hypot(...v);
    v = v.map((x) => Math.abs(x) / norm);
    if (round < 3) continue;
    let rayleigh = 0;
    for (let i = 0; i < size; i++) rayleigh += v[i]! * (diagonal[i]! * v[i]! + 2 * beside * (v[i + 1] ?? 0));
    if (Math.abs(rayleigh - shift) < 1e-14 * Math.abs(beside)) break;
    shift = rayleigh - 1e-9 * Math.abs(beside);
  }
  const { constant } = glft(inputs);
  const distances = new Map<number, number>();
  for (let i = 0; i + 1 < size; i++) distances.set(i - limit, Math.log(v[i]! / v[i + 1]!) / k + constant);
  return distances;
}

/** The exact stationary quotes, none that would take the inventory beyond the limit. */
export function exactQuotes(inputs: GlftInputs, limit: number): Quoting {
  const distances = exactBidDistances(inputs, limit);
  return (mid, q) => [mid - (distances.get(q) ?? Infinity), mid + (distances.get(-q) ?? Infinity)];
}

/** Those of the asymptotic approximation, with the same limit. */
export function asymptoticQuotes(inputs: GlftInputs, limit: number): Quoting {
  const { constant, slope } = glft(inputs);
  const bid = (q: number) => q < limit ? constant + (2 * q + 1) / 2 * slope : Infinity;
  return (mid, q) => [mid - bid(q), mid + bid(-q)];
}

/** Thomas' algorithm, for one value on both side diagonals. */
function solveTridiagonal(diagonal: Float64Array, beside: number, right: Float64Array): Float64Array<ArrayBuffer> {
  const n = diagonal.length;
  const upper = new Float64Array(n), x = new Float64Array(n);
  for (let i = 0; i < n; i++) {
    const pivot = diagonal[i]! - beside * (upper[i - 1] ?? 0);
    upper[i] = beside / pivot;
    x[i] = (right[i]! - beside * (x[i - 1] ?? 0)) / pivot;
  }
  for (let i = n - 2; i >= 0; i--) x[i]! -= upper[i]! * x[i + 1]!;
  return x;
}
