/**
 * Walks the tape at the pace of the clock. What happens is decided by market time alone: the events in tape order, and
 * between them one beat at each full second, before any event of that very moment.
 *
 * @module
 */
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
  /** After a batch of the above. */
  flush?(): void;
}

/** A running replay. */
export interface Replay {
  /** Brings the market up to the clock. */
  advance(): void;
  /** Runs until the tape ends. Call again after the clock was changed. */
  run(): void;
  stop(): void;
  readonly ended: boolean;
}

/**
 * Applies all that lies before `clock.now()` to the market without telling, and then waits for `run()`.
 */
export function createReplay(
  options: { market: Market; clock: ReplayClock; listener: Listener },
): Replay {
  const { market, clock, listener } = options;
  const events = market.tape.events;
  const start = clock.now();
  let cursor = 0;
  let nextBeat = (Math.floor(start / BEAT) + 1) * BEAT;
  let timer: ReturnType<typeof setTimeout> | undefined;
  let stopped = false;
  while (cursor < events.length && (events[cursor] as TapeEvent).ts <= start) {
    market.apply(events[cursor++] as TapeEvent);
  }
  const beatUntil = (ts: number) => {
    for (; nextBeat <= ts; nextBeat += BEAT) listener.beat(nextBeat);
  };
  const advance = () => {
    const now = clock.now();
    for (let event = events[cursor]; event !== undefined && event.ts <= now; event = events[cursor]) {
      beatUntil(event.ts);
      cursor++;
      listener.event(event, market.apply(event));
    }
    beatUntil(now);
    listener.flush?.();
  };
  const ended = () => cursor >= events.length;
  const step = () => {
    timer = undefined;
    if (stopped || clock.held) return;
    advance();
    if (ended()) return;
    const next = Math.min((events[cursor] as TapeEvent).ts, nextBeat);
    // One timer for a batch of events: at high speed a few milliseconds' worth of them.
    timer = setTimeout(step, Math.max(clock.speed > 4 ? 5 : 1, Math.min(50, clock.wallUntil(next))));
  };
  return {
    advance,
    run() {
      clearTimeout(timer);
      step();
    },
    stop() {
      stopped = true;
      clearTimeout(timer);
    },
    get ended() {
      return ended();
    },
  };
}
