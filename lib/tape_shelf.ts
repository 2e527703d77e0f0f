/**
 * Recordings for worker threads (I/O): each read once, in memory that all threads share, one at a time, and the next ahead of time where
 * there is room for two.
 *
 * @module
 */

import { openTape } from "./recording.ts";
import { shareTape } from "./shared_tape.ts";
import type { Tape } from "./tape.ts";
import { splitDays } from "./tape_days.ts";

/** A day to be had. */
export interface ShelvedDay {
  readonly path: string;
  readonly day: string;
  readonly rows: number;
  /** Where it is in memory already. */
  readonly tape?: Tape;
}

/** Bytes of a row, and of a recording that is read ahead at most. */
const ROW_BYTES = 35;
const READ_AHEAD = 256 << 20;

/**
 * Days in the order in which they will mostly be asked for.
 *
 * @returns takes a day, gives its tape in shared memory
 */
export function createTapeShelf(days: readonly ShelvedDay[]): (day: ShelvedDay) => Promise<Tape> {
  const paths = [...new Set(days.map(({ path }) => path))];
  const size = (path: string) =>
    ROW_BYTES * days.filter((day) => day.path === path).reduce((rows, day) => rows + day.rows, 0);
  const isKept = (path: string) => days.every((day) => day.path !== path || day.tape !== undefined);
  const shelf = new Map<string, Promise<ReadonlyMap<string, Tape>>>();

  function read(path: string) {
    const found = shelf.get(path);
    if (found) return found;
    const reading = openTape(path).then((tape) =>
      new Map(splitDays(tape).map(({ day, tape }) => [day, shareTape(tape)] as const))
    );
    // Whoever asks for it hears of a failure; reading ahead does not.
    reading.catch(() => {});
    shelf.set(path, reading);
    return reading;
  }

  return async (day) => {
    if (day.tape) return day.tape;
    const tapes = await read(day.path);
    const next = paths[paths.indexOf(day.path) + 1];
    const wanted = [day.path];
    if (next !== undefined && !isKept(next) && size(next) <= READ_AHEAD) {
      wanted.push(next);
      void read(next);
    }
    for (const path of shelf.keys()) if (!wanted.includes(path)) shelf.delete(path);
    return tapes.get(day.day)!;
  };
}
