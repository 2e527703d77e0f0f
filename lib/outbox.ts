/**
 * What the simulated venue tells us, each thing when its latency has passed. Pure.
 *
 * @module
 */

import type { BrokerListener, BrokerOrder } from "./broker.ts";
import { createLine } from "./line.ts";
import type { Fill } from "./types.ts";

/** One message on its way. `ts` is when it reaches us, microseconds. */
export interface OrderMessage {
  ts: number;
  readonly kind: "accepted" | "rejected" | "cancelled" | "filled";
  readonly order: BrokerOrder;
  readonly fill?: { -readonly [K in keyof Fill]: Fill[K] };
  /** Of a rejection that is not one for taking. */
  readonly reason?: string;
}

/** Messages on their way. */
export interface Outbox {
  /** One connection: what is told later arrives later, so a message waits for those before it. */
  tell(message: OrderMessage): void;
  /**
   * Hands over what has arrived by `localTs`. Returns how many messages there were.
   * @param isTimed fills are stamped with their own time of arrival, otherwise with `localTs`
   */
  deliver(localTs: number, isTimed?: boolean): number;
}

/** Nothing on its way yet. */
export function createOutbox(listener: BrokerListener): Outbox {
  const waiting = createLine<OrderMessage>();
  return {
    tell(message) {
      if (waiting.last !== undefined) message.ts = Math.max(message.ts, waiting.last.ts);
      waiting.push(message);
    },
    deliver(localTs, isTimed = false) {
      let count = 0;
      for (let next = waiting.first; next !== undefined && next.ts <= localTs; next = waiting.first) {
        const { kind, order, fill, reason, ts } = next;
        waiting.shift();
        count++;
        if (kind === "filled") {
          fill!.localTs = isTimed ? ts : localTs;
          listener.filled(fill!, order);
        } else if (kind === "rejected") listener.rejected(order, reason);
        else listener[kind](order);
      }
      return count;
    },
  };
}
