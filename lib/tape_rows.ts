import { CLEAR, LEVEL, type Tape, TRADE, WARM } from "./tape.ts";

/**
 * What is wrong with the first row that cannot be: `row 100: qty = NaN, must be …`; undefined where every row can be. What a market
 * would not do, such as a crossed book or a gap, is for `checkTape` to say.
 *
 * @param before {@linkcode timeOf} the row in front of the first one, where there is one
 */
export function impossibleRow(tape: Tape, before = Infinity): string | undefined {
  for (let from = 0; from < tape.length; from += BLOCK) {
    const to = Math.min(tape.length, from + BLOCK);
    const latest = from > 0 ? timeOf(tape, from - 1) : before;
    const found = isUsual(tape, from, to, latest) ? undefined : firstImpossible(tape, from, to, latest);
    if (found !== undefined) return found;
  }
  return undefined;
}

/**
 * Refuses rows that cannot be.
 *
 * @param before what the call for the rows in front of these returned
 * @returns when the last row is known at the latest; `before` where there is none
 * @throws {RangeError} with the source, the row, its value and the bound
 */
export function checkRows(tape: Tape, before?: number): number | undefined {
  const impossible = impossibleRow(tape, before);
  if (impossible !== undefined) throw new RangeError(`${tape.source}: ${impossible}`);
  return tape.length === 0 ? before : timeOf(tape, tape.length - 1);
}

/** No recording is silent for longer; a row further ahead has another clock or is of another recording. 31 days, microseconds. */
export const LONGEST_SILENCE = 31 * 86_400e6;

/** When a row is known at the latest: a receive time that was not recorded is that of the exchange. */
export function timeOf({ exchTs, localTs }: Pick<Tape, "exchTs" | "localTs">, row: number): number {
  return Math.max(exchTs[row]!, localTs[row]!);
}

const BLOCK = 1 << 12;

/**
 * Whether all rows are levels, prints and the like with plain numbers in every column: what nearly all rows are, told in half the
 * time. False says nothing.
 */
function isUsual(tape: Tape, from: number, to: number, before: number): boolean {
  const { kind, side, exchTs, localTs, priceTicks, qty } = tape;
  let latest = before;
  // Stays 0 as long as all are whole: what is infinite or not a number leaves NaN.
  let rest = 0;
  for (let i = from; i < to; i++) {
    const k = kind[i]!, s = side[i]!, q = qty[i]!, ticks = priceTicks[i]!, exch = exchTs[i]!, local = localTs[i]!;
    if (!(q >= 0) || (s !== 0 ? !(ticks > 0) || s * s > 1 : k === TRADE || k === WARM)) return false;
    if (k !== LEVEL && (k > WARM || (q === 0 && (k === TRADE || k === WARM)))) return false;
    const ts = exch > local ? exch : local;
    if (ts - latest > LONGEST_SILENCE) return false;
    latest = ts;
    rest += (exch - Math.floor(exch)) + (local - Math.floor(local)) + (ticks - Math.floor(ticks)) + (q - q);
  }
  return rest === 0;
}

function firstImpossible(tape: Tape, from: number, to: number, before: number): string | undefined {
  const { kind, side, exchTs, localTs, priceTicks, qty } = tape;
  for (let i = from; i < to; i++) {
    const k = kind[i]!, s = side[i]!, q = qty[i]!, ticks = priceTicks[i]!;
    const isPrint = k === TRADE || k === WARM;
    const isLevel = k === LEVEL && s !== 0;
    if (k > WARM) return say(i, "kind", k, `must be 0 to ${WARM}`);
    if (s > 1 || s < -1 || (isPrint && s === 0)) {
      return say(i, "side", s, `must be ${isPrint ? "1 or -1" : "-1, 0 or 1"}`);
    }
    // Not a number fails every comparison.
    if (!(q >= 0 && q < Infinity) || (isPrint && q === 0)) {
      return say(i, "qty", q, `must be ${isPrint ? "> 0" : ">= 0"} and finite (base)`);
    }
    if ((isPrint || isLevel) && !(ticks > 0 && Number.isInteger(ticks))) {
      return say(i, "price_ticks", ticks, "must be a whole number > 0");
    }
    if (!Number.isInteger(exchTs[i]!)) return say(i, "exch_ts", exchTs[i]!, "must be whole microseconds");
    if (!Number.isInteger(localTs[i]!)) return say(i, "local_ts", localTs[i]!, "must be whole microseconds");
    const ts = timeOf(tape, i);
    const ahead = ts - (i > from ? timeOf(tape, i - 1) : before);
    if (ahead > LONGEST_SILENCE) {
      const days = (ahead / 86_400e6).toFixed(1);
      const bound = `${days} days after the row before it, must be within 31: a wrong clock, or two recordings`;
      return say(i, ts === localTs[i] ? "local_ts" : "exch_ts", ts, bound);
    }
  }
  return undefined;
}

/** Why the strategy will not quote on a tape, whatever else is on it; undefined where it can. */
export function unquotable({ kind }: Pick<Tape, "kind">): string | undefined {
  if (kind.includes(CLEAR)) return undefined;
  return kind.includes(LEVEL)
    ? "no snapshot of the book (no CLEAR row): what the levels add up to is not known"
    : "no book, trades alone";
}

function say(row: number, column: string, value: number, bound: string): string {
  return `row ${row}: ${column} = ${value}, ${bound}`;
}
