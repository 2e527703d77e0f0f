/**
 * The venue's clock, as requests have to be dated. I/O: it asks the venue for its time.
 *
 * ccxt dates a request by the machine's time minus `options.timeDifference`. That number is kept right here: measured when
 * asked to, and, where the market runs at another speed (a replay), changing with every millisecond.
 *
 * @module
 */
import type { Exchange } from "./connect.ts";

/** The venue's clock. Milliseconds of Unix time. */
export interface ServerClock {
  now(): number;
  /** Measures again: now and then, and where the venue says that a request was dated wrongly. */
  sync(): Promise<void>;
  /** Milliseconds that the machine's clock was ahead of the venue's at the last measurement. */
  readonly skewMs: number;
  /** Half the shortest round trip of that measurement, milliseconds. */
  readonly uncertaintyMs: number;
}

/** Round trips of one measurement; the shortest counts. */
const ROUND_TRIPS = 3;

/**
 * @param carrier a clock that runs as fast as the venue's, milliseconds; the machine's by default
 * @throws {Error} ccxt's, where the venue does not tell its time
 */
export async function createServerClock(exchange: Exchange, carrier: () => number = Date.now): Promise<ServerClock> {
  let offset = 0;
  let skewMs = 0;
  let uncertaintyMs = 0;
  const now = () => Math.floor(carrier() + offset);
  let measuring: Promise<void> | undefined;
  const sync = () => measuring ??= measure().finally(() => measuring = undefined);
  const measure = async () => {
    if (!exchange.has.fetchTime) return;
    let best = Infinity;
    for (let i = 0; i < ROUND_TRIPS; i++) {
      const sent = performance.now();
      const before = carrier();
      const server = await exchange.fetchTime();
      const after = carrier();
      const half = (performance.now() - sent) / 2;
      if (typeof server !== "number" || half >= best) continue;
      best = half;
      offset = server - (before + after) / 2;
      skewMs = Date.now() - half - server;
    }
    if (best < Infinity) uncertaintyMs = best;
  };
  await sync();
  if ("timeDifference" in (exchange.options ?? {})) {
    Object.defineProperty(exchange.options, "timeDifference", {
      configurable: true,
      enumerable: true,
      get: () => Date.now() - now(),
      set() {},
    });
  }
  return {
    now,
    sync,
    get skewMs() {
      return skewMs;
    },
    get uncertaintyMs() {
      return uncertaintyMs;
    },
  };
}
