/**
 * How long until the estimators are known, from how fast they have come on so far. Pure.
 *
 * @module
 */

import type { WarmUp } from "./estimates.ts";

const PARTS = ["sigma", "tau", "k"] as const;

/** Market seconds until the slowest estimator is known at its pace so far; undefined before any pace is seen. */
export type Countdown = (elapsedSeconds: number, warmUp: WarmUp) => number | undefined;

/** A countdown that has seen nothing yet. Call it with each look at the session. */
export function createCountdown(): Countdown {
  const first = new Map<string, { readonly at: number; readonly share: number }>();
  return (elapsed, warmUp) => {
    if (warmUp.ready) return 0;
    let longest: number | undefined = 0;
    for (const part of PARTS) {
      const share = warmUp[part];
      if (share >= 1) continue;
      const start = first.get(part) ?? { at: elapsed, share };
      first.set(part, start);
      const [gained, seconds] = [share - start.share, elapsed - start.at];
      if (!(gained > 0 && seconds > 0) || longest === undefined) longest = undefined;
      else longest = Math.max(longest, (1 - share) * seconds / gained);
    }
    return longest;
  };
}
