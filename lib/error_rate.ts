/**
 * Failures of the last minute against a limit. Pure; time is an argument, milliseconds.
 *
 * @module
 */

/** Counts failures. */
export interface ErrorRate {
  /** Notes one. Returns true where there are now more than the limit within a minute. */
  note(nowMs: number): boolean;
  /** Within the last minute. */
  count(nowMs: number): number;
}

const MINUTE = 60_000;

export function createErrorRate(perMinute: number): ErrorRate {
  let times: number[] = [];
  const recent = (nowMs: number) => times = times.filter((time) => nowMs - time < MINUTE);
  return {
    note(nowMs) {
      recent(nowMs).push(nowMs);
      return times.length > perMinute;
    },
    count: (nowMs) => recent(nowMs).length,
  };
}
