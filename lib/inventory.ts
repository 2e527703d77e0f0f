/**
 * What we hold: position, cash and fees, and how much more we may hold. Pure.
 *
 * Position and cash are sums of integers (lots, ticks × lots), so they never drift; decimals are made on the way out.
 *
 * @module
 */

import { feeInQuote } from "./fee.ts";
import { createRecentIds } from "./recent_ids.ts";
import { createGrid } from "./ticks.ts";
import type { Fill, Side } from "./types.ts";

/** Position, cash and room. */
export interface Inventory {
  /** Books a fill, however small. An id that is among the last ten thousand is ignored: returns false. */
  update(fill: Fill): boolean;
  /** Signed position in lots. */
  readonly lots: number;
  /** Signed position, base. */
  readonly position: number;
  /** Quote currency received minus spent, before fees. */
  readonly cash: number;
  /** Fees paid so far, by currency; negative is rebates received. */
  readonly fees: ReadonlyMap<string, number>;
  /** The same in quote currency, as far as their value is known. */
  readonly feesInQuote: number;
  /** Cash plus position at the given mid, before fees, quote. */
  grossEquity(mid: number): number;
  /**
   * Lots that may still be ordered on a side without |position| passing the cap if everything resting there were filled.
   * Never negative.
   */
  room(side: Side, restingLots: number): number;
  /** The hedge flag: |position| has reached `hedgeAt`. Nothing trades on it yet. */
  readonly shouldHedge: boolean;
  /** From now on another cap and threshold of the hedge flag, base. @throws {RangeError} where qMax is not positive */
  configure(limits: Pick<InventoryOptions, "qMax" | "hedgeAt">): void;
}

/** Units: sizes in base. */
export interface InventoryOptions {
  readonly tickSize: number;
  readonly lotSize: number;
  readonly qMax: number;
  readonly hedgeAt: number;
  /** The pair's currencies, for the value of fees; without them every fee counts as it is. */
  readonly base?: string;
  readonly quote?: string;
  readonly opening?: Opening;
}

/** What is held at the start, from an earlier run, and the price that its gains count from. */
export interface Opening {
  readonly lots: number;
  readonly priceTicks: number;
}

/** Ids of fills that are still recognised. */
const REMEMBERED = 10_000;

/** @throws {RangeError} where qMax is not positive */
export function createInventory(options: InventoryOptions): Inventory {
  const { tickSize, lotSize, base, quote, opening = { lots: 0, priceTicks: 0 }, ...limits } = options;
  const lotGrid = createGrid(lotSize);
  const tickGrid = createGrid(tickSize);
  let cap: number, hedgeAt: number;
  configure(limits);
  const seen = createRecentIds(REMEMBERED);
  const fees = new Map<string, number>();
  let lots = opening.lots;
  let cashTickLots = 0 - opening.lots * opening.priceTicks;
  let feesInQuote = 0;

  function configure(limits: Pick<InventoryOptions, "qMax" | "hedgeAt">) {
    if (!(limits.qMax > 0)) throw new RangeError(`risk.q_max = ${limits.qMax}, must be > 0 (base)`);
    cap = lotGrid.floor(limits.qMax);
    hedgeAt = limits.hedgeAt;
  }

  const position = () => lotGrid.decimal(lots);
  const cash = () => tickGrid.decimal(cashTickLots) * lotSize;
  return {
    update(fill) {
      if (!seen.add(fill.id)) return false;
      const signed = fill.side === "buy" ? fill.lots : -fill.lots;
      lots += signed;
      cashTickLots -= signed * fill.priceTicks;
      fees.set(fill.feeCurrency, (fees.get(fill.feeCurrency) ?? 0) + fill.fee);
      feesInQuote += feeInQuote(fill, base, quote) ?? 0;
      return true;
    },
    get lots() {
      return lots;
    },
    get position() {
      return position();
    },
    get cash() {
      return cash();
    },
    fees,
    get feesInQuote() {
      return feesInQuote;
    },
    grossEquity: (mid) => cash() + position() * mid,
    room: (side, restingLots) => Math.max(0, cap - (side === "buy" ? lots : -lots) - restingLots),
    get shouldHedge() {
      return Math.abs(position()) >= hedgeAt;
    },
    configure,
  };
}
