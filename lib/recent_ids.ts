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
  // Where each stands in a ring of the latest. The first key of the map would be the oldest too, but looking for it walks over all that
  // were deleted before it.
  const places = new Map<string, number>();
  const ring: (string | undefined)[] = [];
  let next = 0;
  return {
    add(id) {
      if (places.has(id)) return false;
      const oldest = ring[next];
      if (oldest !== undefined) places.delete(oldest);
      ring[next] = id;
      places.set(id, next);
      next = (next + 1) % kept;
      return true;
    },
    has: (id) => places.has(id),
    delete(id) {
      const place = places.get(id);
      if (place === undefined) return;
      places.delete(id);
      ring[place] = undefined;
    },
    get size() {
      return places.size;
    },
    [Symbol.iterator]: () => places.keys(),
  };
}
