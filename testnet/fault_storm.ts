/**
 * A storm: faults of all kinds at random moments, the same for the same seed. Pure.
 *
 * @module
 */
import { createRandom, type Random } from "makerbook/random.ts";
import type { FaultSpec } from "./fault_spec.ts";

/** What a storm is told. */
export interface StormOptions {
  readonly seed: number;
  /** Faults a minute of market time. */
  readonly rate: number;
  /** Only these; all by default. */
  readonly kinds?: readonly StormKind[];
}

const SOCKETS = [undefined, "market", "user", "api"] as const;
const USER = ["user", "executionReport", "executionReport:TRADE", "outboundAccountPosition"] as const;
const ROUTES = [undefined, "POST /api/v3/order", "DELETE /api/v3/order"] as const;

const pick = <T>(random: Random, values: readonly T[]): T => values[random.integer(values.length)] as T;
/** From `low` to `high`, whole. */
const between = (random: Random, low: number, high: number) => low + random.integer(high - low + 1);
const socket = (random: Random) => {
  const kind = pick(random, SOCKETS);
  return kind === undefined ? {} : { socket: kind };
};
const route = (random: Random) => {
  const path = pick(random, ROUTES);
  return path === undefined ? {} : { path };
};

/** A fault of each kind. Each ends by itself, within some two seconds of the machine. */
const MAKE = {
  drop: (r: Random) => ({ ...socket(r), refuse_ms: between(r, 0, 800) }),
  half_open: (r: Random) => ({ ...socket(r), refuse_ms: between(r, 0, 300) }),
  disconnect: (r: Random) => ({ ...socket(r), delay_ms: between(r, 0, 500) }),
  restart: (r: Random) => ({ refuse_ms: between(r, 100, 1000) }),
  expire_keys: () => ({}),
  skip_depth: (r: Random) => ({ count: between(r, 1, 3) }),
  crossed: (r: Random) => ({ ticks: between(r, 1, 5) }),
  stale: (r: Random) => ({ ms: between(r, 100, 1500) }),
  delay: (r: Random) => ({ ms: between(r, 100, 1500), delay_ms: between(r, 10, 400), jitter_ms: between(r, 0, 100) }),
  duplicate: (r: Random) => ({ count: between(r, 1, 4), stream: pick(r, ["depth", "trade", ...USER]) }),
  reorder: (r: Random) => ({ count: 1, stream: pick(r, ["depth", "trade", ...USER]), delay_ms: 1000 }),
  skip_user: (r: Random) => ({ count: between(r, 1, 4), stream: pick(r, USER) }),
  late_fill: (r: Random) => ({ part: pick(r, [0.3, 0.7, 1]), delay_ms: between(r, 20, 800) }),
  http_error: (r: Random) => ({
    ...route(r),
    status: pick(r, [418, 429, 500, 502, 503, 504]),
    retry_after: 1,
    count: between(r, 1, 2),
  }),
  rest_delay: (r: Random) => ({ ...route(r), delay_ms: between(r, 20, 800), count: between(r, 1, 3) }),
  lost_request: (r: Random) => ({ ...route(r), cut_ms: between(r, 100, 1500) }),
  lost_answer: (r: Random) => ({
    ...route(r),
    ...(r.sign() > 0 ? { cut_ms: between(r, 100, 1500) } : { status: pick(r, [503, 504]) }),
  }),
  clock_skew: (r: Random) => ({ ms: between(r, 200, 1500), delta_ms: r.sign() * between(r, 500, 20_000) }),
} as const satisfies Partial<Record<FaultSpec["kind"], (random: Random) => Omit<FaultSpec, "kind">>>;

export type StormKind = keyof typeof MAKE;

/** The faults of a storm that begins at `from`, seconds of market time; without end. */
export function* stormFaults(options: StormOptions, from: number): Generator<FaultSpec & { readonly at: number }> {
  const { seed, rate, kinds = Object.keys(MAKE) as StormKind[] } = options;
  const random = createRandom(seed);
  for (let at = from;;) {
    at += -Math.log(1 - random.uniform()) * 60 / rate;
    const kind = pick(random, kinds);
    yield { kind, at: Math.round(at * 1e6) / 1e6, ...MAKE[kind](random) };
  }
}
