/**
 * How much of the time our quotes stood at the touch. Pure.
 *
 * @module
 */

import type { L2Book } from "./book.ts";

/** Shares of the time in which the market's book was known, 0..1. */
export interface TouchTime {
  /** A bid of ours at the best bid or above it; an ask at the best ask or below it. */
  readonly bid: number;
  readonly ask: number;
  readonly both: number;
  /** An order of ours rests on that side, wherever. */
  readonly bidResting: number;
  readonly askResting: number;
  /** The time that the shares are of. */
  readonly seconds: number;
}

/** An order of ours at the venue. */
interface Resting {
  readonly priceTicks: number;
  readonly state?: string;
}

/** Adds up the time; look at it after each message of the market. */
export interface TouchClock {
  /** What stands now has stood since this call, until the next one. `now` is ours, microseconds; no book: the market is unknown. */
  look(now: number, book: L2Book | undefined, bid: Resting | undefined, ask: Resting | undefined): void;
  /** undefined where no time has passed */
  share(): TouchTime | undefined;
}

const BID = 1, ASK = 2, BID_RESTING = 4, ASK_RESTING = 8;

/** An order counts while it rests at the venue; where a venue does not say so, while we believe it to work. */
export function createTouchClock(): TouchClock {
  // Time by what stood then: a sum of the flags above indexes it.
  const times = new Float64Array(16);
  const last = { ts: NaN, stood: 0, isKnown: false };

  function standing(book: L2Book, bid: Resting | undefined, ask: Resting | undefined): number {
    let flags = 0;
    if (bid && (bid.state === undefined || bid.state === "resting")) {
      flags |= BID_RESTING;
      if (bid.priceTicks >= book.bestBid) flags |= BID;
    }
    if (ask && (ask.state === undefined || ask.state === "resting")) {
      flags |= ASK_RESTING;
      if (ask.priceTicks <= book.bestAsk) flags |= ASK;
    }
    return flags;
  }

  return {
    look(now, book, bid, ask) {
      if (last.isKnown) times[last.stood]! += now - last.ts;
      last.ts = now;
      last.isKnown = book?.sound ?? false;
      if (last.isKnown) last.stood = standing(book!, bid, ask);
    },
    share() {
      const total = times.reduce((sum, time) => sum + time, 0);
      if (!(total > 0)) return undefined;
      const of = (flags: number) => times.reduce((sum, time, i) => sum + ((i & flags) === flags ? time : 0), 0) / total;
      return {
        bid: of(BID),
        ask: of(ASK),
        both: of(BID | ASK),
        bidResting: of(BID_RESTING),
        askResting: of(ASK_RESTING),
        seconds: total / 1e6,
      };
    },
  };
}
