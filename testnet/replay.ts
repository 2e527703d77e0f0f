/**
 * Walks the tape at the pace of the clock. What happens is decided by market time alone: the events in tape order, and
 * between them one beat at each full second, before any event of that very moment.
 *
 * @module
 */
import type { Agenda } from "./agenda.ts";
import type { DepthUpdate } from "./book.ts";
import type { ReplayClock } from "./clock.ts";
import type { Market } from "./market.ts";
import type { TapeEvent } from "./tape.ts";

/** Microseconds between beats. */
export const BEAT = 1_000_000;

/** What a replay tells. */
export interface Listener {
  /** An event happened; the market already shows it. */
  event(event: TapeEvent, update: DepthUpdate | undefined): void;
  /** A full second of market time has passed, `ts` microseconds. */
  beat(ts: number): void;
  /** Market time has come to a moment at which something happens: called before it does. */
  moment?(ts: number): void;
  /** After a batch of the above. */
  flush?(): void;
}

/** A running replay. */
export interface Replay {
  /** Brings the market up to the clock. */
  advance(): void;
  /** With the clock held: lets the next thing happen, if it is not after `limit`, and moves the clock there. */
  step(limit: number): boolean;
  /** Runs until the tape ends. Call again after the clock was changed. */
  run(): void;
  /** Something is due earlier than was known. */
  wake(): void;
  stop(): void;
  readonly ended: boolean;
  /** The moment of the market's next event, microseconds. */
  readonly nextTs: number;
}

/**
 * Applies all that lies before `clock.now()` to the market without telling, and then waits for `run()`.
 *
 * @param options.agenda what else happens: after the market's events of its moment
 */
export function createReplay(
  options: { market: Market; clock: ReplayClock; agenda: Agenda; listener: Listener },
): Replay {
  const { market, clock, agenda, listener } = options;
  const events = market.tape.events;
  const start = clock.now();
  let cursor = 0;
  let nextBeat = (Math.floor(start / BEAT) + 1) * BEAT;
  while (cursor < events.length && (events[cursor] as TapeEvent).ts <= start) {
    market.apply(events[cursor++] as TapeEvent);
  }
  const nextTs = () => events[cursor]?.ts ?? Infinity;

  /** The next thing: a beat, an event of the tape or something of the agenda. Returns its moment. */
  const one = (limit: number): number | undefined => {
    const eventTs = nextTs();
    // Nothing comes after the end of the tape: what is due later happens then.
    const taskTs = Math.min(agenda.next, agenda.size > 0 ? market.tape.endTs : Infinity);
    const ts = Math.min(nextBeat, eventTs, taskTs);
    if (ts > limit) return undefined;
    agenda.act(ts, () => listener.moment?.(ts));
    if (ts === nextBeat) {
      agenda.act(ts, () => listener.beat(ts));
      nextBeat += BEAT;
    } else if (ts === eventTs) {
      const event = events[cursor++] as TapeEvent;
      agenda.act(ts, () => listener.event(event, market.apply(event)));
    } else agenda.one();
    return ts;
  };
  return createWalk({
    clock,
    one,
    flush: listener.flush,
    next: () => Math.min(nextTs(), nextBeat, agenda.next),
    ended: () => cursor >= events.length && agenda.size === 0,
    nextTs,
  });
}

/**
 * Goes through what happens, at the pace of the clock or one by one.
 *
 * @param options.one lets the next thing happen, if it is not after a moment, and returns its own
 */
export function createWalk(options: {
  clock: ReplayClock;
  one: (limit: number) => number | undefined;
  flush?: () => void;
  next: () => number;
  ended: () => boolean;
  nextTs: () => number;
}): Replay {
  const { clock, one, flush, next, ended, nextTs } = options;
  let timer: ReturnType<typeof setTimeout> | undefined;
  let stopped = false;
  let steppedTo: number | undefined;
  const advance = () => {
    const now = clock.now();
    // In the middle of a moment only a step leads on.
    if (!clock.held || steppedTo !== now) { while (one(now) !== undefined); }
    flush?.();
  };
  const turn = () => {
    if (stopped || clock.held) return;
    advance();
    wait();
  };
  const wait = () => {
    clearTimeout(timer);
    if (stopped || clock.held || ended()) return;
    // One timer for a batch of events: at high speed a few milliseconds' worth of them.
    timer = setTimeout(turn, Math.max(clock.speed > 4 ? 5 : 1, Math.min(50, clock.wallUntil(next()))));
  };
  return {
    advance,
    step(limit) {
      const ts = one(limit);
      if (ts === undefined) return false;
      clock.set({ step: Math.max(0, ts - clock.now()) });
      steppedTo = clock.now();
      flush?.();
      return true;
    },
    run() {
      clearTimeout(timer);
      turn();
    },
    wake: wait,
    stop() {
      stopped = true;
      clearTimeout(timer);
    },
    get ended() {
      return ended();
    },
    get nextTs() {
      return nextTs();
    },
  };
}
