/** A sum of decimals that keeps beside it what rounding loses (Neumaier 1974). */
export interface CompensatedSum {
  add(value: number): void;
  readonly value: number;
}

/** Starts at 0. */
export function createSum(): CompensatedSum {
  let sum = 0, rest = 0;
  return {
    add(value) {
      const next = sum + value;
      rest += Math.abs(sum) >= Math.abs(value) ? sum - next + value : value - next + sum;
      sum = next;
    },
    get value() {
      return sum + rest;
    },
  };
}
