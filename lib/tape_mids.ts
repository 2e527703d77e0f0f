import { createBook } from "./book.ts";
import { CLEAR, LAST, LEVEL, type Tape } from "./tape.ts";
import { createGrid } from "./ticks.ts";
import type { MidPoint } from "./volatility.ts";

/** The mids of a tape, one for each change of it, at our times. Nothing while the book is empty or crossed. */
export function tapeMids(tape: Tape): MidPoint[] {
  const book = createBook();
  const grid = createGrid(tape.tickSize);
  const mids: MidPoint[] = [];
  let last = NaN;
  for (let i = 0; i < tape.length; i++) {
    const kind = tape.kind[i]!;
    if (kind === CLEAR) book.clear();
    else if (kind === LEVEL && tape.side[i] !== 0) book.set(tape.side[i]!, tape.priceTicks[i]!, tape.qty[i]!);
    if ((kind !== LEVEL && kind !== CLEAR) || (tape.flags[i]! & LAST) === 0 || !book.sound) continue;
    const halfTicks = book.bestBid + book.bestAsk;
    if (halfTicks !== last) mids.push({ ts: tape.localTs[i]!, mid: grid.decimal(halfTicks) / 2 });
    last = halfTicks;
  }
  return mids;
}
