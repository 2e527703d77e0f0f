/**
 * Decimals at the edge, integers inside: prices as ticks, quantities as lots.
 *
 * A step such as 0.01 is not a binary number, so `3 * 0.1` is not `0.3`. Going back to decimals therefore divides by the
 * step's inverse where that is a whole number, which gives the nearest double to the decimal a person would write.
 *
 * @module
 */

/** Converts between decimals and whole steps. */
export interface Grid {
  /** The step, e.g. 0.01. */
  readonly step: number;
  /** Nearest whole number of steps. */
  round(value: number): number;
  /** Largest whole number of steps not above the value. One within 1e-9 of its size, but a hundredth of a step at most, counts as that step. */
  floor(value: number): number;
  /** Smallest whole number of steps not below the value, with the same tolerance. */
  ceil(value: number): number;
  /** Whole steps back to a decimal. */
  decimal(steps: number): number;
}

/** How far from a whole step, in steps relative to their count, a decimal may be and still mean that step. */
const TOLERANCE = 1e-9;

/** The same in steps, at most: where a price has 1e9 of them, rounding down is still that. */
const FURTHEST = 0.01;

/**
 * @param step a positive decimal step
 * @throws {RangeError} where the step is not a positive finite number
 */
export function createGrid(step: number): Grid {
  if (!(step > 0 && step < Infinity)) throw new RangeError(`step = ${step}, must be a positive number`);
  const inverse = 1 / step;
  const whole = Math.round(inverse);
  const exact = whole >= 1 && Math.abs(inverse - whole) <= TOLERANCE * whole;
  const steps = (value: number) => exact ? value * whole : value / step;
  // Never less than what a double of that size can say.
  const slack = (x: number) => {
    const size = Math.max(1, Math.abs(x));
    return Math.max(Math.min(TOLERANCE * size, FURTHEST), 4 * Number.EPSILON * size);
  };
  return {
    step,
    round: (value) => Math.round(steps(value)),
    floor(value) {
      const x = steps(value);
      return Math.floor(x + Math.min(slack(x), 0.5));
    },
    ceil(value) {
      const x = steps(value);
      return Math.ceil(x - Math.min(slack(x), 0.5));
    },
    decimal: (count) => exact ? count / whole : Number((count * step).toPrecision(15)),
  };
}
