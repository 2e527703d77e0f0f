/**
 * First in, first out. Pure.
 *
 * @module
 */

/** A line of waiting things. */
export interface Line<T> {
  push(item: T): void;
  /** Takes the first out. */
  shift(): T | undefined;
  readonly first: T | undefined;
  readonly last: T | undefined;
}

/** Places of a new line; a power of two, as it stays. */
const PLACES = 16;

/** A ring, doubled when full: nothing is allocated for an item. */
export function createLine<T>(): Line<T> {
  let ring = new Array<T | undefined>(PLACES).fill(undefined);
  let head = 0, length = 0;

  function grow() {
    ring = [...ring.slice(head), ...ring.slice(0, head), ...new Array<undefined>(ring.length).fill(undefined)];
    head = 0;
  }

  return {
    push(item) {
      if (length === ring.length) grow();
      ring[(head + length++) & (ring.length - 1)] = item;
    },
    shift() {
      if (length === 0) return undefined;
      const item = ring[head];
      ring[head] = undefined;
      head = (head + 1) & (ring.length - 1);
      length--;
      return item;
    },
    get first() {
      return length === 0 ? undefined : ring[head];
    },
    get last() {
      return length === 0 ? undefined : ring[(head + length - 1) & (ring.length - 1)];
    },
  };
}
