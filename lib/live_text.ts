/**
 * Words and numbers for a running session, shared by its panel and its text. Pure.
 *
 * @module
 */

import { figures } from "./plots/figure.ts";
import type { SessionSnapshot } from "./session.ts";
import type { Bound, Market } from "./types.ts";

const UNKNOWN = "–";

/** What each limit means, in words. */
export const BOUND_MEANING: Readonly<Record<Bound, string>> = {
  none: "nothing: prices are the formula's, rounded",
  warming: "an estimate is not known yet",
  no_market: "gap, crossed or empty book: no quote",
  killed: "the kill switch: no quote any more",
  paused: "paused by hand: no quote",
  halted: "out of the market: the last transition says why",
  min_half_spread: "k·τ is below the configured least half-spread",
  post_only: "a quote would have taken: moved to the touch",
  q_max_bid: "the inventory cap took the bid away",
  q_max_ask: "the inventory cap took the ask away",
  min_notional: "below the venue's smallest order",
};

/** Prices to the tick and sizes to the lot of a market. */
export function formatter({ rules: { tickSize, lotSize } }: Market) {
  const decimals = (step: number) => Math.max(0, -Math.floor(Math.log10(step) + 1e-9));
  const fixed = (value: number | undefined, digits: number) =>
    value === undefined
      ? UNKNOWN
      : value.toLocaleString("en-US", { minimumFractionDigits: digits, maximumFractionDigits: digits });
  const [tick, lot] = [decimals(tickSize), decimals(lotSize)];
  return {
    /** @param more decimals beyond the tick's */
    price: (value: number | undefined, more = 0) => fixed(value, tick + more),
    size: (value: number | undefined) => fixed(value, Math.min(lot, 5)),
  };
}

/** The state in a word or two. */
export function stateText({ state, warmUp }: SessionSnapshot): string {
  return state === "warming" ? `warming up, ${share(Math.min(warmUp.sigma, warmUp.tau, warmUp.k))}` : state;
}

/** Time of day, and how much of the session has passed. */
export function clockText({ now, elapsed, duration }: SessionSnapshot): string {
  if (now === undefined) return UNKNOWN;
  const passed = duration > 0 ? `${Math.round(elapsed)} of ${duration} s` : `${Math.round(elapsed)} s`;
  return `${timeText(now)}, ${passed}`;
}

/** A transition in a line. */
export function eventText({ localTs, event, reason }: SessionSnapshot["risk"][number]): string {
  return `${timeText(localTs)} ${event}: ${reason}`;
}

/** UTC time of day of a time in microseconds. */
export function timeText(ts: number, digits = 0): string {
  return new Date(ts / 1000).toISOString().slice(11, digits > 0 ? 20 + digits : 19);
}

/** A share in whole per cent, rounded down: 100 % is all of it. */
export const share = (value: number) => `${figures(Math.floor(100 * value + 1e-9))} %`;
