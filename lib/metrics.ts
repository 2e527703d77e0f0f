/**
 * What a run was worth, where that came from, and how sure one can be.
 *
 * @module
 */
import { type CaptureReport, captureReport } from "./capture.ts";
import { cvar } from "./cvar.ts";
import { maxDrawdown } from "./drawdown.ts";
import { type Exposure, exposure } from "./exposure.ts";
import { feeInQuote } from "./fee.ts";
import type { LedgerPath } from "./ledger.ts";
import { type SharpeReport, sharpeReport } from "./sharpe_report.ts";
import type { Fill } from "./types.ts";

export { attribute, type Attribution, type AttributionOptions, reachOf } from "./attribution.ts";
export { bootstrapInterval, type BootstrapOptions } from "./bootstrap.ts";
export { type Capture, type CaptureReport, captureReport } from "./capture.ts";
export { cvar, weightedCvar } from "./cvar.ts";
export { MARKOUT_HORIZONS, markoutCurve, type MarkoutPoint } from "./markout_curve.ts";
export { maxDrawdown } from "./drawdown.ts";
export { type Exposure, exposure } from "./exposure.ts";
export { createLedger, type Ledger, type LedgerCurve, type LedgerPath, type LedgerPoint } from "./ledger.ts";
export {
  deflatedSharpe,
  expectedBestSharpe,
  minTrackRecordLength,
  MINUTES_PER_YEAR,
  probabilisticSharpe,
  rollingSharpe,
  sharpe,
  sharpeStandardError,
} from "./sharpe.ts";
export { type SharpeReport, sharpeReport } from "./sharpe_report.ts";

/** What became of the orders. Quantities in lots. */
export interface OrderTally {
  readonly sent: number;
  readonly accepted: number;
  /** Post-only orders that would have taken. */
  readonly rejected: number;
  readonly lotsSent: number;
  /** Lots of the accepted orders; without it, those sent stand in. */
  readonly lotsAccepted?: number;
}

/** The settings that metrics depend on, by the names of the configuration. */
export interface MetricsConfig {
  /** base */
  readonly risk: { readonly q_max: number };
  /** seconds */
  readonly session: { readonly metrics_interval: number };
  /** seconds */
  readonly model: { readonly markout_horizon: number };
}

/** Beside fills and path. */
export interface MetricsOptions {
  readonly config: MetricsConfig;
  readonly counts?: OrderTally;
  /** Horizons of realised capture, seconds; 1, the markout horizon, 30 and 60 when absent. */
  readonly horizonsSeconds?: readonly number[];
  /** Of the bootstrap; 1 when absent. */
  readonly seed?: number;
}

/** Money in quote currency, positions in base. What cannot be known is undefined. */
export interface Metrics {
  /** First and last event, microseconds. */
  readonly startTs: number | undefined;
  readonly endTs: number | undefined;
  readonly seconds: number;
  /** equity change = net = spreadCaptured + inventory − fees; `identityError` is how far that is off. */
  readonly pnl: {
    readonly gross: number;
    readonly net: number;
    readonly spreadCaptured: number;
    readonly inventory: number;
    readonly fees: number;
    readonly identityError: number;
  };
  /** Of the equity curve, after fees and before. */
  readonly sharpe: SharpeReport | undefined;
  readonly grossSharpe: SharpeReport | undefined;
  readonly maxDrawdown: number | undefined;
  readonly exposure: Exposure | undefined;
  /** Mean loss −Q·Δm over the worst 5 % of the periods of the equity curve, quote. */
  readonly inventoryCvar: number | undefined;
  readonly capture: CaptureReport;
  /** Which of the horizons of realised capture is `model.markout_horizon`, seconds. */
  readonly markoutHorizon: number;
  readonly fills: number;
  readonly fillsPerHour: number | undefined;
  /** Of the accepted quantity, and of the accepted orders those with a fill; rejections apart. */
  readonly fillRatio: { readonly byQuantity: number | undefined; readonly byOrders: number | undefined };
  readonly postOnlyRejections: number | undefined;
  readonly turnover: { readonly base: number; readonly quote: number; readonly quotePerHour: number | undefined };
  /** Maker fee (fraction of notional) at which net PnL would be zero; undefined without maker fills. */
  readonly breakEvenMakerFee: number | undefined;
  /** Points on the grid of market time: what the above was computed from. */
  readonly path: LedgerPath;
}

/**
 * All metrics of a run.
 *
 * @param fills in the order in which they became known
 * @param inventory where inventory, mids and equity went: `createLedger(…).path()`
 */
export function calcMetrics(fills: readonly Fill[], inventory: LedgerPath, options: MetricsOptions): Metrics {
  const { config, counts, seed } = options;
  const { final, curve, startTs, endTs } = inventory;
  const horizons = options.horizonsSeconds ?? [1, config.model.markout_horizon, 30, 60];
  const seconds = startTs === undefined || endTs === undefined ? 0 : (endTs - startTs) / 1e6;
  const perHour = (count: number) => seconds > 0 ? count * 3600 / seconds : undefined;
  const ratio = (part: number, whole: number) => whole > 0 ? part / whole : undefined;
  const sum = (value: (fill: Fill) => number) => fills.reduce((total, fill) => total + value(fill), 0);

  const net = final?.equity ?? 0;
  const fees = final?.fees ?? 0;
  const notional = sum((fill) => fill.price * fill.qty);
  const makerNotional = sum((fill) => fill.liquidity === "maker" ? fill.price * fill.qty : 0);
  const takerFees = sum((fill) =>
    fill.liquidity === "taker" ? feeInQuote(fill, inventory.base, inventory.quote) ?? 0 : 0
  );
  const ratioOf = (equity: Float64Array) => sharpeReport(changes(equity), config.session.metrics_interval, seed);
  let netSharpe: [SharpeReport | undefined] | undefined, grossSharpe: typeof netSharpe;
  const inventoryLosses = changes(curve.inventoryPnl).map((gain) => -gain);
  return {
    startTs,
    endTs,
    seconds,
    pnl: {
      gross: net + fees,
      net,
      spreadCaptured: final?.spreadCaptured ?? 0,
      inventory: final?.inventoryPnl ?? 0,
      fees,
      identityError: inventory.identityError,
    },
    // Not before somebody asks: a bootstrap takes longer than a short run.
    get sharpe() {
      return (netSharpe ??= [ratioOf(curve.equity)])[0];
    },
    get grossSharpe() {
      return (grossSharpe ??= [ratioOf(curve.equity.map((equity, i) => equity + curve.fees[i]!))])[0];
    },
    maxDrawdown: maxDrawdown(final === undefined ? curve.equity : [...curve.equity, final.equity]),
    exposure: exposure(inventory, config.risk.q_max),
    inventoryCvar: cvar(inventoryLosses, 0.95),
    markoutHorizon: config.model.markout_horizon,
    capture: captureReport(fills, inventory, [...new Set(horizons)].sort((a, b) => a - b)),
    fills: fills.length,
    fillsPerHour: perHour(fills.length),
    fillRatio: {
      // By the fills we heard of, as everything here: one whose answer the end cut off is none.
      byQuantity: counts && ratio(sum(({ lots }) => lots), counts.lotsAccepted ?? counts.lotsSent),
      byOrders: counts && ratio(new Set(fills.map(({ orderId }) => orderId)).size, counts.accepted),
    },
    postOnlyRejections: counts?.rejected,
    turnover: { base: sum((fill) => fill.qty), quote: notional, quotePerHour: perHour(notional) },
    breakEvenMakerFee: ratio(net + fees - takerFees, makerNotional),
    path: inventory,
  };
}

function changes(values: Float64Array): number[] {
  return Array.from(values.subarray(1), (value, i) => value - values[i]!);
}
