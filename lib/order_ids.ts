/**
 * Client order ids: `mb-<run>-<number>`. The beginning says whose an order is, for as long as the venue remembers it. Pure.
 *
 * @module
 */

/** What every order of this project begins with, whichever run placed it. */
export const PROJECT_PREFIX = "mb-";

/** Ids of one run. */
export interface OrderIds {
  /** What every order of this run begins with. */
  readonly prefix: string;
  /** A new id, at most 36 of the characters that venues take: letters, digits, `-`. */
  next(): string;
}

/**
 * @param startMs when the run starts, Unix time in milliseconds by the venue's clock: ours may have been set back since the last run
 * @param random uniform on [0, 1): tells runs apart that start in the same millisecond
 */
export function createOrderIds(startMs: number, random: () => number = Math.random): OrderIds {
  const salt = Math.floor(random() * 36 ** 3).toString(36).padStart(3, "0");
  const prefix = `${PROJECT_PREFIX}${Math.floor(startMs).toString(36)}${salt}-`;
  let last = 0;
  return { prefix, next: () => prefix + (++last).toString(36) };
}

/** Whether an order is of this project. A venue that tells no id of a client tells of somebody else's order. */
export function isOurs(clientId: string | undefined): boolean {
  return clientId?.startsWith(PROJECT_PREFIX) ?? false;
}

/** Whether an order is of a run of this project that began after the one whose ids begin with `prefix`. */
export function isOfLaterRun(clientId: string | undefined, prefix: string): boolean {
  return isOurs(clientId) && clientId! > prefix && !clientId!.startsWith(prefix);
}
