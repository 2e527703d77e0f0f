/**
 * The fault matrix as a table.
 *
 * @module
 */
import { createTable, type Table } from "../lib/table.ts";
import type { Trial } from "./fault_trial.ts";
import { spread } from "./spread.ts";

const TIMES = ["p50", "p99", "max"];
const COLUMNS = [
  ...["fault", "n", "struck", "mismatches", "lost", "double", "orphans", "taker", "left"],
  ...TIMES.map((time) => `out ${time}`),
  ...TIMES.map((time) => `back ${time}`),
];

/** The promise, wall milliseconds after noticing. */
export const OUT_WITHIN = 100;
export const BACK_WITHIN = 5000;

/** One row a fault, in the order in which they first appear, and one for all. */
export function faultTable(trials: readonly Trial[], title: string): Table {
  return createTable(title, COLUMNS, rowsOf(trials));
}

/** The same as Markdown, as docs/faults.md has it. */
export function faultMarkdown(trials: readonly Trial[]): string {
  const line = (cells: readonly string[]) => `| ${cells.join(" | ")} |`;
  return [line(COLUMNS), line(COLUMNS.map((_, i) => i === 0 ? "---" : "--:")), ...rowsOf(trials).map(line), ""]
    .join("\n");
}

function rowsOf(trials: readonly Trial[]): string[][] {
  const names = [...new Set(trials.map(({ name }) => name))];
  const rows = names.map((name) => row(name, trials.filter((trial) => trial.name === name)));
  if (names.length > 1) rows.push(row("all", trials));
  return rows;
}

function row(name: string, trials: readonly Trial[]): string[] {
  const sum = (count: (trial: Trial) => number) => String(trials.reduce((total, trial) => total + count(trial), 0));
  const known = (of: "out" | "back") => trials.map((trial) => trial[of]).filter((ms) => ms !== undefined);
  return [
    name,
    String(trials.length),
    sum(({ isStruck }) => isStruck ? 1 : 0),
    sum(({ mismatches }) => mismatches.length),
    sum(({ lost }) => lost.length),
    sum(({ double }) => double.length),
    sum(({ orphans }) => orphans.length),
    sum(({ taker }) => taker),
    String(known("out").length),
    ...spread(known("out")),
    ...spread(known("back")),
  ];
}
