/**
 * A symbol's filters, as `exchangeInfo` states them, against one order. Definitions: Binance's `filters.md`. Filters are
 * looked at in the order in which the symbol lists them; the first that fails is the answer.
 *
 * @module
 */
import { ONE, type Units, units } from "./money.ts";
import type { OrderType, Side } from "./order.ts";

/** A filter of `exchangeInfo`. */
export type Filter = Readonly<Record<string, unknown>>;

/** What the filters look at. */
export interface Candidate {
  readonly side: Side;
  readonly type: OrderType;
  readonly price?: Units;
  readonly qty?: Units;
  readonly quoteOrderQty?: Units;
  /** Average price of the last minutes; undefined where nothing ever traded, and then no filter can compare with it. */
  readonly average?: Units;
  /** Orders the account has open on the symbol. */
  readonly openOrders: number;
}

/** Smallest, largest and step of a quantity; 0 switches a rule off. */
export interface Range {
  readonly min: Units;
  readonly max: Units;
  readonly step: Units;
}

/** A symbol's rules. */
export interface Filters {
  /** The name of the first filter that fails: `PRICE_FILTER`. */
  failure(candidate: Candidate): string | undefined;
  readonly price: Range;
  readonly lot: Range;
  readonly marketLot: Range;
  readonly averageMinutes: number;
  readonly maxAmendments: number;
}

type Rule = (candidate: Candidate) => boolean;

const NO_RANGE: Range = { min: 0n, max: 0n, step: 0n };

/** @throws {RangeError} where a filter's number is none. */
export function createFilters(filters: readonly Filter[]): Filters {
  const rules: [name: string, passes: Rule][] = [];
  const find = (type: string) => filters.find((filter) => filter.filterType === type);
  for (const filter of filters) {
    const rule = ruleOf(filter);
    if (rule !== undefined) rules.push([String(filter.filterType), rule]);
  }
  const reference = find("PERCENT_PRICE_BY_SIDE") ?? find("NOTIONAL") ?? find("MIN_NOTIONAL");
  return {
    failure: (candidate) => rules.find(([, passes]) => !passes(candidate))?.[0],
    price: rangeOf(find("PRICE_FILTER"), "Price", "tickSize"),
    lot: rangeOf(find("LOT_SIZE"), "Qty", "stepSize"),
    marketLot: rangeOf(find("MARKET_LOT_SIZE"), "Qty", "stepSize"),
    averageMinutes: Number(reference?.avgPriceMins ?? 5),
    maxAmendments: Number(find("MAX_NUM_ORDER_AMENDS")?.maxNumOrderAmends ?? Infinity),
  };
}

/** Undefined for a filter that no order of ours can fail: icebergs, stops and lists do not exist here. */
function ruleOf(filter: Filter): Rule | undefined {
  switch (filter.filterType) {
    case "PRICE_FILTER": {
      const range = rangeOf(filter, "Price", "tickSize");
      return ({ price }) => price === undefined || within(price, range);
    }
    case "LOT_SIZE": {
      const range = rangeOf(filter, "Qty", "stepSize");
      return ({ qty }) => qty === undefined || within(qty, range);
    }
    case "MARKET_LOT_SIZE": {
      const range = rangeOf(filter, "Qty", "stepSize");
      return ({ type, qty }) => type !== "MARKET" || qty === undefined || within(qty, range);
    }
    case "PERCENT_PRICE":
      return percentRule((name) => filter[`multiplier${name}`]);
    case "PERCENT_PRICE_BY_SIDE":
      return percentRule((name, side) => filter[`${side === "BUY" ? "bid" : "ask"}Multiplier${name}`]);
    case "MIN_NOTIONAL":
      return notionalRule(filter.minNotional, undefined, filter.applyToMarket === true, false);
    case "NOTIONAL":
      return notionalRule(
        filter.minNotional,
        filter.maxNotional,
        filter.applyMinToMarket === true,
        filter.applyMaxToMarket === true,
      );
    case "MAX_NUM_ORDERS": {
      const most = Number(filter.maxNumOrders);
      return ({ openOrders }) => openOrders < most;
    }
    default:
      return undefined;
  }
}

function rangeOf(filter: Filter | undefined, what: "Price" | "Qty", step: string): Range {
  if (filter === undefined) return NO_RANGE;
  const read = (key: string) => units(String(filter[key] ?? "0"));
  return { min: read(`min${what}`), max: read(`max${what}`), step: read(step) };
}

/** Whether a value keeps to a range. */
export function within(value: Units, { min, max, step }: Range): boolean {
  return value >= min && (max === 0n || value <= max) && (step === 0n || value % step === 0n);
}

function percentRule(multiplier: (name: "Up" | "Down", side: Side) => unknown): Rule {
  const limits = (side: Side) =>
    [units(String(multiplier("Down", side))), units(String(multiplier("Up", side)))] as const;
  const bySide = { BUY: limits("BUY"), SELL: limits("SELL") };
  return ({ side, price, average }) => {
    if (price === undefined || average === undefined) return true;
    const [down, up] = bySide[side];
    // Compared at sixteen digits, so that no rounding moves the edge.
    return price * ONE <= average * up && price * ONE >= average * down;
  };
}

function notionalRule(min: unknown, max: unknown, minToMarket: boolean, maxToMarket: boolean): Rule {
  const least = units(String(min)) * ONE;
  const most = max === undefined ? undefined : units(String(max)) * ONE;
  return ({ type, price, qty, quoteOrderQty, average }) => {
    const market = type === "MARKET";
    const value = quoteOrderQty !== undefined ? quoteOrderQty * ONE : product(market ? average : price, qty);
    if (value === undefined) return true;
    if ((!market || minToMarket) && value < least) return false;
    return most === undefined || (market && !maxToMarket) || value <= most;
  };
}

function product(price: Units | undefined, qty: Units | undefined): Units | undefined {
  return price === undefined || qty === undefined ? undefined : price * qty;
}
