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

/** Measured orders: when each was sent, when the exchange took it, when we had the answer. Microseconds. */
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
 * (`models/latency.rs`). Whole microseconds, rounded towards zero. A cancel takes as long as an order. Measurements may come in any order.
 *
 * @throws {RangeError} where there is no measurement, or one ends before it begins, with its number counted from 1
 */
export function measuredLatency({ sentTs, exchTs, answeredTs }: MeasuredLatency): OrderLatency {
  if (sentTs.length === 0) throw new RangeError("no measurement, must be at least one");
  for (let i = 0; i < sentTs.length; i++) {
    const times = [sentTs[i]!, exchTs[i]!, answeredTs[i]!];
    if (!times.every(Number.isSafeInteger)) {
      throw new RangeError(`measurement ${i + 1}: ${times.join(", ")}, must be whole microseconds`);
    }
    if (!(exchTs[i]! >= sentTs[i]! && answeredTs[i]! >= exchTs[i]!)) {
      throw new RangeError(
        `measurement ${i + 1}: sent ${times[0]}, at the exchange ${times[1]}, answered ${times[2]}, must not run back`,
      );
    }
  }
  const entry = interpolation(sentTs, exchTs);
  return { entry, cancel: entry, response: interpolation(exchTs, answeredTs) };
}

/** The same orders, had each way taken so many times as long, in whole microseconds. */
export function scaled({ sentTs, exchTs, answeredTs }: MeasuredLatency, factor: number): MeasuredLatency {
  const exch = exchTs.map((ts, i) => sentTs[i]! + Math.round((ts - sentTs[i]!) * factor));
  const answered = answeredTs.map((ts, i) => exch[i]! + Math.round((ts - exchTs[i]!) * factor));
  return Object.freeze({ sentTs, exchTs: exch, answeredTs: answered });
}

/** What is needed of a configuration. */
export type LatencyConfig = Pick<Config, "fills" | "measured">;

/**
 * The latencies that a configuration asks for: those of `fills.latency_file` where it names one, otherwise the constants.
 *
 * @throws {Error} where the file's measurements are not there: {@linkcode loadConfig} and `withMeasured` read them
 */
export function orderLatency({ fills, measured }: LatencyConfig): OrderLatency {
  if (fills.latency_file === "") return constantLatency(fills);
  const found = measured?.[fills.latency_file];
  if (found) return measuredLatency(found);
  throw new Error(
    `fills.latency_file = ${fills.latency_file}: its measurements are not here; loadConfig() or withMeasured() reads them`,
  );
}

/** From the times of one event to what lies between it and the next, at any time. Times asked for mostly grow. */
function interpolation(unsortedFrom: Float64Array, unsortedTo: Float64Array): (ts: number) => number {
  const order = Uint32Array.from(unsortedFrom, (_, i) => i)
    .sort((a, b) => unsortedFrom[a]! - unsortedFrom[b]! || unsortedTo[a]! - unsortedTo[b]!);
  const from = Float64Array.from(order, (i) => unsortedFrom[i]!);
  const took = Float64Array.from(order, (i) => unsortedTo[i]! - unsortedFrom[i]!);
  const last = from.length - 1;
  let at = 0;
  return (ts) => {
    if (ts < from[0]!) return took[0]!;
    if (ts >= from[last]!) return took[last]!;
    if (ts < from[at]!) at = 0;
    while (from[at + 1]! <= ts) at++;
    return Math.trunc((took[at + 1]! - took[at]!) / (from[at + 1]! - from[at]!) * (ts - from[at]!)) + took[at]!;
  };
}
