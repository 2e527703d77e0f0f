/**
 * A trial: one parameter set on one day of one recording. What it is known by, and what is kept of it. Pure.
 *
 * @module
 */

import { createHash } from "node:crypto";
import type { BacktestReport } from "./backtest.ts";
import { batchShare } from "./batch_share.ts";
import { realisedCapture } from "./cell_report.ts";
import type { Config } from "./schema.ts";
import type { Row, TableSpec } from "./store_schema.ts";

/** Columns of a trial. `returns` are the changes of net equity from point to point of its curve, quote. */
export const TRIAL = {
  day: "text",
  day_id: "text",
  config_id: "text",
  config: "text",
  symbol: "text",
  fills: "int",
  fills_hash: "text",
  seconds: "real",
  period_seconds: "real",
  gross: "real",
  net: "real",
  spread: "real",
  latency: "real",
  adverse_selection: "real",
  inventory: "real",
  fees: "real",
  turnover: "real",
  max_drawdown: "real?",
  below_cap: "real?",
  capture: "real?",
  returns: "reals",
} as const satisfies TableSpec;

/** One trial. */
export type Trial = Row<typeof TRIAL>;

/** The part of a configuration that decides what a backtest does, with its keys in one order. */
export function decidingConfig({ model, quotes, risk, fees, fills, session, measured }: Config): string {
  const { label: _, ...rates } = fees;
  const { latency_file, ...rest } = fills;
  // What was measured counts, not where it is kept.
  const latencies = measured?.[latency_file];
  const latency = latencies === undefined
    ? {}
    : { latency: shortHash(...Object.values(latencies).map(({ buffer }) => new Uint8Array(buffer))) };
  const parts = {
    model,
    quotes,
    risk,
    fees: rates,
    fills: { ...rest, ...latency },
    session: { metrics_interval: session.metrics_interval },
  };
  return JSON.stringify(
    parts,
    (_key, value) =>
      typeof value === "object" && value !== null
        ? Object.fromEntries(Object.entries(value).sort(([a], [b]) => a < b ? -1 : 1))
        : value,
  );
}

/** First 16 hex digits of a SHA-256. */
export function shortHash(...parts: readonly (string | Uint8Array)[]): string {
  const hash = createHash("sha256");
  for (const part of parts) hash.update(part);
  return hash.digest("hex").slice(0, 16);
}

/** What a parameter set is known by. */
export function configId(config: Config): string {
  return shortHash(decidingConfig(config));
}

/** What is kept of a run. */
export function trialOf(run: BacktestReport, config: Config, { day, dayId }: { day: string; dayId: string }): Trial {
  const { metrics, attribution } = run;
  const { equity } = metrics.path.curve;
  const belowCap = batchShare(metrics.path, (q) => Math.abs(q) < config.risk.q_max * (1 - 1e-12));
  return {
    day,
    day_id: dayId,
    config_id: configId(config),
    config: decidingConfig(config),
    symbol: run.symbol,
    fills: metrics.fills,
    fills_hash: run.fillsHash,
    seconds: metrics.seconds,
    period_seconds: config.session.metrics_interval,
    gross: metrics.pnl.gross,
    net: metrics.pnl.net,
    spread: attribution.spread,
    latency: attribution.latency,
    adverse_selection: attribution.adverseSelection,
    inventory: attribution.inventory,
    fees: attribution.fees,
    turnover: metrics.turnover.quote,
    max_drawdown: metrics.maxDrawdown,
    below_cap: metrics.exposure && belowCap?.share,
    capture: realisedCapture({ capture: metrics.capture, attribution })?.capture?.fraction,
    returns: Array.from(equity.subarray(1), (value, i) => value - equity[i]!),
  };
}
