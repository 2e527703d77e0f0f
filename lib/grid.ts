/**
 * A grid of parameters: which keys of the configuration take which values. Pure.
 *
 * @module
 */

import { listKeys } from "./keys.ts";
import { nearest } from "./nearest.ts";
import { type Config, override, type Overrides } from "./schema.ts";

/** A key of the configuration and its values, in the order given. */
export interface Axis {
  /** `model.gamma` */
  readonly path: string;
  readonly values: readonly (number | string)[];
}

/** One point: a value for each axis, in their order. */
export type Point = readonly (number | string)[];

/**
 * Reads `model.gamma=0.5,1,2`.
 *
 * @throws {RangeError} for an unknown key, no values, or the same value twice
 */
export function readAxis(text: string): Axis {
  const [, path = "", list = ""] = /^\s*([^=\s]+)\s*=(.*)$/s.exec(text) ?? [];
  const swept = listKeys().filter(({ path, key }) => key.type !== "overrides" && SWEPT.test(path));
  const found = swept.find((known) => known.path === path);
  if (!found) {
    const near = nearest(path, swept.map((known) => known.path));
    throw new RangeError(
      `grid: ${text}: must be KEY=VALUE,VALUE with a key of ${SECTIONS}${near ? `, did you mean ${near}?` : ""}`,
    );
  }
  const isNumber = found.key.type === "number" || found.key.type === "integer";
  const words = list.split(",").map((word) => word.trim());
  const values = words.map((word) => isNumber && word !== "" ? Number(word) : word);
  if (words.includes("") || new Set(values).size < values.length) {
    throw new RangeError(`grid: ${text}: must have values, each once`);
  }
  return { path, values };
}

const SECTIONS = "model, quotes, risk, fees or fills";
const SWEPT = /^(model|quotes|risk|fees|fills)\./;

/** Every combination, the last axis fastest. */
export function gridPoints(axes: readonly Axis[]): Point[] {
  return axes.reduce<Point[]>(
    (points, { values }) => points.flatMap((point) => values.map((value) => [...point, value])),
    [[]],
  );
}

/**
 * The configuration at a point, checked.
 *
 * @throws {ConfigError} where a value, or two together, are out of bounds
 */
export function pointConfig(config: Config, axes: readonly Axis[], point: Point): Config {
  const changes: Record<string, Record<string, unknown>> = {};
  axes.forEach(({ path }, i) => {
    const [section = "", name = ""] = path.split(".");
    (changes[section] ??= {})[name] = point[i];
  });
  return override(config, changes as Overrides, `grid: ${pointText(axes, point)}`);
}

/** `model.gamma = 1, quotes.size = 0.05`; empty for a grid without axes. */
export function pointText(axes: readonly Axis[], point: Point): string {
  return axes.map(({ path }, i) => `${path} = ${point[i]}`).join(", ");
}

/** An axis at whose end a point sits: the best may lie beyond. */
export interface Edge {
  readonly path: string;
  readonly value: number;
  readonly end: "lowest" | "highest";
}

/** The axes of numbers, of two values or more, at whose end the point sits, unless the key ends there too. */
export function edgesOf(axes: readonly Axis[], point: Point): Edge[] {
  return axes.flatMap(({ path, values }, i): Edge[] => {
    const value = point[i];
    if (values.length < 2 || typeof value !== "number") return [];
    const numbers = values as readonly number[];
    const key = listKeys().find((known) => known.path === path)?.key as { min?: number; max?: number } | undefined;
    if (value === key?.min || value === key?.max) return [];
    if (value === Math.min(...numbers)) return [{ path, value, end: "lowest" }];
    if (value === Math.max(...numbers)) return [{ path, value, end: "highest" }];
    return [];
  });
}
