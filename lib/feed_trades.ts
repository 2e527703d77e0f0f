/**
 * The order of a venue's prints: what is new, what was seen before, what is missing.
 *
 * @module
 */

import { createRecentIds } from "./recent_ids.ts";

/** Ids kept where a venue's ids have no order. */
const REMEMBERED = 10_000;

/** What a print is to the sequence before it. */
export type Verdict =
  | { readonly kind: "next" }
  | { readonly kind: "duplicate" }
  /** Where ids are consecutive: the first and the last id that did not arrive. */
  | { readonly kind: "gap"; readonly from: number; readonly to: number };

/** The last print taken, and the judgement of the next. */
export interface TradeSequence {
  /** Says what a print is, and takes it where it is next. */
  admit(id: string, exchTs: number): Verdict;
  /** Goes on after this print, whatever is missing before the next. */
  skipTo(id: string, exchTs: number): void;
  /** Takes back prints that were admitted and then thrown away: they are missing again. */
  undo(prints: readonly { id: string; exchTs: number }[]): void;
  readonly last: { readonly id: string; readonly exchTs: number } | undefined;
}

const NEXT: Verdict = { kind: "next" };
const DUPLICATE: Verdict = { kind: "duplicate" };

/**
 * @param options.consecutive true where each print's id is the one before plus 1 (Binance)
 */
export function createTradeSequence(options: { consecutive: boolean }): TradeSequence {
  let last: { id: string; exchTs: number } | undefined;
  const seen = createRecentIds(REMEMBERED);
  const take = (id: string, exchTs: number) => {
    last = { id, exchTs };
    if (!options.consecutive) seen.add(id);
  };
  return {
    admit(id, exchTs) {
      if (options.consecutive && last !== undefined) {
        const number = Number(id);
        const expected = Number(last.id) + 1;
        if (number < expected) return DUPLICATE;
        if (number > expected) return { kind: "gap", from: expected, to: number - 1 };
      }
      if (seen.has(id)) return DUPLICATE;
      take(id, exchTs);
      return NEXT;
    },
    skipTo: take,
    undo(prints) {
      const first = prints[0];
      if (first === undefined) return;
      for (const { id } of prints) seen.delete(id);
      last = { id: options.consecutive ? String(Number(first.id) - 1) : "", exchTs: first.exchTs };
    },
    get last() {
      return last;
    },
  };
}
