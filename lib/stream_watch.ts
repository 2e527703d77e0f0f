/**
 * Whether the user stream tells what we know from elsewhere: a half-open socket is silent without an error. Pure; wall
 * milliseconds are arguments.
 *
 * @module
 */

import { createRecentIds } from "./recent_ids.ts";

/** Things that the stream owes us, by name. */
export interface StreamWatch {
  /** We know of it by another way; the stream has to tell it by `dueMs`. */
  expect(name: string, dueMs: number): void;
  /** The stream has told it. */
  told(name: string): void;
  /** The first thing that is overdue. */
  overdue(nowMs: number): string | undefined;
  /** The stream begins anew: nothing is owed. */
  reset(): void;
}

/** Names that the stream told before we knew of them otherwise. */
const KEPT = 512;

export function createStreamWatch(): StreamWatch {
  const owed = new Map<string, number>();
  const known = createRecentIds(KEPT);
  return {
    expect(name, dueMs) {
      if (!known.has(name) && !owed.has(name)) owed.set(name, dueMs);
    },
    told(name) {
      owed.delete(name);
      known.add(name);
    },
    overdue(nowMs) {
      for (const [name, dueMs] of owed) if (nowMs > dueMs) return name;
      return undefined;
    },
    reset: () => owed.clear(),
  };
}
