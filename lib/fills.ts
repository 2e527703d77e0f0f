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
  let front = ahead;
  if (model === "riskAverse") {
    return {
      depth(_prev, next) {
        front = Math.min(front, next);
      },
      trade(qty) {
        front -= qty;
      },
      get ahead() {
        return front;
      },
      toFront() {
        front = 0;
      },
    };
  }
  const share = behind(model);
  // Traded since the last change of the level: the part of the next decrease that is explained.
  let traded = 0;
  return {
    depth(prev, next) {
      const decrease = prev - next - traded;
      traded = 0;
      if (decrease < 0) {
        front = Math.min(front, next);
        return;
      }
      const back = prev - front;
      let p = share(back, front);
      if (!Number.isFinite(p)) p = 1;
      const after = front - (1 - p) * decrease + Math.min(back - p * decrease, 0);
      front = Math.min(after, next);
    },
    trade(qty) {
      front -= qty;
      traded += qty;
    },
    get ahead() {
      return front;
    },
    toFront() {
      front = 0;
    },
  };
}

/** Probability that a cancelled unit stood behind us, from the quantities behind and in front. */
function behind(model: { readonly power: number } | "log"): (back: number, front: number) => number {
  if (model === "log") {
    return (back, front) => Math.log1p(back) / (Math.log1p(back) + Math.log1p(front));
  }
  const n = model.power;
  if (!(n > 0 && n < Infinity)) throw new RangeError(`fills.power = ${n}, must be > 0`);
  return (back, front) => Math.pow(back, n) / (Math.pow(back, n) + Math.pow(front, n));
}
