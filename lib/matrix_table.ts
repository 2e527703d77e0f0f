/**
 * The matrix as tables for a terminal and a notebook. Pure.
 *
 * @module
 */

import { type CellReport, realisedCapture } from "./cell_report.ts";
import { headlineText } from "./headline.ts";
import type { MatrixReport } from "./matrix.ts";
import { figures } from "./plots/figure.ts";
import { createTable, type Table } from "./table.ts";

const UNKNOWN = "–";

/** One column: its name, and what it says of a cell. */
type ColumnOf = readonly [name: string, text: (cell: CellReport) => string];

const number = (value: number | undefined, digits = 3) => value === undefined ? UNKNOWN : figures(value, digits);
const percent = (value: number | undefined) => value === undefined ? UNKNOWN : `${number(100 * value)} %`;
/** No more digits than a probability from a sample deserves. */
const chance = (value: number | undefined) =>
  value === undefined
    ? UNKNOWN
    : value < 0.001
    ? "< 0.1 %"
    : value > 0.999
    ? "> 99.9 %"
    : `${(100 * value).toFixed(1)} %`;

function withError(value: number | undefined, error: number | undefined, scale = 1): string {
  if (value === undefined) return UNKNOWN;
  return `${number(scale * value)}${error === undefined ? "" : ` ± ${number(scale * error, 2)}`}`;
}

const realised = (cell: CellReport) => realisedCapture(cell)?.capture;

function columns(quote: string): readonly ColumnOf[] {
  return [
    ["fills", (cell) => String(cell.fills)],
    [`gross (${quote})`, ({ pnl }) => number(pnl.gross)],
    [`net (${quote})`, ({ pnl }) => number(pnl.net)],
    ["Sharpe net", ({ sharpe: { net } }) => withError(net?.annualised, net?.standardError)],
    ["95 %", ({ sharpe: { net } }) => net?.interval ? net.interval.map((end) => number(end)).join(" … ") : UNKNOWN],
    ["P(SR>0)", ({ sharpe: { net } }) => chance(net?.probability)],
    ["at fill", ({ capture: { atFill } }) => withError(atFill?.fraction, atFill?.standardError, 100)],
    ["realised", (cell) => withError(realised(cell)?.fraction, realised(cell)?.standardError, 100)],
    ["|Q|<cap", ({ inventory }) => percent(inventory?.belowCap.share)],
    ["CVaR |Q|", ({ inventory }) => number(inventory?.cvar)],
    ["drawdown", ({ maxDrawdown }) => number(maxDrawdown)],
    ["turnover", ({ turnover }) => number(turnover.quote)],
    ["break-even", ({ breakEvenMakerFee: fee }) => fee === undefined ? UNKNOWN : `${number(1e4 * fee)} bp`],
    [
      "at touch",
      ({ touchTime }) => touchTime === undefined ? UNKNOWN : `${percent(touchTime.bid)} / ${percent(touchTime.ask)}`,
    ],
  ];
}

/** Every cell, one row each. Captures are percent of the market's spread; the headline's row has a star. */
export function matrixTable({ symbol, source, cells, headline, startTs, endTs }: MatrixReport): Table {
  const [, quote = "quote"] = symbol.split(/[/:]/);
  const days = figures((endTs - startTs) / 86_400e6);
  const shown = columns(quote);
  const head = headline.cell;
  const isHead = (cell: CellReport) =>
    cell.model === head.model && cell.tier === head.tier && cell.latency === head.latency;
  return createTable(
    `${symbol}, ${days} ${days === "1" ? "day" : "days"}: fill model × fee tier × latency (${source})`,
    ["model", "fees", "latency", ...shown.map(([name]) => name)],
    cells.map((cell) => [
      `${isHead(cell) ? "* " : ""}${cell.model}`,
      `${cell.tier} (${number(1e4 * cell.fees.maker)} bp)`,
      `× ${cell.latency}`,
      ...shown.map(([, text]) => text(cell)),
    ]),
    { align: `llr${"r".repeat(shown.length)}`, isLong: true },
  );
}

/** Where the PnL of each cell came from. The parts add up to the net figure. */
export function attributionTable({ symbol, cells }: Pick<MatrixReport, "symbol" | "cells">): Table {
  const [, quote = "quote"] = symbol.split(/[/:]/);
  const horizon = cells[0]?.attribution.horizonSeconds ?? 0;
  return createTable(
    `${symbol}: net PnL by cause (${quote}), adverse selection within ${figures(horizon)} s`,
    ["model", "fees", "latency", "spread", "latency cost", "adverse selection", "inventory", "fees paid", "net"],
    cells.map(({ model, tier, latency, attribution: parts }) => [
      ...[model, tier, `× ${latency}`],
      ...[parts.spread, parts.latency, parts.adverseSelection, parts.inventory, parts.fees, parts.net]
        .map((value) => number(value, 4)),
    ]),
    { align: "llrrrrrrr", isLong: true },
  );
}

/** The verdict on the headline, as a table of its criteria. */
export function headlineTable({ headline }: Pick<MatrixReport, "headline">): Table {
  const { cell, isMet, criteria } = headline;
  const table = createTable(
    `Headline (${cell.model}, fees ${cell.tier}, latency × ${cell.latency}): ${isMet ? "met" : "NOT MET"}`,
    ["criterion", "target", "", "because", "this sample"],
    criteria.map(({ name, target, isMet, reasons, establishes }) => [
      name,
      target < 1 ? `≥ ${percent(target)}` : `≥ ${target}`,
      isMet ? "met" : "NOT MET",
      reasons.join("; "),
      establishes === "open" ? "cannot settle it" : `settles it: ${establishes}`,
    ]),
    { align: "lllll" },
  );
  return { ...table, text: headlineText(headline) };
}
