/**
 * A backtest's results as files (I/O): the value as JSON, the picture as text and HTML, the fills as Parquet.
 *
 * @module
 */

import { join } from "node:path";
import type { BacktestReport } from "./backtest.ts";
import { kpiTable } from "./kpis.ts";
import type { MatrixRun } from "./matrix.ts";
import { attributionTable, headlineTable, matrixTable } from "./matrix_table.ts";
import { htmlPage } from "./page.ts";
import * as plots from "./plotting.ts";
import type { Figure } from "./plots/figure.ts";
import type { Config } from "./schema.ts";
import { fillRow, orderRow } from "./store_rows.ts";
import { TABLES } from "./store_schema.ts";
import type { Table } from "./table.ts";
import { columnsOf, writeTable } from "./table_file.ts";

/** What a person reads, in its order. */
export function matrixPages(matrix: MatrixRun, config: Config): (Table | Figure)[] {
  const { report, runs, headlineRun } = matrix;
  const [base = "base", quote = "quote"] = report.symbol.split(/[/:]/);
  const money = { base, quote, feeLabel: config.fees.label };
  return [
    headlineTable(report),
    plots.attributionPlot(headlineRun.attribution, money),
    kpiTable(runs, config),
    plots.bracketPlot(runs, money),
    plots.markoutPlot(headlineRun.markouts, money),
    matrixTable(report),
    attributionTable(report),
  ];
}

/**
 * Writes `report.json`, `report.txt`, `report.html`, `fills.parquet`, and `orders.parquet` where the runs kept their orders, into the
 * folder, made if need be.
 */
export async function writeReport(folder: string, matrix: MatrixRun, config: Config): Promise<string[]> {
  await Deno.mkdir(folder, { recursive: true });
  const pages = matrixPages(matrix, config);
  const title = `${matrix.report.symbol}: backtest`;
  const texts: [string, string][] = [
    ["report.json", JSON.stringify(matrix.report, undefined, 2) + "\n"],
    ["report.txt", pages.flatMap((page) => "text" in page ? [page.text] : []).join("\n\n") + "\n"],
    ["report.html", htmlPage(title, pages)],
  ];
  for (const [name, text] of texts) await Deno.writeTextFile(join(folder, name), text);
  await writeFills(join(folder, "fills.parquet"), matrix.runs);
  const names = [...texts.map(([name]) => name), "fills.parquet"];
  if (matrix.runs.every(({ orders }) => orders.length === 0)) return names;
  await writeOrders(join(folder, "orders.parquet"), matrix.runs);
  return [...names, "orders.parquet"];
}

/** The fills of runs in the columns of the table `fills`; `run` is the fill model. @throws {DataError} */
export async function writeFills(path: string, runs: readonly BacktestReport[]): Promise<void> {
  const rows = runs.flatMap(({ model, symbol, fills }) =>
    fills.map((fill) => fillRow({ run: model, seq: undefined, symbol }, fill))
  );
  await writeTable(path, TABLES.fills, columnsOf(TABLES.fills, rows));
}

/** The orders of runs in the columns of the table `orders`; `run` is the fill model. @throws {DataError} */
export async function writeOrders(path: string, runs: readonly BacktestReport[]): Promise<void> {
  const rows = runs.flatMap(({ model, symbol, orders }) =>
    orders.map((order) => orderRow({ run: model, seq: undefined, symbol }, order))
  );
  await writeTable(path, TABLES.orders, columnsOf(TABLES.orders, rows));
}
