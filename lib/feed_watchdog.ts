/**
 * Notices silence. A socket whose peer vanished stays open for ever: nothing but the missing messages tells.
 *
 * @module
 */

/** Counts silence until it is told of a sign of life. */
export interface Watchdog {
  /** A message arrived. */
  feed(): void;
  stop(): void;
}

/**
 * Calls `look` at each tick, and `bark` once silence has lasted `limitMs`, and again after each further one.
 *
 * Silence is what the ticks of a timer saw, each at most twice its interval: when our own process was busy or asleep, the messages
 * still wait behind the timer, and that is not the venue's silence.
 */
export function createWatchdog(limitMs: number, bark: (silentMs: number) => void, look = () => {}): Watchdog {
  const interval = Math.min(250, Math.max(10, limitMs / 10));
  let silent = 0;
  let last = performance.now();
  const timer = setInterval(() => {
    const now = performance.now();
    silent += Math.min(now - last, 2 * interval);
    last = now;
    look();
    if (silent < limitMs) return;
    const silentMs = Math.round(silent);
    silent = 0;
    bark(silentMs);
  }, interval);
  return {
    feed() {
      silent = 0;
    },
    stop: () => clearInterval(timer),
  };
}
