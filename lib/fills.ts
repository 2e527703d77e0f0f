/**
 * Where in the queue our order stands, and when it is filled. Pure.
 *
 * A recorded book shows quantities, not orders, so the place in the queue is a model. All of them are told of each trade at
 * our price and of each change of the level, exactly in the way of hftbacktest (`models/queue.rs`), so that results can be
 * compared: a trade takes from the front; of a decrease that trades do not explain, a model says how much stood behind us.
 *
 * @module
 */

/** How a fill is decided; see `docs/model.md`. */
export type FillModel = "touch" | "through" | QueueModel;

/** All of a decrease was behind us; shared by x^power; shared by ln(1 + x). */
export type QueueModel = "riskAverse" | { readonly power: number } | "log";

/** The quantity before us at one price, base. */
export interface Queue {
  /** The level went from `prev` to `next`. */
  depth(prev: number, next: number): void;
  /** `qty` traded at our price. */
  trade(qty: number): void;
  /** Quantity still before us; below zero, that much has traded past us. */
  readonly ahead: number;
  /** Puts us at the front: what traded past us has been filled. */
  toFront(): void;
}

/** The model that `config.fills` names. */
export function fillModel(fills: { readonly model: string; readonly power: number }): FillModel {
  switch (fills.model) {
    case "touch":
    case "through":
    case "log":
      return fills.model;
    case "risk_averse":
      return "riskAverse";
    case "power":
      return { power: fills.power };
    default:
      throw new RangeError(
        `fills.model = ${fills.model}, must be one of touch, through, risk_averse, power, log`,
      );
  }
}

/**
 * @param model how unexplained decreases are shared
 * @param ahead quantity of the level when our order joined it, base
 * @throws {RangeError} for a negative or non-finite `ahead`, or a power that is not positive
 */
export function createQueue(model: QueueModel, ahead: number): Queue {
  if (!(ahead >= 0 && ahead < Infinity)) throw new RangeError(`ahead = ${ahead}, must be >= 0 and finite (base)`);
  if (model === "riskAverse") return new CautiousQueue(ahead);
  return new SharingQueue(ahead, model === "log" ? Math.log1p : power(model.power));
}

/** All of a decrease was behind us. */
class CautiousQueue implements Queue {
  ahead: number;

  constructor(ahead: number) {
    this.ahead = ahead;
  }
  depth(_prev: number, next: number) {
    this.ahead = Math.min(this.ahead, next);
  }
  trade(qty: number) {
    this.ahead -= qty;
  }
  toFront() {
    this.ahead = 0;
  }
}

/** A decrease that trades do not explain is shared by f(behind) : f(before). */
class SharingQueue implements Queue {
  ahead: number;
  readonly #weight: (qty: number) => number;
  /** Traded since the last change of the level: the part of the next decrease that is explained. */
  #traded = 0;

  constructor(ahead: number, weight: (qty: number) => number) {
    this.ahead = ahead;
    this.#weight = weight;
  }
  depth(prev: number, next: number) {
    const decrease = prev - next - this.#traded;
    this.#traded = 0;
    const front = this.ahead;
    if (decrease < 0) {
      this.ahead = Math.min(front, next);
      return;
    }
    const back = prev - front;
    const behind = this.#weight(back);
    let p = behind / (behind + this.#weight(front));
    if (!Number.isFinite(p)) p = 1;
    this.ahead = Math.min(front - (1 - p) * decrease + Math.min(back - p * decrease, 0), next);
  }
  trade(qty: number) {
    this.ahead -= qty;
    this.#traded += qty;
  }
  toFront() {
    this.ahead = 0;
  }
}

function power(n: number): (qty: number) => number {
  if (!(n > 0 && n < Infinity)) throw new RangeError(`fills.power = ${n}, must be > 0`);
  return n === 2 ? (qty) => qty * qty : (qty) => Math.pow(qty, n);
}
