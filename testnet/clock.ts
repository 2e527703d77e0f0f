/**
 * Market time: starts at a moment of the recording, runs at a multiple of the wall clock, can be held.
 *
 * @module
 */

/** The clock of the replayed market. Times in microseconds UTC. */
export interface ReplayClock {
  /** Market time now. Never runs back, never passes the end. */
  now(): number;
  /** Milliseconds of wall time until market time `ts`; Infinity while held. */
  wallUntil(ts: number): number;
  /** Moves the clock forward by `step` microseconds, holds or releases it, changes its speed. */
  set(change: { held?: boolean; speed?: number; step?: number }): void;
  readonly held: boolean;
  /** Market seconds a wall second. */
  readonly speed: number;
}

/**
 * @param options.start market time at which the clock begins, microseconds
 * @param options.end where it stops, microseconds
 * @param options.wall milliseconds of a steady wall clock
 * @throws {RangeError} if the speed is not a positive number.
 */
export function createReplayClock(
  options: { start: number; end: number; speed: number; held: boolean; wall?: () => number },
): ReplayClock {
  const wall = options.wall ?? (() => performance.now());
  let speed = checkSpeed(options.speed);
  let held = options.held;
  let anchorTs = options.start;
  let anchorWall = wall();
  const now = () => {
    if (held) return anchorTs;
    return Math.min(options.end, anchorTs + Math.floor((wall() - anchorWall) * speed * 1000));
  };
  return {
    now,
    wallUntil: (ts) => held ? Infinity : (ts - now()) / speed / 1000,
    set(change) {
      const nextSpeed = change.speed === undefined ? speed : checkSpeed(change.speed);
      const step = change.step ?? 0;
      if (!(step >= 0)) throw new RangeError(`step = ${step}, must be 0 or more`);
      anchorTs = Math.min(options.end, now() + Math.round(step));
      anchorWall = wall();
      speed = nextSpeed;
      held = change.held ?? held;
    },
    get held() {
      return held;
    },
    get speed() {
      return speed;
    },
  };
}

function checkSpeed(speed: number): number {
  if (!(speed > 0 && speed <= 10_000)) throw new RangeError(`speed = ${speed}, must be above 0 and at most 10000`);
  return speed;
}
