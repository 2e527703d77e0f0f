/**
 * The ids that came last: enough to know one that is told twice, and no more than that. Pure.
 *
 * @module
 */

/** The latest ids. */
export interface RecentIds {
  /** Notes an id. Returns false where it is among the latest already. */
  add(id: string): boolean;
  has(id: string): boolean;
  delete(id: string): void;
  readonly size: number;
  [Symbol.iterator](): Iterator<string>;
}

/** @param kept so many are remembered; the oldest is forgotten for one more */
export function createRecentIds(kept: number): RecentIds {
  // A set iterates in the order of insertion: the first is the oldest.
  const ids = new Set<string>();
  return {
    add(id) {
      if (ids.has(id)) return false;
      ids.add(id);
      if (ids.size > kept) ids.delete(ids.values().next().value!);
      return true;
    },
    has: (id) => ids.has(id),
    delete: (id) => void ids.delete(id),
    get size() {
      return ids.size;
    },
    [Symbol.iterator]: () => ids.values(),
  };
}
