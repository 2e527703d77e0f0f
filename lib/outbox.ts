/**
 * What the simulated venue tells us, each thing when its latency has passed. Pure.
 *
 * @module
 */

import type { BrokerListener, BrokerOrder } from "./broker.ts";
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
  let waiting: OrderMessage[] = [];
  let told = 0;
  return {
    tell(message) {
      if (told < waiting.length) message.ts = Math.max(message.ts, waiting[waiting.length - 1]!.ts);
      waiting.push(message);
    },
    deliver(localTs, isTimed = false) {
      const first = told;
      while (told < waiting.length && waiting[told]!.ts <= localTs) {
        const { kind, order, fill, reason, ts } = waiting[told++]!;
        if (kind === "filled") {
          fill!.localTs = isTimed ? ts : localTs;
          listener.filled(fill!, order);
        } else if (kind === "rejected") listener.rejected(order, reason);
        else listener[kind](order);
      }
      const count = told - first;
      if (count > 0 && told === waiting.length) {
        waiting = [];
        told = 0;
      }
      return count;
    },
  };
}
