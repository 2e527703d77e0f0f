/**
 * What the exchange says of an account, asked past everything that is being tested: plain signed requests. And how it compares
 * with what a session believes.
 *
 * @module
 */
import type { Fill } from "../lib/types.ts";

/** A trade as `myTrades` has it. */
export interface TruthTrade {
  readonly id: number;
  readonly orderId: number;
  readonly price: string;
  readonly qty: string;
  readonly commission: string;
  readonly commissionAsset: string;
  readonly isBuyer: boolean;
  readonly isMaker: boolean;
}

/** An order as `openOrders` has it. */
export interface TruthOrder {
  readonly orderId: number;
  readonly clientOrderId: string;
  readonly side: "BUY" | "SELL";
  readonly price: string;
  readonly origQty: string;
  readonly executedQty: string;
}

/** The account at one moment. */
export interface Truth {
  readonly orders: readonly TruthOrder[];
  /** Since the trade asked for, oldest first. */
  readonly trades: readonly TruthTrade[];
  /** Free and locked together, in units of 1e-8. */
  readonly totals: Readonly<Record<string, bigint>>;
  readonly locked: Readonly<Record<string, bigint>>;
}

/** Asks the exchange: `GET` with these parameters, signed. */
export type Ask = (path: string, params: Record<string, string | number>) => Promise<unknown>;

const PAGE = 1000;

/** @param fromId the first trade to tell */
export async function readTruth(ask: Ask, symbol: string, fromId: number): Promise<Truth> {
  const trades: TruthTrade[] = [];
  for (;;) {
    const next = trades.length === 0 ? fromId : trades.at(-1)!.id + 1;
    const page = await ask("myTrades", { symbol, fromId: next, limit: PAGE }) as TruthTrade[];
    trades.push(...page);
    if (page.length < PAGE) break;
  }
  const orders = await ask("openOrders", { symbol }) as TruthOrder[];
  const { balances } = await ask("account", {}) as { balances: { asset: string; free: string; locked: string }[] };
  return {
    orders,
    trades,
    totals: Object.fromEntries(balances.map(({ asset, free, locked }) => [asset, units(free) + units(locked)])),
    locked: Object.fromEntries(balances.map(({ asset, locked }) => [asset, units(locked)])),
  };
}

/** What a session believes at that moment. */
export interface Belief {
  readonly fills: readonly Fill[];
  /** Base, since the start. */
  readonly position: number;
  /** Orders that it holds to be working. */
  readonly orders: readonly { readonly orderId: string | undefined; readonly price: number; readonly leaves: number }[];
}

/** How they differ: nothing, if all is well. */
export interface Difference {
  /** Trades of the exchange that the session does not have. */
  readonly lost: readonly string[];
  /** Trades that it has twice, or that the exchange does not have. */
  readonly double: readonly string[];
  /** Open orders that it does not know. */
  readonly orphans: readonly string[];
  /** Anything else: a trade's numbers, an order, the position, a balance. */
  readonly mismatches: readonly string[];
  /** Trades in which the session took. */
  readonly taker: number;
}

/** Whether nothing differs. */
export const isEqual = ({ lost, double, orphans, mismatches }: Difference) =>
  lost.length + double.length + orphans.length + mismatches.length === 0;

/**
 * @param opening the balances when the session began
 * @param pair base and quote as the exchange names them
 */
export function compareTruth(
  truth: Truth,
  belief: Belief,
  opening: Readonly<Record<string, bigint>>,
  pair: readonly [base: string, quote: string],
): Difference {
  const [base, quote] = pair;
  const mismatches: string[] = [];
  const seen = new Map<string, Fill>();
  const double: string[] = [];
  for (const fill of belief.fills) {
    if (seen.has(fill.id)) double.push(`trade ${fill.id} twice`);
    seen.set(fill.id, fill);
  }
  const flows: Record<string, bigint> = { ...opening };
  const add = (asset: string, amount: bigint) => void (flows[asset] = (flows[asset] ?? 0n) + amount);
  let position = 0n;
  for (const { side, qty, price, fee, feeCurrency } of belief.fills) {
    const sign = side === "buy" ? 1n : -1n;
    position += sign * units(qty);
    add(base, sign * units(qty));
    add(quote, -sign * (units(price) * units(qty) / ONE));
    add(feeCurrency, -units(fee));
  }
  const lost: string[] = [];
  for (const trade of truth.trades) {
    const fill = seen.get(String(trade.id));
    seen.delete(String(trade.id));
    if (fill === undefined) {
      lost.push(`trade ${trade.id} of order ${trade.orderId}`);
      continue;
    }
    const same = fill.orderId === String(trade.orderId) && (fill.side === "buy") === trade.isBuyer &&
      units(fill.price) === units(trade.price) && units(fill.qty) === units(trade.qty) &&
      units(fill.fee) === units(trade.commission) && fill.feeCurrency === trade.commissionAsset &&
      (fill.liquidity === "maker") === trade.isMaker;
    if (!same) mismatches.push(`trade ${trade.id}: ${JSON.stringify(trade)} is not ${JSON.stringify(fill)}`);
  }
  for (const id of seen.keys()) double.push(`trade ${id} is not the exchange's`);
  if (units(belief.position) !== position) {
    mismatches.push(`position ${belief.position}, by the fills ${Number(position) / 1e8}`);
  }
  for (const [asset, total] of Object.entries(truth.totals)) {
    const expected = flows[asset] ?? 0n;
    if (total !== expected) mismatches.push(`${asset}: ${show(expected)}, at the exchange ${show(total)}`);
  }
  const orphans = compareOrders(truth, belief, mismatches);
  return { lost, double, orphans, mismatches, taker: truth.trades.filter(({ isMaker }) => !isMaker).length };
}

/** Returns the open orders that nobody here knows. */
function compareOrders(truth: Truth, belief: Belief, mismatches: string[]): string[] {
  const known = new Map(belief.orders.map((order) => [order.orderId, order]));
  const orphans: string[] = [];
  for (const { orderId, clientOrderId, price, origQty, executedQty } of truth.orders) {
    const order = known.get(String(orderId));
    known.delete(String(orderId));
    if (order === undefined) orphans.push(`order ${clientOrderId}`);
    else if (units(order.price) !== units(price) || units(order.leaves) !== units(origQty) - units(executedQty)) {
      mismatches.push(
        `order ${clientOrderId}: ${JSON.stringify(order)}, at the exchange ${price} ${origQty} ${executedQty}`,
      );
    }
  }
  for (const id of known.keys()) mismatches.push(`order ${id} is not open at the exchange`);
  return orphans;
}

const ONE = 100_000_000n;

/** Decimals as whole units of 1e-8, exact: the exchange has no finer ones. */
function units(amount: string | number): bigint {
  return BigInt(Math.round(Number(amount) * 1e8));
}

const show = (amount: bigint) => (Number(amount) / 1e8).toFixed(8);
