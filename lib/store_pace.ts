/**
 * How fast market time runs against the wall clock while recording: a replay may be faster than the market was. Pure.
 *
 * @module
 */

/** Watches messages arrive. */
export interface Pace {
  /** @param localTs market time at which a message reached us, microseconds */
  saw(localTs: number): void;
  /** Market seconds a wall second since the first message, to three digits; undefined before time has passed. */
  readonly speed: number | undefined;
}

/** @param now wall clock, milliseconds */
export function createPace(now: () => number): Pace {
  let first: { readonly market: number; readonly wall: number } | undefined;
  let last = { market: 0, wall: 0 };
  return {
    saw(localTs) {
      last = { market: localTs / 1000, wall: now() };
      first ??= last;
    },
    get speed() {
      if (first === undefined || !(last.wall > first.wall) || !(last.market > first.market)) return undefined;
      return Number(((last.market - first.market) / (last.wall - first.wall)).toPrecision(3));
    },
  };
}
