/**
 * Mid and spread of the last seconds by the exchange's clock: what stood before an execution that we learn of later. Pure.
 *
 * @module
 */

/** The history. Prices in quote per base, times in microseconds. */
export interface MidHistory {
  note(exchTs: number, mid: number, spread: number): void;
  /** What stood before that moment; the oldest known where it lies before everything, undefined where nothing is known. */
  before(exchTs: number): { readonly mid: number; readonly spread: number } | undefined;
}

/** Book messages kept: some minutes of a hundred milliseconds each. */
const KEPT = 4096;

export function createMidHistory(): MidHistory {
  const ts = new Float64Array(KEPT);
  const mids = new Float64Array(KEPT);
  const spreads = new Float64Array(KEPT);
  let count = 0;
  return {
    note(exchTs, mid, spread) {
      const at = count++ % KEPT;
      ts[at] = exchTs;
      mids[at] = mid;
      spreads[at] = spread;
    },
    before(exchTs) {
      if (count === 0) return undefined;
      let at = (count - 1) % KEPT;
      for (let i = count - 1; i >= Math.max(0, count - KEPT); i--) {
        at = i % KEPT;
        if (ts[at]! < exchTs) break;
      }
      return { mid: mids[at]!, spread: spreads[at]! };
    },
  };
}
