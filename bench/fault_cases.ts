/**
 * The faults of the matrix: what is asked of the testnet for each, drawn anew for every moment, and what must follow.
 *
 * @module
 */
import type { Random } from "../lib/random.ts";
import type { FaultSpec } from "../testnet/fault_spec.ts";

/** One row of the matrix. */
export interface FaultCase {
  readonly name: string;
  /** What is injected, one after another at the same moment. */
  draw(random: Random): readonly FaultSpec[];
  /**
   * `gap`: the market is unknown, the session must notice and leave. `out`: it must leave. `maybe`: it leaves where it has to, which
   * depends on the moment.
   */
  readonly follows: "gap" | "out" | "maybe";
  /** How long a consequence may take to show, wall milliseconds: the session is not looked at before. */
  readonly watchMs: number;
  /** The same, after the last of several faults. */
  readonly settleMs?: number;
}

const between = (random: Random, low: number, high: number) => low + random.integer(high - low + 1);
const pick = <T>(random: Random, values: readonly T[]): T => values[random.integer(values.length)]!;
const PLACE = "POST /api/v3/order";
const CANCEL = "DELETE /api/v3/order";
const MARKET_STREAMS = ["depth", "trade"] as const;
const USER_STREAMS = ["executionReport", "executionReport:TRADE", "outboundAccountPosition"] as const;

type Draw = (random: Random) => FaultSpec;
const must = (name: string, draw: Draw, watchMs = 300): FaultCase => ({
  ...{ name, follows: "gap", watchMs },
  draw: (random) => [draw(random)],
});
const may = (name: string, draw: Draw, watchMs = 1000): FaultCase => ({
  ...{ name, follows: "maybe", watchMs },
  draw: (random) => [draw(random)],
});

/** Every fault of the testnet, by what it does to whom. */
export const FAULT_CASES: readonly FaultCase[] = [
  must("drop, all sockets", (r) => ({ kind: "drop", refuse_ms: between(r, 0, 500) })),
  must("drop, market", (r) => ({ kind: "drop", socket: "market", refuse_ms: between(r, 0, 500) })),
  may("drop, user", (r) => ({ kind: "drop", socket: "user", refuse_ms: between(r, 0, 500) })),
  must("half-open, market", (r) => ({ kind: "half_open", socket: "market", refuse_ms: between(r, 0, 300) })),
  may("half-open, user", (r) => ({ kind: "half_open", socket: "user", refuse_ms: between(r, 0, 300) }), 4000),
  {
    ...{ name: "subscription not answered", follows: "out", watchMs: 300 },
    draw: (r) => [
      { kind: pick(r, ["lost_request", "lost_answer"]), path: "userDataStream.subscribe.signature" },
      { kind: "drop", socket: "user" },
    ],
  },
  may("delay", (r) => ({
    ...{ kind: "delay", stream: pick(r, [...MARKET_STREAMS, ...USER_STREAMS]), count: between(r, 1, 20) },
    ...{ delay_ms: between(r, 10, 800), jitter_ms: between(r, 0, 100) },
  })),
  may("duplicate, market", (r) => ({ kind: "duplicate", stream: pick(r, MARKET_STREAMS), count: between(r, 1, 4) })),
  may("duplicate, user", (r) => ({ kind: "duplicate", stream: pick(r, USER_STREAMS), count: between(r, 1, 4) })),
  must("reorder, book", () => ({ kind: "reorder", stream: "depth", count: 1, delay_ms: 10_000 })),
  may("reorder, user", (r) => ({ kind: "reorder", stream: pick(r, USER_STREAMS), count: 1, delay_ms: 1000 })),
  must("skip, book", (r) => ({ kind: "skip_depth", count: between(r, 1, 3) })),
  may("lost user events", (r) => ({ kind: "skip_user", stream: pick(r, USER_STREAMS), count: between(r, 1, 4) }), 2500),
  must("stale book", (r) => ({ kind: "stale", stream: "depth", ms: between(r, 2700, 3500) })),
  must("crossed book", (r) => ({ kind: "crossed", ticks: between(r, 1, 5) })),
  may("order answer lost, placed", (r) => ({ kind: "lost_answer", path: PLACE, cut_ms: between(r, 100, 3000) }), 1500),
  may("order answer lost, not placed", (r) => ({
    ...{ kind: "lost_request", path: PLACE, cut_ms: between(r, 100, 3000) },
  }), 1500),
  may("cancel answer lost, cancelled", (r) => ({
    ...{ kind: "lost_answer", path: CANCEL, cut_ms: between(r, 100, 3000) },
  }), 1500),
  may("cancel answer lost, not cancelled", (r) => ({
    ...{ kind: "lost_request", path: CANCEL, cut_ms: between(r, 100, 3000) },
  }), 1500),
  may("late fill after a cancel", (r) => ({
    ...{ kind: "late_fill", part: pick(r, [0.3, 0.7, 1]), delay_ms: between(r, 20, 800) },
  }), 1500),
  may("429", (r) => ({ kind: "http_error", status: 429, retry_after: 1, count: between(r, 1, 2) }), 1500),
  may("418", (r) => ({ kind: "http_error", status: 418, retry_after: 1, count: between(r, 1, 2) }), 1500),
  may("5xx, nothing done", (r) => ({
    ...{ kind: "http_error", status: pick(r, [500, 502, 503, 504]), count: between(r, 1, 3) },
  })),
  may("5xx, done", (r) => ({
    ...{ kind: "lost_answer", status: pick(r, [500, 502, 503, 504]), path: pick(r, [PLACE, CANCEL]) },
  })),
  may("-1021, clock skew", (r) => ({
    ...{ kind: "clock_skew", ms: between(r, 500, 2000), delta_ms: r.sign() * between(r, 6000, 60_000) },
  }), 1500),
  may("listen keys expire", () => ({ kind: "expire_keys" })),
  must("24-hour disconnect", (r) => ({ kind: "disconnect", delay_ms: between(r, 0, 500) }), 800),
  must("restart", (r) => ({ kind: "restart", refuse_ms: between(r, 100, 1500) })),
  {
    // A silent socket at its very end is noticed after `risk.stale_after`.
    ...may("storm", (r) => ({ kind: "storm", seed: r.integer(2 ** 31), rate: 120, seconds: 5 }), 5500),
    settleMs: 3500,
  },
];
