/**
 * What a run left behind, as far as explanations need it. Pure.
 *
 * @module
 */

import { reachOf } from "../attribution.ts";
import { orderLatency } from "../order_latency.ts";
import type { BacktestReport } from "../backtest.ts";
import type { LedgerPath } from "../ledger.ts";
import type { Config } from "../schema.ts";
import type { Session, SessionReport } from "../session.ts";
import type { Fill, Market, OrderRecord, Quote } from "../types.ts";

/** Decisions, orders, fills and the mids around them, each in order of time. */
export interface Story {
  readonly run: string;
  readonly market: Market;
  readonly quotes: readonly Quote[];
  readonly orders: readonly OrderRecord[];
  readonly fills: readonly Fill[];
  /** What was behind the fills, where only the latest decisions and orders are above. */
  readonly behind?: { readonly quotes: readonly Quote[]; readonly orders: readonly OrderRecord[] };
  readonly path: Pick<LedgerPath, "mids" | "endTs" | "base" | "tickSize" | "lotSize">;
}

/** What may be explained: a session, running or ended, a backtest that kept quotes and orders, or a recording that was read. */
export type Explicable = Story | Session | SessionReport | BacktestReport;

/** What the parts of a fill's PnL depend on. */
export type ExplainConfig = Pick<Config, "model" | "fills" | "measured">;

/** Reads the story out of whatever has one. */
export function storyOf(source: Explicable): Story {
  if ("story" in source) return source.story();
  if (!("metrics" in source)) return source;
  const { path } = source.metrics;
  const { quotes, orders, fills } = source;
  if ("market" in source) {
    const { run, market, behind } = source;
    return { run, market, quotes, orders, fills, behind, path };
  }
  const [base = "base", quote = "quote"] = source.symbol.split(/[/:]/);
  const rules = { tickSize: path.tickSize, lotSize: path.lotSize };
  return { run: "backtest", market: { symbol: source.symbol, base, quote, rules }, quotes, orders, fills, path };
}

/** Horizon and reach as a run's attribution has them. */
export function attributionOf(config: ExplainConfig) {
  return { horizonSeconds: config.model.markout_horizon, reachUs: reachOf(orderLatency(config)) };
}
