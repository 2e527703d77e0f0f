/**
 * Progress of a long step, for whoever watches from outside: one JSON line a report, in `out/progress.jsonl`. (I/O)
 *
 * A notebook's output reaches the terminal only when it has ended; this file is read while it runs.
 *
 * @module
 */
import { dirname, join } from "node:path";

/** How far a step is. */
export interface Progress {
  /** What is going on, in one or two words: `session`, `back-fill`, `backtest`. */
  readonly step: string;
  /** In `unit`s, of `total` where that is known. */
  readonly done: number;
  readonly total?: number;
  readonly unit: string;
}

/** Where a project's progress is written: below its folder for reports. */
export function progressFile(outFolder: string): string {
  return join(outFolder, "progress.jsonl");
}

/** Files that this process has begun: its steps share one. */
const begun = new Set<string>();

/** Appends reports to the file, made with its folder if need be. What an earlier process left there goes first. */
export function createProgress(file: string): { report(progress: Progress): void } {
  Deno.mkdirSync(dirname(file), { recursive: true });
  if (!begun.has(file)) Deno.writeTextFileSync(file, "");
  begun.add(file);
  return {
    report(progress) {
      Deno.writeTextFileSync(file, JSON.stringify(progress) + "\n", { append: true });
    },
  };
}

/** One line for a person: `session: 3.0 of 10 market minutes`. */
export function progressLine({ step, done, total, unit }: Progress): string {
  const figure = (value: number) => Number.isInteger(value) ? String(value) : value.toFixed(1);
  return `${step}: ${figure(done)}${total === undefined ? "" : ` of ${figure(total)}`} ${unit}`;
}
