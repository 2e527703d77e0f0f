/**
 * Walks the tape at the pace of the clock. What happens is decided by market time alone: the events in tape order, and
 * between them one beat at each full second, before any event of that very moment.
 *
 * A trade was made some milliseconds before the exchange told of it. It meets the orders that were there when it was made, or
 * at the message before it, if that was later: who knows the market by its messages, as the simulated broker does, can know
 * no other order of things.
 *
 * @module
 */
import type { Agenda } from "./agenda.ts";
import type { DepthUpdate } from "./book.ts";
import type { ReplayClock } from "./clock.ts";
import type { Market } from "./market.ts";
import type { Tape, TapeEvent } from "./tape.ts";

/** Microseconds between beats. */
export const BEAT = 1_000_000;

/** What a replay tells. */
export interface Listener {
  /** An event meets the orders that rest; the market already shows it. Returns whether it did something to them. */
  meet?(event: TapeEvent, update: DepthUpdate | undefined): boolean;
  /** It is told, after those whom it filled were. */
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
  /** The moment of the market's next event, of a trade that at which it was made, or of a command that waits: microseconds. */
  readonly nextTs: number;
  /** Lets a command of `ts` act when all that was made by then has been told: at once, if nothing is left. */
  whenTold(ts: number, act: () => void): void;
  /** Trades made by now meet the orders that rest before anybody is told of them: a command acts now. */
  settle(): void;
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
  const madeTs = whenMade(market.tape);
  const nextMade = () => madeTs[cursor] as number;
  const nextTold = () => events[cursor]?.ts ?? Infinity;
  /** The next event is that of the market already. */
  let applied: { readonly update: DepthUpdate | undefined } | undefined;
  /** Those before have met the orders. */
  let met = cursor;
  let waiting: { readonly ts: number; readonly act: () => void }[] = [];

  const meet = (place: number, update: DepthUpdate | undefined): boolean => {
    if (place < met) return false;
    met = place + 1;
    return listener.meet?.(events[place] as TapeEvent, update) ?? false;
  };

  /** The next event. Whoever it fills is told first, and alone: they shall know when they see it. */
  const happen = () => {
    const event = events[cursor] as TapeEvent;
    if (applied === undefined) {
      applied = { update: market.apply(event) };
      if (meet(cursor, applied.update)) return;
    }
    const { update } = applied;
    applied = undefined;
    cursor++;
    listener.event(event, update);
  };

  /** The next thing: a beat, an event of the tape or something of the agenda. Returns its moment. */
  const one = (limit: number): number | undefined => {
    const [first] = waiting;
    if (first !== undefined && first.ts < nextMade()) {
      waiting = waiting.slice(1);
      agenda.act(first.ts, first.act);
      return first.ts;
    }
    const eventTs = nextTold();
    // Nothing comes after the end of the tape: what is due later happens then.
    const taskTs = Math.min(agenda.next, agenda.size > 0 ? market.tape.endTs : Infinity);
    const ts = Math.min(nextBeat, eventTs, taskTs);
    if (ts > limit) return undefined;
    agenda.act(ts, () => listener.moment?.(ts));
    if (ts === nextBeat) {
      agenda.act(ts, () => listener.beat(ts));
      nextBeat += BEAT;
    } else if (ts === eventTs) {
      agenda.act(ts, happen);
    } else agenda.one();
    return ts;
  };
  return createWalk({
    clock,
    one,
    flush: listener.flush,
    next: () => Math.min(nextTold(), nextBeat, agenda.next),
    ended: () => cursor >= events.length && agenda.size === 0 && waiting.length === 0,
    nextTs: () => Math.min(nextMade(), waiting[0]?.ts ?? Infinity),
    whenTold(ts, act) {
      if (waiting.length === 0 && ts < nextMade()) act();
      else waiting.push({ ts, act });
    },
    settle() {
      const now = clock.now();
      for (let place = cursor; (madeTs[place] as number) <= now && events[place]?.kind !== "depth"; place++) {
        meet(place, undefined);
      }
    },
  });
}

/** When each event was made, microseconds, in their sequence; of one that meets no order, when the next one was. */
function whenMade({ events, trades }: Tape): Float64Array {
  const made = new Float64Array(events.length + 1).fill(Infinity);
  let latest = -Infinity;
  for (const [place, { kind, ts, trade }] of events.entries()) {
    if (trade !== undefined) latest = Math.min(ts, Math.max(latest, trades.ts.at(trade) as number));
    else if (kind === "depth") latest = ts;
    else continue;
    made[place] = latest;
  }
  for (let place = events.length - 1; place >= 0; place--) {
    if (made[place] === Infinity) made[place] = made[place + 1] as number;
  }
  return made;
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
  whenTold?: Replay["whenTold"];
  settle?: Replay["settle"];
}): Replay {
  const { clock, one, flush, next, ended, nextTs, whenTold = (_ts, act) => act(), settle = () => {} } = options;
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
    whenTold,
    settle,
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
