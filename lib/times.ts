/** Index of the last of the rising times that is at or before `at`; −1 if there is none. */
export function lastAtOrBefore(times: Float64Array, at: number): number {
  let low = 0, high = times.length;
  while (low < high) {
    const middle = (low + high) >>> 1;
    if (times[middle]! <= at) low = middle + 1;
    else high = middle;
  }
  return low - 1;
}
