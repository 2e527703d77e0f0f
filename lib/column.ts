/** A growing column of numbers. */
export interface Column {
  push(value: number): void;
  readonly length: number;
  /** The last value; undefined when empty. */
  readonly last: number | undefined;
  /** A copy of exact length. */
  values(): Float64Array;
}

/** Values of the first piece, and of every other: 32 KB. */
const FIRST = 256;
const PIECE = 4096;

/**
 * Grows piece by piece, so that hours of values are never copied to make room, and room for more than a piece is never held in
 * reserve.
 */
export function createColumn(): Column {
  const full: Float64Array[] = [];
  let fullLength = 0;
  let piece = new Float64Array(FIRST);
  let length = 0;
  return {
    push(value) {
      if (length === piece.length) {
        full.push(piece);
        fullLength += length;
        piece = new Float64Array(PIECE);
        length = 0;
      }
      piece[length++] = value;
    },
    get length() {
      return fullLength + length;
    },
    get last() {
      return length === 0 ? undefined : piece[length - 1];
    },
    values() {
      const all = new Float64Array(fullLength + length);
      let at = 0;
      for (const one of full) {
        all.set(one, at);
        at += one.length;
      }
      all.set(piece.subarray(0, length), at);
      return all;
    },
  };
}
