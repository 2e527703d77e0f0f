/**
 * What the counts of a tape's report mean: errors make it unfit, warnings are to be known.
 *
 * @module
 */

import type { TapeReport } from "./tape_check.ts";

/** Shares from which a count is a fault of the recording and not of a moment. */
const CROSSED_TOO_LONG = 0.01;
const SIDES_TOO_WRONG = 0.25;

/** What the counts mean. */
export function judge(report: Omit<TapeReport, "errors" | "warnings">): Pick<TapeReport, "errors" | "warnings"> {
  const errors: string[] = [];
  const warnings: string[] = [];
  const say = (to: string[], count: number, text: string) => {
    if (count > 0) to.push(`${count} ${text}`);
  };
  if (report.rows === 0) errors.push("no rows");
  say(errors, report.badRows, "rows of a kind or side that does not exist");
  say(errors, report.badTimes, "rows without a time");
  say(errors, report.leaps, "rows over 31 days after the one before: a wrong clock, or two recordings");
  say(errors, report.badPrices, "prices that are not positive");
  say(errors, report.badQuantities, "quantities that are not positive");
  say(errors, report.offTick, `prices off the grid of ${report.tickSize}`);
  say(
    errors,
    report.localDisorder.rows,
    `rows whose receive time goes back, by up to ${seconds(report.localDisorder.worst)}`,
  );
  if (!report.complete) errors.push("the last message has no end: cut short");
  if (report.crossed.timeShare > CROSSED_TOO_LONG) {
    errors.push(`the book is crossed for ${percent(report.crossed.timeShare)} of the time: changes are missing`);
  }
  const wrongSides = report.sidesAgainstQuote / Math.max(1, report.sidesCompared);
  if (wrongSides > SIDES_TOO_WRONG) {
    warnings.push(
      `${percent(wrongSides)} of the prints are on the other side of the quote: sampled book, or sides swapped`,
    );
  }
  say(
    warnings,
    report.exchDisorder.rows,
    `rows out of the exchange's order, by up to ${seconds(report.exchDisorder.worst)}`,
  );
  say(warnings, report.latency?.negative ?? 0, "rows arrived before they were sent: the clocks differ");
  say(warnings, report.offLot, `quantities off the grid of ${report.lotSize}`);
  if (report.levels === 0) warnings.push("no book: nothing can be quoted on this tape");
  say(warnings, report.tradesWithoutBook, "prints while no book was known");
  say(warnings, report.facts?.duplicates ?? 0, "duplicates left out");
  say(warnings, report.facts?.missingTrades ?? 0, "trade ids missing");
  if (report.facts?.bands) {
    warnings.push("the book is bands of a percent: its touch is not known, fills on this tape mean nothing");
  }
  const market = report.facts?.unknownUnit;
  if (market) warnings.push(`quantities of ${market} are taken as base: give a contract size if they are contracts`);
  return { errors, warnings };
}

/** `1.5 s`. */
export function seconds(us: number): string {
  return us < 1e3 ? `${us} us` : us < 1e6 ? `${(us / 1e3).toFixed(1)} ms` : `${(us / 1e6).toFixed(2)} s`;
}

/** `12.3 %`. */
export function percent(share: number): string {
  return `${(share * 100).toFixed(share > 0 && share < 0.001 ? 4 : 2)} %`;
}
