/**
 * Least churn: what to do about one side, given the order that stands there and the price wanted now. Pure; the simulated
 * and the live broker both follow it, so that they do the same.
 *
 * @module
 */

/** What the strategy knows of its order on one side. */
export interface Standing {
  /** Lots not filled yet, as far as we know. */
  readonly leavesLots: number;
  readonly priceTicks: number;
  /** When we sent it, microseconds. */
  readonly sentTs: number;
  /** True once a cancel is under way. */
  readonly cancelling: boolean;
}

/** A side's wish: no lots means no quote. */
export interface Wish {
  readonly priceTicks: number;
  readonly lots: number;
}

/** `wait`: a cancel is under way, nothing can be done yet. `reduce`: its price is right, but it is too large. */
export type Placement = "keep" | "cancel" | "reduce" | "place" | "wait" | "none";

/** How patient an order is. */
export interface Patience {
  /** Stays while it is within this many ticks of the wish. */
  readonly ticks: number;
  /** Stays at least this long, microseconds, unless it must go. */
  readonly restUs: number;
}

/**
 * An order goes at once when nothing is wanted on its side; one that is larger than what is allowed is made smaller at
 * once, or goes if its price is not right either; it is moved when it is
 * too far from the wish and has rested long enough. One side never has two orders: the next is placed when the last is
 * known to be gone, so that the cap holds whatever fills.
 */
export function placement(
  standing: Standing | undefined,
  wish: Wish,
  allowedLots: number,
  now: number,
  patience: Patience,
): Placement {
  if (!standing) return wish.lots > 0 ? "place" : "none";
  if (standing.cancelling) return "wait";
  if (wish.lots === 0) return "cancel";
  const far = Math.abs(standing.priceTicks - wish.priceTicks) > patience.ticks;
  if (standing.leavesLots > allowedLots) return far || wish.lots > allowedLots ? "cancel" : "reduce";
  return far && now - standing.sentTs >= patience.restUs ? "cancel" : "keep";
}
