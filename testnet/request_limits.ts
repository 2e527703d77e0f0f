/**
 * Request weight per minute: beyond the limit 429 with Retry-After, and for those who go on nevertheless 418, a ban.
 *
 * @module
 */
import { RATE_LIMITS } from "./endpoints/general.ts";
import { ApiError } from "./errors.ts";

/** Requests after a 429 that lead to a ban. */
const PATIENCE = 20;
/** The first ban lasts two minutes, each further one twice as long, milliseconds. */
const FIRST_BAN = 120_000;
const MINUTE = 60_000;
const ADVICE = "Please use WebSocket Streams for live updates to avoid";

/** Too many requests. */
export class TooManyRequests extends ApiError {
  constructor(
    status: 418 | 429,
    message: string,
    /** Seconds until it is worth to try again. */
    readonly retryAfter: number,
    /** The same as a time of the machine, milliseconds. */
    readonly retryTs: number,
  ) {
    super(status, -1003, message);
  }
}

/** Counts the weight of all requests to one exchange: here everybody comes from one address. */
export interface RequestLimits {
  /** @throws {TooManyRequests} 429 or 418. */
  check(): void;
  /** Returns what was used in this minute. */
  add(weight: number): number;
  readonly used: number;
  readonly limit: number;
}

/**
 * Time by which limits are counted: that of the machine, faster by as much as the market is, so that a market maker may do as
 * much in a market minute at any speed.
 */
export function createLimitClock(clock: { readonly speed: number }, wallMs: () => number = Date.now) {
  let wall = wallMs();
  let scaled = wall;
  return {
    now() {
      const next = wallMs();
      scaled += (next - wall) * Math.max(1, clock.speed);
      wall = next;
      return scaled;
    },
    /** Milliseconds of the machine in so many of these. */
    real: (ms: number) => ms / Math.max(1, clock.speed),
  };
}

export type LimitClock = ReturnType<typeof createLimitClock>;

/** @param clock milliseconds by which minutes are cut */
export function createRequestLimits(clock: LimitClock, wallMs: () => number = Date.now): RequestLimits {
  const { limit } = RATE_LIMITS.find(({ rateLimitType }) => rateLimitType === "REQUEST_WEIGHT") as { limit: number };
  let minute = 0;
  let used = 0;
  let ignored = 0;
  let bans = 0;
  let bannedUntil = 0;
  const turn = () => {
    const now = clock.now();
    const next = Math.floor(now / MINUTE);
    if (next !== minute) used = ignored = 0;
    minute = next;
    return now;
  };
  const refuse = (status: 418 | 429, untilMs: number, now: number) => {
    const ms = clock.real(untilMs - now);
    const retryTs = Math.ceil(wallMs() + ms);
    const message = status === 429
      ? `Too much request weight used; current limit is ${limit} request weight per 1 MINUTE. ${ADVICE} polling the API.`
      : `Way too much request weight used; IP banned until ${retryTs}. ${ADVICE} bans.`;
    return new TooManyRequests(status, message, Math.max(1, Math.ceil(ms / 1000)), retryTs);
  };
  return {
    check() {
      const now = turn();
      if (now < bannedUntil) throw refuse(418, bannedUntil, now);
      if (used < limit) return;
      if (++ignored <= PATIENCE) throw refuse(429, (minute + 1) * MINUTE, now);
      bannedUntil = now + FIRST_BAN * 2 ** bans++;
      throw refuse(418, bannedUntil, now);
    },
    add(weight) {
      turn();
      return used += weight;
    },
    get used() {
      turn();
      return used;
    },
    limit,
  };
}
