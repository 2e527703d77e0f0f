/**
 * When a dead-man's switch fires: nobody has beaten for the deadline, or nobody has looked for as long. Pure.
 *
 * Two clocks, because each fails alone: a steady one stands still while a laptop is closed, the wall clock may be set back.
 *
 * @module
 */

/** One moment on both clocks, milliseconds. */
export interface Moment {
  readonly wallMs: number;
  readonly steadyMs: number;
}

/** The switch. */
export interface Deadman {
  /** A sign of life. */
  beat(now: Moment): void;
  /** To be called several times within the deadline. The reason to fire, or undefined. */
  look(now: Moment): string | undefined;
  /** Milliseconds since the last sign of life. */
  age(now: Moment): number;
}

/** @throws {RangeError} for a deadline that is not above 0 */
export function createDeadman({ deadlineMs, now }: { readonly deadlineMs: number; readonly now: Moment }): Deadman {
  if (!(deadlineMs > 0)) throw new RangeError(`deadlineMs = ${deadlineMs}, must be > 0`);
  let beaten = now;
  let looked = now;
  const since = (then: Moment, at: Moment) => Math.max(at.wallMs - then.wallMs, at.steadyMs - then.steadyMs);
  return {
    beat: (at) => void (beaten = at),
    look(at) {
      const unwatched = since(looked, at);
      looked = at;
      // Whoever slept with us wakes with us: their beats would hide that the orders stood alone.
      if (unwatched > deadlineMs) return `nobody watched for ${seconds(unwatched)}: the machine slept`;
      const silent = since(beaten, at);
      return silent > deadlineMs ? `no heartbeat for ${seconds(silent)}` : undefined;
    },
    age: (at) => since(beaten, at),
  };
}

const seconds = (ms: number) => `${(ms / 1000).toFixed(1)} s`;
