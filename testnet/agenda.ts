/**
 * What is to happen at a moment of market time: orders that are on their way to the exchange, answers on their way back.
 *
 * @module
 */

/** Things to do, by market time. At equal times in the sequence in which they were noted. Times in microseconds. */
export interface Agenda {
  /** Market time; while something happens, its own moment. */
  now(): number;
  /** Lets something happen at its moment, which may lie before the clock's: many things happen in one go. */
  act(ts: number, happen: () => void): void;
  /** Notes something for a moment. What is due already happens with the next `run`. */
  at(ts: number, task: () => void): void;
  /** When the next is due; Infinity if nothing is. */
  readonly next: number;
  /** How many are noted. */
  readonly size: number;
  /** Lets the first happen. */
  one(): void;
}

/**
 * @param clock market time otherwise
 * @param wake called when something is due earlier than all else
 */
export function createAgenda(clock: { now(): number }, wake: () => void): Agenda {
  const tasks: { ts: number; task: () => void }[] = [];
  let acting: number | undefined;
  const act = (ts: number, happen: () => void) => {
    acting = ts;
    try {
      happen();
    } finally {
      acting = undefined;
    }
  };
  return {
    now: () => acting ?? clock.now(),
    act,
    at(ts, task) {
      // Few are ever waiting, and most are the latest.
      let i = tasks.length;
      while (i > 0 && (tasks[i - 1] as { ts: number }).ts > ts) i--;
      tasks.splice(i, 0, { ts, task });
      if (i === 0 && acting === undefined) wake();
    },
    get next() {
      return tasks[0]?.ts ?? Infinity;
    },
    get size() {
      return tasks.length;
    },
    one() {
      const first = tasks.shift();
      if (first !== undefined) act(first.ts, first.task);
    },
  };
}
