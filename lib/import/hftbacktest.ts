/**
 * hftbacktest's event arrays (`.npz`) as a tape, and a tape as one of them (I/O).
 *
 * Flags of an event, from hftbacktest's `types.py`: the low byte is its kind, the high bits say who sees it (31 the exchange, 30 we) and
 * its side (29 bid or buying, 28 ask or selling). An event that both see at different places of the order is there twice, once for each;
 * a tape has it once, where we see it, with both times. hftbacktest counts nanoseconds; a tape keeps whole microseconds.
 *
 * @module
 */

import { conversionOf } from "./contracts.ts";
import { DataError } from "../data_error.ts";
import { createDraft, mergeDrafts } from "./draft.ts";
import type { ImportFacts } from "./facts.ts";
import { decimalsOf, marketNames, type MarketOptions } from "./market.ts";
import { plausible } from "./time.ts";
import { EVENT_BYTES, readNpz, writeNpz } from "./npz.ts";
import { BUY, CLEAR, GAP, LAST, LEVEL, SELL, type Tape, TRADE } from "../tape.ts";
import { createGrid } from "../ticks.ts";

const DEPTH = 1;
const TRADED = 2;
const DEPTH_CLEAR = 3;
const DEPTH_SNAPSHOT = 4;
const KIND = 0xff;
const LOCAL = 0x40000000;
const BUYS = 0x20000000;
const SELLS = 0x10000000;

/** Kinds of hftbacktest that are about single orders, which a level-2 tape cannot hold. */
const ORDERS: Readonly<Record<number, string>> = { 10: "add", 11: "cancel", 12: "modify", 13: "fill" };

const THOUSANDTH = 1000;
const HIGH = 2 ** 32;

/** Whole microseconds of a time in nanoseconds, exact: such times do not fit a double. */
function microsOf(view: DataView, at: number): number {
  const high = view.getInt32(at + 4, true);
  const low = view.getUint32(at, true);
  const whole = Math.floor(high / THOUSANDTH);
  return whole * HIGH + Math.floor(((high - whole * THOUSANDTH) * HIGH + low) / THOUSANDTH);
}

function writeNanos(view: DataView, at: number, us: number): void {
  const high = Math.floor(us / HIGH);
  const low = (us - high * HIGH) * THOUSANDTH;
  view.setUint32(at, low % HIGH, true);
  view.setInt32(at + 4, high * THOUSANDTH + Math.floor(low / HIGH), true);
}

/**
 * Reads events. A clear of part of a side becomes a CLEAR and the levels that it left, so that the book is the same.
 *
 * @throws {DataError} one line with file, row and value
 */
export async function importHftbacktest(path: string, options: MarketOptions, facts: ImportFacts): Promise<Tape> {
  const draft = createDraft();
  const names = marketNames(path, undefined, options.symbol);
  const conversion = conversionOf(path, undefined, names, options.contractSize);
  let row = 0;
  let begun = false;
  let clearing = false;
  let exch = 0;
  let local = 0;
  let lastLocal = -Infinity;

  const fail = (why: string): never => {
    throw new DataError(`${path} row ${row}: ${why}`);
  };

  // Levels by price. Kept only from a clear to the end of its message: until then the draft has them.
  const bids = new Map<number, number>();
  const asks = new Map<number, number>();
  let bookFrom = 0;

  function setLevel(side: number, price: number, qty: number) {
    const levels = side === BUY ? bids : asks;
    if (qty > 0) levels.set(price, qty);
    else levels.delete(price);
  }

  function clear(side: number, px: number) {
    if (!clearing) {
      bids.clear();
      asks.clear();
      const { kind, side, price, qty } = draft.columns;
      for (let i = bookFrom; i < draft.length; i++) if (kind[i] === LEVEL) setLevel(side[i]!, price[i]!, qty[i]!);
    }
    // The run of clears and snapshot rows is one message; what they left is written when it is over.
    clearing = true;
    const partly = side !== 0 && px > 0 && px < Infinity;
    for (const [levels, s] of [[bids, BUY], [asks, SELL]] as const) {
      if (side !== 0 && side !== s) continue;
      for (const price of levels.keys()) if (!partly || (price - px) * s >= 0) levels.delete(price);
    }
  }

  function endMessage() {
    if (clearing) {
      clearing = false;
      restate();
    } else draft.mark(LAST);
  }

  /** The whole book as one message. */
  function restate() {
    begun = true;
    bookFrom = draft.length;
    draft.row(CLEAR, 0, 0, exch, local, 0, 0);
    for (const [levels, s] of [[bids, BUY], [asks, SELL]] as const) {
      for (const [price, qty] of [...levels].sort(([a], [b]) => (b - a) * s)) {
        draft.row(LEVEL, s, 0, exch, local, price, qty);
      }
    }
    draft.mark(LAST);
  }

  function event(view: DataView, at: number) {
    const flags = view.getUint32(at, true);
    if (view.getUint32(at + 4, true) !== 0) fail(`ev has unknown flags above bit 31`);
    if ((flags & LOCAL) === 0) {
      // Ours comes at another place; one that nobody sees is no event.
      return;
    }
    const kind = flags & KIND;
    if (ORDERS[kind]) fail(`ev says "${ORDERS[kind]} order": order by order data (level 3) is not supported`);
    if (kind < DEPTH || kind > DEPTH_SNAPSHOT) return;
    const exchTs = plausible(microsOf(view, at + 8)) ?? fail("exch_ts is no time of this century in nanoseconds");
    const localTs = plausible(microsOf(view, at + 16)) ?? fail("local_ts is no time of this century in nanoseconds");
    if (localTs < lastLocal) fail(`local_ts goes back by ${(lastLocal - localTs) / 1e6} s: events are out of order`);
    lastLocal = localTs;
    const px = view.getFloat64(at + 24, true);
    const qty = view.getFloat64(at + 32, true);
    const side = (flags & BUYS) !== 0 ? BUY : (flags & SELLS) !== 0 ? SELL : 0;
    if ((flags & BUYS) !== 0 && (flags & SELLS) !== 0) fail("ev is of both sides");
    const together = localTs === local && exchTs === exch;
    if (kind === DEPTH_CLEAR) {
      if (!together || !clearing) endMessage();
      exch = exchTs;
      local = localTs;
      return clear(side, px);
    }
    if (!(px > 0 && px < Infinity)) fail(`px = ${px}, must be a positive number`);
    if (!(qty >= 0 && qty < Infinity)) fail(`qty = ${qty}, must not be negative`);
    draft.priceDecimals = decimalsOf(px, draft.priceDecimals);
    draft.qtyDecimals = decimalsOf(qty, draft.qtyDecimals);
    if (kind === TRADED) {
      endMessage();
      exch = local = 0;
      if (qty === 0) facts.emptyTrades++;
      else if (side === 0) facts.unknownSides++;
      else draft.row(TRADE, side, LAST, exchTs, localTs, px, qty);
      return;
    }
    if (side === 0) fail("a book event without a side");
    if (!together || (clearing && kind === DEPTH)) endMessage();
    exch = exchTs;
    local = localTs;
    if (clearing) return setLevel(side, px, qty);
    if (!begun) {
      begun = true;
      draft.row(CLEAR, 0, 0, exchTs, localTs, 0, 0);
    }
    draft.row(LEVEL, side, 0, exchTs, localTs, px, qty);
  }

  facts.files.push(path);
  facts.read += await readNpz(path, (view, count) => {
    for (let i = 0; i < count; i++) {
      row++;
      event(view, i * EVENT_BYTES);
    }
  });
  endMessage();
  return mergeDrafts(path, [draft], { ...names, source: `hftbacktest events, ${row} rows` }, options, conversion);
}

/**
 * Writes a tape as hftbacktest's events: market data alone, without warm-up prints. A CLEAR, and the beginning of a gap, clears both
 * sides.
 *
 * @param options as {@linkcode writeNpz}
 * @returns number of events written
 */
export function exportHftbacktest(path: string, tape: Tape, options: { compress?: boolean } = {}): number {
  const { side, exchTs, localTs, priceTicks, qty } = tape;
  const grid = createGrid(tape.tickSize);
  const events = eventsOf(tape);
  const { rows, seen } = bothOrders(tape);
  writeNpz(path, rows.length, (view, from, count) => {
    for (let i = 0; i < count; i++) {
      const row = rows[from + i]!;
      const at = i * EVENT_BYTES;
      const event = events[row]!;
      const flags = event | (side[row] === BUY ? BUYS : side[row] === SELL ? SELLS : 0) | seen[from + i]! << 30;
      view.setUint32(at, flags >>> 0, true);
      writeNanos(view, at + 8, exchTs[row]!);
      writeNanos(view, at + 16, localTs[row]!);
      if (event === DEPTH_CLEAR) continue;
      view.setFloat64(at + 24, grid.decimal(priceTicks[row]!), true);
      view.setFloat64(at + 32, qty[row]!, true);
    }
  }, options);
  return rows.length;
}

/** hftbacktest's kind of each row; the levels that follow a CLEAR in its message are a snapshot. */
function eventsOf({ length, kind, flags }: Tape): Uint8Array {
  const events = new Uint8Array(length);
  let snapshot = false;
  for (let i = 0; i < length; i++) {
    const k = kind[i]!;
    if (k === CLEAR) snapshot = true;
    events[i] = k === TRADE ? TRADED : k !== LEVEL ? DEPTH_CLEAR : snapshot ? DEPTH_SNAPSHOT : DEPTH;
    if ((flags[i]! & LAST) !== 0) snapshot = false;
  }
  return events;
}

/** The rows in the exchange's order and in ours at once; `seen` is 1 for us, 2 for the exchange, 3 for both. */
function bothOrders({ length, kind, side, exchTs, localTs }: Tape): { rows: Uint32Array; seen: Uint8Array } {
  const wanted = (i: number) =>
    kind[i] === CLEAR || kind[i] === GAP || ((kind[i] === LEVEL || kind[i] === TRADE) && side[i] !== 0);
  const kept = Uint32Array.from({ length }, (_, i) => i).filter(wanted);
  const byExch = kept.slice();
  const byLocal = kept.slice();
  const ordered = (ts: Float64Array) => kept.every((row, i) => i === 0 || ts[row]! >= ts[kept[i - 1]!]!);
  if (!ordered(exchTs)) byExch.sort((a, b) => exchTs[a]! - exchTs[b]! || a - b);
  if (!ordered(localTs)) byLocal.sort((a, b) => localTs[a]! - localTs[b]! || a - b);
  const rows = new Uint32Array(2 * kept.length);
  const seen = new Uint8Array(2 * kept.length);
  let e = 0;
  let l = 0;
  let out = 0;
  while (e < kept.length || l < kept.length) {
    const a = byExch[e];
    const b = byLocal[l];
    const both = a === b;
    const first = !both && a !== undefined &&
      (b === undefined || exchTs[a]! < exchTs[b]! || (exchTs[a] === exchTs[b] && localTs[a]! <= localTs[b]!));
    rows[out] = both || first ? a! : b!;
    seen[out++] = both ? 3 : first ? 2 : 1;
    if (both || first) e++;
    if (both || !first) l++;
  }
  return { rows: rows.slice(0, out), seen: seen.slice(0, out) };
}
