import { CLEAR, LEVEL, type Tape, TRADE, WARM } from "./tape.ts";

/**
 * What is wrong with the first row that cannot be: `row 100: qty = NaN, must be …`; undefined where every row can be. What a market
 * would not do, such as a crossed book or a gap, is for `checkTape` to say.
 */
export function impossibleRow(tape: Tape): string | undefined {
  const { length, kind, side, exchTs, localTs, priceTicks, qty } = tape;
  for (let i = 0; i < length; i++) {
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
