/**
 * Records as rows of the recorder's tables, and back. Pure.
 *
 * @module
 */

import type { OrderEvent } from "./order_event.ts";
import type { Columns, Row, TABLES } from "./store_schema.ts";
import type { Book, Fill, Gap, GapReason, Level, MarketEvent, OrderRecord, Quote, Side, Trade } from "./types.ts";

/** Columns that every table has. */
interface Common<S extends number | undefined> {
  readonly run: string;
  readonly seq: S;
  readonly symbol: string;
}

type TableRow<N extends keyof typeof TABLES> = Row<(typeof TABLES)[N]>;

const NO_LEVELS = { bid_price: [], bid_qty: [], ask_price: [], ask_qty: [] };
const prices = (levels: readonly Level[]) => levels.map((level) => level[0]);
const quantities = (levels: readonly Level[]) => levels.map((level) => level[1]);

/** The whole book of a snapshot, what a message changed, or all that is shown where the changes are not known. */
export function bookRow(common: Common<number>, book: Book): TableRow<"orderbook"> {
  const { bids, asks } = book.changes ?? book;
  return {
    ...common,
    kind: book.snapshot ? "snapshot" : book.changes ? "delta" : "top",
    exch_ts: book.exchTs,
    local_ts: book.localTs,
    first_id: book.firstId,
    last_id: book.lastId,
    bid_price: prices(bids),
    bid_qty: quantities(bids),
    ask_price: prices(asks),
    ask_qty: quantities(asks),
    best_bid: book.bids[0]?.[0],
    best_ask: book.asks[0]?.[0],
    reason: undefined,
    detail: undefined,
  };
}

/** A print. */
export function tradeRow(common: Common<number>, trade: Trade): TableRow<"trades"> {
  return {
    ...common,
    kind: trade.origin ?? "stream",
    trade_id: trade.id,
    side: trade.side,
    price: trade.price,
    qty: trade.qty,
    exch_ts: trade.exchTs,
    local_ts: trade.localTs,
    reason: undefined,
    detail: undefined,
  };
}

/** A loss, as a row of the table of its stream. */
export function gapRow(common: Common<number>, gap: Gap) {
  const what = {
    ...common,
    kind: "gap",
    exch_ts: gap.exchTs,
    local_ts: gap.localTs,
    reason: gap.reason,
    detail: gap.detail,
  };
  const orderbook: TableRow<"orderbook"> = {
    ...what,
    ...NO_LEVELS,
    first_id: undefined,
    last_id: undefined,
    best_bid: undefined,
    best_ask: undefined,
  };
  const trades: TableRow<"trades"> = {
    ...what,
    trade_id: undefined,
    side: undefined,
    price: undefined,
    qty: undefined,
  };
  return { orderbook, trades };
}

/** A decision, with k·tau and with what rounding did to the bare formula: as sent minus as computed. */
export function quoteRow(common: Common<number | undefined>, quote: Quote): TableRow<"quotes"> {
  return {
    ...common,
    id: quote.id,
    local_ts: quote.localTs,
    mid: quote.mid,
    sigma: quote.sigma,
    gamma: quote.gamma,
    kappa: quote.kappa,
    k: quote.k,
    k_raw: quote.kRaw,
    tau: quote.tau,
    tau_floor: quote.tauFloor,
    k_tau: combine(quote.k, quote.tau, (k, tau) => k * tau),
    inventory: quote.inventory,
    psi: quote.psi,
    half_spread: quote.halfSpread,
    raw_bid: quote.rawBid,
    raw_ask: quote.rawAsk,
    bid: quote.bid,
    ask: quote.ask,
    bid_rounding: combine(quote.bid, quote.rawBid, (sent, raw) => sent - raw),
    ask_rounding: combine(quote.ask, quote.rawAsk, (sent, raw) => sent - raw),
    bid_qty: quote.bidQty,
    ask_qty: quote.askQty,
    bound: quote.bound,
  };
}

function combine(a: number | undefined, b: number | undefined, f: (a: number, b: number) => number) {
  return a === undefined || b === undefined ? undefined : f(a, b);
}

/** An execution. */
export function fillRow(common: Common<number | undefined>, fill: Fill): TableRow<"fills"> {
  return {
    ...common,
    id: fill.id,
    order_id: fill.orderId,
    side: fill.side,
    price_ticks: fill.priceTicks,
    lots: fill.lots,
    price: fill.price,
    qty: fill.qty,
    liquidity: fill.liquidity,
    fee: fill.fee,
    fee_currency: fill.feeCurrency,
    exch_ts: fill.exchTs,
    local_ts: fill.localTs,
    mid: fill.mid,
    spread: fill.spread,
    quote_id: fill.quoteId,
  };
}

/** The life of an order. */
export function orderRow(common: Common<number | undefined>, order: OrderRecord): TableRow<"orders"> {
  return {
    ...common,
    id: order.id,
    quote_id: order.quoteId,
    side: order.side,
    price_ticks: order.priceTicks,
    lots: order.lots,
    price: order.price,
    qty: order.qty,
    sent_ts: order.sentTs,
    accepted_ts: order.acceptedTs,
    queue_ahead: order.queueAhead,
    touch_distance: order.touchDistance,
    cancel_sent_ts: order.cancelSentTs,
    filled_qty: order.filledQty,
    local_ts: order.localTs,
    end: order.end,
  };
}

/** A point of the equity curve. Money in quote currency, position in base. */
export interface PnlRow {
  readonly localTs: number;
  readonly equity?: number;
  readonly cash: number;
  readonly position: number;
  readonly mid?: number;
  readonly spreadCaptured?: number;
  readonly inventoryPnl?: number;
  readonly fees?: number;
}

/** A transition. `wallMs` is the wall clock, Unix time in milliseconds. */
export interface RiskRow {
  readonly localTs: number;
  readonly event: string;
  readonly reason?: string;
  readonly detail?: string;
  readonly wallMs?: number;
}

/** A step in the life of a real order. */
export function orderEventRow(common: Common<number | undefined>, event: OrderEvent): TableRow<"order_events"> {
  return {
    ...common,
    local_ts: event.localTs,
    wall_ms: event.wallMs,
    client_id: event.clientId,
    order_id: event.orderId,
    side: event.side,
    price: event.price,
    qty: event.qty,
    event: event.event,
    state: event.state,
    executed: event.executed,
    detail: event.detail,
    quote_id: event.quoteId,
  };
}

/** A point of the equity curve. */
export function pnlRow(common: Common<number | undefined>, row: PnlRow): TableRow<"pnl"> {
  const { localTs, equity, cash, position, mid, spreadCaptured, inventoryPnl, fees } = row;
  const parts = { spread_captured: spreadCaptured, inventory_pnl: inventoryPnl, fees };
  return { ...common, local_ts: localTs, equity, cash, position, mid, ...parts };
}

/** A transition. */
export function riskRow(common: Common<number | undefined>, row: RiskRow): TableRow<"risk"> {
  const { localTs, event, reason, detail, wallMs } = row;
  return { ...common, local_ts: localTs, event, reason, detail, wall_ms: wallMs };
}

/** The event that row `i` of the order book's table was made from; a book has no more levels than the message had. */
export function bookEvent(columns: Columns<typeof TABLES.orderbook>, i: number): MarketEvent {
  const symbol = columns.symbol[i]!;
  const kind = columns.kind[i]!;
  const exchTs = columns.exch_ts[i]!;
  const localTs = columns.local_ts[i]!;
  if (kind === "gap") return gapEvent("book", symbol, columns.reason[i], columns.detail[i], exchTs, localTs);
  const bids = levels(columns.bid_price[i]!, columns.bid_qty[i]!);
  const asks = levels(columns.ask_price[i]!, columns.ask_qty[i]!);
  const shown = kind === "top" ? { bids, asks } : { bids: [], asks: [], changes: { bids, asks } };
  const [firstId, lastId] = [columns.first_id[i], columns.last_id[i]];
  return { type: "book", symbol, ...shown, snapshot: kind === "snapshot", firstId, lastId, exchTs, localTs };
}

/** The event that row `i` of the table of trades was made from. */
export function tradeEvent(columns: Columns<typeof TABLES.trades>, i: number): MarketEvent {
  const symbol = columns.symbol[i]!;
  const kind = columns.kind[i]!;
  const exchTs = columns.exch_ts[i]!;
  const localTs = columns.local_ts[i]!;
  if (kind === "gap") return gapEvent("trades", symbol, columns.reason[i], columns.detail[i], exchTs, localTs);
  return {
    type: "trade",
    symbol,
    id: columns.trade_id[i]!,
    side: columns.side[i] as Side,
    price: columns.price[i]!,
    qty: columns.qty[i]!,
    exchTs,
    localTs,
    origin: kind as Trade["origin"],
  };
}

function gapEvent(
  stream: Gap["stream"],
  symbol: string,
  reason: string | undefined,
  detail: string | undefined,
  exchTs: number,
  localTs: number,
): Gap {
  return {
    type: "gap",
    symbol,
    stream,
    reason: (reason ?? "error") as GapReason,
    detail: detail ?? "",
    exchTs,
    localTs,
  };
}

function levels(price: readonly number[], qty: readonly number[]): Level[] {
  return price.map((p, i) => [p, qty[i]!]);
}
