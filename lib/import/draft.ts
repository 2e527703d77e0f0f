/**
 * Rows on their way to a tape: decimal prices until the step is known, one draft for each stream of a source.
 *
 * @module
 */

import { DataError } from "../data_error.ts";
import type { Conversion } from "./contracts.ts";
import { type MarketOptions, stepOf } from "./market.ts";
import { type Columns, createRowColumns } from "../row_columns.ts";
import { LEVEL, type Tape, type TapeInfo, TRADE, WARM } from "../tape.ts";
import { createGrid, type Grid } from "../ticks.ts";

/** A growing stream of rows. */
export interface Draft {
  /** As `TapeBuilder.row`, but the price is a decimal. */
  row(kind: number, side: number, flags: number, exchTs: number, localTs: number, price: number, qty: number): void;
  /** Sets flags of the latest row: a message's last row is known only when the next message begins. */
  mark(flags: number): void;
  readonly length: number;
  /** Most decimals needed by a price and by a quantity. */
  priceDecimals: number;
  qtyDecimals: number;
  /** Longer than its rows. */
  readonly columns: Columns;
}

/** An empty draft. */
export function createDraft(): Draft {
  const rows = createRowColumns();
  return {
    row: rows.row,
    mark(flags) {
      if (rows.length > 0) rows.columns.flags[rows.length - 1]! |= flags;
    },
    get length() {
      return rows.length;
    },
    priceDecimals: 0,
    qtyDecimals: 0,
    get columns() {
      return rows.columns;
    },
  };
}

/**
 * Merges streams into a tape. Order: `(localTs, exchTs, stream, position)`, so that within a stream nothing is moved. Give the
 * trades first: a book message of the same microsecond usually shows what the trade has left.
 *
 * @param conversion where quantities are not of the base
 * @throws {DataError} where nothing was read, or a price is not on a step that was given
 */
export function mergeDrafts(
  place: string,
  drafts: readonly Draft[],
  names: Pick<TapeInfo, "symbol" | "base" | "quote" | "source">,
  options: MarketOptions,
  conversion?: Conversion,
): Tape {
  const length = drafts.reduce((sum, draft) => sum + draft.length, 0);
  if (length === 0) throw new DataError(`${place}: has no rows`);
  const tickSize = options.tickSize ?? stepOf(Math.max(...drafts.map((draft) => draft.priceDecimals)));
  const qtyDecimals = Math.max(...drafts.map((draft) => draft.qtyDecimals));
  const baseGrid = conversion?.grid(qtyDecimals, highest(drafts));
  const lotSize = options.lotSize ?? baseGrid?.step ?? stepOf(qtyDecimals);
  for (const [name, value] of [["tick size", tickSize], ["lot size", lotSize]] as const) {
    if (!(value > 0 && value < Infinity)) throw new DataError(`${name} = ${value}, must be a positive number`);
  }
  const kind = new Uint8Array(length);
  const side = new Int8Array(length);
  const flags = new Uint8Array(length);
  const exchTs = new Float64Array(length);
  const localTs = new Float64Array(length);
  const priceTicks = new Float64Array(length);
  const qty = new Float64Array(length);

  const columns = drafts.map((draft) => draft.columns);
  const heads = drafts.map(() => 0);
  for (let out = 0; out < length;) {
    const from = earliest(drafts, columns, heads);
    const source = columns[from]!;
    const begin = heads[from]!;
    // A message is never torn apart.
    let end = begin + 1;
    while (end < drafts[from]!.length && (source.flags[end - 1]! & 1) === 0) end++;
    for (let i = begin; i < end; i++, out++) {
      kind[out] = source.kind[i]!;
      side[out] = source.side[i]!;
      flags[out] = source.flags[i]!;
      exchTs[out] = source.exchTs[i]!;
      localTs[out] = source.localTs[i]!;
      priceTicks[out] = source.price[i]!;
      qty[out] = source.qty[i]!;
    }
    heads[from] = end;
  }
  if (conversion) toBase(place, conversion, baseGrid!, priceTicks, qty);
  const source = conversion ? `${names.source}, ${conversion.of}` : names.source;
  const rows = { kind, side, priceTicks };
  toTicks(place, tickSize, rows);
  const step = options.tickSize === undefined ? widen(tickSize, rows) : tickSize;
  return { ...names, source, tickSize: step, lotSize, length, kind, side, flags, exchTs, localTs, priceTicks, qty };
}

/** The highest price; 1 where there is none. */
function highest(drafts: readonly Draft[]): number {
  let price = 0;
  for (const { length, columns } of drafts) {
    for (let i = 0; i < length; i++) if (columns.price[i]! > price) price = columns.price[i]!;
  }
  return price > 0 ? price : 1;
}

/** Stream whose next row comes first. */
function earliest(drafts: readonly Draft[], columns: readonly Columns[], heads: readonly number[]): number {
  let best = -1;
  let local = Infinity;
  let exch = Infinity;
  for (let i = 0; i < drafts.length; i++) {
    const head = heads[i]!;
    if (head >= drafts[i]!.length) continue;
    const l = columns[i]!.localTs[head]!;
    const e = columns[i]!.exchTs[head]!;
    if (best < 0 || l < local || (l === local && e < exch)) {
      best = i;
      local = l;
      exch = e;
    }
  }
  return best;
}

/** So many different prices that are all multiples of a step are not so by chance. */
const ENOUGH = 50;

/** Makes of ticks told from decimals the venue's own where that is wider, as 0.5 is than 0.1. Returns their size. */
function widen(tickSize: number, { side, priceTicks }: Pick<Tape, "side" | "priceTicks">): number {
  let common = 0;
  const seen = new Set<number>();
  for (let i = 0; i < priceTicks.length && common !== 1; i++) {
    if (side[i] === 0) continue;
    const ticks = priceTicks[i]!;
    if (seen.size < ENOUGH) seen.add(ticks);
    for (let rest = common > 0 && ticks % common === 0 ? 0 : ticks; rest > 0;) [common, rest] = [rest, common % rest];
  }
  if (common < 2 || seen.size < ENOUGH) return tickSize;
  // Steps are 1, 2, 2.5 or 5 of some power of ten.
  const power = 10 ** Math.floor(Math.log10(common));
  const times = [50, 25, 20, 10, 5, 2].map((n) => n * power / 10).find((n) => Number.isInteger(n) && common % n === 0);
  if (times === undefined) return tickSize;
  for (let i = 0; i < priceTicks.length; i++) priceTicks[i]! /= times;
  return createGrid(tickSize).decimal(times);
}

/** @param prices decimals still */
function toBase(place: string, { base, of }: Conversion, grid: Grid, prices: Float64Array, qty: Float64Array): void {
  for (let i = 0; i < qty.length; i++) {
    const given = qty[i]!;
    if (given === 0) continue;
    qty[i] = grid.decimal(grid.round(base(given, prices[i]!)));
    if (!(qty[i]! > 0)) {
      throw new DataError(
        `${place}: quantity ${given} at ${prices[i]}, ${of}, is too little of the base to tell`,
      );
    }
  }
}

/** How far from a whole step, in steps, a price may be and still mean it. */
const TOLERANCE = 1e-4;

function toTicks(place: string, tickSize: number, tape: Pick<Tape, "kind" | "side" | "priceTicks">): void {
  const grid = createGrid(tickSize);
  const { kind, side, priceTicks } = tape;
  for (let i = 0; i < priceTicks.length; i++) {
    const k = kind[i]!;
    if (side[i] === 0 || (k !== LEVEL && k !== TRADE && k !== WARM)) continue;
    const price = priceTicks[i]!;
    const ticks = grid.round(price);
    if (ticks < 1 || Math.abs(price / tickSize - ticks) > TOLERANCE + 1e-12 * ticks) {
      throw new DataError(`${place}: price ${price} is not a multiple of the tick size ${tickSize}`);
    }
    if (!Number.isSafeInteger(ticks)) {
      throw new DataError(`${place}: price ${price} is more than 2^53 ticks of ${tickSize}`);
    }
    priceTicks[i] = ticks;
  }
}
