/**
 * How long ago and until when, in wall time (I/O: reads the clock).
 *
 * @module
 */

/** Unix time in milliseconds as it was at the start and on from there: nobody sets it, so that no wait becomes an hour longer. */
export const steadyNow = (): number => performance.timeOrigin + performance.now();
