import { createColumn } from "./column.ts";
import { createSum } from "./compensated_sum.ts";
import { feeInQuote } from "./fee.ts";
import { createHalfTicks } from "./half_ticks.ts";
import type { Opening } from "./inventory.ts";
import { createGrid } from "./ticks.ts";
import type { Fill } from "./types.ts";

/** Where the money is, and where it came from. Everything in quote currency but the position. */
export interface LedgerPoint {
  /** cash + position × mid − fees */
  readonly equity: number;
  /** Received minus paid for fills, before fees. */
  readonly cash: number;
  /** base */
  readonly position: number;
  /** quote per base */
  readonly mid: number;
  /** Σ side·(mid when it happened − price)·qty: what a fill earned at once. */
  readonly spreadCaptured: number;
  /** Σ position × move of the mid; for a fill, from the mid when it happened. */
  readonly inventoryPnl: number;
  /** Paid, as far as their value is known; negative is rebates. */
  readonly fees: number;
}

/** Points of equal spacing in time, one column each. */
export type LedgerCurve = { readonly [K in keyof LedgerPoint | "ts"]: Float64Array };

/** Everything that {@link calcMetrics} needs to know about a run beside its fills. */
export interface LedgerPath {
  readonly tickSize: number;
  readonly lotSize: number;
  readonly base: string | undefined;
  readonly quote?: string;
  /** Fees in a third currency whose value is not known, and which equity therefore does not count: currency and amount. */
  readonly unvaluedFees: ReadonlyMap<string, number>;
  /** Time of the first mid, and of the last thing that happened in the market or to us, microseconds; undefined without a mid. */
  readonly startTs: number | undefined;
  readonly endTs: number | undefined;
  /** Each mid and the time from which it was in force (microseconds; quote per base). */
  readonly mids: { readonly ts: Float64Array; readonly mid: Float64Array };
  /** Each position and the time from which we knew to hold it (microseconds; base). */
  readonly positions: { readonly ts: Float64Array; readonly position: Float64Array };
  /** The state at the first mid, then at each mark. */
  readonly curve: LedgerCurve;
  /** The state at the end; undefined before the first mid. */
  readonly final: LedgerPoint | undefined;
  /** Equity minus (captured + inventory − fees), each side summed on its own from integers: 0 unless the books are wrong. */
  readonly identityError: number;
}

/** The books of one run. */
export interface Ledger {
  /** The mid is this from `now` on. In ticks, halves included; microseconds. */
  mid(midTicks: number, now: number): void;
  /** A fill, when we learn of it. */
  fill(fill: Fill): void;
  /** Note a point of the equity curve, at a time of the caller's regular grid. */
  mark(now: number): void;
  /** The run goes on until now at least, whether anything happens or not. */
  last(now: number): void;
  /** The state now; undefined before the first mid. */
  now(): LedgerPoint | undefined;
  /** Copies of all that was noted. */
  path(): LedgerPath;
}

/** Units: price and quantity steps in quote per base and base. */
export interface LedgerOptions {
  readonly tickSize: number;
  readonly lotSize: number;
  /** The pair's currencies, for the value of fees: see {@link feeInQuote}. */
  readonly base?: string;
  readonly quote?: string;
  readonly opening?: Opening;
}

/**
 * PnL and its parts. Prices are half ticks and quantities lots, so that money is a sum of integers and the identity
 * equity = spread captured + inventory × mid moves − fees holds however many fills there were. Only fees are
 * decimals; their sum is compensated. A mid between half ticks is rounded to the nearest one.
 *
 * @throws {RangeError} for a step that is not positive, or money beyond 2^53 half ticks × lots
 */
export function createLedger(options: LedgerOptions): Ledger {
  const { tickSize, lotSize, base, quote, opening = { lots: 0, priceTicks: 0 } } = options;
  const halfTicks = createHalfTicks(tickSize, lotSize);
  const { money, price } = halfTicks;
  const lotsGrid = createGrid(lotSize);
  // Fields, since a variable of a closure would be a new number on the heap each time. Mid in half ticks, money in half ticks × lots.
  const at = {
    ts: NaN,
    mid: NaN,
    lots: opening.lots,
    cash: 0 - opening.lots * 2 * opening.priceTicks,
    captured: 0,
    moved: 0,
  };
  const paid = createSum();
  const unvalued = new Map<string, number>();
  let startTs: number | undefined;
  const midTs = createColumn(), mids = createColumn();
  const positionTs = createColumn(), positions = createColumn();
  const curve = {
    ts: createColumn(),
    equity: createColumn(),
    cash: createColumn(),
    position: createColumn(),
    mid: createColumn(),
    spreadCaptured: createColumn(),
    inventoryPnl: createColumn(),
    fees: createColumn(),
  };

  function seen(ts: number) {
    startTs ??= ts;
    if (!(at.ts >= ts)) at.ts = ts;
  }

  function now(): LedgerPoint | undefined {
    if (Number.isNaN(at.mid)) return undefined;
    return {
      equity: money(at.cash + at.lots * at.mid) - paid.value,
      cash: money(at.cash),
      position: lotsGrid.decimal(at.lots),
      mid: price(at.mid),
      spreadCaptured: money(at.captured),
      inventoryPnl: money(at.moved),
      fees: paid.value,
    };
  }

  function note(ts: number) {
    const point = now();
    if (point === undefined) return;
    curve.ts.push(ts);
    for (const key of Object.keys(point) as (keyof LedgerPoint)[]) curve[key].push(point[key]);
  }

  function setMid(midTicks: number, ts: number) {
    seen(ts);
    const next = Math.round(2 * midTicks);
    if (next === at.mid) return;
    const first = Number.isNaN(at.mid);
    at.moved += at.lots * (next - (first ? 2 * opening.priceTicks : at.mid));
    if (first && at.lots !== 0) {
      positionTs.push(ts);
      positions.push(lotsGrid.decimal(at.lots));
    }
    at.mid = next;
    midTs.push(ts);
    mids.push(price(at.mid));
    if (first) note(ts);
  }

  return {
    mid: setMid,
    fill(fill) {
      seen(fill.localTs);
      const signed = fill.side === "buy" ? fill.lots : -fill.lots;
      const then = halfTicks.of(fill.mid);
      at.cash -= signed * 2 * fill.priceTicks;
      at.captured += signed * (then - 2 * fill.priceTicks);
      // The mid may have moved before we learned of the fill; before any mid was seen, its own is the first.
      if (Number.isNaN(at.mid)) setMid(then / 2, fill.localTs);
      at.moved += signed * (at.mid - then);
      at.lots += signed;
      if (!Number.isSafeInteger(at.cash) || !Number.isSafeInteger(at.lots * at.mid)) {
        throw new RangeError(
          `ledger: ${at.cash} half ticks × lots, must stay below 2^53: a tick of ${tickSize} or a lot of ${lotSize} is too fine`,
        );
      }
      const fee = feeInQuote(fill, base, quote);
      if (fee === undefined) unvalued.set(fill.feeCurrency, (unvalued.get(fill.feeCurrency) ?? 0) + fill.fee);
      else paid.add(fee);
      positionTs.push(fill.localTs);
      positions.push(lotsGrid.decimal(at.lots));
    },
    mark(ts) {
      if (!Number.isNaN(at.mid)) seen(ts);
      note(ts);
    },
    last(ts) {
      if (startTs !== undefined) seen(ts);
    },
    now,
    path() {
      const columns = Object.fromEntries(Object.entries(curve).map(([key, column]) => [key, column.values()]));
      const final = now();
      return {
        tickSize,
        lotSize,
        base,
        quote,
        unvaluedFees: new Map(unvalued),
        startTs,
        endTs: Number.isNaN(at.ts) ? undefined : at.ts,
        mids: { ts: midTs.values(), mid: mids.values() },
        positions: { ts: positionTs.values(), position: positions.values() },
        curve: columns as LedgerCurve,
        final,
        // In whole half ticks × lots, where sums are exact: decimals of parts that nearly cancel would add an error of their own.
        identityError: final === undefined ? 0 : money(at.cash + at.lots * at.mid - (at.captured + at.moved)),
      };
    },
  };
}
