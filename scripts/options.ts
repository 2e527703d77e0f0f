/**
 * Command-line options of the scripts.
 *
 * @module
 */
import { nearest } from "../lib/nearest.ts";
import { Stop } from "./steps.ts";

/** An option's shape: a flag, or what a value stands for in the help (`N`). */
export interface Option {
  readonly value?: string;
  readonly about: string;
}

/**
 * Reads `--name value`, `--name=value` and `--name`.
 *
 * @throws {Stop} for an unknown option, a missing value, or a word that is no option
 */
export function readOptions(args: readonly string[], known: Readonly<Record<string, Option>>): Map<string, string> {
  const found = new Map<string, string>();
  for (let i = 0; i < args.length; i++) {
    const [, name = "", inline] = /^--([^=]+)(?:=(.*))?$/s.exec(args[i] ?? "") ?? [];
    const option = known[name];
    if (!option) {
      const near = nearest(name, Object.keys(known));
      throw new Stop(`${args[i]}: unknown option${near ? `, did you mean --${near}?` : ", see --help"}`, 2);
    }
    const value = option.value === undefined ? "" : inline ?? args[++i];
    if (value === undefined || (option.value === undefined && inline !== undefined)) {
      throw new Stop(
        `--${name}: ${option.value === undefined ? "takes no value" : `needs a value, ${option.value}`}`,
        2,
      );
    }
    found.set(name, value);
  }
  return found;
}

/** The option as a number above zero, as text again; undefined where it was not given. @throws {Stop} otherwise */
export function positive(options: Map<string, string>, name: string): string | undefined {
  const text = options.get(name);
  if (text === undefined) return undefined;
  if (!(Number(text) > 0 && Number.isFinite(Number(text)))) {
    throw new Stop(`--${name} = ${text}, must be a number > 0`, 2);
  }
  return String(Number(text));
}

/** The help text. */
export function help(usage: string, about: string, known: Readonly<Record<string, Option>>): string {
  const names = Object.entries(known).map(([name, { value }]) => `--${name}${value === undefined ? "" : ` ${value}`}`);
  const width = Math.max(...names.map((name) => name.length));
  const lines = Object.values(known).map(({ about }, i) => `  ${names[i]?.padEnd(width)}  ${about}`);
  return [`Usage: ${usage}`, "", about, "", ...lines].join("\n");
}
