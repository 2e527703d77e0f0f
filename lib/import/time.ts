/**
 * Times of imported rows.
 *
 * @module
 */

/** 2001-09-09 and 2100-01-01 in microseconds: outside, a time is in another unit or damaged. */
const FIRST = 1e15;
const LAST = 4_102_444_800e6;

/** From here on a time since 1970 is in microseconds: 1973 in microseconds, 5138 in milliseconds. */
const MICROS_FROM = 1e14;

/** How far a venue's own times may go back before they count as damaged, microseconds. */
export const MAX_STEP_BACK = 1e6;

/** Microseconds of a time in milliseconds or microseconds, told by its size; undefined where it is neither. */
export function micros(time: number): number | undefined {
  return plausible(time >= MICROS_FROM ? Math.floor(time) : time * 1000);
}

/** The time itself, or undefined where it is no time of this century in microseconds. */
export function plausible(us: number): number | undefined {
  return us >= FIRST && us < LAST ? us : undefined;
}
