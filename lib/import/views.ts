/**
 * Books that come as pictures, each the best levels of a moment: rows are what changed from one to the next.
 *
 * @module
 */

import { DataError } from "../data_error.ts";
import type { Draft } from "./draft.ts";
import { BUY, CLEAR, LAST, LEVEL, SELL } from "../tape.ts";

/** Best levels of one side, best first. */
export interface ViewSide {
  length: number;
  price: Float64Array;
  qty: Float64Array;
}

/** Turns pictures into rows. */
export interface Views {
  /** To be filled with the picture at hand before {@linkcode Views.show}. */
  readonly bids: ViewSide;
  readonly asks: ViewSide;
  /**
   * Writes the picture's rows: what left first, then what came, so that the book is never crossed halfway. Nothing changed, nothing
   * is written.
   *
   * @param afresh the picture is the first one or follows a hole: it starts with CLEAR
   */
  show(exchTs: number, localTs: number, afresh: boolean, place: () => string): void;
}

/** @param depth most levels a side */
export function createViews(draft: Draft, depth: number): Views {
  const side = (): ViewSide => ({ length: 0, price: new Float64Array(depth), qty: new Float64Array(depth) });
  const bids = side();
  const asks = side();
  let oldBids = side();
  let oldAsks = side();
  let begun = false;

  function ordered(levels: ViewSide, sign: number, name: string, place: () => string) {
    for (let i = 1; i < levels.length; i++) {
      if ((levels.price[i]! - levels.price[i - 1]!) * sign >= 0) {
        throw new DataError(`${place()}: ${name} are not best first (${levels.price[i - 1]}, then ${levels.price[i]})`);
      }
    }
  }

  /** Levels of `from` that `to` has no more (qty 0) or, the other way round, those of `to` that are new or changed. */
  function differences(
    from: ViewSide,
    to: ViewSide,
    sign: number,
    rows: (price: number, qty: number) => void,
    gone: boolean,
  ) {
    let i = 0;
    let j = 0;
    while (i < from.length || j < to.length) {
      const a = i < from.length ? from.price[i]! * sign : -Infinity;
      const b = j < to.length ? to.price[j]! * sign : -Infinity;
      if (a > b) {
        if (gone) rows(from.price[i]!, 0);
        i++;
      } else if (b > a) {
        if (!gone) rows(to.price[j]!, to.qty[j]!);
        j++;
      } else {
        if (!gone && from.qty[i] !== to.qty[j]) rows(to.price[j]!, to.qty[j]!);
        i++;
        j++;
      }
    }
  }

  function keep(old: ViewSide, now: ViewSide): ViewSide {
    old.length = now.length;
    old.price.set(now.price.subarray(0, now.length));
    old.qty.set(now.qty.subarray(0, now.length));
    return old;
  }

  return {
    bids,
    asks,
    show(exchTs, localTs, afresh, place) {
      ordered(bids, 1, "bids", place);
      ordered(asks, -1, "asks", place);
      const before = draft.length;
      if (afresh || !begun) {
        begun = true;
        oldBids.length = oldAsks.length = 0;
        draft.row(CLEAR, 0, 0, exchTs, localTs, 0, 0);
      }
      const bid = (price: number, qty: number) => draft.row(LEVEL, BUY, 0, exchTs, localTs, price, qty);
      const ask = (price: number, qty: number) => draft.row(LEVEL, SELL, 0, exchTs, localTs, price, qty);
      differences(oldBids, bids, 1, bid, true);
      differences(oldAsks, asks, -1, ask, true);
      differences(oldBids, bids, 1, bid, false);
      differences(oldAsks, asks, -1, ask, false);
      if (draft.length > before) draft.mark(LAST);
      oldBids = keep(oldBids, bids);
      oldAsks = keep(oldAsks, asks);
    },
  };
}
