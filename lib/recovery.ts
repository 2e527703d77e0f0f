/**
 * The way back into the market after the venue, or its user stream, was lost (I/O): out while it does not answer, in again when
 * the account has been compared.
 *
 * @module
 */
import type { AccountCheck } from "./account_check.ts";
import type { Halts } from "./halts.ts";
import type { ServerClock } from "./server_clock.ts";
import { steadyNow } from "./steady_clock.ts";
import type { VenueLimits } from "./venue_limits.ts";

/** The way back. */
export interface Recovery {
  /** Compares until the venue has answered everything, and then ends the halt of this cause. */
  recover(cause: "stream" | "venue"): Promise<void>;
  /** What a timer does: measures the clock now and then, compares, and goes out where there is no answer. */
  poll(): Promise<void>;
  /** Nothing is recovered any more. */
  stop(): void;
}

/** What it works with. */
export interface RecoveryOptions {
  readonly halts: Halts;
  readonly check: Pick<AccountCheck, "run" | "runAnew">;
  readonly limits: VenueLimits;
  readonly server: Pick<ServerClock, "sync">;
  /** Number of the user stream's connection that is up; undefined while none is. */
  readonly connection: () => number | undefined;
}

/** The market clock is asked for the venue's time at most this often, wall milliseconds. */
const CLOCK_MS = 60_000;
/** First and longest pause between two attempts, wall milliseconds. */
const SOONEST_MS = 100;
const LATEST_MS = 1000;

export function createRecovery({ halts, check, limits, server, connection }: RecoveryOptions): Recovery {
  let nextClockMs = steadyNow() + CLOCK_MS;
  let isStopped = false;

  async function recover(cause: "stream" | "venue") {
    for (let waitMs = SOONEST_MS; !isStopped; waitMs = Math.min(2 * waitMs, LATEST_MS)) {
      const compared = connection();
      if (cause === "stream" && compared === undefined) return;
      // One that was on its way already asked before the return, and does not know what was missed.
      const isFine = limits.mayAsk(steadyNow()) && (await check.runAnew()).isAnswered;
      // Lost meanwhile, it has missed more: its next return compares.
      if (cause === "stream" && compared !== connection()) return;
      if (isFine) return halts.clear(cause);
      await new Promise((resolve) => setTimeout(resolve, waitMs));
    }
  }

  return {
    recover,
    async poll() {
      if (isStopped || halts.has("venue") || !limits.mayAsk(steadyNow())) return;
      if (steadyNow() >= nextClockMs) {
        nextClockMs = steadyNow() + CLOCK_MS;
        await server.sync().catch(() => {});
      }
      const { isAnswered, problems } = await check.run();
      if (isAnswered || isStopped) return;
      halts.set("venue", "cancel", `the venue does not answer: ${problems.join("; ")}`);
      void recover("venue");
    },
    stop() {
      isStopped = true;
    },
  };
}
