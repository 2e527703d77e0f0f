/**
 * What the simulated venue tells us, each thing when its latency has passed. Pure.
 *
 * @module
 */

import type { BrokerListener, BrokerOrder } from "./broker.ts";
import type { Fill } from "./types.ts";

/** One message on its way. `ts` is when we can know it, microseconds. */
export interface OrderMessage {
  readonly ts: number;
  readonly kind: "accepted" | "rejected" | "cancelled" | "filled";
  readonly order: BrokerOrder;
  readonly fill?: Fill;
}

/** Messages on their way. */
export interface Outbox {
  tell(message: OrderMessage): void;
  /** Hands over what is known by `localTs`, a fill stamped with that time. Returns how many messages there were. */
  deliver(localTs: number): number;
}

/** In order of time; equal times keep the order in which things happened. */
export function createOutbox(listener: BrokerListener): Outbox {
  const waiting: OrderMessage[] = [];
  return {
    tell(message) {
      let i = waiting.length;
      while (i > 0 && waiting[i - 1]!.ts > message.ts) i--;
      waiting.splice(i, 0, message);
    },
    deliver(localTs) {
      let told = 0;
      while (waiting.length > 0 && waiting[0]!.ts <= localTs) {
        const { kind, order, fill } = waiting.shift()!;
        told++;
        if (kind === "filled") listener.filled({ ...fill!, localTs }, order);
        else listener[kind](order);
      }
      return told;
    },
  };
}
