/**
 * How long orders are on their way, in market time: the two latencies of the simulated broker (`lib/paper.ts`), so that a
 * client of the testnet can have the very fills that a backtest has.
 *
 * A command dated T acts at T + entry latency, after the market's events of that very moment, told or not; what comes of it is
 * told response latency later. Without latencies a command acts when it arrives.
 *
 * @module
 */
import type { Agenda } from "./agenda.ts";
import type { Replay } from "./replay.ts";

/** Microseconds of market time. */
export interface LatencyOptions {
  readonly entryUs: number;
  readonly responseUs: number;
}

/** The way to the exchange and back. */
export interface Latency {
  /**
   * Lets a client's request act when it is due, and what it returns, the sending of the answer, when that is due. Queries are
   * answered at once. `timestamp` is the client's, milliseconds or microseconds.
   */
  request(route: string, timestamp: string | null, act: () => () => void): void;
  /** Lets an event of now leave when it is due. */
  response(send: () => void): void;
  /** Commands that have arrived since the start, and how many of them have not been answered yet. */
  readonly received: number;
  readonly pending: number;
  /** Resolves when so many commands have arrived since the start. */
  arrived(count: number): Promise<void>;
}

/** A timestamp that far from the market's time is of another clock, microseconds. */
const NEAR = 60_000_000;
const COMMAND = /^(POST|PUT|DELETE) \/api\/v3\/(order|openOrders|orderList)\b/;

/** Whether a request changes orders. */
export const isCommand = (route: string): boolean => COMMAND.test(route) && !route.endsWith("/test");

/**
 * @param options undefined: commands act at once, as do answers
 * @param market what happens otherwise
 * @throws {RangeError} for a latency below zero
 */
export function createLatency(
  options: LatencyOptions | undefined,
  agenda: Agenda,
  market: Pick<Replay, "nextTs" | "whenTold" | "settle">,
): Latency {
  const { entryUs = 0, responseUs = 0 } = options ?? {};
  for (const [name, us] of [["entry", entryUs], ["response", responseUs]] as const) {
    if (!(us >= 0 && us <= NEAR)) throw new RangeError(`${name} latency = ${us / 1e6}, must be from 0 to 60 seconds`);
  }
  let received = 0;
  let pending = 0;
  let waiting: { count: number; resolve: () => void }[] = [];
  const arrive = () => {
    received++;
    for (const { count, resolve } of waiting) if (received >= count) resolve();
    waiting = waiting.filter(({ count }) => received < count);
  };
  /** When the client sent it, by the market's clock: when it arrived, if the client lives by another. */
  const sentTs = (timestamp: string | null): number => {
    const now = agenda.now();
    const given = Number(timestamp ?? NaN);
    const ts = given >= 1e14 ? given : given * 1000;
    return Math.abs(ts - now) <= NEAR ? ts : now;
  };
  const response = (send: () => void) => {
    if (responseUs === 0) send();
    else agenda.at(agenda.now() + responseUs, send);
  };
  return {
    request(route, timestamp, act) {
      if (!isCommand(route)) return act()();
      pending++;
      const perform = () => {
        const send = act();
        response(() => {
          pending--;
          send();
        });
      };
      const now = agenda.now();
      const due = options === undefined ? now : Math.max(now, sentTs(timestamp) + entryUs);
      if (options === undefined) {
        market.settle();
        perform();
      } else if (due === now && market.nextTs > due) perform();
      // At one and the same moment the market's events come first.
      else agenda.at(due, () => market.whenTold(due, perform));
      arrive();
    },
    response,
    get received() {
      return received;
    },
    get pending() {
      return pending;
    },
    arrived(count) {
      if (received >= count) return Promise.resolve();
      return new Promise((resolve) => waiting.push({ count, resolve }));
    },
  };
}
