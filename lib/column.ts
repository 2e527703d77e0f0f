/** A growing column of numbers. */
export interface Column {
  push(value: number): void;
  readonly length: number;
  /** The last value; undefined when empty. */
  readonly last: number | undefined;
  /** A copy of exact length. */
  values(): Float64Array;
}

/** Doubles its room when full, so that a push allocates nothing but now and then. */
export function createColumn(): Column {
  let data = new Float64Array(256);
  let length = 0;
  return {
    push(value) {
      if (length === data.length) {
        const wider = new Float64Array(length * 2);
        wider.set(data);
        data = wider;
      }
      data[length++] = value;
    },
    get length() {
      return length;
    },
    get last() {
      return length > 0 ? data[length - 1] : undefined;
    },
    values: () => data.slice(0, length),
  };
}
