/**
 * The type `Config`, and the checks that make one. Pure: whatever comes from files and environment is an argument.
 *
 * @module
 */
import { describeKey, isKey, type Key, KEYS, type NumberKey } from "./keys.ts";
import { nearest } from "./nearest.ts";
import type { MeasuredLatency } from "./order_latency.ts";
import type { Secrets } from "./secrets.ts";

type Table = typeof KEYS;
type Section = Exclude<keyof Table, "mode" | "backtest">;
type Value<K> = K extends { type: "number" | "integer" } ? number
  : K extends { type: "choice"; choices: readonly (infer Choice)[] } ? Choice
  : K extends { type: "text" } ? string
  : never;

/** The plain sections, each key with its type. */
export type Sections = { readonly [S in Section]: { readonly [K in keyof Table[S]]: Value<Table[S][K]> } };

/** Every parameter, checked and frozen. Names are those of config.yaml, units stand in `keys.ts`. */
export interface Config extends Sections {
  readonly mode: Value<Table["mode"]>;
  readonly backtest:
    & { readonly [K in Exclude<keyof Table["backtest"], "overrides">]: Value<Table["backtest"][K]> }
    & { readonly overrides: Overrides };
  /** The project's folder, absolute; the paths of the configuration start there. */
  readonly root: string;
  readonly secrets: Secrets;
  /** What was read of the files that `fills.latency_file` names, here or in `backtest.overrides`, by that name. */
  readonly measured?: Readonly<Record<string, MeasuredLatency>>;
}

/** Some keys of some sections. */
export type Overrides =
  & { readonly [S in Section]?: Partial<Sections[S]> }
  & { readonly mode?: Config["mode"] };

/** What a configuration has beside its keys. */
export interface Surroundings {
  /** The project's folder, "." when not given. */
  readonly root?: string;
  readonly secrets?: Secrets;
  /** Value of MAKERBOOK_LIVE_CONSENT: exchange id and symbol that may be traded with real money. */
  readonly consent?: string;
}

/** A file's name, or how to name the place of a key. */
export type Place = string | ((path: string) => string);

/** All that is wrong with a configuration, one line each. */
export class ConfigError extends Error {
  readonly problems: readonly string[];

  constructor(problems: readonly string[]) {
    super(problems.join("\n"));
    this.name = "ConfigError";
    this.problems = problems;
  }
}

/**
 * Checks a configuration against the table of keys. Keys left out have their default.
 *
 * @param raw what the file held
 * @param place the file's name for messages: `config.yaml: quotes.size = -1, must be > 0 (base)`
 * @throws {ConfigError} with every problem, one line each
 */
export function validate(raw: unknown, place: Place = "config.yaml", around: Surroundings = {}): Config {
  const at = naming(place);
  const problems: string[] = [];
  const sections = checkSections(raw ?? {}, at, problems) as unknown as Config;
  const { root = ".", secrets = {}, consent } = around;
  const config: Config = { ...sections, root, secrets: Object.freeze({ ...secrets }) };
  if (problems.length === 0) problems.push(...relations(config, at));
  if (problems.length === 0) problems.push(...consents(config, at, consent));
  if (problems.length === 0) problems.push(...overrideProblems(config, at));
  if (problems.length > 0) throw new ConfigError(problems);
  return freeze(config);
}

/**
 * The configuration with some keys changed, checked again.
 *
 * @throws {ConfigError} with every problem; also where the change would start live orders, which in production take their own consent
 */
export function override(config: Config, changes: Overrides, place: Place = "override"): Config {
  const at = naming(place);
  const problems: string[] = [];
  const changed = checkOverrides(changes, at, problems);
  const { root, secrets, ...sections } = config;
  const merged = merge(sections, changed) as unknown as Config;
  const isChanged = (path: string) => path.split(".").reduce<unknown>(child, changed) !== undefined;
  const name = (path: string) => isChanged(path) ? at(path) : path;
  if (problems.length === 0) problems.push(...relations({ ...merged, root, secrets }, name));
  if (isProductionLive(merged) && market(merged) !== (isProductionLive(config) ? market(config) : undefined)) {
    problems.push(`${at("mode")}: live orders in production cannot be switched on by an override`);
  } else if (!isProductionLive(merged)) problems.push(...consents({ ...merged, root, secrets }, at, undefined));
  if (problems.length > 0) throw new ConfigError(problems);
  return freeze({ ...merged, root, secrets });
}

/** The configuration of the backtest: `backtest.overrides` applied, and never a real order. */
export function forBacktest(config: Config): Config {
  return override(
    { ...config, mode: "paper" },
    { ...config.backtest.overrides, mode: "paper" },
    "config.yaml: backtest.overrides",
  );
}

function naming(place: Place): (path: string) => string {
  if (typeof place === "function") return place;
  return (path) => place.includes(": ") ? `${place}.${path}` : `${place}: ${path}`;
}

type Plain = Record<string, unknown>;
type At = (path: string) => string;

const isPlain = (value: unknown): value is Plain =>
  typeof value === "object" && value !== null && !Array.isArray(value) && !(value instanceof Date) &&
  !ArrayBuffer.isView(value);
const child = (value: unknown, name: string): unknown =>
  isPlain(value) && Object.hasOwn(value, name) ? value[name] : undefined;
const isMissing = (value: unknown): value is undefined | null => value === undefined || value === null;

function checkSections(raw: unknown, at: At, problems: string[]): Plain {
  if (!isPlain(raw)) {
    problems.push(`${at("").replace(/[:.]? *$/, "")}: is ${show(raw)}, must hold sections such as "quotes:"`);
    return {};
  }
  refuseUnknown(raw, Object.keys(KEYS), (name) => name, at, problems);
  return Object.fromEntries(
    Object.entries(KEYS).map(([name, entry]) => [
      name,
      isKey(entry)
        ? checkKey(raw[name], entry, name, at, problems)
        : checkSection(raw[name], name, entry, at, problems),
    ]),
  );
}

function checkSection(raw: unknown, name: string, keys: Readonly<Record<string, Key>>, at: At, problems: string[]) {
  if (!isMissing(raw) && !isPlain(raw)) {
    problems.push(`${at(name)} = ${show(raw)}, must be a section with keys such as ${Object.keys(keys)[0]}`);
    return {};
  }
  const section = raw ?? {};
  refuseUnknown(section, Object.keys(keys), (last) => `${name}.${last}`, at, problems);
  return Object.fromEntries(
    Object.entries(keys).map(([last, key]) => [last, checkKey(section[last], key, `${name}.${last}`, at, problems)]),
  );
}

function checkOverrides(raw: unknown, at: At, problems: string[]): Plain {
  if (isMissing(raw)) return {};
  if (!isPlain(raw)) {
    problems.push(`${at("").replace(/[:.]? *$/, "")} = ${show(raw)}, must hold sections such as "quotes:"`);
    return {};
  }
  const { backtest: _, ...allowed } = KEYS;
  refuseUnknown(raw, Object.keys(allowed), (name) => name, at, problems);
  const changed: Plain = {};
  for (const [name, entry] of Object.entries(allowed)) {
    const value = raw[name];
    if (isMissing(value)) continue;
    const checked = isKey(entry)
      ? checkKey(value, entry, name, at, problems)
      : checkSection(value, name, entry, at, problems);
    changed[name] = isPlain(checked) && isPlain(value)
      ? Object.fromEntries(Object.entries(checked).filter(([last]) => !isMissing(value[last])))
      : checked;
  }
  return changed;
}

/** The value, or the default where there is none; a problem is noted and gives the default too. */
function checkKey(value: unknown, key: Key, path: string, at: At, problems: string[]): unknown {
  if (isMissing(value)) return key.default;
  if (key.type === "overrides") {
    return checkOverrides(value, (below) => below ? at(`${path}.${below}`) : at(path), problems);
  }
  const problem = key.type === "choice"
    ? (key.choices as readonly unknown[]).includes(value) ? undefined : describeKey(key)
    : key.type === "text"
    ? typeof value === "string" && (key.pattern?.test(value) ?? true) ? undefined : describeKey(key)
    : numberProblem(value, key);
  if (problem === undefined) return value;
  problems.push(`${at(path)} = ${show(value)}, must be ${problem}`);
  return key.default;
}

function numberProblem(value: unknown, key: NumberKey): string | undefined {
  if (typeof value !== "number" || !Number.isFinite(value)) return describeKey(key);
  if (key.type === "integer" && !Number.isSafeInteger(value)) return describeKey(key);
  const unit = key.unit && ` (${key.unit})`;
  if (key.above !== undefined && !(value > key.above)) return `> ${key.above}${unit}`;
  if (key.min !== undefined && !(value >= key.min)) return `>= ${key.min}${unit}`;
  if (key.below !== undefined && !(value < key.below)) return `< ${key.below}${unit}`;
  if (key.max !== undefined && !(value <= key.max)) return `<= ${key.max}${unit}`;
  return undefined;
}

function refuseUnknown(
  raw: Plain,
  known: readonly string[],
  path: (name: string) => string,
  at: At,
  problems: string[],
) {
  for (const name of Object.keys(raw)) {
    if (known.includes(name)) continue;
    if (SECRET_NAME.test(name)) {
      problems.push(
        `${at(path(name))}: secrets belong in .env (MAKERBOOK_API_KEY, MAKERBOOK_API_SECRET), nowhere else`,
      );
      continue;
    }
    const near = nearest(name, known);
    problems.push(
      `${at(path(name))}: unknown key${near ? `, did you mean ${near}?` : `, known are ${known.join(", ")}`}`,
    );
  }
}

const SECRET_NAME = /api_?key|secret|pass(word|phrase)|token|private/i;

/** Pairs that must not be out of order: the first at most the second. */
const AT_MOST: readonly (readonly [string, string])[] = [
  ["model.gamma_min", "model.gamma"],
  ["model.gamma", "model.gamma_max"],
  ["model.vpin_min_buckets", "model.vpin_buckets"],
  ["quotes.size", "risk.q_max"],
  ["risk.hedge_at", "risk.q_max"],
  ["risk.heartbeat", "risk.dead_after"],
];

function relations(config: Config, at: At): string[] {
  const get = (path: string) => path.split(".").reduce<unknown>(child, config) as number;
  return AT_MOST.filter(([low, high]) => get(low) > get(high))
    .map(([low, high]) => `${at(low)} = ${get(low)}, must be <= ${high} (${get(high)})`);
}

const isProductionLive = (config: Config) => config.mode === "live" && config.exchange.environment === "production";
const market = (config: Config) => `${config.exchange.id} ${config.exchange.symbol}`;

function consents(config: Config, at: At, consent: string | undefined): string[] {
  if (config.mode !== "live" || config.exchange.environment === "local") return [];
  const problems = [];
  if (!config.secrets.apiKey || !config.secrets.apiSecret) {
    problems.push(
      `${
        at("mode")
      } = live on ${config.exchange.environment}, needs MAKERBOOK_API_KEY and MAKERBOOK_API_SECRET in .env`,
    );
  }
  if (isProductionLive(config) && consent !== market(config)) {
    problems.push(
      `${at("mode")} = live on production, places real orders: ` +
        `consent with the environment variable MAKERBOOK_LIVE_CONSENT="${market(config)}"`,
    );
  }
  return problems;
}

/** The backtest's overrides are checked with everything else, not when the backtest starts. */
function overrideProblems(config: Config, at: At): string[] {
  try {
    override(
      { ...config, mode: "paper" },
      { ...config.backtest.overrides, mode: "paper" },
      (path) => at(`backtest.overrides.${path}`),
    );
    return [];
  } catch (error) {
    if (error instanceof ConfigError) return [...error.problems];
    throw error;
  }
}

function merge(base: Plain | object, changes: Plain): Plain {
  const merged: Plain = { ...base };
  for (const [name, value] of Object.entries(changes)) {
    const before = merged[name];
    merged[name] = isPlain(before) && isPlain(value) ? merge(before, value) : value;
  }
  return merged;
}

/** Freezes the sections, and theirs. Secrets freeze themselves. */
function freeze<T extends object>(value: T): T {
  for (const inner of Object.values(value)) {
    if (isPlain(inner) && !Object.isFrozen(inner)) freeze(inner);
  }
  return Object.freeze(value);
}

function show(value: unknown): string {
  if (typeof value === "string") return JSON.stringify(value);
  if (Array.isArray(value)) return "a list";
  return isPlain(value) ? "a section" : String(value);
}
