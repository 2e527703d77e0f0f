/**
 * How many unfilled orders an account may place: so many in ten seconds, so many a day. An order that trades for the first
 * time no longer counts (Binance's "Spot Unfilled Order Count Rules").
 *
 * @module
 */
import { ApiError } from "../errors.ts";

/** A limit of `exchangeInfo`. */
export interface OrderLimit {
  readonly rateLimitType: string;
  readonly interval: string;
  readonly intervalNum: number;
  readonly limit: number;
}

/** Counts one account's orders. */
export interface OrderLimits {
  /** @throws {ApiError} 429, -1015 where no order may be placed now. */
  check(): void;
  add(): void;
  /** An order has traded for the first time. */
  forget(): void;
  /** As `rateLimit/order` answers. */
  usage(): (OrderLimit & { readonly count: number })[];
  /** `X-MBX-ORDER-COUNT-10S` and so on. */
  headers(): Record<string, string>;
}

const SECONDS: Readonly<Record<string, number>> = { SECOND: 1, MINUTE: 60, HOUR: 3600, DAY: 86_400 };

/** @param wallMs the machine's time, by which Binance's intervals are cut */
export function createOrderLimits(limits: readonly OrderLimit[], wallMs: () => number = Date.now): OrderLimits {
  const counters = limits
    .filter(({ rateLimitType }) => rateLimitType === "ORDERS")
    .map((limit) => ({ limit, period: (SECONDS[limit.interval] ?? 1) * limit.intervalNum * 1000, slot: 0, count: 0 }));
  const current = () => {
    const now = wallMs();
    for (const counter of counters) {
      const slot = Math.floor(now / counter.period);
      if (slot !== counter.slot) counter.count = 0;
      counter.slot = slot;
    }
    return counters;
  };
  return {
    check() {
      const full = current().find(({ limit, count }) => count >= limit.limit);
      if (full === undefined) return;
      const { limit, intervalNum, interval } = full.limit;
      throw new ApiError(
        429,
        -1015,
        `Too many new orders; current limit is ${limit} orders per ${intervalNum} ${interval}.`,
      );
    },
    add() {
      for (const counter of current()) counter.count++;
    },
    forget() {
      for (const counter of current()) counter.count = Math.max(0, counter.count - 1);
    },
    usage: () => current().map(({ limit, count }) => ({ ...limit, count })),
    headers: () =>
      Object.fromEntries(
        current().map((
          { limit, count },
        ) => [`x-mbx-order-count-${limit.intervalNum}${limit.interval.slice(0, 1).toLowerCase()}`, String(count)]),
      ),
  };
}
