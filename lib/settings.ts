/**
 * Reads config.yaml, `.env` and the environment into a checked, frozen `Config`.
 *
 * Of one key the environment counts most (MAKERBOOK_RISK_Q_MAX=0.1), then `.env`, then config.yaml, then the default. Secrets
 * come from `.env` or the environment only, and no way of printing a configuration shows them.
 *
 * @module
 */
import { parse as parseDotenv } from "@std/dotenv";
import { parse as parseYaml } from "@std/yaml";
import { dirname, isAbsolute, join, relative, resolve } from "node:path";
import { fileURLToPath } from "node:url";
import { DataError } from "./data_error.ts";
import { type Key, listKeys } from "./keys.ts";
import { readLatency } from "./latency_file.ts";
import { nearest } from "./nearest.ts";
import type { MeasuredLatency } from "./order_latency.ts";
import { type Config, ConfigError, validate } from "./schema.ts";
import { Secret, SECRET_VARIABLES, type Secrets } from "./secrets.ts";

export { type Config, ConfigError, forBacktest, override, type Overrides, validate } from "./schema.ts";
export { Secret, type Secrets } from "./secrets.ts";

const PREFIX = "MAKERBOOK_";
/** Path of the file, where neither an argument nor a folder above names it. */
const CONFIG = "MAKERBOOK_CONFIG";
/** Exchange id and symbol that may be traded with real money. Never from a file: a consent ends with its shell. */
export const CONSENT = "MAKERBOOK_LIVE_CONSENT";
type Variables = Readonly<Record<string, string | undefined>>;

/**
 * The configuration of a project.
 *
 * @param path config.yaml or its folder; when not given, MAKERBOOK_CONFIG, else the nearest folder at or above the working folder
 *   that has both config.yaml and deno.json
 * @throws {ConfigError} with every problem, one line each: no file, bad YAML with its line, unknown key, wrong type, out of range
 */
export async function loadConfig(path?: string): Promise<Config> {
  const environment = Deno.env.toObject();
  const file = await findConfig(path ?? (environment[CONFIG] || undefined));
  const raw = readYaml(await readText(file), nameOf(file)) ?? {};
  const fromFile = parseDotenv((await readOptional(join(dirname(file), ".env"))) ?? "");
  const variables = { ...given(fromFile), ...given(environment) };
  const { overridden, problems } = overlay(raw, variables);
  for (const name of [CONFIG, CONSENT]) {
    if (fromFile[name]) problems.push(`.env: ${name}: is read from the environment only, set it in the shell`);
  }
  const naming = (at: string) => overridden.get(at) ?? (at ? `${nameOf(file)}: ${at}` : nameOf(file));
  const around = {
    root: await projectOf(dirname(file)),
    secrets: secretsOf(variables),
    consent: environment[CONSENT],
  };
  const config = attempt(() => validate(raw, naming, around), problems);
  if (config === undefined || problems.length > 0) throw new ConfigError(problems);
  return await withMeasured(config, naming);
}

/**
 * A configuration with what was measured in the files of `fills.latency_file`, its own and that of `backtest.overrides`; relative paths
 * start at the project's folder. {@linkcode loadConfig} has done that; whoever sets the key later does it again.
 *
 * @param naming how to name the place of a key
 * @throws {ConfigError} with the file and what is wrong with it
 */
export async function withMeasured(config: Config, naming = (path: string) => path): Promise<Config> {
  const named = {
    "fills.latency_file": config.fills.latency_file,
    "backtest.overrides.fills.latency_file": config.backtest.overrides.fills?.latency_file,
  };
  const measured: Record<string, MeasuredLatency> = { ...config.measured };
  const problems: string[] = [];
  for (const [path, file] of Object.entries(named)) {
    if (!file || measured[file]) continue;
    try {
      measured[file] = await readLatency(locate(config, file));
    } catch (error) {
      if (!(error instanceof DataError)) throw error;
      problems.push(`${naming(path)}: ${error.message}`);
    }
  }
  if (problems.length > 0) throw new ConfigError(problems);
  return Object.keys(measured).length === 0 ? config : Object.freeze({ ...config, measured: Object.freeze(measured) });
}

/** What the function returns; undefined where the configuration was refused, the reasons then added to `problems`. */
function attempt(check: () => Config, problems: string[]): Config | undefined {
  try {
    return check();
  } catch (error) {
    if (!(error instanceof ConfigError)) throw error;
    problems.push(...error.problems);
    return undefined;
  }
}

/** A path of the configuration, absolute: relative ones start at the project's folder. */
export function locate(config: Pick<Config, "root">, path: string): string {
  return isAbsolute(path) ? path : resolve(config.root, path);
}

async function findConfig(path: string | undefined): Promise<string> {
  if (path !== undefined) {
    const file = resolve(path);
    return (await isFolder(file)) ? join(file, "config.yaml") : file;
  }
  for (let folder = Deno.cwd();; folder = dirname(folder)) {
    if (await isFile(join(folder, "config.yaml")) && await isFile(join(folder, "deno.json"))) {
      return join(folder, "config.yaml");
    }
    if (folder === dirname(folder)) break;
  }
  throw new ConfigError([
    `config.yaml: not found beside a deno.json in ${Deno.cwd()} or a folder above it, set ${CONFIG} to its path`,
  ]);
}

/** Paths start at the nearest folder with a deno.json; for a configuration kept elsewhere, at this module's project. */
async function projectOf(folder: string): Promise<string> {
  for (let at = folder;; at = dirname(at)) {
    if (await isFile(join(at, "deno.json"))) return at;
    if (at === dirname(at)) return dirname(dirname(fileURLToPath(import.meta.url)));
  }
}

async function readText(file: string): Promise<string> {
  const text = await readOptional(file);
  if (text === undefined) throw new ConfigError([`${nameOf(file)}: no such file`]);
  return text;
}

async function readOptional(file: string): Promise<string | undefined> {
  try {
    return await Deno.readTextFile(file);
  } catch (error) {
    if (error instanceof Deno.errors.NotFound) return undefined;
    throw new ConfigError([`${nameOf(file)}: cannot be read: ${error instanceof Error ? error.message : error}`]);
  }
}

function readYaml(text: string, name: string): unknown {
  try {
    return parseYaml(text);
  } catch (error) {
    if (!(error instanceof SyntaxError)) throw error;
    const [first = ""] = error.message.split("\n");
    const at = /^(?<what>.*?)[\s,(]*at line (?<line>\d+), column (?<column>\d+)/.exec(first)?.groups;
    throw new ConfigError([
      at ? `${name}:${at.line}:${at.column}: not YAML: ${at.what}` : `${name}: not YAML: ${first}`,
    ]);
  }
}

/** Short where it lies below the working folder. */
function nameOf(file: string): string {
  const short = relative(Deno.cwd(), file);
  return short.startsWith("..") || isAbsolute(short) ? file : short;
}

const isFile = (path: string) => Deno.stat(path).then((found) => found.isFile, () => false);
const isFolder = (path: string) => Deno.stat(path).then((found) => found.isDirectory, () => false);

/** An empty variable counts as not given, as shells have no better way to unset one for a single command. */
function given(variables: Variables): Record<string, string> {
  return Object.fromEntries(Object.entries(variables).filter((entry): entry is [string, string] => !!entry[1]));
}

const variableOf = (path: string) => PREFIX + path.toUpperCase().replaceAll(".", "_");

/** Lays the variables over what the file held, in place, and remembers which keys they named. */
function overlay(raw: unknown, variables: Variables): { overridden: Map<string, string>; problems: string[] } {
  const keys = new Map(
    listKeys().filter(({ key }) => key.type !== "overrides").map(({ path, key }) => [variableOf(path), { path, key }]),
  );
  const known = [...keys.keys(), ...Object.keys(SECRET_VARIABLES), CONFIG, CONSENT];
  const overridden = new Map<string, string>();
  const problems: string[] = [];
  for (const [name, text] of Object.entries(variables)) {
    if (!name.startsWith(PREFIX) || text === undefined || text === "") continue;
    const target = keys.get(name);
    if (target) {
      overridden.set(target.path, name);
      assign(raw, target.path.split("."), fromText(text, target.key));
    } else if (!known.includes(name)) {
      const near = nearest(name, known);
      problems.push(`${name}: unknown variable${near ? `, did you mean ${near}?` : ""}`);
    }
  }
  return { overridden, problems };
}

function assign(raw: unknown, path: readonly string[], value: unknown): void {
  const [name = "", ...rest] = path;
  if (typeof raw !== "object" || raw === null) return;
  const section = raw as Record<string, unknown>;
  if (rest.length === 0) section[name] = value;
  else assign(section[name] ??= {}, rest, value);
}

/** Numbers as JavaScript writes them; anything else stays text, and is refused where a number belongs. */
function fromText(text: string, key: Key): unknown {
  if (key.type !== "number" && key.type !== "integer") return text;
  return /^[+-]?(\d+\.?\d*|\.\d+)(e[+-]?\d+)?$/i.test(text.trim()) ? Number(text) : text;
}

function secretsOf(variables: Variables): Secrets {
  return Object.fromEntries(
    Object.entries(SECRET_VARIABLES).flatMap(([name, key]) =>
      variables[name] ? [[key, new Secret(variables[name])]] : []
    ),
  );
}
