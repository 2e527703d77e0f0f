/**
 * Optimal quotes with a running and a final penalty on inventory (Cartea, Jaimungal and Penalva, Algorithmic and High-Frequency Trading,
 * 2015, §10.2): the objective is E[X + Q·(S − alpha·Q) − phi·∫Q²dt], orders fill with intensity lambda·exp(−kappa·delta).
 *
 * @module
 */

import { type Quoting, wholeOrders } from "./avellaneda_stoikov.ts";
import { growTridiagonal } from "./tridiagonal.ts";

/** The model's parameters. */
export interface CarteaJaimungalInputs {
  /** Market orders a unit of time on each side. */
  readonly lambda: number;
  /** Decay of the fill intensity, per unit of price. */
  readonly kappa: number;
  /** Running penalty, price per squared unit and time. */
  readonly phi: number;
  /** Penalty of what is left at the end, price per squared unit. */
  readonly alpha: number;
  /** Largest |inventory|, in orders. */
  readonly limit: number;
}

/**
 * The quotes: bid distance 1/kappa − h(t, q + 1) + h(t, q), ask distance 1/kappa − h(t, q − 1) + h(t, q), h = ln(omega)/kappa,
 * omega(t) = exp(A·(T − t))·z with −phi·kappa·q² on A's diagonal, lambda/e beside it, and z = exp(−alpha·kappa·q²). At the limit there
 * is no quote that would pass it. An inventory between two whole numbers counts as the nearer one.
 *
 * @throws {RangeError} for a parameter out of range
 */
export function carteaJaimungal(inputs: CarteaJaimungalInputs): Quoting {
  const { lambda, kappa, phi, alpha, limit } = inputs;
  for (const [name, value] of Object.entries({ lambda, kappa })) {
    if (!(value > 0 && value < Infinity)) throw new RangeError(`carteaJaimungal: ${name} = ${value}, must be > 0`);
  }
  for (const [name, value] of Object.entries({ phi, alpha })) {
    if (!(value >= 0 && value < Infinity)) throw new RangeError(`carteaJaimungal: ${name} = ${value}, must be >= 0`);
  }
  if (!(Number.isInteger(limit) && limit >= 1)) {
    throw new RangeError(`carteaJaimungal: limit = ${limit}, must be a whole number >= 1`);
  }
  const square = Float64Array.from({ length: 2 * limit + 1 }, (_, i) => (i - limit) ** 2);
  const matrix = { diagonal: square.map((q2) => -phi * kappa * q2), beside: lambda / Math.E };
  const ending = square.map((q2) => Math.exp(-alpha * kappa * q2));
  const known = new Map<number, Float64Array>();

  return (mid, q, timeLeft) => {
    const time = Math.max(0, timeLeft);
    let omega = known.get(time);
    if (!omega) known.set(time, omega = growTridiagonal(matrix, ending, time));
    const h = (at: number) => Math.log(omega[at + limit]!) / kappa;
    const held = wholeOrders(q, limit);
    const bid = held < limit ? 1 / kappa - h(held + 1) + h(held) : Infinity;
    const ask = held > -limit ? 1 / kappa - h(held - 1) + h(held) : Infinity;
    return [mid - bid, mid + ask];
  };
}
