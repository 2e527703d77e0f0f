/**
 * Is a tape fit to be believed? Counts of everything that a recording can have wrong, as a value.
 *
 * Nothing is repaired here. `lib/tape_gaps.ts` masks or refuses what is missing, `lib/tape_report.ts` makes text of it.
 *
 * @module
 */

import { createBook, NO_ASK, NO_BID } from "./book.ts";
import type { Hole, ImportFacts } from "./import/facts.ts";
import { judge } from "./tape_findings.ts";
import { LONGEST_SILENCE, timeOf } from "./tape_rows.ts";
import { BUY, CLEAR, GAP, LAST, LEVEL, SELL, type Tape, TRADE, WARM } from "./tape.ts";

/** A stretch that a backtest must not pass as if it were complete. */
export interface TapeGap extends Hole {
  /** What shows it: a long silence of the book, or ids that the import missed. */
  readonly kind: "silence" | "ids";
}

/** Order of one clock. */
export interface Disorder {
  /** Rows whose time is before that of the row in front of them. */
  readonly rows: number;
  /** The furthest one goes back, microseconds. */
  readonly worst: number;
}

/** Time from the exchange to us, microseconds. */
export interface Latency {
  readonly min: number;
  /** Of a sample of at most 100,000 rows. */
  readonly median: number;
  readonly max: number;
  /** Rows that arrived before they were sent. */
  readonly negative: number;
}

/** What was found. Counts are rows unless they say otherwise; shares are 0..1. */
export interface TapeReport {
  readonly symbol: string;
  readonly source: string;
  readonly tickSize: number;
  readonly lotSize: number;
  readonly rows: number;
  readonly levels: number;
  readonly trades: number;
  /** Times the book begins anew. */
  readonly snapshots: number;
  /** Book messages: what ends with LAST. */
  readonly bookMessages: number;
  /** Our time of the first and the last row; undefined for an empty tape. */
  readonly startTs: number | undefined;
  readonly endTs: number | undefined;
  readonly exchDisorder: Disorder;
  readonly localDisorder: Disorder;
  /** Undefined where receive times were not recorded: every `localTs` is its `exchTs`. */
  readonly latency: Latency | undefined;
  /** Book messages after which the best bid is above the best ask, and how much of the time it stayed so. */
  readonly crossed: { readonly messages: number; readonly timeShare: number };
  /** Likewise, equal to the best ask. */
  readonly locked: { readonly messages: number; readonly timeShare: number };
  /** Prints on the wrong side of the quote before them: buys at the bid or below, sells at the ask or above. */
  readonly sidesAgainstQuote: number;
  /** Prints that could be compared with a sound quote. */
  readonly sidesCompared: number;
  /** NaN or infinite; below zero; prints of zero. */
  readonly badQuantities: number;
  readonly badPrices: number;
  /** Not a whole number of ticks; of lots. */
  readonly offTick: number;
  readonly offLot: number;
  readonly badTimes: number;
  /** Rows over 31 days ahead of the one before: a backtest refuses them. */
  readonly leaps: number;
  /** Kinds and sides that do not exist. */
  readonly badRows: number;
  /** Removed levels that were not there: what was removed came before the recording, or was missed. */
  readonly unknownRemovals: number;
  /** Prints while no book was known. */
  readonly tradesWithoutBook: number;
  /** False where the last message has no last row. */
  readonly complete: boolean;
  /** GAP rows, and the share of the time from each to the next CLEAR. */
  readonly marked: { readonly gaps: number; readonly timeShare: number };
  /** Stretches that are not marked. */
  readonly unmarked: readonly TapeGap[];
  readonly facts: ImportFacts | undefined;
  /** What makes the tape unfit, one line each; empty where it is sound. */
  readonly errors: readonly string[];
  /** What a reader should know. */
  readonly warnings: readonly string[];
}

/** What to look for. */
export interface CheckOptions {
  /** Silence of the book (of everything, where there is no book) that counts as a gap, microseconds; 60 s where absent. */
  readonly silence?: number;
  /** What the import saw. */
  readonly facts?: ImportFacts;
}

/** A minute without a change of the book is no market. */
export const SILENCE = 60e6;

const SAMPLE = 100_000;

/** Checks a tape. Never throws for what is in it. */
export function checkTape(tape: Tape, options: CheckOptions = {}): TapeReport {
  const { length, kind, side, flags, exchTs, localTs, priceTicks, qty, lotSize } = tape;
  const silence = options.silence ?? SILENCE;
  const count = { levels: 0, trades: 0, snapshots: 0, messages: 0, gaps: 0 };
  const bad = { qty: 0, price: 0, tick: 0, lot: 0, time: 0, leap: 0, row: 0 };
  const hasBook = kind.includes(LEVEL) || kind.includes(CLEAR);
  const book = createBook();
  const unmarked: TapeGap[] = [];
  // A tape that never says CLEAR is believed from its first level on.
  const saysClear = kind.includes(CLEAR);
  let known = hasBook && !saysClear;
  let marked = false;
  let markedTime = 0;
  let state: "sound" | "crossed" | "locked" | "one-sided" = "one-sided";
  const crossed = { messages: 0, time: 0 };
  const locked = { messages: 0, time: 0 };
  let sideTime = 0;
  let against = 0;
  let compared = 0;
  let unknownRemovals = 0;
  let withoutBook = 0;
  let lastBeat: number | undefined;
  let silent: { readonly fromTs: number } | undefined;
  let [exchRows, exchWorst, localRows, localWorst] = [0, 0, 0, 0];
  const sample: number[] = [];
  const stride = Math.max(1, Math.ceil(length / SAMPLE));
  let [least, most, negative, recorded] = [Infinity, -Infinity, 0, false];

  function endSilence(toTs: number, bookKnown: boolean) {
    if (!silent) return;
    const { fromTs } = silent;
    const reason = `${hasBook ? "no book message" : "no row"} for ${((toTs - fromTs) / 1e6).toFixed(1)} s`;
    unmarked.push({ kind: "silence", fromTs, toTs, reason, bookKnown });
    silent = undefined;
  }

  for (let i = 0; i < length; i++) {
    const k = kind[i]!;
    const s = side[i]!;
    const exch = exchTs[i]!;
    const local = localTs[i]!;
    const price = priceTicks[i]!;
    const q = qty[i]!;
    if (!Number.isFinite(exch) || !Number.isFinite(local)) bad.time++;
    else if (i > 0 && timeOf(tape, i) - timeOf(tape, i - 1) > LONGEST_SILENCE) bad.leap++;
    if (k > WARM || s < SELL || s > BUY || (s === 0 && (k === TRADE || k === WARM))) bad.row++;
    if (k !== WARM) {
      const before = i > 0 && kind[i - 1] !== WARM ? i - 1 : -1;
      if (before >= 0) {
        const exchBack = exchTs[before]! - exch;
        if (exchBack > 0) exchRows++;
        if (exchBack > exchWorst) exchWorst = exchBack;
        const localBack = localTs[before]! - local;
        if (localBack > 0) localRows++;
        if (localBack > localWorst) localWorst = localBack;
        if (localBack < 0) {
          if (marked) markedTime -= localBack;
          else if (known && state !== "one-sided") {
            sideTime -= localBack;
            if (state === "crossed") crossed.time -= localBack;
            else if (state === "locked") locked.time -= localBack;
          }
        }
      }
      const late = local - exch;
      if (late !== 0) recorded = true;
      if (late < 0) negative++;
      if (late < least) least = late;
      if (late > most) most = late;
      if (i % stride === 0 && Number.isFinite(late)) sample.push(late);
    }
    if (k === GAP) {
      count.gaps++;
      marked = true;
      known = !hasBook;
      endSilence(local, false);
      lastBeat = undefined;
      continue;
    }
    const isBook = k === LEVEL || k === CLEAR;
    if (k !== WARM) {
      const beats = isBook || !hasBook;
      // Whatever arrives tells how late it is, so that a silence at the end of a tape is one too.
      if (!silent && lastBeat !== undefined && local - lastBeat > silence) silent = { fromTs: lastBeat };
      if (beats) {
        endSilence(local, k === CLEAR);
        lastBeat = local;
        if (!hasBook) marked = false;
      }
    }
    if (k === CLEAR) {
      count.snapshots++;
      book.clear();
      known = true;
      marked = false;
    } else if (s !== 0) {
      if (!(q >= 0 && q < Infinity) || (q === 0 && k !== LEVEL)) bad.qty++;
      else if (Math.abs(q / lotSize - Math.round(q / lotSize)) > 1e-6 * Math.max(1, q / lotSize)) bad.lot++;
      if (!(price > 0 && price < Infinity)) bad.price++;
      else if (!Number.isInteger(price)) bad.tick++;
    }
    if (k === LEVEL && s !== 0) {
      count.levels++;
      if (book.set(s, price, q) === 0 && q === 0) unknownRemovals++;
    } else if (k === TRADE) {
      count.trades++;
      if (!known) withoutBook++;
      else if (state === "sound") {
        compared++;
        if (s === BUY ? price <= book.bestBid : price >= book.bestAsk) against++;
      }
    }
    if (isBook && (flags[i]! & LAST) !== 0) {
      count.messages++;
      const bid = book.bestBid;
      const ask = book.bestAsk;
      if (!known || bid === NO_BID || ask === NO_ASK) state = "one-sided";
      else state = bid < ask ? "sound" : bid === ask ? "locked" : "crossed";
      if (state === "crossed") crossed.messages++;
      if (state === "locked") locked.messages++;
    }
  }

  endSilence(length > 0 ? localTs[length - 1]! : 0, false);

  const facts = options.facts;
  // What the import knows and a mask has marked already is not told again.
  for (const hole of facts?.holes ?? []) if (!masked(tape, hole)) unmarked.push({ ...hole, kind: "ids" });
  unmarked.sort((a, b) => a.fromTs - b.fromTs);
  const span = length > 0 ? Math.max(0, localTs[length - 1]! - localTs[0]!) : 0;
  const share = (time: number, of: number) => of > 0 ? Math.min(1, time / of) : 0;
  const report = {
    symbol: tape.symbol,
    source: tape.source,
    tickSize: tape.tickSize,
    lotSize,
    rows: length,
    levels: count.levels,
    trades: count.trades,
    snapshots: count.snapshots,
    bookMessages: count.messages,
    startTs: length > 0 ? localTs[0] : undefined,
    endTs: length > 0 ? localTs[length - 1] : undefined,
    exchDisorder: { rows: exchRows, worst: exchWorst },
    localDisorder: { rows: localRows, worst: localWorst },
    latency: recorded ? { min: least, median: medianOf(sample), max: most, negative } : undefined,
    crossed: { messages: crossed.messages, timeShare: share(crossed.time, sideTime) },
    locked: { messages: locked.messages, timeShare: share(locked.time, sideTime) },
    sidesAgainstQuote: against,
    sidesCompared: compared,
    badQuantities: bad.qty,
    badPrices: bad.price,
    offTick: bad.tick,
    offLot: bad.lot,
    badTimes: bad.time,
    leaps: bad.leap,
    badRows: bad.row,
    unknownRemovals,
    tradesWithoutBook: hasBook ? withoutBook : 0,
    complete: length === 0 || (flags[length - 1]! & LAST) !== 0,
    marked: { gaps: count.gaps, timeShare: share(markedTime, span) },
    unmarked,
    facts,
  };
  return { ...report, ...judge(report) };
}

/** Whether a GAP stands where a hole begins and holds until it ends. */
function masked({ length, kind, localTs }: Tape, hole: Hole): boolean {
  for (let i = firstAt(localTs, length, hole.fromTs); i < length && localTs[i]! <= hole.toTs; i++) {
    if (kind[i] === GAP) return true;
  }
  return false;
}

/** First row at or after a time. */
function firstAt(localTs: Float64Array, length: number, ts: number): number {
  let low = 0;
  let high = length;
  while (low < high) {
    const middle = (low + high) >> 1;
    if (localTs[middle]! < ts) low = middle + 1;
    else high = middle;
  }
  return low;
}

function medianOf(values: number[]): number {
  const sorted = Float64Array.from(values).sort();
  return sorted[sorted.length >> 1] ?? 0;
}
