/**
 * A sweep's results as files (I/O). They say the same however often the sweep was interrupted.
 *
 * @module
 */

import { join } from "node:path";
import { pointText } from "./grid.ts";
import { escapeHtml } from "./html.ts";
import { htmlPage } from "./page.ts";
import { sweepPlot } from "./plotting.ts";
import type { TableSpec } from "./store_schema.ts";
import type { SweepReport } from "./sweep_report.ts";
import { sweepTable, sweepVerdict } from "./sweep_table.ts";
import { writeTable } from "./table_file.ts";

/** Columns of `sweep.parquet`: one row a point and day. */
const SWEEP = {
  point: "int",
  parameters: "text",
  config_id: "text",
  day: "text",
  net: "real",
  sharpe: "real?",
} as const satisfies TableSpec;

/** Writes `sweep.json`, `sweep.txt`, `sweep.html` and `sweep.parquet` into the folder, made if need be. */
export async function writeSweep(folder: string, report: SweepReport): Promise<string[]> {
  await Deno.mkdir(folder, { recursive: true });
  const table = sweepTable(report), verdict = sweepVerdict(report);
  const pages = [table, { html: `<pre style="white-space:pre-wrap">${escapeHtml(verdict)}</pre>` }, sweepPlot(report)];
  const texts: [string, string][] = [
    ["sweep.json", JSON.stringify(report, undefined, 2) + "\n"],
    ["sweep.txt", `${table.text}\n\n${verdict}\n`],
    ["sweep.html", htmlPage(`${report.symbol}: sweep`, pages)],
  ];
  for (const [name, text] of texts) await Deno.writeTextFile(join(folder, name), text);
  const rows = report.points.flatMap(({ point, configId, netByDay, sharpe }, i) =>
    netByDay.map((net, day) => ({ i, parameters: pointText(report.axes, point), configId, net, sharpe, day }))
  );
  await writeTable(join(folder, "sweep.parquet"), SWEEP, {
    point: rows.map(({ i }) => i),
    parameters: rows.map(({ parameters }) => parameters),
    config_id: rows.map(({ configId }) => configId),
    day: rows.map(({ day }) => report.days[day]!),
    net: rows.map(({ net }) => net),
    sharpe: rows.map(({ sharpe }) => sharpe),
  });
  return [...texts.map(([name]) => name), "sweep.parquet"];
}
