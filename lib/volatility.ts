import { createEwma, type Ewma } from "./ewma.ts";

const MICROS = 1e6;

/** A mid price and the time (integer microseconds) from which it was in force. */
export interface MidPoint {
  readonly ts: number;
  /** quote per base */
  readonly mid: number;
}

/** How an EWMA volatility forgets, and when it speaks. */
export interface VolatilityOptions {
  /** Market seconds in which a return loses half of its weight. */
  readonly halfLifeSeconds: number;
  /** Returns needed before sigma is known; 1 when absent. */
  readonly minSamples?: number;
  /**
   * Where given, returns are measured between points of a fixed grid of market time (the multiples of this many
   * seconds), each with the last mid at or before it, so that a busy book does not mean a noisier sigma. Otherwise
   * each mid counts.
   */
  readonly sampleSeconds?: number;
}

/** A running estimate of return volatility. */
export interface Volatility {
  /**
   * Take the mid in force from `ts` (microseconds) on; at equal times the last one counts.
   * @returns sigma after it
   * @throws {RangeError} for a mid that is not positive, or a time before the last one
   */
  update(ts: number, mid: number): number | undefined;
  /** The market was unknown for a while: keep the estimate, measure no return across the hole. */
  interrupt(): void;
  /** Return volatility per sqrt(second); undefined while fewer than `minSamples` returns were seen. */
  readonly sigma: number | undefined;
  /** Returns seen. */
  readonly samples: number;
}

/**
 * Returns as they come out of a stream of mids: the newest is open while a mid of the same time may still replace it.
 */
interface Returns {
  /** Hands each return that can no longer change to the average. */
  update(ts: number, mid: number): void;
  interrupt(): void;
  /** Returns handed over. */
  readonly closed: number;
  /** Seconds of the open return; 0 if there is none. */
  readonly openSeconds: number;
  /** r²/dt of the open return. */
  readonly openRate: number;
}

/**
 * Volatility of mid returns, exponentially weighted in time: v ← w·v + (1 − w)·r²/dt with w = exp(−dt·ln2/halfLife),
 * r the log return and dt its seconds; sigma = sqrt(v), per sqrt(second). The weights are normalised, so there is no
 * start-up bias.
 *
 * @throws {RangeError} for an option out of range.
 */
export function createEwmaVolatility(options: VolatilityOptions): Volatility {
  const { sampleSeconds, minSamples = 1 } = options;
  if (!(minSamples >= 1)) throw new RangeError(`createEwmaVolatility: minSamples = ${minSamples}, must be >= 1`);
  if (sampleSeconds !== undefined && !(sampleSeconds * MICROS >= 1)) {
    throw new RangeError(`createEwmaVolatility: sampleSeconds = ${sampleSeconds}, must be at least a microsecond`);
  }
  const ewma = createEwma(options);
  const returns = sampleSeconds === undefined
    ? everyReturn(ewma)
    : gridReturns(ewma, Math.round(sampleSeconds * MICROS));
  // Asked for several times a decision, and new only with a mid. Numbers that change with the market are fields: a variable of a closure
  // would be a new number on the heap each time.
  const last = { ts: -Infinity, sigma: NaN, isKept: false };
  const samples = () => returns.closed + (returns.openSeconds > 0 ? 1 : 0);
  function sigma() {
    if (!last.isKept) {
      last.sigma = samples() < minSamples ? NaN : Math.sqrt(variance());
      last.isKept = true;
    }
    return Number.isNaN(last.sigma) ? undefined : last.sigma;
  }
  function variance(): number {
    const open = returns.openSeconds;
    return (open > 0 ? ewma.after(returns.openRate, open) : ewma.value) ?? NaN;
  }
  return {
    update(ts, mid) {
      if (!(mid > 0) || mid === Infinity) {
        throw new RangeError(`volatility: mid = ${mid} at ${ts}, must be > 0 and finite`);
      }
      if (!(ts >= last.ts)) throw new RangeError(`volatility: time ${ts} after ${last.ts}, must not go back`);
      last.ts = ts;
      returns.update(ts, mid);
      last.isKept = false;
      return sigma();
    },
    interrupt() {
      returns.interrupt();
      last.isKept = false;
    },
    get sigma() {
      return sigma();
    },
    get samples() {
      return samples();
    },
  };
}

/** The return from each mid to the next one of a later time. */
function everyReturn(ewma: Ewma): Returns {
  const from = { ts: NaN, mid: NaN }, to = { ts: NaN, mid: NaN };
  let closed = 0;
  const returns: Returns = {
    update(ts, mid) {
      if (ts !== to.ts) {
        close();
        from.ts = to.ts;
        from.mid = to.mid;
        to.ts = ts;
      }
      to.mid = mid;
    },
    interrupt() {
      close();
      from.ts =
        from.mid =
        to.ts =
        to.mid =
          NaN;
    },
    get closed() {
      return closed;
    },
    get openSeconds() {
      return to.ts > from.ts ? (to.ts - from.ts) / MICROS : 0;
    },
    get openRate() {
      return Math.log(to.mid / from.mid) ** 2 / returns.openSeconds;
    },
  };
  function close() {
    if (returns.openSeconds === 0) return;
    ewma.add(returns.openRate, returns.openSeconds);
    closed++;
  }
  return returns;
}

/** Returns between the points of a grid of `stepUs` microseconds; a point is over when a later mid arrives. */
function gridReturns(ewma: Ewma, stepUs: number): Returns {
  const seconds = stepUs / MICROS;
  const last = { ts: NaN, mid: NaN };
  const point = { next: NaN, mid: NaN }; // its time, and the mid in force at the one before
  let closed = 0;
  const returns: Returns = {
    update(ts, mid) {
      if (Number.isNaN(last.ts)) point.next = Math.ceil(ts / stepUs) * stepUs;
      else close(ts);
      last.ts = ts;
      last.mid = mid;
    },
    interrupt() {
      if (last.ts === point.next) close(point.next + stepUs);
      point.mid =
        point.next =
        last.ts =
        last.mid =
          NaN;
    },
    get closed() {
      return closed;
    },
    get openSeconds() {
      return last.ts === point.next && point.mid > 0 ? seconds : 0;
    },
    get openRate() {
      return Math.log(last.mid / point.mid) ** 2 / seconds;
    },
  };
  /**
   * Close the points before `ts`: one return up to the first of them, then silence, in one step however long it was.
   */
  function close(ts: number) {
    if (ts <= point.next) return;
    const points = Math.ceil((ts - point.next) / stepUs);
    if (point.mid > 0) {
      ewma.add(Math.log(last.mid / point.mid) ** 2 / seconds, seconds);
      closed++;
    }
    ewma.add(0, (points - 1) * seconds);
    closed += points - 1;
    point.mid = last.mid;
    point.next += points * stepUs;
  }
  return returns;
}

/** Default of {@link updateSigma}, seconds: a standard error of 2.4 % on one-second mids. */
const SHORTEST_HALF_LIFE = 300;

/** Options of {@link updateSigma}: those of the stream, with a default half-life. */
export type SigmaOptions = Partial<VolatilityOptions>;

/**
 * Return volatility at the end of a series of mids: {@link createEwmaVolatility} over all of them.
 *
 * @param mids ordered by `ts` (microseconds)
 * @param options half-life when absent: the span of the series, at least 300 s, so that more mids mean a smaller error
 * @returns sigma per sqrt(second); undefined for fewer than two different times
 * @throws {RangeError} for a mid that is not positive or times that go back
 */
export function updateSigma(mids: readonly MidPoint[], options: SigmaOptions = {}): number | undefined {
  const span = mids.length > 0 ? (mids.at(-1)!.ts - mids[0]!.ts) / MICROS : 0;
  const volatility = createEwmaVolatility({
    ...options,
    halfLifeSeconds: options.halfLifeSeconds ?? Math.max(SHORTEST_HALF_LIFE, span),
  });
  for (const { ts, mid } of mids) volatility.update(ts, mid);
  return volatility.sigma;
}
