/**
 * One market as one ordered sequence of events that loses nothing, and says so where it had to. I/O.
 *
 * Each message ccxt handled becomes one event, in order of arrival. Where the market can no longer be trusted (a lost or silent
 * socket, a missing update id, a crossed book, time running back) one `Gap` is yielded at once, so that quotes are cancelled first;
 * then the feed comes back in step by itself: missed prints over REST (`origin: "recovered"`), a snapshot, and what has arrived since.
 *
 * @module
 */
import type { Exchange } from "ccxt";
import { assertSymbol } from "./connect.ts";
import { crossing, type Draft, draftBook, draftSnapshot, draftTrade } from "./feed_draft.ts";
import { createQueue } from "./feed_queue.ts";
import {
  type Attempt,
  attempt,
  type Lost,
  LOST_BOOK,
  LOST_PLACE,
  LOST_SOCKET,
  LOST_TRADES,
  NOTHING_YET,
} from "./feed_sync.ts";
import { type RawTrade, tapInto, type TapListener } from "./feed_tap.ts";
import { createTradeSequence, type TradeSequence } from "./feed_trades.ts";
import { createWatchdog, type Watchdog } from "./feed_watchdog.ts";
import { explain, reach } from "./reach.ts";
import { hasConsecutiveIds } from "./trade_history.ts";
import type { Book, Gap, GapReason, MarketEvent, Trade } from "./types.ts";

type Stream = "book" | "trades";

/** How to listen. */
export interface FeedOptions {
  /** Levels a side in each book record, 20 by default. */
  readonly depth?: number;
  /** Local time of an event, microseconds UTC, given the exchange's where one is known. The wall clock by default. */
  readonly now?: (exchTs?: number) => number;
  /** Milliseconds of wall time without a book message after which the stream counts as dead, 2500 by default. */
  readonly staleAfterMs?: number;
  /** Both by default. */
  readonly streams?: readonly Stream[];
  /** Asked before silence counts as a fault: true while the venue itself is known to be silent (a held testnet). */
  readonly isQuiet?: () => Promise<boolean>;
  /** Called after each gap and each return to step. */
  readonly onHealth?: (health: FeedHealth) => void;
  /** Most events that may wait for the consumer, 20000 by default. More is a gap, and the consumer starts afresh from a snapshot. */
  readonly highWater?: number;
  /** Longest wait for one attempt to come into step, milliseconds, 5000 by default. */
  readonly attemptMs?: number;
}

/** Numbers that tell how a feed is doing. */
export interface FeedHealth {
  readonly state: "starting" | "live" | "recovering" | "overflowed" | "closed";
  /** Wall clock of the last message, milliseconds UTC. */
  readonly lastMessageTs: Readonly<Partial<Record<Stream, number>>>;
  /** Messages that arrived. */
  readonly messages: Readonly<Record<Stream, number>>;
  readonly gaps: number;
  /** Dials after the first. */
  readonly reconnects: number;
  /** Book messages that gave no event: older than the snapshot, or received between a gap and the next snapshot. */
  readonly ignored: number;
  /** Prints that arrived twice or out of order, and were dropped. */
  readonly duplicates: number;
  /** Prints fetched over REST after a gap. */
  readonly recovered: number;
  /** Prints that the venue numbered but neither streamed nor gave afterwards. */
  readonly unrecovered: number;
}

/** Events in order of arrival; one consumer. Leaving a `for await` closes the feed. */
export interface Feed extends AsyncIterable<MarketEvent> {
  /** Resolves once the book's snapshot is there and the trade stream is acknowledged: from here on nothing is missed. */
  readonly ready: Promise<void>;
  health(): FeedHealth;
  close(): Promise<void>;
}

/** The exchange's time may step back by this much between book messages, microseconds. */
const DISORDER = 1_000_000;
/** Milliseconds before the second, third, … attempt; the last one repeats. */
const BACKOFF = [250, 500, 1000, 2000];
/** A gap this soon after the last return to step waits as after a failed attempt, milliseconds. */
const STORM = 1000;

/**
 * Subscribes at once and yields from the first snapshot on. An exchange that cannot be reached ends the sequence with an error;
 * one that was reached and is lost is tried again until `close()`.
 *
 * @throws {RangeError} on iteration, for an unknown symbol
 * @throws {UnreachableError} on iteration, if the exchange does not answer in the beginning
 */
export function openFeed(exchange: Exchange, symbol: string, options: FeedOptions = {}): Feed {
  const feed = createFeed(exchange, symbol, options);
  feed.start();
  return feed;
}

function createFeed(exchange: Exchange, symbol: string, options: FeedOptions): Feed & { start(): void } {
  const { depth = 20, staleAfterMs = 2500, attemptMs = 5000, highWater = 20_000 } = options;
  const streams = options.streams ?? ["book", "trades"];
  const now = options.now ?? (() => Date.now() * 1000);
  const tap = tapInto(exchange);
  const queue = createQueue<MarketEvent>(highWater);
  const ready = Promise.withResolvers<void>();
  ready.promise.catch(() => {});
  const messages = { book: 0, trades: 0 };
  const lastMessageTs: Partial<Record<Stream, number>> = {};
  const counts = { gaps: 0, reconnects: 0, duplicates: 0, recovered: 0, unrecovered: 0, deltas: 0 };
  let state: FeedHealth["state"] = "starting";
  let current: Attempt | undefined;
  let held: Draft[] = [];
  let sequence: TradeSequence;
  let watchdog: Watchdog | undefined;
  let lastExchTs: number | undefined;
  let lastBookTs = -Infinity;
  let resumedAt = -Infinity;
  let storms = 0;
  const pauses = new Set<() => void>();

  const health = (): FeedHealth => {
    const waiting = held.filter((draft) => draft.type === "book" && !draft.snapshot).length + tap.buffered(symbol);
    const { deltas, ...shown } = counts;
    return {
      state,
      lastMessageTs: { ...lastMessageTs },
      messages: { ...messages },
      ...shown,
      ignored: messages.book - deltas - waiting,
    };
  };

  /** Gives an event its local time and hands it over. */
  const yieldEvent = (draft: Draft): void => {
    const exchTs = draft.exchTs ?? lastExchTs ?? now();
    lastExchTs = Math.max(lastExchTs ?? -Infinity, exchTs);
    if (!queue.push({ ...draft, exchTs, localTs: now(exchTs) } as Book | Trade)) return overflow(draft);
    if (draft.type === "book" && !draft.snapshot) counts.deltas++;
  };

  const yieldGap = (stream: Stream, reason: GapReason, detail: string) => {
    const exchTs = lastExchTs ?? now();
    const gap: Gap = { type: "gap", symbol, stream, reason, detail, exchTs, localTs: now(lastExchTs) };
    if (!queue.push(gap)) return overflow();
    counts.gaps++;
    options.onHealth?.(health());
  };

  /** The consumer is too slow: what waits is taken back, and it begins again from a snapshot once it has seen the gap. */
  const overflow = (refused?: Draft) => {
    const discarded = queue.drain();
    counts.deltas -= discarded.filter((event) => event.type === "book" && !event.snapshot).length;
    const prints = discarded.filter((event) => event.type === "trade");
    sequence.undo(refused?.type === "trade" ? [...prints, refused as Trade] : prints);
    state = "overflowed";
    yieldGap(streams[0]!, "error", `the consumer is too slow: ${discarded.length} events were waiting`);
  };

  const admit = (raw: RawTrade) => {
    const verdict = sequence.admit(raw.id, raw.exchTs);
    if (verdict.kind === "duplicate") return void counts.duplicates++;
    const draft = draftTrade(symbol, raw, "stream");
    if (verdict.kind === "next") return yieldEvent(draft);
    const book = streams.includes("book") ? exchange.orderbooks[symbol] : undefined;
    held = book ? [draftSnapshot(symbol, book, depth), draft] : [draft];
    fault("trades", "sequence", `trade ids ${verdict.from} to ${verdict.to} are missing`, LOST_TRADES);
  };

  const receive = (draft: Draft) => {
    if (state === "closed" || state === "overflowed") return;
    if (state === "live") {
      if (draft.type === "trade") admit(draft);
      else yieldEvent(draft);
      return;
    }
    if (held.length >= highWater) return current?.fail(new Error("too much arrived before the book was in step"));
    held.push(draft);
  };

  const fault = (stream: Stream, reason: GapReason, detail: string, lost: Lost) => {
    if (state === "starting" || state === "recovering") return void current?.fail(new Error(detail));
    if (state !== "live") return;
    state = "recovering";
    yieldGap(stream, reason, detail);
    if (state === "recovering") void recover(lost);
  };

  const listener: TapListener = {
    symbol,
    streams,
    depthArrived() {
      if (!streams.includes("book")) return;
      messages.book++;
      lastMessageTs.book = Date.now();
      watchdog?.feed();
    },
    bookReset(book) {
      if (!streams.includes("book")) return;
      const detail = crossing(book);
      if (detail !== undefined) return void current?.fail(new Error(`snapshot: ${detail}`));
      lastBookTs = -Infinity;
      receive(draftSnapshot(symbol, book, depth));
      current?.snapshotArrived();
    },
    bookChanged(book, delta) {
      if (!streams.includes("book")) return;
      // A venue whose book somebody else watches already shows no snapshot of its own.
      if (current?.needsSnapshot && !delta) return listener.bookReset(book);
      const detail = crossing(book);
      if (detail !== undefined) return fault("book", "crossed", detail, LOST_BOOK);
      const draft = draftBook(symbol, book, depth, delta);
      if (draft.exchTs !== undefined && draft.exchTs < lastBookTs - DISORDER) {
        const back = (lastBookTs - draft.exchTs) / 1e6;
        return fault("book", "disorder", `the exchange's time ran back by ${back} s`, LOST_BOOK);
      }
      lastBookTs = Math.max(lastBookTs, draft.exchTs ?? -Infinity);
      receive(draft);
    },
    bookBroken(detail) {
      if (streams.includes("book")) fault("book", "sequence", detail, LOST_BOOK);
    },
    trade(raw) {
      if (!streams.includes("trades")) return;
      messages.trades++;
      lastMessageTs.trades = Date.now();
      if (!streams.includes("book")) watchdog?.feed();
      receive(draftTrade(symbol, raw, "stream"));
    },
    tradesAcknowledged: () => current?.tradesAcknowledged(),
    socketLost: (detail) => fault(streams[0]!, "disconnect", detail, LOST_SOCKET),
  };

  const synchronise = async (lost: Lost) => {
    // Books from before the new snapshot are worthless; after a new dial so are the prints, REST has them all.
    if (lost.socket) held = [];
    else if (lost.book) held = held.filter((draft) => draft.type === "trade");
    current = attempt(lost, {
      exchange,
      tap,
      listener,
      lastTrade: sequence.last,
      firstHeldId: () => held.find((draft) => draft.type === "trade")?.id,
      timeoutMs: attemptMs,
    });
    const recovered = await current.done;
    current = undefined;
    if (state === "closed") return;
    resume(recovered);
  };

  const resume = (recovered: readonly RawTrade[]) => {
    const waiting = held;
    held = [];
    const isFirst = state === "starting";
    state = "live";
    resumedAt = performance.now();
    watchdog?.feed();
    const events: Draft[] = [...recovered.map((raw) => draftTrade(symbol, raw, "recovered")), ...waiting];
    for (const draft of events) {
      // Only a queue that ran full changes the state in here.
      if (state !== "live") return;
      if (draft.type === "book") yieldEvent(draft);
      else settle(draft);
    }
    if (isFirst) ready.resolve();
    options.onHealth?.(health());
  };

  /** A print from the time of the loss: REST has been asked, so what is missing now is not to be had. */
  const settle = (draft: Draft & { type: "trade" }) => {
    const verdict = sequence.admit(draft.id, draft.exchTs);
    // Streamed and fetched: expected, not a fault of the venue.
    if (verdict.kind === "duplicate") return;
    if (verdict.kind === "gap") {
      counts.unrecovered += verdict.to - verdict.from + 1;
      sequence.skipTo(draft.id, draft.exchTs);
    }
    if (draft.origin === "recovered") counts.recovered++;
    yieldEvent(draft);
  };

  const recover = async (first: Lost) => {
    storms = performance.now() - resumedAt < STORM ? storms + 1 : 0;
    let failures = storms;
    // ccxt's handler that found the fault must return before its book is taken away.
    await Promise.resolve();
    for (let lost = first; state === "recovering"; lost = LOST_SOCKET) {
      if (failures > 0) await pause(BACKOFF[Math.min(failures, BACKOFF.length) - 1]!);
      if (state !== "recovering") return;
      if (lost.socket) counts.reconnects++;
      try {
        return await synchronise(lost);
      } catch {
        // The next attempt dials anew; a feed that was in step once does not give up.
        failures++;
      }
    }
  };

  const pause = (ms: number) =>
    new Promise<void>((resolve) => {
      const done = () => {
        clearTimeout(timer);
        pauses.delete(done);
        resolve();
      };
      const timer = setTimeout(done, ms);
      pauses.add(done);
    });

  const bark = async (silentMs: number) => {
    if (state !== "live" || await options.isQuiet?.()) return;
    fault(streams[0]!, "stale", `no ${streams[0]} message for ${silentMs} ms`, LOST_SOCKET);
  };

  const start = async () => {
    try {
      await reach(exchange, () => exchange.loadMarkets());
      assertSymbol(exchange, symbol);
      sequence = createTradeSequence({ consecutive: tap.isNumbered && hasConsecutiveIds(exchange, symbol) });
      tap.add(listener);
      await synchronise(NOTHING_YET);
      // A thin market may print nothing for long: without a book, silence is no sign.
      if (streams.includes("book")) watchdog = createWatchdog(staleAfterMs, bark);
    } catch (error) {
      const explained = explain(exchange, error);
      ready.reject(explained);
      queue.end(explained);
      await close();
    }
  };

  const close = async () => {
    if (state === "closed") return;
    state = "closed";
    watchdog?.stop();
    current?.fail(new Error("closed"));
    for (const done of [...pauses]) done();
    queue.end();
    ready.reject(new Error("the feed was closed"));
    const isShared = tap.isShared(listener);
    if (!isShared) await Promise.race([tap.hangUp(listener, "closed by us"), pause(500)]);
    for (const done of [...pauses]) done();
    tap.remove(listener);
  };

  const next = () => {
    if (state === "overflowed" && queue.size === 0) {
      state = "recovering";
      void recover(LOST_PLACE);
    }
    return queue.next();
  };

  return {
    start: () => void start(),
    ready: ready.promise,
    health,
    close,
    [Symbol.asyncIterator]: () => ({
      next,
      async return() {
        await close();
        return { done: true, value: undefined };
      },
    }),
  };
}
