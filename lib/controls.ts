/**
 * What a person may change while a session runs. Pure.
 *
 * Each control is recorded with the number of the market event it followed, and applied at that place again when the recording is
 * replayed: a session remains explainable, and its fills reproducible, whatever was done to it.
 *
 * @module
 */

import { nearest } from "./nearest.ts";
import { type Config, ConfigError, override, type Overrides } from "./schema.ts";

/** Settings by their short names, and the key of the configuration that each changes: it has the unit and the bounds. */
export const SETTINGS = {
  gamma: "model.gamma",
  gammaMin: "model.gamma_min",
  gammaMax: "model.gamma_max",
  n: "model.n",
  denominator: "model.denominator",
  delta: "model.delta",
  size: "quotes.size",
  minHalfSpread: "quotes.min_half_spread",
  requoteTicks: "quotes.requote_ticks",
  requoteInterval: "quotes.requote_interval",
  qMax: "risk.q_max",
  hedgeAt: "risk.hedge_at",
  maxDrawdown: "risk.max_drawdown",
  fillModel: "fills.model",
  power: "fills.power",
} as const;

/** Name of a setting. */
export type Setting = keyof typeof SETTINGS;

/** New values; those left out stay as they are. */
export type Settings = { readonly [S in Setting]?: number | string };

/** One thing done by hand. */
export type Control =
  | { readonly do: "pause" | "resume" | "flatten" }
  | { readonly do: "set"; readonly settings: Settings };

/** A control and its place in a tape: before row `row`. */
export interface TapeControl {
  readonly row: number;
  readonly control: Control;
}

/** The changes to the configuration that settings mean. @throws {ConfigError} for a name that is none */
export function changesOf(settings: Settings): Overrides {
  const changes: Record<string, Record<string, unknown>> = {};
  const problems: string[] = [];
  for (const [name, value] of Object.entries(settings)) {
    if (value === undefined) continue;
    if (!Object.hasOwn(SETTINGS, name)) {
      const known = Object.keys(SETTINGS);
      const near = nearest(name, known);
      problems.push(
        `set: ${name} is no setting${near ? `, did you mean ${near}?` : `; there are ${known.join(", ")}`}`,
      );
      continue;
    }
    const [section, key] = SETTINGS[name as Setting].split(".") as [string, string];
    (changes[section] ??= {})[key] = value;
  }
  if (problems.length > 0) throw new ConfigError(problems);
  return changes as Overrides;
}

/**
 * The configuration with settings changed.
 *
 * @throws {ConfigError} with every problem, one line each: the name or the bound that was not kept
 */
export function withSettings(config: Config, settings: Settings): Config {
  const changes = changesOf(settings);
  if (Object.keys(changes).length === 0) throw new ConfigError([`set: no setting given`]);
  return override(config, changes, (path) => `set: ${path}`);
}

/** A control in words. */
export function controlText(control: Control): string {
  if (control.do !== "set") return control.do;
  return Object.entries(control.settings).filter(([, value]) => value !== undefined)
    .map(([name, value]) => `${SETTINGS[name as Setting]} = ${value}`).join(", ");
}

/** As recorded, and back. @throws {SyntaxError} for text that is not a control */
export function parseControl(text: string): Control {
  const control = JSON.parse(text) as Control;
  if (!["pause", "resume", "flatten", "set"].includes(control.do)) throw new SyntaxError(`not a control: ${text}`);
  return control;
}
