/**
 * One cell of the matrix as a plain value: what a run under one fill model, one fee tier and one latency was worth. JSON-able. Pure.
 *
 * @module
 */

import type { BacktestReport } from "./backtest.ts";
import { type BatchShare, batchShare } from "./batch_share.ts";
import type { Attribution, Capture, MarkoutPoint } from "./metrics.ts";
import type { Config } from "./schema.ts";
import type { SharpeReport } from "./sharpe_report.ts";
import type { TouchTime } from "./touch_time.ts";

/** Which cell: the three axes of the matrix. */
export interface CellChoice {
  readonly model: Config["fills"]["model"];
  /** Name of the fee tier. */
  readonly tier: string;
  /** Times the configured latencies; 0 is a market without any. */
  readonly latency: number;
}

/** Money in quote currency, sizes in base, fees as fractions of notional. What cannot be known is absent. */
export interface CellReport extends CellChoice {
  readonly fees: { readonly maker: number; readonly taker: number };
  readonly seconds: number;
  readonly fills: number;
  readonly fillsHash: string;
  readonly fillRatio: { readonly byQuantity?: number; readonly byOrders?: number };
  readonly postOnlyRejections?: number;
  readonly pnl: { readonly gross: number; readonly net: number };
  readonly attribution: Attribution;
  /** How far equity is from the sum of its parts. */
  readonly identityError: number;
  readonly sharpe: { readonly gross?: SharpeReport; readonly net?: SharpeReport };
  readonly maxDrawdown?: number;
  readonly capture: {
    readonly atFill?: Capture;
    readonly net?: Capture;
    readonly realised: readonly { readonly horizonSeconds: number; readonly capture?: Capture }[];
  };
  readonly markouts: readonly MarkoutPoint[];
  readonly inventory?: {
    readonly mean: number;
    readonly rootMeanSquare: number;
    readonly largest: number;
    readonly cvar: number;
    /** Share of the time with |Q| < q_max, and its error. */
    readonly belowCap: BatchShare;
    readonly timeAtCap: number;
  };
  /** Mean −Q·Δm over the worst 5 % of the periods. */
  readonly inventoryPnlCvar?: number;
  readonly turnover: { readonly base: number; readonly quote: number; readonly quotePerHour?: number };
  readonly breakEvenMakerFee?: number;
  readonly touchTime?: TouchTime;
  /** Why quoting ended early: the kill switch. */
  readonly killed?: string;
}

/** Realised capture at the horizon that adverse selection is counted to, `model.markout_horizon`. */
export function realisedCapture({ capture, attribution }: Pick<CellReport, "capture" | "attribution">) {
  return capture.realised.find(({ horizonSeconds }) => horizonSeconds === attribution.horizonSeconds);
}

/** The plain value of a run. */
export function cellReport(choice: CellChoice, run: BacktestReport, config: Config): CellReport {
  const { metrics, attribution, markouts, touchTime, fillsHash } = run;
  const { exposure, capture, path } = metrics;
  const belowCap = batchShare(path, (q) => Math.abs(q) < config.risk.q_max * (1 - 1e-12));
  return withoutUnknown({
    ...choice,
    fees: { maker: config.fees.maker, taker: config.fees.taker },
    seconds: metrics.seconds,
    fills: metrics.fills,
    fillsHash,
    fillRatio: metrics.fillRatio,
    postOnlyRejections: metrics.postOnlyRejections,
    pnl: { gross: metrics.pnl.gross, net: metrics.pnl.net },
    attribution,
    identityError: metrics.pnl.identityError,
    sharpe: { gross: metrics.grossSharpe, net: metrics.sharpe },
    maxDrawdown: metrics.maxDrawdown,
    capture,
    markouts,
    inventory: exposure && belowCap && {
      mean: exposure.mean,
      rootMeanSquare: exposure.rootMeanSquare,
      largest: exposure.largest,
      cvar: exposure.cvar,
      belowCap,
      timeAtCap: 1 - belowCap.share,
    },
    inventoryPnlCvar: metrics.inventoryCvar,
    turnover: metrics.turnover,
    breakEvenMakerFee: metrics.breakEvenMakerFee,
    touchTime,
    killed: run.risk.find(({ event }) => event === "killed")?.reason,
  });
}

/** Absent rather than undefined, so that a value read back from JSON is equal to the one written. */
function withoutUnknown<T>(value: T): T {
  if (Array.isArray(value)) return value.map(withoutUnknown) as T;
  if (typeof value !== "object" || value === null) return value;
  const known = Object.entries(value).filter(([, inner]) => inner !== undefined);
  return Object.fromEntries(known.map(([name, inner]) => [name, withoutUnknown(inner)])) as T;
}
