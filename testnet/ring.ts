/**
 * The newest so many values of a growing column, in memory that does not grow.
 *
 * @module
 */
import type { Column } from "./tape.ts";

/** A column of which the oldest values are overwritten. */
export interface Ring<T> extends Column<T> {
  set(i: number, value: T): void;
}

interface Cells<T> {
  readonly length: number;
  [i: number]: T;
}

/** @param cells as many as are kept: a power of two */
export function createRing<T>(cells: Cells<T>): Ring<T> {
  const mask = cells.length - 1;
  if ((cells.length & mask) !== 0) throw new RangeError(`ring of ${cells.length}, must be a power of two`);
  return {
    at: (i) => cells[i & mask],
    set(i, value) {
      cells[i & mask] = value;
    },
  };
}
