/**
 * The clock a session stamps arrivals with. I/O: it asks the venue (or the testnet) for its time.
 *
 * Locally "now" is market time, the testnet's: the recording's, at a multiple of the wall clock, and it stands still while the
 * testnet is held. Elsewhere it is our clock corrected by the skew measured against the venue's.
 *
 * @module
 */
import type { Exchange } from "./connect.ts";
import { origin, reach } from "./reach.ts";
import type { Config } from "./schema.ts";
import { steadyNow } from "./steady_clock.ts";

/** What a venue does by its own word. Only a replay is ever held, or over. */
export type VenueState = "running" | "held" | "ended";

/** Times in microseconds UTC. */
export interface MarketClock {
  /** Market time now. Never runs back. */
  now(): number;
  /**
   * When a message of that exchange time counts as received. At wall-clock speed it is `now()`. On a replay at another speed
   * the wall clock says nothing about latency, so it is the exchange's time, of sending where it tells that, plus
   * `fills.feed_latency`, never running back: the whole session is then deterministic. Without an exchange time it is `now()`.
   */
  stamp(exchTs?: number): number;
  /** Measures again: after the testnet was released, held or changed its speed, and now and then in a long session. */
  sync(): Promise<void>;
  /** Whether silence is the venue's own: a held testnet, or one whose recording has been told to its end. */
  venueState(): Promise<VenueState>;
  /** Market seconds a wall second, by the venue's word: 1 but for a replay. Held or not. */
  readonly speed: number;
  /** Half the shortest round trip of the last measurement; undefined where the venue tells no time. */
  readonly uncertainty: number | undefined;
}

/** What the clock needs of the configuration. */
export type ClockConfig = Pick<Config, "exchange" | "fills">;

/** A measured relation: market time was `market` when the steady wall clock showed `wall`, and runs at `rate`. */
interface Relation {
  readonly wall: number;
  readonly market: number;
  readonly rate: number;
  readonly uncertainty: number | undefined;
}

/** Round trips of one measurement; the shortest counts. */
const ROUND_TRIPS = 5;

/** Microseconds. */
const steadyWall = () => Math.round(steadyNow() * 1000);

/**
 * @throws {UnreachableError} if the venue does not answer
 */
export async function marketClock(exchange: Exchange, config: ClockConfig): Promise<MarketClock> {
  const isLocal = config.exchange.environment === "local";
  const feedLatency = Math.round(config.fills.feed_latency * 1e6);
  const measure = isLocal ? () => replayRelation(exchange) : () => skewRelation(exchange);
  let relation = await measure();
  let isDetermined = isLocal && relation.speed !== 1;
  let last = -Infinity;
  let lastStamp = -Infinity;
  const now = () => {
    const time = relation.market + Math.floor((steadyWall() - relation.wall) * relation.rate);
    last = Math.max(last, time);
    return last;
  };
  return {
    now,
    stamp(exchTs) {
      lastStamp = Math.max(lastStamp, isDetermined && exchTs !== undefined ? exchTs + feedLatency : now());
      return lastStamp;
    },
    async sync() {
      relation = await measure();
      isDetermined = isLocal && relation.speed !== 1;
    },
    async venueState() {
      const status = isLocal ? await testnetStatus(exchange).catch(() => undefined) : undefined;
      return status?.ended ? "ended" : status?.held ? "held" : "running";
    },
    get speed() {
      return relation.speed;
    },
    get uncertainty() {
      return relation.uncertainty;
    },
  };
}

/** Our clock against the venue's: the round trip that took least bounds the error by half of itself. */
async function skewRelation(exchange: Exchange): Promise<Relation & { speed: number }> {
  const start = steadyWall();
  let best: Relation = { wall: start, market: start, rate: 1, uncertainty: undefined };
  if (!exchange.has.fetchTime) return { ...best, speed: 1 };
  for (let i = 0; i < ROUND_TRIPS; i++) {
    const sent = steadyWall();
    const serverMs = await reach(exchange, () => exchange.fetchTime());
    const received = steadyWall();
    if (typeof serverMs !== "number") continue;
    const uncertainty = (received - sent) / 2;
    if (best.uncertainty !== undefined && uncertainty >= best.uncertainty) continue;
    // A time told in whole milliseconds lies half of one later on average.
    best = { wall: sent + uncertainty, market: serverMs * 1000 + 500, rate: 1, uncertainty };
  }
  return { ...best, speed: 1 };
}

interface TestnetStatus {
  readonly marketTs: number;
  readonly held: boolean;
  readonly ended: boolean;
  readonly speed: number;
}

/** A held clock is read once: it is exact. A running one is read as closely as the loopback allows. */
async function replayRelation(exchange: Exchange): Promise<Relation & { speed: number }> {
  let best: (Relation & { speed: number }) | undefined;
  for (let i = 0; i < ROUND_TRIPS; i++) {
    const sent = steadyWall();
    const status = await testnetStatus(exchange);
    const uncertainty = (steadyWall() - sent) / 2;
    const rate = status.held || status.ended ? 0 : status.speed;
    if (best === undefined || uncertainty < best.uncertainty! || rate !== best.rate) {
      best = { wall: sent + uncertainty, market: status.marketTs, rate, uncertainty, speed: status.speed };
    }
    if (rate === 0) break;
  }
  return best!;
}

/** @throws {UnreachableError} if the testnet does not answer */
async function testnetStatus(exchange: Exchange): Promise<TestnetStatus> {
  const status = await reach(exchange, () => exchange.fetch(`${origin(exchange)}/testnet/status`));
  return status as TestnetStatus;
}
