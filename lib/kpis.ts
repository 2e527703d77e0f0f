/**
 * The key figures of one market by fill model: as text, as a table, and as JSON. Pure, but for {@linkcode writeKpis}.
 *
 * @module
 */

import { figures } from "./plots/figure.ts";
import type { Metrics } from "./metrics.ts";
import type { Config } from "./schema.ts";
import type { SharpeReport } from "./sharpe_report.ts";
import { createTable, type Table } from "./table.ts";

/** A run that has been measured. */
export interface KpiRun {
  /** Fill model. */
  readonly model: string;
  readonly symbol: string;
  readonly metrics: Metrics;
  readonly fillsHash: string;
}

/** The figures of one run. Money in quote currency, sizes in base; null is unknown. */
export type KpiValues = Readonly<Record<string, number | string | null | readonly (number | null)[]>>;

/** What the figures need to know of the configuration. */
export type KpiConfig = Pick<Config, "exchange" | "fees">;

const UNKNOWN = "–";
/** Eighths of a full cell, for a histogram on one line. */
const BARS = " ▁▂▃▄▅▆▇█";

type Cells = (run: KpiRun) => string;

/** Rows of the table, in groups. */
function rows(
  base: string,
  quote: string,
): readonly (readonly [label: string, cells: Cells] | readonly [group: string])[] {
  // Of SHIB/USDT all that is earned may be less than four decimals tell.
  const money = (value: number | undefined) =>
    value === undefined ? UNKNOWN : value === 0 || Math.abs(value) >= 0.001 ? fixed(value, 4) : figures(value);
  const percent = (value: number | undefined, digits = 1) =>
    value === undefined ? UNKNOWN : `${fixed(100 * value, digits)} %`;
  const size = (value: number | undefined) => value === undefined ? UNKNOWN : figures(value);
  const bps = (value: number | undefined) => value === undefined ? UNKNOWN : `${fixed(1e4 * value, 3)} bp`;
  return [
    ["fills"],
    ["fills", ({ metrics }) => String(metrics.fills)],
    ["fill ratio, by quantity", ({ metrics }) => percent(metrics.fillRatio.byQuantity)],
    ["fill ratio, by orders", ({ metrics }) => percent(metrics.fillRatio.byOrders)],
    ["post-only rejections", ({ metrics }) => String(metrics.postOnlyRejections ?? UNKNOWN)],
    [`turnover (${quote})`, ({ metrics }) => fixed(metrics.turnover.quote, 0)],
    ["PnL"],
    [`spread captured (${quote})`, ({ metrics }) => money(metrics.pnl.spreadCaptured)],
    [`inventory (${quote})`, ({ metrics }) => money(metrics.pnl.inventory)],
    [`PnL gross (${quote})`, ({ metrics }) => money(metrics.pnl.gross)],
    [`fees (${quote})`, ({ metrics }) => money(metrics.pnl.fees)],
    [`PnL net (${quote})`, ({ metrics }) => money(metrics.pnl.net)],
    ["identity error", ({ metrics }) => errorText(metrics.pnl.identityError)],
    ["break-even maker fee", ({ metrics }) => bps(metrics.breakEvenMakerFee)],
    [`largest drawdown (${quote})`, ({ metrics }) => money(metrics.maxDrawdown)],
    ["Sharpe ratio, annualised"],
    ["gross", ({ metrics }) => sharpeText(metrics.grossSharpe)],
    ["gross, 95 % interval", ({ metrics }) => intervalText(metrics.grossSharpe)],
    ["net", ({ metrics }) => sharpeText(metrics.sharpe)],
    ["net, 95 % interval", ({ metrics }) => intervalText(metrics.sharpe)],
    ["net, P(true > 0), PSR", ({ metrics }) => percent(metrics.sharpe?.probability)],
    ["spread capture"],
    [`mean at the fill (${quote} per ${base})`, ({ metrics }) => size(metrics.capture.atFill?.perUnit)],
    ["the same, of the market's spread", ({ metrics }) => captureText(metrics.capture.atFill)],
    [`mean after the markout (${quote} per ${base})`, ({ metrics }) => size(realised(metrics)?.perUnit)],
    ["the same, of the market's spread", ({ metrics }) => captureText(realised(metrics))],
    [`mean after fees (${quote} per ${base})`, ({ metrics }) => size(metrics.capture.net?.perUnit)],
    ["inventory, by time held"],
    [`mean (${base})`, ({ metrics }) => size(metrics.exposure?.mean)],
    [`root mean square (${base})`, ({ metrics }) => size(metrics.exposure?.rootMeanSquare)],
    ["time below the cap", ({ metrics }) => percent(metrics.exposure?.shareBelowCap)],
    [`CVaR 95 % of |Q| (${base})`, ({ metrics }) => size(metrics.exposure?.cvar)],
    [`CVaR 95 % of −QΔm (${quote})`, ({ metrics }) => money(metrics.inventoryCvar)],
    ["histogram, −cap to +cap", ({ metrics }) => histogramText(metrics)],
    ["fills hash", ({ fillsHash }) => fillsHash],
  ];
}

/**
 * The key figures of runs over one market, one column each.
 *
 * @param runs of the same market, in the order of the columns
 */
export function kpiTable(runs: readonly KpiRun[], config: KpiConfig): Table {
  const [base = "base", quote = "quote"] = (runs[0]?.symbol ?? config.exchange.symbol).split(/[/:]/);
  const minutes = (runs[0]?.metrics.seconds ?? 0) / 60;
  const fee = `maker ${fixed(1e4 * config.fees.maker, 1)} bp, ${config.fees.label}`;
  const title = `${runs[0]?.symbol ?? config.exchange.symbol}, ${figures(minutes)} market minutes, ${fee}`;
  return createTable(
    title,
    ["fill model", ...runs.map(({ model }) => model)],
    rows(base, quote).map((row) => row[1] === undefined ? [row[0]] : [row[0], ...runs.map(row[1])]),
  );
}

/** The same as text for a terminal. */
export function kpiText(runs: readonly KpiRun[], config: KpiConfig): string {
  return kpiTable(runs, config).text;
}

/** The same for machines, one object a run. */
export function kpis(runs: readonly KpiRun[]): KpiValues[] {
  return runs.map(valuesOf);
}

/** What a reader must not take from the table, in sentences made from its own figures. */
export function caveats(runs: readonly KpiRun[]): string {
  const headline = runs.find(({ model }) => model !== "touch" && model !== "through") ?? runs[0];
  if (headline === undefined) return "";
  const minutes = figures(headline.metrics.seconds / 60);
  if (headline.metrics.fills === 0) {
    return `In ${minutes} market minutes nothing was filled: there is nothing to judge.`;
  }
  return `${sharpeSentence(headline.metrics, minutes)} ${feeSentence(headline.metrics)}`;
}

function sharpeSentence({ sharpe, pnl }: Metrics, minutes: string): string {
  if (sharpe?.interval === undefined) return `${minutes} market minutes are too short for a Sharpe ratio.`;
  const [low, high] = sharpe.interval;
  const error = `the standard error is ${figures(sharpe.standardError)} on the annualised figure`;
  if (low <= 0 && high >= 0) return `${minutes} market minutes cannot tell this Sharpe ratio from zero: ${error}.`;
  // Chance takes a profit as easily as it gives one; fees come with every fill.
  const isFees = high < 0 && pnl.net < 0 && pnl.fees > -pnl.net / 2;
  return isFees
    ? `${minutes} market minutes settle the sign of the net Sharpe ratio, because fees are paid for sure, but not its size: ${error}.`
    : `Over these ${minutes} market minutes the net Sharpe ratio is ${
      low > 0 ? "above" : "below"
    } zero at 95 %: ${error}.`;
}

function feeSentence({ pnl: { gross, fees }, breakEvenMakerFee }: Metrics): string {
  const before = `Before fees the quotes ${gross < 0 ? `lost ${figures(-gross)}` : `earned ${figures(gross)}`}`;
  const then = fees === 0
    ? "there were no fees"
    : fees > 0
    ? `fees took ${figures(fees)}`
    : `rebates gave ${figures(-fees)}`;
  if (breakEvenMakerFee === undefined) return `${before}; ${then}.`;
  const meaning = breakEvenMakerFee < 0 ? "a rebate" : "a maker fee";
  return `${before}, then ${then}; break-even is ${meaning} of ${figures(1e4 * Math.abs(breakEvenMakerFee))} bp.`;
}

/** Every figure by name, for machines. */
function valuesOf({ model, symbol, metrics, fillsHash }: KpiRun): KpiValues {
  const { pnl, exposure, capture, sharpe, grossSharpe } = metrics;
  const orNull = (value: number | undefined) => value ?? null;
  const after = realised(metrics);
  return {
    model,
    symbol,
    seconds: metrics.seconds,
    fills: metrics.fills,
    fills_hash: fillsHash,
    fill_ratio_quantity: orNull(metrics.fillRatio.byQuantity),
    fill_ratio_orders: orNull(metrics.fillRatio.byOrders),
    post_only_rejections: orNull(metrics.postOnlyRejections),
    turnover_quote: metrics.turnover.quote,
    pnl_gross: pnl.gross,
    pnl_net: pnl.net,
    capture_per_unit: orNull(capture.atFill?.perUnit),
    spread_captured: pnl.spreadCaptured,
    inventory_pnl: pnl.inventory,
    fees: pnl.fees,
    identity_error: pnl.identityError,
    break_even_maker_fee: orNull(metrics.breakEvenMakerFee),
    max_drawdown: orNull(metrics.maxDrawdown),
    sharpe_net: orNull(sharpe?.annualised),
    sharpe_net_error: orNull(sharpe?.standardError),
    sharpe_net_interval: sharpe?.interval ?? null,
    sharpe_net_probability: orNull(sharpe?.probability),
    sharpe_gross: orNull(grossSharpe?.annualised),
    sharpe_gross_error: orNull(grossSharpe?.standardError),
    sharpe_gross_interval: grossSharpe?.interval ?? null,
    capture: orNull(capture.atFill?.fraction),
    capture_error: orNull(capture.atFill?.standardError),
    capture_after: orNull(after?.fraction),
    capture_after_error: orNull(after?.standardError),
    inventory_mean: orNull(exposure?.mean),
    inventory_rms: orNull(exposure?.rootMeanSquare),
    inventory_share_below_cap: orNull(exposure?.shareBelowCap),
    inventory_cvar: orNull(exposure?.cvar),
    inventory_pnl_cvar: orNull(metrics.inventoryCvar),
    inventory_histogram: exposure?.histogram.map(({ share }) => share) ?? [],
  };
}

/** Writes `kpis.txt` and `kpis.json` into the folder, made if need be. (I/O) */
export async function writeKpis(folder: string, text: string, values: unknown): Promise<void> {
  await Deno.mkdir(folder, { recursive: true });
  await Deno.writeTextFile(`${folder}/kpis.json`, JSON.stringify(values, undefined, 2) + "\n");
  await Deno.writeTextFile(`${folder}/kpis.txt`, text.trimEnd() + "\n");
}

/** Capture at the horizon of the markout. */
function realised({ capture, markoutHorizon }: Metrics) {
  return capture.realised.find(({ horizonSeconds }) => horizonSeconds === markoutHorizon)?.capture;
}

function captureText(capture: { fraction: number | undefined; standardError: number | undefined } | undefined): string {
  if (capture?.fraction === undefined) return UNKNOWN;
  const error = capture.standardError === undefined ? "" : ` ± ${fixed(100 * capture.standardError, 0)}`;
  return `${fixed(100 * capture.fraction, 0)}${error} %`;
}

function sharpeText(report: SharpeReport | undefined): string {
  return report === undefined ? UNKNOWN : `${fixed(report.annualised, 0)} ± ${fixed(report.standardError, 0)}`;
}

function intervalText(report: SharpeReport | undefined): string {
  const interval = report?.interval;
  return interval === undefined ? UNKNOWN : `${fixed(interval[0], 0)} … ${fixed(interval[1], 0)}`;
}

function errorText(error: number): string {
  return error === 0 ? "0" : error.toExponential(0).replaceAll("-", "−");
}

function histogramText({ exposure }: Metrics): string {
  if (exposure === undefined) return UNKNOWN;
  const shares = exposure.histogram.map(({ share }) => share);
  const most = Math.max(...shares);
  // The least share that is not zero is seen.
  const bars = shares.map((share) => BARS[share > 0 ? Math.max(1, Math.round(8 * share / most)) : 0]);
  return `|${bars.join("")}|`;
}

/** Fixed decimals with a true minus sign; no minus on a zero. */
function fixed(value: number, digits: number): string {
  const text = value.toFixed(digits);
  return Number(text) === 0 ? text.replace("-", "") : text.replace("-", "−");
}
