/**
 * The tables of a recording: their columns, kinds and units. Writer, reader, tests and documentation follow this file.
 *
 * Prices are in quote currency per base unit, quantities in base units, times in integer microseconds UTC.
 *
 * @module
 */

/**
 * What a column holds; a question mark allows the unknown (null in the file, `undefined` in memory).
 * `int` is INT64, `time` TIMESTAMP in microseconds UTC, `real` DOUBLE, `reals` LIST of DOUBLE, `text` UTF-8.
 */
export type Kind = "text" | "text?" | "int" | "int?" | "time" | "real" | "real?" | "reals";

/** Column names and kinds, in file order. */
export type TableSpec = Readonly<Record<string, Kind>>;

/** The value of one cell. */
export type Cell<K extends Kind> = K extends "text" ? string
  : K extends "text?" ? string | undefined
  : K extends "int?" | "real?" ? number | undefined
  : K extends "reals" ? readonly number[]
  : number;

/** One row. */
export type Row<T extends TableSpec> = { readonly [N in keyof T]: Cell<T[N]> };

/** A table in memory: one array a column, all of equal length. */
export type Columns<T extends TableSpec> = { readonly [N in keyof T]: Cell<T[N]>[] };

/** Every table, by the name of its folder. */
export const TABLES = {
  /**
   * One row a message: `snapshot` is the whole book, `delta` the levels it set (quantity 0 removed one), `top` the best
   * levels where the venue's client shows no more than that, `gap` a loss.
   */
  orderbook: {
    run: "text",
    seq: "int",
    symbol: "text",
    kind: "text",
    exch_ts: "time",
    local_ts: "time",
    first_id: "int?",
    last_id: "int?",
    bid_price: "reals",
    bid_qty: "reals",
    ask_price: "reals",
    ask_qty: "reals",
    best_bid: "real?",
    best_ask: "real?",
    reason: "text?",
    detail: "text?",
  },
  /** One row a print: `stream`, `backfill` or `recovered`; `gap` a loss. `side` is the aggressor's. */
  trades: {
    run: "text",
    seq: "int",
    symbol: "text",
    kind: "text",
    trade_id: "text?",
    side: "text?",
    price: "real?",
    qty: "real?",
    exch_ts: "time",
    local_ts: "time",
    reason: "text?",
    detail: "text?",
  },
  /** One row a decision of the strategy, with every term of the formula. */
  quotes: {
    run: "text",
    seq: "int?",
    symbol: "text",
    id: "int",
    local_ts: "time",
    mid: "real?",
    sigma: "real?",
    gamma: "real?",
    kappa: "real?",
    k: "real?",
    k_raw: "real?",
    tau: "real?",
    tau_floor: "real?",
    k_tau: "real?",
    inventory: "real",
    psi: "real?",
    half_spread: "real?",
    raw_bid: "real?",
    raw_ask: "real?",
    bid: "real?",
    ask: "real?",
    bid_rounding: "real?",
    ask_rounding: "real?",
    bid_qty: "real",
    ask_qty: "real",
    bound: "text",
  },
  /** One row an execution of one of our orders. */
  fills: {
    run: "text",
    seq: "int?",
    symbol: "text",
    id: "text",
    order_id: "text",
    side: "text",
    price_ticks: "int",
    lots: "int",
    price: "real",
    qty: "real",
    liquidity: "text",
    fee: "real",
    fee_currency: "text",
    exch_ts: "time",
    local_ts: "time",
    mid: "real",
    spread: "real",
    quote_id: "int",
  },
  /** One row an order of ours, when it is over. `accepted_ts` and `cancel_sent_ts` are microseconds UTC. */
  orders: {
    run: "text",
    seq: "int?",
    symbol: "text",
    id: "text",
    quote_id: "int",
    side: "text",
    price_ticks: "int",
    lots: "int",
    price: "real",
    qty: "real",
    sent_ts: "time",
    accepted_ts: "int?",
    queue_ahead: "real?",
    touch_distance: "real?",
    cancel_sent_ts: "int?",
    filled_qty: "real",
    local_ts: "time",
    end: "text",
  },
  /**
   * One row a step in the life of a real order: what was sent, what came back, what it made of it. `wall_ms` is the wall clock,
   * Unix time in ms; `state` what we knew after it.
   */
  order_events: {
    run: "text",
    seq: "int?",
    symbol: "text",
    local_ts: "time",
    wall_ms: "real",
    client_id: "text",
    order_id: "text?",
    side: "text",
    price: "real?",
    qty: "real",
    event: "text",
    state: "text",
    executed: "real",
    detail: "text?",
    quote_id: "int",
  },
  /** One row a point of the equity curve, in quote currency; `position` in base. */
  pnl: {
    run: "text",
    seq: "int?",
    symbol: "text",
    local_ts: "time",
    equity: "real?",
    cash: "real",
    position: "real",
    mid: "real?",
    spread_captured: "real?",
    inventory_pnl: "real?",
    fees: "real?",
  },
  /** One row a transition: started, gap, cancelled, resumed, killed, stopped … `wall_ms` is the wall clock, Unix time in ms. */
  risk: {
    run: "text",
    seq: "int?",
    symbol: "text",
    local_ts: "time",
    event: "text",
    reason: "text?",
    detail: "text?",
    wall_ms: "real?",
  },
} as const satisfies Readonly<Record<string, TableSpec>>;

/** Name of a table, and of its folder. */
export type TableName = keyof typeof TABLES;

/** Columns of one table by its name. */
export type TableColumns<N extends TableName> = Columns<(typeof TABLES)[N]>;

/** Microseconds of an hour. */
const HOUR = 3_600_000_000;

/** Start of the UTC hour a time lies in, microseconds. */
export function hourOf(ts: number): number {
  return Math.floor(ts / HOUR) * HOUR;
}

/** `YYYY-MM-DD/hh` of an hour, UTC: where its rows are, without the ending. */
export function hourPath(hour: number): string {
  const iso = new Date(hour / 1000).toISOString();
  return `${iso.slice(0, 10)}/${iso.slice(11, 13)}`;
}
