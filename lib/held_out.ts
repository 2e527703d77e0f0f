/**
 * Days kept from every choice until they are named (I/O). The log is appended to and never rewritten: who locks a day, and each time it
 * was looked at, stay known.
 *
 * @module
 */

import { join } from "node:path";
import { DataError } from "./data_error.ts";

/** A day of a recording. */
export interface NamedDay {
  readonly day: string;
  readonly dayId: string;
}

/** The locks below one folder. */
export interface HeldOut {
  /** Nothing was ever locked. */
  readonly isEmpty: boolean;
  /** Locked once, locked for every later choice. */
  isLocked(dayId: string): boolean;
  lock(days: readonly NamedDay[]): void;
  /** Notes that a locked day is being looked at, with which parameters. Returns how often it has been, this time included. */
  look(day: NamedDay, configId: string): number;
}

interface Entry extends NamedDay {
  readonly event: "locked" | "looked";
  readonly at: string;
  readonly configId?: string;
}

/**
 * @param folder of the trials
 * @param now wall time of a new entry, ISO
 * @throws {DataError} where the log is damaged: a lock is not to be forgotten in silence
 */
export function openHeldOut(folder: string, now: () => string = () => new Date().toISOString()): HeldOut {
  const path = join(folder, "held_out.jsonl");
  const entries = readLog(path);
  function add(entry: Entry) {
    Deno.mkdirSync(folder, { recursive: true });
    Deno.writeTextFileSync(path, `${JSON.stringify(entry)}\n`, { append: true });
    entries.push(entry);
  }
  const isLocked = (dayId: string) => entries.some((entry) => entry.event === "locked" && entry.dayId === dayId);
  return {
    get isEmpty() {
      return entries.length === 0;
    },
    isLocked,
    lock(days) {
      for (const { day, dayId } of days) {
        if (!isLocked(dayId)) add({ event: "locked", day, dayId, at: now() });
      }
    },
    look({ day, dayId }, configId) {
      const isSame = (entry: Entry) => entry.event === "looked" && entry.dayId === dayId;
      // The same parameters once more show nothing new.
      if (!entries.some((entry) => isSame(entry) && entry.configId === configId)) {
        add({ event: "looked", day, dayId, at: now(), configId });
      }
      return entries.filter(isSame).length;
    },
  };
}

function readLog(path: string): Entry[] {
  let text: string;
  try {
    text = Deno.readTextFileSync(path);
  } catch (error) {
    if (error instanceof Deno.errors.NotFound) return [];
    throw error;
  }
  return text.split("\n").flatMap((line, i) => {
    if (line === "") return [];
    try {
      return [JSON.parse(line) as Entry];
    } catch {
      throw new DataError(`${path}:${i + 1}: not a line of JSON; restore the log of held-out days`);
    }
  });
}
