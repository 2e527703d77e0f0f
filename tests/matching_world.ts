/**
 * A small market for the tests of the matching engine, and short ways to speak to it.
 *
 * @module
 */
import { createAccount } from "testnet/engine/account.ts";
import { createClientIds } from "testnet/engine/client_ids.ts";
import type { Engine, EngineOptions, SymbolRules } from "testnet/engine/commands.ts";
import { type Commissions, standardCommissions } from "testnet/engine/commission.ts";
import { createEngine } from "testnet/engine/engine.ts";
import { formatUnits, units } from "testnet/engine/money.ts";
import type { NewOrder } from "testnet/engine/order.ts";
import { Rejection } from "testnet/engine/rejection.ts";

/** One cent ticks, lots of 0.001, at least 5 quote, at most 8 open orders. */
export const RULES: SymbolRules = {
  symbol: "BTCUSDT",
  baseAsset: "BTC",
  quoteAsset: "USDT",
  filters: [
    { filterType: "PRICE_FILTER", minPrice: "0.01", maxPrice: "1000.00", tickSize: "0.01" },
    { filterType: "LOT_SIZE", minQty: "0.001", maxQty: "100", stepSize: "0.001" },
    { filterType: "MARKET_LOT_SIZE", minQty: "0", maxQty: "40", stepSize: "0" },
    {
      filterType: "PERCENT_PRICE_BY_SIDE",
      bidMultiplierUp: "1.2",
      bidMultiplierDown: "0.2",
      askMultiplierUp: "5",
      askMultiplierDown: "0.8",
      avgPriceMins: 5,
    },
    {
      filterType: "NOTIONAL",
      minNotional: "5",
      applyMinToMarket: true,
      maxNotional: "9000",
      applyMaxToMarket: false,
      avgPriceMins: 5,
    },
    { filterType: "MAX_NUM_ORDERS", maxNumOrders: 8 },
  ],
  allowedSelfTradePreventionModes: ["NONE", "EXPIRE_TAKER", "EXPIRE_MAKER", "EXPIRE_BOTH", "DECREMENT"],
  defaultSelfTradePreventionMode: "EXPIRE_MAKER",
  orderTypes: ["LIMIT", "LIMIT_MAKER", "MARKET"],
  quoteOrderQtyMarketAllowed: true,
  cancelReplaceAllowed: true,
  amendAllowed: true,
};

/** 0.1 % each. */
export const TEN_BPS: Commissions = standardCommissions(units("0.001"), units("0.001"));

/** An engine with accounts 1 to `count`, each with 100 BTC and 10000 USDT. */
export function createWorld(
  options: Partial<EngineOptions> & { count?: number; commissions?: Commissions; balances?: Record<string, string> } =
    {},
): Engine {
  const engine = createEngine({ rules: RULES, clientOrderId: createClientIds(1), ...options });
  const balances = Object.fromEntries(
    Object.entries(options.balances ?? { BTC: "100", USDT: "10000" }).map(([asset, text]) => [asset, units(text)]),
  );
  for (let id = 1; id <= (options.count ?? 3); id++) {
    engine.open(createAccount({ id, commissions: options.commissions ?? TEN_BPS, balances }));
  }
  return engine;
}

/** `order("BUY 2 @ 100")`, `order("SELL 2 @ 100 IOC")`, `order("BUY 1")` for MARKET, `order("BUY 100 USDT")`. */
export function order(text: string, more: Partial<NewOrder> = {}): NewOrder {
  const [, side, amount, quote, price, word] =
    /^(BUY|SELL) ([\d.]+)( USDT)?(?: @ ([\d.]+))?(?: (GTC|IOC|FOK|MAKER))?$/.exec(text) ?? [];
  if (side === undefined) throw new RangeError(`order = ${text}`);
  const limit = price === undefined ? {} : { price: units(price) };
  return {
    side: side as "BUY" | "SELL",
    type: price === undefined ? "MARKET" : word === "MAKER" ? "LIMIT_MAKER" : "LIMIT",
    ...(price === undefined || word === "MAKER" ? {} : { timeInForce: (word ?? "GTC") as "GTC" }),
    ...limit,
    ...(quote === undefined ? { qty: units(amount!) } : { quoteOrderQty: units(amount!) }),
    ...more,
  };
}

/** Amounts as short texts: `1.5`. */
export function plain(amount: bigint): string {
  return formatUnits(amount).replace(/\.?0+$/, "");
}

/** The refusal a command ends in, as `-2010 Duplicate order sent.` */
export function refusal(command: () => unknown): string {
  try {
    command();
  } catch (error) {
    if (error instanceof Rejection) return `${error.code} ${error.message}`;
    throw error;
  }
  return "accepted";
}
