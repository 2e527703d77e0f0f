/**
 * A sweep in tables and sentences. Pure.
 *
 * @module
 */

import { pointText } from "./grid.ts";
import { figures } from "./plots/figure.ts";
import type { SweepReport } from "./sweep_report.ts";
import { createTable, type Table } from "./table.ts";

const UNKNOWN = "–";
const SHOWN = 15;

/** The points by their Sharpe ratio, the best first; the winner has a star. */
export function sweepTable({ symbol, axes, points, days, winner }: SweepReport): Table {
  const [, quote = "quote"] = symbol.split(/[/:]/);
  const order = points.map((_, i) => i).sort((a, b) => (points[b]!.sharpe ?? 0) - (points[a]!.sharpe ?? 0) || a - b);
  const left = order.length > SHOWN ? `, the first ${SHOWN} of them` : "";
  return createTable(
    `${symbol}: ${points.length} parameter sets over ${days.length} day${days.length > 1 ? "s" : ""}${left}`,
    [...axes.map(({ path }) => path), "Sharpe net, a year", `net (${quote})`, `gross (${quote})`, "fills", "turnover"],
    order.slice(0, SHOWN).map((i) => {
      const { point, sharpe, standardError, net, gross, fills, turnover } = points[i]!;
      return [
        ...point.map((value, at) => at === 0 && i === winner ? `* ${value}` : String(value)),
        sharpe === undefined ? UNKNOWN : `${figures(sharpe)} ± ${figures(standardError ?? 0, 2)}`,
        ...[net, gross, fills, turnover].map((value) => figures(value)),
      ];
    }),
    { align: "r".repeat(axes.length + 5) },
  );
}

/** What may be concluded, one sentence a line: the winner against chance, its place in the grid, walk-forward, held-out days. */
export function sweepVerdict(report: SweepReport): string {
  const { axes, points, winner, winnerSharpe, deflated, edges, walkForward, heldOut, locked, days } = report;
  const lines = [`winner: ${pointText(axes, points[winner]!.point) || "the configuration as it is"}`];
  if (winnerSharpe === undefined) {
    lines.push("its equity never changed, or too seldom for a Sharpe ratio");
  } else {
    const { annualised, standardError, interval } = winnerSharpe;
    const range = interval ? ` (95 % interval ${figures(interval[0])} … ${figures(interval[1])})` : "";
    lines.push(
      `Sharpe ratio ${figures(annualised)} ± ${
        figures(standardError)
      } a year net of fees${range}, on the days it was chosen by`,
    );
  }
  if (deflated !== undefined) {
    lines.push(
      `${deflated.trials} parameter set${
        deflated.trials > 1 ? "s" : ""
      } tried on these days so far: the best of so many worthless ones shows ${
        figures(deflated.expectedBest)
      } on average; deflated, P(true ratio > 0) = ${percent(deflated.probability)}`,
    );
  }
  for (const { path, value, end } of edges) {
    lines.push(`WARNING: ${path} = ${value} is the ${end} value of the grid: the best may lie beyond it`);
  }
  if (walkForward === undefined) {
    lines.push(`walk-forward: needs more than ${days.length} day${days.length > 1 ? "s" : ""}`);
  } else {
    const { sharpe, net, choices } = walkForward;
    const ratio = sharpe ? `, Sharpe ratio ${figures(sharpe.annualised)} ± ${figures(sharpe.standardError)}` : "";
    lines.push(
      `walk-forward, each of ${choices.length} days by the best of the days before it: net ${figures(net)}${ratio}`,
    );
  }
  for (const { day, net, sharpe, looks } of heldOut) {
    const ratio = sharpe ? `, Sharpe ratio ${figures(sharpe.annualised)} ± ${figures(sharpe.standardError)}` : "";
    const worn = looks > 1 ? `; looked at ${looks} times, each makes it less of a test` : "; the first look at it";
    lines.push(`held-out ${day}: net ${figures(net)}${ratio}${worn}`);
  }
  if (locked.length > 0) lines.push(`held out and not looked at: ${locked.join(", ")} (--unlock DAY)`);
  return lines.join("\n");
}

function percent(value: number): string {
  return value < 0.001 ? "< 0.1 %" : value > 0.999 ? "> 99.9 %" : `${(100 * value).toFixed(1)} %`;
}
