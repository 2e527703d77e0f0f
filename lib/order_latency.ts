/**
 * How long our orders, our cancels and the venue's answers are on their way: constant, or as measured. Pure.
 *
 * @module
 */

import type { Config } from "./schema.ts";

/** Latencies in microseconds, at a time in microseconds. */
export interface OrderLatency {
  /** Of an order sent at `sentTs`, our clock, until it is at the matching engine. */
  entry(sentTs: number): number;
  /** Of a cancel sent at `sentTs`. */
  cancel(sentTs: number): number;
  /** Of an answer given at `exchTs`, the exchange's clock, until we have it. */
  response(exchTs: number): number;
}

/** One measured order: when it was sent, when the exchange took it, when we had the answer. Microseconds, in order of sending. */
export interface MeasuredLatency {
  readonly sentTs: Float64Array;
  readonly exchTs: Float64Array;
  readonly answeredTs: Float64Array;
}

const SECOND = 1e6;

/** The same at any time. */
export function constantLatency(fills: Pick<Config["fills"], "entry_latency" | "cancel_latency" | "response_latency">) {
  return fixedLatency({
    entryUs: Math.round(fills.entry_latency * SECOND),
    cancelUs: Math.round(fills.cancel_latency * SECOND),
    responseUs: Math.round(fills.response_latency * SECOND),
  });
}

/** The same at any time, in microseconds; a cancel takes as long as an order where nothing else is said. */
export function fixedLatency(
  { entryUs, cancelUs = entryUs, responseUs }: { entryUs: number; cancelUs?: number; responseUs: number },
): OrderLatency {
  return { entry: () => entryUs, cancel: () => cancelUs, response: () => responseUs };
}

/**
 * Linear between the two measurements around a time, and that of the first or the last outside: hftbacktest's `IntpOrderLatency`
 * (`models/latency.rs`). Whole microseconds, rounded down. A cancel takes as long as an order.
 *
 * @throws {RangeError} where there is no measurement, or one ends before it begins, or they are out of order
 */
export function measuredLatency({ sentTs, exchTs, answeredTs }: MeasuredLatency): OrderLatency {
  if (sentTs.length === 0) throw new RangeError("order latency: no measurement, must be at least one");
  for (let i = 0; i < sentTs.length; i++) {
    if (!(exchTs[i]! >= sentTs[i]! && answeredTs[i]! >= exchTs[i]!)) {
      throw new RangeError(`order latency ${i + 1}: ${sentTs[i]} > ${exchTs[i]} > ${answeredTs[i]}, must not run back`);
    }
    if (i > 0 && !(sentTs[i]! >= sentTs[i - 1]! && exchTs[i]! >= exchTs[i - 1]!)) {
      throw new RangeError(`order latency ${i + 1}: before the one above it, must be in order of time`);
    }
  }
  const entry = interpolation(sentTs, exchTs);
  return { entry, cancel: entry, response: interpolation(exchTs, answeredTs) };
}

/** From the times of one event to what lies between it and the next, at any time. Times asked for mostly grow. */
function interpolation(from: Float64Array, to: Float64Array): (ts: number) => number {
  const last = from.length - 1;
  let at = 0;
  return (ts) => {
    if (ts < from[0]!) return to[0]! - from[0]!;
    if (ts >= from[last]!) return to[last]! - from[last]!;
    if (ts < from[at]!) at = 0;
    while (from[at + 1]! <= ts) at++;
    const before = to[at]! - from[at]!;
    const after = to[at + 1]! - from[at + 1]!;
    return Math.trunc((after - before) / (from[at + 1]! - from[at]!) * (ts - from[at]!)) + before;
  };
}
