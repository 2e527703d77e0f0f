/**
 * One attempt to be in step with the venue: a fresh snapshot, an acknowledged trade stream, the prints that were missed. I/O.
 *
 * @module
 */
import type { Exchange } from "ccxt";
import type { RawTrade, Tap, TapListener } from "./feed_tap.ts";
import { hasConsecutiveIds, tradesAfter } from "./trade_history.ts";

/** What has to be done to be in step again. */
export interface Lost {
  /** Close the socket, which is dead or doubtful, and dial anew. */
  readonly socket: boolean;
  /** Subscribe to the book, for a fresh snapshot. */
  readonly book: boolean;
  /** Subscribe to the prints. */
  readonly trades: boolean;
  /** Fetch the prints since the last one that was yielded. */
  readonly missed: boolean;
}

export const NOTHING_YET: Lost = { socket: false, book: true, trades: true, missed: false };
export const LOST_SOCKET: Lost = { socket: true, book: true, trades: true, missed: true };
export const LOST_BOOK: Lost = { socket: false, book: true, trades: false, missed: false };
export const LOST_TRADES: Lost = { socket: false, book: false, trades: false, missed: true };
export const LOST_PLACE: Lost = { socket: false, book: true, trades: false, missed: true };

/** An attempt under way. */
export interface Attempt {
  /** The prints that were missed, oldest first, once everything is in step. Rejects if it fails or takes too long. */
  readonly done: Promise<RawTrade[]>;
  /** True until the snapshot has arrived. */
  readonly needsSnapshot: boolean;
  snapshotArrived(): void;
  tradesAcknowledged(): void;
  fail(error: Error): void;
}

/** What an attempt works with. */
export interface SyncOptions {
  readonly exchange: Exchange;
  readonly tap: Tap;
  readonly listener: TapListener;
  /** The last print before the loss; undefined where there was none. */
  readonly lastTrade: { readonly id: string; readonly exchTs: number } | undefined;
  /** Id of the first print after the loss, as far as one has arrived. */
  firstHeldId(): string | undefined;
  readonly timeoutMs: number;
}

/** Most prints fetched after a loss. */
export const MOST_MISSED = 100_000;
/** REST answers from another machine than the stream, and may lag behind it: tries, and milliseconds between them. */
const TRIES = 5;
const LAG = 200;

export function attempt(lost: Lost, options: SyncOptions): Attempt {
  const { exchange, tap, listener } = options;
  const { symbol, streams } = listener;
  const failure = Promise.withResolvers<never>();
  const snapshot = Promise.withResolvers<void>();
  const acknowledged = Promise.withResolvers<void>();
  failure.promise.catch(() => {});
  const fail = (error: unknown) => failure.reject(error instanceof Error ? error : new Error(String(error)));
  const isBook = lost.book && streams.includes("book");
  const isTrades = lost.trades && streams.includes("trades");

  const run = async () => {
    const isNew = lost === NOTHING_YET;
    const isForgotten = !lost.socket && tap.forget(symbol, { book: isBook, trades: isTrades });
    if (!isForgotten && !isNew) void tap.hangUp(listener, "dialling anew");
    // Both watch promises may stay unresolved: only their failure is of interest, the tap tells the rest.
    if (isBook) exchange.watchOrderBook(symbol).catch(fail);
    else snapshot.resolve();
    if (isTrades) exchange.watchTrades(symbol).catch(fail);
    if (!isTrades || !tap.isNumbered) acknowledged.resolve();
    await Promise.all([snapshot.promise, acknowledged.promise]);
    if (!lost.missed || !streams.includes("trades") || options.lastTrade === undefined) return [];
    return await missed(options, options.lastTrade);
  };
  const timer = setTimeout(
    () => fail(new Error(`${exchange.id} gave no ${symbol} within ${options.timeoutMs} ms`)),
    options.timeoutMs,
  );
  const done = Promise.race([run(), failure.promise]).finally(() => clearTimeout(timer));
  let needsSnapshot = isBook;
  return {
    done,
    get needsSnapshot() {
      return needsSnapshot;
    },
    snapshotArrived() {
      needsSnapshot = false;
      snapshot.resolve();
    },
    tradesAcknowledged: () => acknowledged.resolve(),
    fail,
  };
}

/** Fetches until what was fetched meets what the stream gave since. */
async function missed(options: SyncOptions, lastTrade: { id: string; exchTs: number }): Promise<RawTrade[]> {
  const { exchange, listener } = options;
  const found: RawTrade[] = [];
  for (let i = 0; i < TRIES; i++) {
    found.push(...await tradesAfter(exchange, listener.symbol, found.at(-1) ?? lastTrade, MOST_MISSED));
    const first = options.firstHeldId();
    const reached = Number((found.at(-1) ?? lastTrade).id);
    if (first === undefined || !hasConsecutiveIds(exchange, listener.symbol) || reached >= Number(first) - 1) break;
    await new Promise((resolve) => setTimeout(resolve, LAG));
  }
  return found;
}
