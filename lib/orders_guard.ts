/**
 * Live orders with a guard beside them (I/O): out of the market while it is not watching, and after it has cancelled until the
 * account has been compared.
 *
 * @module
 */
import { type Guard, type GuardOptions, startGuard } from "./guard.ts";
import type { Orders, VenueReport } from "./orders.ts";

/** Orders, and who watches over them. */
export interface GuardedOrders extends Orders {
  readonly guard: Guard;
}

/** What the guard needs beyond the orders. */
export type OrdersGuardOptions = Pick<GuardOptions, "exchange" | "config" | "testnet" | "log">;

/** First pause before the account is compared again where the venue did not answer, and the longest, wall milliseconds. */
const SOONEST_MS = 100;
const LATEST_MS = 1000;

/**
 * Starts a guard over these orders and waits until it watches. Closing them ends it, once nothing of theirs is open; where that is not
 * known, it is left to see to it.
 *
 * @throws {Error} where the guard does not see the venue's orders
 */
export async function guardOrders(orders: Orders, options: OrdersGuardOptions): Promise<GuardedOrders> {
  let isClosing = false;
  /** Times that a guard has begun to cancel, and whether what it did is not known yet. */
  let sweeps = 0;
  let isSwept = false;
  const guard = startGuard({
    ...options,
    prefix: orders.prefix,
    fired(reason) {
      sweeps++;
      isSwept = true;
      orders.hold("by the guard", "cancel", `the guard cancels: ${reason}`);
    },
    clean: () => void recover(),
    lost: (reason) => orders.hold("without a guard", "cancel", `the guard is lost: ${reason}`),
    restored() {
      orders.release("without a guard");
      // The one before may have ended while it cancelled, and can no longer say that it is done.
      if (isSwept) void recover();
    },
  });

  /** What the guard cancelled, and what was filled before, is known when the account has been compared. */
  async function recover() {
    const sweep = sweeps;
    for (let waitMs = SOONEST_MS; !isClosing; waitMs = Math.min(2 * waitMs, LATEST_MS)) {
      const { isAnswered } = await orders.reconcile();
      // It has begun anew.
      if (sweep !== sweeps) return;
      if (isAnswered) {
        isSwept = false;
        return orders.release("by the guard");
      }
      await new Promise((resolve) => setTimeout(resolve, waitMs));
    }
  }

  async function close(): Promise<VenueReport> {
    isClosing = true;
    let isGone = false;
    try {
      const report = await orders.close();
      isGone = orders.status().working.length === 0;
      return report;
    } finally {
      await (isGone ? guard.close() : guard.abandon());
    }
  }

  let ending: Promise<VenueReport> | undefined;
  const problem = await guard.ready;
  if (problem !== undefined) {
    await close();
    throw new Error(`the guard cannot watch over the orders: ${problem}`);
  }
  return { ...orders, guard, close: () => ending ??= close() };
}
