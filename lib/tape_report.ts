/**
 * A tape's report as text.
 *
 * @module
 */

import type { TapeReport } from "./tape_check.ts";
import { percent, seconds } from "./tape_findings.ts";

/** Gaps shown one by one. */
const SHOWN = 5;

/** The report for a terminal: aligned lines, then what is wrong and what to know. */
export function renderTapeReport(report: TapeReport): string {
  const time = (us: number | undefined) => us === undefined ? "?" : new Date(us / 1000).toISOString();
  const many = (n: number) => n.toLocaleString("en-US");
  const { latency, facts } = report;
  const span = report.startTs === undefined ? 0 : report.endTs! - report.startTs;
  const lines: [string, string][] = [
    ["market", `${report.symbol}, tick ${report.tickSize}, lot ${report.lotSize}`],
    ["source", report.source],
    ["span", `${time(report.startTs)} to ${time(report.endTs)} (${seconds(span)})`],
    ["rows", `${many(report.rows)}: ${many(report.levels)} levels, ${many(report.trades)} trades`],
    ["book", `${many(report.bookMessages)} messages, ${many(report.snapshots)} snapshots`],
    ["order", `exchange ${disorder(report.exchDisorder)}; ours ${disorder(report.localDisorder)}`],
    [
      "latency",
      latency === undefined
        ? "receive times not recorded"
        : `min ${seconds(latency.min)}, median ${seconds(latency.median)}, max ${seconds(latency.max)}, ${
          many(latency.negative)
        } negative`,
    ],
    ["crossed", `${many(report.crossed.messages)} messages, ${percent(report.crossed.timeShare)} of the time`],
    ["locked", `${many(report.locked.messages)} messages, ${percent(report.locked.timeShare)} of the time`],
    [
      "sides",
      `${many(report.sidesAgainstQuote)} of ${many(report.sidesCompared)} prints against the quote (${
        percent(report.sidesAgainstQuote / Math.max(1, report.sidesCompared))
      })`,
    ],
    [
      "bad",
      `${report.badPrices} prices, ${report.badQuantities} quantities, ${report.badTimes} times, ${report.badRows} rows`,
    ],
    ["off grid", `${many(report.offTick)} prices, ${many(report.offLot)} quantities`],
    ["removed", `${many(report.unknownRemovals)} levels that were not there`],
    [
      "gaps",
      `${report.marked.gaps} marked (${
        percent(report.marked.timeShare)
      } of the time), ${report.unmarked.length} not marked`,
    ],
  ];
  if (facts) {
    const seen = [
      `${many(facts.read)} lines or messages`,
      ...([
        [facts.duplicates, "duplicates"],
        [facts.disordered, "put in order"],
        [facts.clamped, "times set back"],
        [facts.emptyTrades, "empty trades left out"],
        [facts.unknownSides, "trades of unknown side left out"],
        [facts.beforeBook, "before the first snapshot left out"],
        [facts.missingTrades, "trade ids missing"],
      ] as const).filter(([n]) => n > 0).map(([n, what]) => `${many(n)} ${what}`),
    ];
    if (facts.clockShift > 0) seen.push(`receive times moved by ${seconds(facts.clockShift)}`);
    lines.push(["read", seen.join(", ")]);
  }
  const text = lines.map(([name, value]) => `${name.padEnd(9)} ${value}`);
  for (const gap of report.unmarked.slice(0, SHOWN)) {
    text.push(`gap       ${time(gap.fromTs)} to ${time(gap.toTs)}: ${gap.reason}`);
  }
  if (report.unmarked.length > SHOWN) text.push(`gap       and ${report.unmarked.length - SHOWN} more`);
  for (const error of report.errors) text.push(`error     ${error}`);
  for (const warning of report.warnings) text.push(`warning   ${warning}`);
  return text.join("\n");
}

function disorder({ rows, worst }: { rows: number; worst: number }): string {
  return rows === 0 ? "in order" : `${rows} rows back by up to ${seconds(worst)}`;
}
