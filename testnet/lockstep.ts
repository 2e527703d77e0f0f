/**
 * Lock-step: the market goes on when a harness says so, and says what left the exchange, so that a client can be done with one
 * message before the next is sent.
 *
 * @module
 */
import type { Latency } from "./latency.ts";
import type { ReplayClock } from "./clock.ts";
import type { Replay } from "./replay.ts";

/** Something that left: a message on a stream, or the answer to a request. */
export type Departure =
  | { readonly stream: string; readonly kind: string; readonly id?: number; readonly ts: number }
  | { readonly answer: string; readonly status: number; readonly ts: number };

type Unstamped<T> = T extends unknown ? Omit<T, "ts"> : never;

/** How far to go. */
export interface StepOptions {
  /** Until something has left (the default), or exactly one thing: an event, a full second, an order's arrival, an answer. */
  readonly until?: "sent" | "next";
  /** At most so many seconds of market time; 60 by default. */
  readonly limit?: number;
  /** Waits first until so many commands (orders, cancels) have arrived since the start. */
  readonly received?: number;
}

/** What a step did. */
export interface StepReport {
  /** Market time, microseconds. */
  readonly marketTs: number;
  readonly sent: readonly Departure[];
  /** What left since the step before: answers that need no market time. */
  readonly before: readonly Departure[];
  /** Commands that have arrived since the start, and how many of them wait to act or for their answer to leave. */
  readonly received: number;
  readonly pending: number;
  readonly ended: boolean;
}

export interface Lockstep {
  note(departure: Unstamped<Departure>): void;
  /** @throws {RangeError} unless the clock is held. */
  step(options?: StepOptions): Promise<StepReport>;
}

/** @param now market time, microseconds */
export function createLockstep(
  options: { clock: ReplayClock; replay: () => Replay; latency: () => Latency; now: () => number },
): Lockstep {
  const { clock, now } = options;
  // Nothing is written down until somebody steps.
  let sent: Departure[] | undefined;
  return {
    note(departure) {
      if (clock.held) sent?.push({ ...departure, ts: now() });
    },
    async step({ until = "sent", limit = 60, received = 0 } = {}) {
      if (!clock.held) throw new RangeError("step: the clock runs, must be held");
      if (!(limit >= 0)) throw new RangeError(`step: limit = ${limit}, must be 0 or more seconds`);
      const replay = options.replay();
      const latency = options.latency();
      await latency.arrived(received);
      const before = sent ?? [];
      const last = clock.now() + limit * 1e6;
      const departed: Departure[] = sent = [];
      let more = true;
      do more = replay.step(last); while (more && until === "sent" && departed.length === 0);
      if (!more) clock.set({ step: last - clock.now() });
      sent = [];
      const { received: arrived, pending } = latency;
      return { marketTs: clock.now(), sent: departed, before, received: arrived, pending, ended: replay.ended };
    },
  };
}
