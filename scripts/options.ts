/**
 * Command-line options of the scripts.
 *
 * @module
 */
import { dirname } from "node:path";
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

/** The option as a file that can be written, found out before the work whose result goes there. @throws {Stop} otherwise */
export async function writable(options: Map<string, string>, name: string): Promise<string | undefined> {
  const path = options.get(name);
  if (path === undefined) return undefined;
  const refuse = (reason: string) => new Stop(`--${name} ${path}: ${reason}`, 2);
  const isFolder = (at: string) => Deno.stat(at).then((found) => found.isDirectory, () => undefined);
  if (await isFolder(path)) throw refuse("is a folder, must be a file");
  if (!await isFolder(dirname(path))) throw refuse(`there is no folder ${dirname(path)}`);
  try {
    const isThere = await Deno.stat(path).then(() => true, () => false);
    (await Deno.open(path, { write: true, createNew: !isThere })).close();
    if (!isThere) await Deno.remove(path);
  } catch (error) {
    throw refuse(`cannot be written (${error instanceof Error ? error.message : error})`);
  }
  return path;
}

/** The help text. */
export function help(usage: string, about: string, known: Readonly<Record<string, Option>>): string {
  const names = Object.entries(known).map(([name, { value }]) => `--${name}${value === undefined ? "" : ` ${value}`}`);
  const width = Math.max(...names.map((name) => name.length));
  const lines = Object.values(known).map(({ about }, i) => `  ${names[i]?.padEnd(width)}  ${about}`);
  return [`Usage: ${usage}`, "", about, "", ...lines].join("\n");
}
