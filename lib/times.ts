/** Index of the last of the rising times that is at or before `at`; −1 if there is none. */
export function lastAtOrBefore(times: Float64Array, at: number): number {
  return lastUpTo(times, at, itself);
}

const itself = (value: number) => value;

/** The same of things, by a value of theirs that rises. */
export function lastUpTo<T>(sorted: ArrayLike<T>, at: number, of: (item: T) => number): number {
  let low = 0, high = sorted.length;
  while (low < high) {
    const middle = (low + high) >>> 1;
    if (of(sorted[middle]!) <= at) low = middle + 1;
    else high = middle;
  }
  return low - 1;
}
