/**
 * How much of the flow is informed, and how much it knows: the two numbers of Glosten and Milgrom (1985), told apart. Pure.
 *
 * In their world a taker comes, is informed with probability mu and then trades towards a value k above or below the mid, and the value
 * becomes known. The mid moves by ±k after each taker, and with the taker's sign d a share of (1 + mu)/2 of the times:
 * E[move²] = k², E[d·move] = mu·k. Their ratio gives mu, so that k·mu, the half-spread that breaks even, is known part by part.
 *
 * VPIN cannot tell mu in such a world: the sign of each taker is a toss of a coin whatever mu is, so that tau is at its floor. Imbalance
 * shows informed flow only as far as information lasts for several takers: {@linkcode informedFromImbalance}.
 *
 * @module
 */

import { createBook } from "./book.ts";
import { CLEAR, GAP, LEVEL, type Tape, TRADE } from "./tape.ts";

/** What the mid did from just before a taker's order to just before the next one. */
export interface TakerMove {
  /** microseconds */
  readonly ts: number;
  /** +1 bought, −1 sold. */
  readonly sign: number;
  /** quote per base */
  readonly move: number;
}

/** Both numbers with their standard errors. */
export interface InformedShare {
  readonly takers: number;
  /** Blocks of takers that the errors are computed from. */
  readonly blocks: number;
  /** Root mean square move of the mid a taker, quote per base. */
  readonly k: number;
  readonly kError: number;
  /** mu = E[d·move]/k: correlation of the taker's sign with the move. Below zero where prices rather revert. */
  readonly informed: number;
  readonly informedError: number;
  /** k·mu: mean move in the taker's direction, quote per base. */
  readonly halfSpread: number;
  readonly halfSpreadError: number;
}

/** Consecutive prints of one side and exchange time are one taker's order. Nothing is measured across a gap. */
export function takerMoves(tape: Tape): TakerMove[] {
  const { length, kind, side, exchTs, localTs, priceTicks, qty, tickSize } = tape;
  const book = createBook();
  const moves: TakerMove[] = [];
  let ts = NaN, sign = 0, before = NaN, lastExchTs = NaN;
  for (let i = 0; i < length; i++) {
    switch (kind[i]) {
      case CLEAR:
        book.clear();
        break;
      case GAP:
        sign = 0;
        break;
      case LEVEL:
        if (side[i] !== 0) book.set(side[i]!, priceTicks[i]!, qty[i]!);
        break;
      case TRADE: {
        if (sign === side[i] && exchTs[i] === lastExchTs) break;
        if (!book.sound) break;
        const mid = (book.bestBid + book.bestAsk) / 2 * tickSize;
        if (sign !== 0) moves.push({ ts, sign, move: mid - before });
        ts = localTs[i]!;
        lastExchTs = exchTs[i]!;
        sign = side[i]!;
        before = mid;
      }
    }
  }
  return moves;
}

/** Takers a block: those of one block may depend on each other. */
const BLOCK = 50;

/**
 * Estimates k and mu. The errors are those of smooth functions of two means (delta method), summed over blocks of takers.
 *
 * @returns undefined for fewer than ten blocks, or where the mid never moved
 */
export function informedShare(moves: readonly TakerMove[]): InformedShare | undefined {
  const takers = moves.length;
  const blocks = Math.floor(takers / BLOCK);
  if (blocks < 10) return undefined;
  const average = (value: (m: TakerMove) => number) => moves.reduce((sum, m) => sum + value(m), 0) / takers;
  const square = average(({ move }) => move * move);
  if (!(square > 0)) return undefined;
  const k = Math.sqrt(square);
  const halfSpread = average(({ sign, move }) => sign * move);
  const informed = halfSpread / k;
  /** Error of an estimate whose influence of one observation is given; the last block takes what is left over. */
  const error = (influence: (m: TakerMove) => number) => {
    const sums = new Float64Array(blocks);
    moves.forEach((m, i) => sums[Math.min(blocks - 1, Math.floor(i / BLOCK))]! += influence(m));
    return Math.sqrt(sums.reduce((sum, s) => sum + s * s, 0) * blocks / (blocks - 1)) / takers;
  };
  return {
    takers,
    blocks,
    k,
    kError: error(({ move }) => (move * move - square) / (2 * k)),
    informed,
    informedError: error(({ sign, move }) =>
      (sign * move - halfSpread) / k - informed * (move * move - square) / (2 * square)
    ),
    halfSpread,
    halfSpreadError: error(({ sign, move }) => sign * move - halfSpread),
  };
}

/** mu and its standard error; undefined below the floor: then imbalance is no larger than chance makes it. */
export interface ImbalanceShare {
  readonly buckets: number;
  /** (E[I²] − 1/N)/(1 − 1/N): mu squared, not clamped. */
  readonly squared: number;
  readonly squaredError: number;
  readonly informed: number | undefined;
  readonly informedError: number | undefined;
}

/**
 * mu from the imbalance of buckets of N equal prints, where each bucket is one stretch in which informed takers all trade one way:
 * I = |buys − sells|/N has E[I²] = mu² + (1 − mu²)/N. This is VPIN with the chance part taken off where it is exact, in squares.
 * Stretches that do not begin and end with the buckets, or are shorter, make it too low.
 *
 * @param imbalances I of each bucket, 0..1
 * @param prints N
 * @throws {RangeError} for fewer than two prints a bucket
 */
export function informedFromImbalance(imbalances: readonly number[], prints: number): ImbalanceShare | undefined {
  if (!(prints >= 2)) throw new RangeError(`informedFromImbalance: prints = ${prints}, must be >= 2`);
  const buckets = imbalances.length;
  if (buckets < 10) return undefined;
  const mean = imbalances.reduce((sum, i) => sum + i * i, 0) / buckets;
  const variance = imbalances.reduce((sum, i) => sum + (i * i - mean) ** 2, 0) / (buckets - 1);
  const scale = 1 - 1 / prints;
  const squared = (mean - 1 / prints) / scale;
  const squaredError = Math.sqrt(variance / buckets) / scale;
  const informed = squared > 0 ? Math.sqrt(squared) : undefined;
  return {
    ...{ buckets, squared, squaredError, informed },
    informedError: informed === undefined ? undefined : squaredError / (2 * informed),
  };
}
