/**
 * The venue's own limits, as its refusals and its counts of our orders tell them: how long to ask for nothing, or to place nothing.
 * Pure; time is an argument, milliseconds of wall time.
 *
 * @module
 */
import type { Failure } from "./order_answers.ts";

/** What may be sent now. An order's first cancel is never held back by it: being out of the market is the safe side. */
export interface VenueLimits {
  /** Takes a refusal. @param headers of the answer, for `Retry-After` (seconds) */
  note(failure: Failure, headers: Readonly<Record<string, string>> | undefined, nowMs: number): void;
  /** So many orders an interval, as the venue states it. */
  know(limits: readonly OrderLimit[]): void;
  /**
   * Takes what an answer says of the orders placed so far: `X-MBX-ORDER-COUNT-10S` and the like, Binance's. Returns the limit that is
   * used up, if one is: nothing is placed before its interval is over.
   */
  count(headers: Readonly<Record<string, string>> | undefined, nowMs: number): OrderLimit | undefined;
  mayPlace(nowMs: number): boolean;
  mayAsk(nowMs: number): boolean;
  /** Milliseconds until a request may be sent again; 0 where it may now. */
  wait(nowMs: number): number;
  /** Refusals for this reason so far. */
  readonly refusals: number;
}

/** Of unfilled orders: at most `limit` in `intervalMs` milliseconds of market time, counted from a multiple of it. */
export interface OrderLimit {
  readonly intervalMs: number;
  readonly limit: number;
}

const UNITS: Readonly<Record<string, number>> = { s: 1000, m: 60_000, h: 3_600_000, d: 86_400_000 };
/** @param unit Binance's: `SECOND`, or `S` in a header */
export const intervalOf = (number: number, unit: string): number => number * (UNITS[unit[0]!.toLowerCase()] ?? NaN);
const COUNT = /^x-mbx-order-count-(\d+)([smhd])$/i;

/** Binance counts orders by ten seconds and tells no time to wait. */
const ORDER_INTERVAL_MS = 10_000;
const SHORTEST_MS = 1000;

/** @param speed market seconds a wall second: a replay's limits are as much shorter */
export function createVenueLimits(speed = 1): VenueLimits {
  let askFrom = -Infinity;
  let placeFrom = -Infinity;
  let refusals = 0;
  let known: readonly OrderLimit[] = [];
  const intervalEnd = (intervalMs: number, nowMs: number) => {
    const interval = intervalMs / speed;
    return (Math.floor(nowMs / interval) + 1) * interval;
  };
  return {
    know: (limits) => void (known = limits),
    count(headers, nowMs) {
      let used: OrderLimit | undefined;
      for (const [name, value] of Object.entries(headers ?? {})) {
        const [, number, unit] = COUNT.exec(name) ?? [];
        if (unit === undefined) continue;
        const counted = intervalOf(Number(number), unit);
        const limit = known.find((candidate) => candidate.intervalMs === counted);
        if (limit === undefined || Number(value) < limit.limit) continue;
        placeFrom = Math.max(placeFrom, intervalEnd(counted, nowMs));
        used = limit;
      }
      return used;
    },
    note(failure, headers, nowMs) {
      if (failure.kind !== "limited") return;
      refusals++;
      const asked = Number(retryAfter(headers));
      if (failure.isOrderCount) {
        placeFrom = Math.max(placeFrom, asked > 0 ? nowMs + asked * 1000 : intervalEnd(ORDER_INTERVAL_MS, nowMs));
        return;
      }
      askFrom = Math.max(askFrom, nowMs + (asked > 0 ? asked * 1000 : SHORTEST_MS));
    },
    mayPlace: (nowMs) => nowMs >= placeFrom && nowMs >= askFrom,
    mayAsk: (nowMs) => nowMs >= askFrom,
    wait: (nowMs) => Math.max(0, askFrom - nowMs),
    get refusals() {
      return refusals;
    },
  };
}

function retryAfter(headers: Readonly<Record<string, string>> | undefined): string | undefined {
  return Object.entries(headers ?? {}).find(([name]) => name.toLowerCase() === "retry-after")?.[1];
}
