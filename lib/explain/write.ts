/**
 * Values as cells of an explanation. Pure.
 *
 * @module
 */

import { formatter, timeText } from "../live_text.ts";
import { figures } from "../plots/figure.ts";
import type { Market } from "../types.ts";

/** Four cells, or one that heads a group. */
export type Row = readonly [name: string, value: string, unit: string, note: string] | readonly [group: string];

const UNKNOWN = "–";

/** Writers for one market. */
export function writer(market: Market) {
  const { price } = formatter(market);
  const signed = (value: number, text: string) => (value > 0 ? "+" : "") + text;
  return {
    value: (value: number | undefined) => value === undefined ? UNKNOWN : figures(value, 4),
    price,
    /** A difference of prices, with its sign. */
    step: (value: number | undefined) =>
      value === undefined ? UNKNOWN : Math.abs(value) < 1e-9 ? "0" : signed(value, figures(value, 3)),
    /** Money that was earned, with its sign. */
    money: (value: number | undefined) =>
      value === undefined ? UNKNOWN : Math.abs(value) < 5e-13 ? "0" : signed(value, figures(value, 4)),
    time: (ts: number | undefined) => ts === undefined ? UNKNOWN : timeText(ts, 3),
    /** Microseconds. */
    span: (us: number | undefined) =>
      us === undefined ? UNKNOWN : Math.abs(us) < 1e6 ? `${figures(us / 1000, 4)} ms` : `${figures(us / 1e6, 4)} s`,
  };
}
