/**
 * Cancels the orders of one run, known by the beginning of their client order ids, and leaves all others alone. I/O through the
 * exchange it is given.
 *
 * @module
 */
import type { Exchange } from "./connect.ts";

/** What a sweep needs of ccxt. */
export type SweepExchange = Pick<
  Exchange,
  "fetchOpenOrders" | "cancelOrder" | "loadTimeDifference" | "last_response_headers" | "options"
>;

/** What one sweep saw. */
export interface Swept {
  /** Own orders that the venue listed, all of which were asked to be cancelled, if they may be. */
  readonly own: number;
  readonly foreign: number;
}

/** A sweep that could not see or not cancel; the next may. */
export class SweepError extends Error {
  /** How long the venue wants to be left alone, milliseconds. */
  readonly waitMs: number;

  constructor(message: string, waitMs: number) {
    super(message);
    this.name = "SweepError";
    this.waitMs = waitMs;
  }
}

/** Sweeps. */
export interface Sweeper {
  /**
   * Lists the open orders and cancels the run's. None is left once a later listing shows none.
   *
   * @param mayCancel asked once they are listed
   * @throws {SweepError}
   */
  sweep(mayCancel?: () => boolean): Promise<Swept>;
  /** Only lists. @throws {SweepError} */
  list(): Promise<Swept>;
  /** Orders of the run that it has asked to be cancelled, each counted once. */
  readonly asked: number;
}

/** @param prefix how the client order ids of the run begin */
export function createSweeper(exchange: SweepExchange, symbol: string, prefix: string): Sweeper {
  let followsClock = false;
  const asked = new Set<string>();

  async function open() {
    // Signed times are only asked for where ours were refused: a sweep in time beats one on the dot.
    if (followsClock) await exchange.loadTimeDifference();
    const orders = await exchange.fetchOpenOrders(symbol);
    const own = orders.filter(({ clientOrderId }) => clientOrderId?.startsWith(prefix));
    return { own, foreign: orders.length - own.length };
  }

  async function attempt<T>(work: () => Promise<T>): Promise<T> {
    try {
      return await work();
    } catch (error) {
      if (isNamed(error, "InvalidNonce")) followsClock = true;
      throw new SweepError(oneLine(error), retryAfter(exchange, error));
    }
  }

  return {
    sweep: (mayCancel = () => true) =>
      attempt(async () => {
        const { own, foreign } = await open();
        if (!mayCancel()) return { own: own.length, foreign };
        for (const { id } of own) asked.add(id!);
        const outcomes = await Promise.allSettled(own.map(({ id }) => exchange.cancelOrder(id!, symbol)));
        for (const outcome of outcomes) {
          // Filled or cancelled meanwhile: the next listing will not show it.
          if (outcome.status === "rejected" && !isNamed(outcome.reason, "OrderNotFound")) throw outcome.reason;
        }
        return { own: own.length, foreign };
      }),
    list: () =>
      attempt(async () => {
        const { own, foreign } = await open();
        return { own: own.length, foreign };
      }),
    get asked() {
      return asked.size;
    },
  };
}

function isNamed(error: unknown, name: string): boolean {
  return error instanceof Error && error.name === name;
}

/** Without addresses: they carry signatures. */
function oneLine(error: unknown): string {
  const text = error instanceof Error ? `${error.name}: ${error.message}` : String(error);
  return text.replaceAll(/\?\S+/g, "?…").replaceAll(/\s+/g, " ").slice(0, 200);
}

function retryAfter(exchange: SweepExchange, error: unknown): number {
  if (!isNamed(error, "RateLimitExceeded") && !isNamed(error, "DDoSProtection")) return 0;
  const headers = Object.entries((exchange.last_response_headers ?? {}) as Record<string, unknown>);
  const [, seconds] = headers.find(([name]) => name.toLowerCase() === "retry-after") ?? [];
  return Number(seconds) > 0 ? Number(seconds) * 1000 : 1000;
}
