/**
 * The story of a recorded run, from its Parquet files. (I/O)
 *
 * @module
 */

import { createColumn } from "../column.ts";
import { DataError } from "../data_error.ts";
import { listRuns, readTable, tableFiles } from "../recording.ts";
import { readColumns } from "../parquet.ts";
import type { Config } from "../schema.ts";
import type { TableColumns } from "../store_schema.ts";
import { TABLES } from "../store_schema.ts";
import { createGrid } from "../ticks.ts";
import type { Bound, Fill, OrderRecord, Quote, Side } from "../types.ts";
import type { Story } from "./story.ts";

const { run, kind, exch_ts, local_ts, best_bid, best_ask } = TABLES.orderbook;
/** Of the order book only what the mids are made of. */
const TOP = { run, kind, exch_ts, local_ts, best_bid, best_ask } as const;

/**
 * Reads what a run decided, ordered and filled, and the mids it saw.
 *
 * @param root folder of the recordings, `paths.data`
 * @param options.run the latest one where it is not given
 * @throws {DataError} one line, where there is no such run or its market is not known
 */
export async function readStory(
  root: string,
  { run, config }: { readonly run?: string; readonly config: Pick<Config, "fills"> },
): Promise<Story> {
  const runs = listRuns(root);
  const info = run === undefined ? runs.at(-1) : runs.find((known) => known.run === run);
  if (!info) {
    const known = runs.map((one) => one.run).join(", ");
    throw new DataError(`${root}: ${run === undefined ? "no recording here" : `no run ${run} (there is: ${known})`}`);
  }
  if (!info.market) throw new DataError(`${root}: run ${info.run} does not say its tick size`);
  const only = { run: info.run };
  const [quotes, orders, fills] = [
    await readTable(root, "quotes", only),
    await readTable(root, "orders", only),
    await readTable(root, "fills", only),
  ];
  const { base, rules: { tickSize, lotSize } } = info.market;
  const { mids, endTs } = await readMids(root, info.run, tickSize, Math.round(config.fills.feed_latency * 1e6));
  return {
    run: info.run,
    market: info.market,
    quotes: quotes.id.map((_, i) => quoteAt(quotes, i)),
    orders: orders.id.map((_, i) => orderAt(orders, i)),
    fills: fills.id.map((_, i) => fillAt(fills, i)),
    path: { mids, endTs, base, tickSize, lotSize },
  };
}

/** Each mid and when it was known, by the rules of the desk: never before it happened, nor before the one that came earlier. */
async function readMids(root: string, run: string, tickSize: number, feedLatencyUs: number) {
  const grid = createGrid(tickSize);
  const [ts, mid] = [createColumn(), createColumn()];
  let now = -Infinity;
  let endTs: number | undefined;
  for (const file of tableFiles(root, "orderbook")) {
    const rows = await readColumns(file, TOP);
    rows.run.forEach((name, i) => {
      if (name !== run) return;
      const [exch, local] = [rows.exch_ts[i]!, rows.local_ts[i]!];
      now = Math.max(now, local > exch ? local : exch + feedLatencyUs);
      const [bid, ask] = [rows.best_bid[i], rows.best_ask[i]];
      if (rows.kind[i] === "gap" || bid === undefined || ask === undefined || bid >= ask) return;
      endTs = now;
      // In half ticks, as the ledger has it: the same decimals come out.
      const next = grid.decimal(grid.round(bid + ask)) / 2;
      if (next === mid.last) return;
      ts.push(now);
      mid.push(next);
    });
  }
  return { mids: { ts: ts.values(), mid: mid.values() }, endTs };
}

function quoteAt(rows: TableColumns<"quotes">, i: number): Quote {
  return {
    type: "quote",
    id: rows.id[i]!,
    localTs: rows.local_ts[i]!,
    mid: rows.mid[i],
    sigma: rows.sigma[i],
    gamma: rows.gamma[i],
    kappa: rows.kappa[i],
    k: rows.k[i],
    kRaw: rows.k_raw[i],
    tau: rows.tau[i],
    tauFloor: rows.tau_floor[i],
    inventory: rows.inventory[i]!,
    psi: rows.psi[i],
    halfSpread: rows.half_spread[i],
    rawBid: rows.raw_bid[i],
    rawAsk: rows.raw_ask[i],
    bid: rows.bid[i],
    ask: rows.ask[i],
    bidQty: rows.bid_qty[i]!,
    askQty: rows.ask_qty[i]!,
    bound: rows.bound[i] as Bound,
  };
}

function orderAt(rows: TableColumns<"orders">, i: number): OrderRecord {
  return {
    type: "order",
    id: rows.id[i]!,
    quoteId: rows.quote_id[i]!,
    side: rows.side[i] as Side,
    priceTicks: rows.price_ticks[i]!,
    lots: rows.lots[i]!,
    price: rows.price[i]!,
    qty: rows.qty[i]!,
    sentTs: rows.sent_ts[i]!,
    acceptedTs: rows.accepted_ts[i],
    queueAhead: rows.queue_ahead[i],
    touchDistance: rows.touch_distance[i],
    cancelSentTs: rows.cancel_sent_ts[i],
    filledQty: rows.filled_qty[i]!,
    localTs: rows.local_ts[i]!,
    end: rows.end[i] as OrderRecord["end"],
  };
}

function fillAt(rows: TableColumns<"fills">, i: number): Fill {
  return {
    type: "fill",
    id: rows.id[i]!,
    orderId: rows.order_id[i]!,
    side: rows.side[i] as Side,
    priceTicks: rows.price_ticks[i]!,
    lots: rows.lots[i]!,
    price: rows.price[i]!,
    qty: rows.qty[i]!,
    liquidity: rows.liquidity[i] as Fill["liquidity"],
    fee: rows.fee[i]!,
    feeCurrency: rows.fee_currency[i]!,
    exchTs: rows.exch_ts[i]!,
    localTs: rows.local_ts[i]!,
    mid: rows.mid[i]!,
    spread: rows.spread[i]!,
    quoteId: rows.quote_id[i]!,
  };
}
