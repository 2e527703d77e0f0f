/**
 * The venue's own limits, as its refusals tell them: how long to ask for nothing, or to place nothing. Pure; time is an
 * argument, milliseconds of wall time.
 *
 * @module
 */
import type { Failure } from "./order_answers.ts";

/** What may be sent now. Cancels are never held back by it: being out of the market is the safe side. */
export interface VenueLimits {
  /** Takes a refusal. @param headers of the answer, for `Retry-After` (seconds) */
  note(failure: Failure, headers: Readonly<Record<string, string>> | undefined, nowMs: number): void;
  mayPlace(nowMs: number): boolean;
  mayAsk(nowMs: number): boolean;
  /** Milliseconds until a request may be sent again; 0 where it may now. */
  wait(nowMs: number): number;
  /** Refusals for this reason so far. */
  readonly refusals: number;
}

/** Binance counts orders by ten seconds and tells no time to wait. */
const ORDER_INTERVAL_MS = 10_000;
const SHORTEST_MS = 1000;

/** @param speed market seconds a wall second: a replay's limits are as much shorter */
export function createVenueLimits(speed = 1): VenueLimits {
  let askFrom = -Infinity;
  let placeFrom = -Infinity;
  let refusals = 0;
  return {
    note(failure, headers, nowMs) {
      if (failure.kind !== "limited") return;
      refusals++;
      const asked = Number(retryAfter(headers));
      if (failure.isOrderCount) {
        const interval = ORDER_INTERVAL_MS / speed;
        placeFrom = Math.max(
          placeFrom,
          asked > 0 ? nowMs + asked * 1000 : (Math.floor(nowMs / interval) + 1) * interval,
        );
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
