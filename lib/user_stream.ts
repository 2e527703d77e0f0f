/**
 * The account's own stream: orders, trades and balances as the venue tells them, through ccxt.pro. I/O.
 *
 * A lost socket ends all three watches at once. It is dialled again until it is there; what was missed meanwhile has to be
 * asked for, which is why each return is told.
 *
 * @module
 */
import type { Exchange, Order as CcxtOrder, Trade as CcxtTrade } from "ccxt";
import { withoutSecrets } from "./secrets.ts";
import { retire, type SocketOwner } from "./feed_socket.ts";

/** Hears what comes. */
export interface UserStreamListener {
  orders(orders: readonly CcxtOrder[]): void;
  trades(trades: readonly CcxtTrade[]): void;
  /** Balances in all that the event named, by currency. */
  balances(total: Readonly<Record<string, number>>): void;
  /** The venue has acknowledged the subscription. */
  up(): void;
  down(reason: string): void;
}

/** The stream. */
export interface UserStream {
  /** Resolves when it is up for the first time. */
  readonly ready: Promise<void>;
  readonly isUp: boolean;
  /** Times it was dialled again. */
  readonly reconnects: number;
  /** Gives the connection up and dials anew: it is there, but does not tell. */
  restart(reason: string): void;
  close(): Promise<void>;
}

const FIRST_WAIT_MS = 100;
const LONGEST_WAIT_MS = 2000;
/** A subscription that is not acknowledged in so long is given up, the next has twice as long: the request or its answer may be lost. */
const FIRST_ANSWER_MS = 2000;
const LONGEST_ANSWER_MS = 16_000;

type Pro = Exchange & { authenticate?(params?: Record<string, unknown>): Promise<void> };

/**
 * ccxt makes a promise for each subscription that is on its way, also where nobody waits for it; a socket that cannot be
 * opened rejects them all, and a rejection that nobody handles ends the process.
 *
 * And it tells a list of orders or trades only to who waits at that moment: one that comes right behind another, before that
 * is taken, would be told with the next. It is told to the next who asks.
 */
function catchFutures(owner: SocketOwner): void {
  const open = owner.client;
  const adopted = new WeakSet<object>();
  owner.client = (url) => {
    const client = open.call(owner, url) as ReturnType<typeof open> & {
      readonly futures: Record<string, unknown>;
      future(hash: string): Promise<unknown>;
      resolve(result: unknown, hash?: string): unknown;
    };
    if (adopted.has(client)) return client;
    adopted.add(client);
    const { future, resolve } = client;
    const untold = new Map<string, unknown>();
    client.future = (hash) => {
      const made = future.call(client, hash);
      made.catch(() => {});
      if (untold.has(hash)) resolve.call(client, untold.get(hash), hash);
      untold.delete(hash);
      return made;
    };
    client.resolve = (result, hash) => {
      if (Array.isArray(result) && hash !== undefined && !(hash in client.futures)) untold.set(hash, result);
      return resolve.call(client, result, hash);
    };
    return client;
  };
}

/** Watches one symbol's orders and trades, and the balances. */
export function openUserStream(exchange: Exchange, symbol: string, listener: UserStreamListener): UserStream {
  const pro = exchange as Pro;
  const { promise: ready, resolve: isReady } = Promise.withResolvers<void>();
  let isClosed = false;
  let isUp = false;
  let reconnects = 0;
  let waitMs = FIRST_WAIT_MS;
  let answerMs = FIRST_ANSWER_MS;
  let drop: ((reason: Error) => void) | undefined;
  let wake: (() => void) | undefined;

  catchFutures(exchange as unknown as SocketOwner);

  const watches: readonly (() => Promise<void>)[] = [
    async () => listener.orders(await exchange.watchOrders(symbol) as CcxtOrder[]),
    async () => listener.trades(await exchange.watchMyTrades(symbol) as CcxtTrade[]),
    async () => {
      const { total } = await exchange.watchBalance();
      listener.balances(total as unknown as Record<string, number>);
    },
  ];

  async function forever(watch: () => Promise<void>) {
    for (;;) await watch();
  }

  async function acknowledged(dropped: Promise<never>) {
    const timer = setTimeout(() => {
      restart(`no answer to the subscription within ${answerMs} ms`);
      answerMs = Math.min(2 * answerMs, LONGEST_ANSWER_MS);
    }, answerMs);
    try {
      await Promise.race([pro.authenticate?.({ type: "spot" }), dropped]);
    } finally {
      clearTimeout(timer);
    }
  }

  function restart(reason: string) {
    drop?.(new Error(reason));
    retireAll(reason);
  }

  async function run() {
    while (!isClosed) {
      const dropped = new Promise<never>((_, reject) => drop = reject);
      dropped.catch(() => {});
      try {
        // Acknowledged, where the venue's client can tell; elsewhere the first event or error decides.
        if (exchange.id.startsWith("binance")) await acknowledged(dropped);
        const watching = watches.map(forever);
        for (const watch of watching) watch.catch(() => {});
        if (isClosed) break;
        isUp = true;
        waitMs = FIRST_WAIT_MS;
        answerMs = FIRST_ANSWER_MS;
        listener.up();
        isReady();
        await Promise.race([...watching, dropped]);
      } catch (error) {
        isUp = false;
        if (isClosed) break;
        listener.down(withoutSecrets(error instanceof Error ? error.message : String(error)));
        await new Promise<void>((resolve) => {
          wake = resolve;
          setTimeout(resolve, waitMs);
        });
        waitMs = Math.min(2 * waitMs, LONGEST_WAIT_MS);
        reconnects++;
      }
    }
  }

  const done = run();
  return {
    ready,
    get isUp() {
      return isUp;
    },
    get reconnects() {
      return reconnects;
    },
    restart,
    close() {
      isClosed = true;
      drop?.(new Error("closed"));
      wake?.();
      retireAll("closed");
      return done;
    },
  };

  /** The account's sockets. Where the address is not known all of them: the exchange object is then used for orders alone. */
  function retireAll(reason: string) {
    const owner = exchange as unknown as SocketOwner;
    const api = (exchange.urls as { api?: { ws?: Record<string, unknown> } }).api?.ws?.["ws-api"];
    const urls = Object.values((api ?? {}) as Record<string, string>);
    for (const client of Object.values(owner.clients ?? {})) {
      if (urls.length === 0 || urls.includes(client.url)) void retire(owner, client, reason);
    }
  }
}
