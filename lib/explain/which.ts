/**
 * Naming one decision or fill of a run: by number, by id, or by time. Pure.
 *
 * @module
 */

/**
 * A number counts from 1, or from the end if negative; from 10^12 on it is a time in microseconds UTC. Text is an id, a time of day
 * in UTC (`23:57:12.5`, on the run's first day on which it fits) or an ISO date with time.
 */
export type Which = number | string | Date;

/** Numbers from here on are times, microseconds. */
const TIMES_FROM = 1e12;
const DAY = 86_400e6;

/**
 * The time that is meant; undefined where it is none.
 *
 * @param span first and last time of the run, microseconds: a time of day is looked for there
 * @throws {RangeError} for a date that is none
 */
export function timeMeant(which: Which, [from, to]: readonly [number, number]): number | undefined {
  if (typeof which === "number") return Math.abs(which) >= TIMES_FROM ? which : undefined;
  if (which instanceof Date) {
    if (Number.isNaN(which.getTime())) throw new RangeError("explain: not a date");
    return which.getTime() * 1000;
  }
  const ofDay = /^(\d\d):(\d\d)(?::(\d\d(?:\.\d+)?))?$/.exec(which.trim());
  if (ofDay) {
    const [hours, minutes, seconds] = ofDay.slice(1).map((digits) => Number(digits ?? 0)) as [number, number, number];
    const first = Math.floor(from / DAY) * DAY + Math.round((hours * 3600 + minutes * 60 + seconds) * 1e6);
    return first < from && first + DAY <= to ? first + DAY : first;
  }
  if (!/^\d{4}-\d\d-\d\dT/.test(which)) return undefined;
  const ms = Date.parse(/Z|[+-]\d\d:?\d\d$/.test(which) ? which : `${which}Z`);
  if (Number.isNaN(ms)) throw new RangeError(`explain: ${which} is no date`);
  return ms * 1000;
}

/** Index of a number from 1, or from the end if negative. @throws {RangeError} where there is none of that number */
export function indexOf(which: number, length: number, what: string): number {
  const index = which < 0 ? length + which : which - 1;
  if (length === 0) throw new RangeError(`explain: there is no ${what}`);
  if (!Number.isInteger(which) || index < 0 || index >= length) {
    throw new RangeError(`explain: ${what} ${which}, must be 1 to ${length}, or −1 to −${length} from the end`);
  }
  return index;
}
