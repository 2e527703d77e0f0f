/**
 * How many a second, over the last few seconds. Pure.
 *
 * @module
 */

const WINDOW_MS = 5000;

/** Takes the time (milliseconds) and a count that only grows; undefined before half a second has been seen. */
export type Rate = (nowMs: number, count: number) => number | undefined;

/** A rate that has seen nothing yet. */
export function createRate(windowMs = WINDOW_MS): Rate {
  const seen: { readonly at: number; readonly count: number }[] = [];
  return (at, count) => {
    seen.push({ at, count });
    while (seen.length > 2 && seen[1]!.at <= at - windowMs) seen.shift();
    const first = seen[0]!;
    return at - first.at >= 500 ? 1000 * (count - first.count) / (at - first.at) : undefined;
  };
}
