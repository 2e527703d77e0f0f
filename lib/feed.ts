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
import { isBehind } from "./feed_behind.ts";
import { crossing, type Draft, draftBook, draftSnapshot, draftTrade } from "./feed_draft.ts";
import { createTally, type FeedHealth, type Stream } from "./feed_health.ts";
import { type FeedOptions, WALL_CLOCK } from "./feed_options.ts";
import { createOutlet } from "./feed_outlet.ts";
import { createPauses } from "./feed_pauses.ts";
import {
  type Attempt,
  attempt,
  type Lost,
  LOST_BOOK,
  LOST_PLACE,
  LOST_SOCKET,
  LOST_TRADES,
  MOST_MISSED,
  NOTHING_YET,
} from "./feed_sync.ts";
import { type LiveBook, type RawTrade, tapInto, type TapListener } from "./feed_tap.ts";
import { createTradeSequence, type TradeSequence } from "./feed_trades.ts";
import { createWatchdog, type Watchdog } from "./feed_watchdog.ts";
import { explain, reach } from "./reach.ts";
import { hasConsecutiveIds, tradesAfter } from "./trade_history.ts";
import type { GapReason, MarketEvent } from "./types.ts";

export type { FeedHealth } from "./feed_health.ts";
export type { FeedClock, FeedOptions } from "./feed_options.ts";

/**
 * Events in order of arrival; one consumer. Leaving a `for await` closes the feed. It ends by itself where the venue is a
 * recording that is over: everything has then been delivered.
 */
export interface Feed extends AsyncIterable<MarketEvent> {
  /** Resolves once the book's snapshot is there and the trade stream is acknowledged: from here on nothing is missed. */
  readonly ready: Promise<void>;
  health(): FeedHealth;
  close(): Promise<void>;
  /** Why it ended by itself; undefined as long as it has not. */
  readonly ending: string | undefined;
}

/** The exchange's time may step back by this much between book messages, microseconds. */
const DISORDER = 1_000_000;
/** Milliseconds before the second, third, … attempt; the last one repeats. */
const BACKOFF = [250, 500, 1000, 2000];
/** A gap this soon after the last return to step waits as after a failed attempt, milliseconds. */
const STORM = 250;
/** Most events that are kept while the market is brought into step. */
const MOST_HELD = 20_000;
/** Attempts to come into step with a recording that is over, before what is lost stays lost. */
const LAST_TRIES = 3;
/** Longest wait for the peer's part of closing a socket, milliseconds. */
const FAREWELL = 500;

/**
 * Subscribes at once and yields from the first snapshot on. An exchange that cannot be reached ends the sequence with an error;
 * one that was reached and is lost is tried again until `close()`, or until a recording is over.
 *
 * @throws {RangeError} on iteration, for an unknown symbol
 * @throws {UnreachableError} on iteration, if the exchange does not answer in the beginning
 */
export function openFeed(exchange: Exchange, symbol: string, options: FeedOptions = {}): Feed {
  const { depth = 20, staleAfterMs = 2500, attemptMs = 5000, highWater = 20_000 } = options;
  const clock = options.clock ?? WALL_CLOCK;
  const streams = options.streams ?? ["book", "trades"];
  const [first] = streams;
  if (first === undefined) throw new RangeError("streams is empty, must name book, trades or both");
  const hasBook = streams.includes("book");
  /** The stream whose silence is a sign. */
  const heart = hasBook ? "book" : "trades";
  const tap = tapInto(exchange);
  const tally = createTally();
  const pauses = createPauses();
  const ready = Promise.withResolvers<void>();
  ready.promise.catch(() => {});
  let state: FeedHealth["state"] = "starting";
  let sequence: TradeSequence;
  let watchdog: Watchdog | undefined;
  /** The attempt under way, and what arrived since the market was lost. */
  let current: Attempt | undefined;
  let held: Draft[] = [];
  let lastBookTs = -Infinity;
  let resumedAt = -Infinity;
  let storms = 0;
  let ending: string | undefined;

  const outlet = createOutlet({
    symbol,
    now: clock.stamp,
    limit: highWater,
    onOverflow(prints) {
      sequence.undo(prints);
      state = "overflowed";
      options.onHealth?.(health());
    },
  });

  const health = (): FeedHealth => {
    const waiting = held.filter((draft) => draft.type === "book" && !draft.snapshot).length + tap.buffered(symbol);
    const { messages, lastMessageTs, reconnects, duplicates, recovered, unrecovered } = tally;
    return {
      state,
      lastMessageTs: { ...lastMessageTs },
      messages: { ...messages },
      gaps: outlet.gaps,
      reconnects,
      ignored: messages.book - outlet.deltas - waiting,
      duplicates,
      recovered,
      unrecovered,
    };
  };

  const fault = (stream: Stream, reason: GapReason, detail: string, lost: Lost, silence?: number) => {
    if (state === "starting" || state === "recovering") return void current?.fail(new Error(detail));
    if (state !== "live") return;
    state = "recovering";
    outlet.gap(stream, reason, detail, silence);
    if (state !== "recovering") return;
    options.onHealth?.(health());
    void recover(lost);
  };

  const receive = (draft: Draft) => {
    if (state === "live") {
      if (draft.type === "trade") admit(draft);
      else outlet.event(draft);
    } else if (state === "starting" || state === "recovering") {
      if (held.length < MOST_HELD) held.push(draft);
      else current?.fail(new Error("too much arrived before the book was in step"));
    }
  };

  /** A print of the live stream. */
  const admit = (draft: Draft & { type: "trade" }) => {
    const verdict = sequence.admit(draft.id, draft.exchTs);
    if (verdict.kind === "duplicate") return void tally.duplicates++;
    if (verdict.kind === "next") return outlet.event(draft);
    // The book is whole: it is told again after the missing prints, as after every gap.
    const book = hasBook ? exchange.orderbooks[symbol] as LiveBook | undefined : undefined;
    held = book ? [draftSnapshot(symbol, book, depth), draft] : [draft];
    fault("trades", "sequence", `trade ids ${verdict.from} to ${verdict.to} are missing`, LOST_TRADES);
  };

  /** A print from the time of the loss: REST has been asked, so what is missing now is not to be had. */
  const settle = (draft: Draft & { type: "trade" }) => {
    const verdict = sequence.admit(draft.id, draft.exchTs);
    // Streamed and fetched: expected, not a fault of the venue.
    if (verdict.kind === "duplicate") return;
    if (verdict.kind === "gap") {
      tally.unrecovered += verdict.to - verdict.from + 1;
      sequence.skipTo(draft.id, draft.exchTs);
    }
    if (draft.origin === "recovered") tally.recovered++;
    outlet.event(draft, true);
  };

  const listener: TapListener = {
    symbol,
    streams,
    depthArrived() {
      tally.arrived("book");
      watchdog?.feed();
    },
    bookReset(book) {
      const detail = crossing(book);
      if (detail !== undefined) return void current?.fail(new Error(`snapshot: ${detail}`));
      lastBookTs = -Infinity;
      receive(draftSnapshot(symbol, book, depth));
      current?.snapshotArrived();
    },
    bookChanged(book, delta) {
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
    bookBroken: (detail) => fault("book", "sequence", detail, LOST_BOOK),
    trade(raw) {
      tally.arrived("trades");
      if (!hasBook) watchdog?.feed();
      receive(draftTrade(symbol, raw, "stream"));
    },
    tradesAcknowledged: () => current?.tradesAcknowledged(),
    socketLost: (detail) => fault(first, "disconnect", detail, LOST_SOCKET),
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
    try {
      resume(await current.done);
    } finally {
      current = undefined;
    }
  };

  const resume = (missed: readonly RawTrade[]) => {
    if (state === "closed") return;
    const isFirst = state === "starting";
    const events: Draft[] = [...missed.map((raw) => draftTrade(symbol, raw, "recovered")), ...held];
    held = [];
    state = "live";
    if (!isFirst) resumedAt = performance.now();
    watchdog?.feed();
    for (const draft of events) {
      if (draft.type === "book") outlet.event(draft, true);
      else settle(draft);
    }
    if (isFirst) ready.resolve();
    options.onHealth?.(health());
  };

  const recover = async (lost: Lost) => {
    storms = performance.now() - resumedAt < STORM ? storms + 1 : 0;
    // ccxt's handler that found the fault must return before its book is taken away.
    await Promise.resolve();
    let inVain = 0;
    for (let failures = storms; state === "recovering"; failures++, lost = LOST_SOCKET) {
      if (failures > 0) await pauses.pause(BACKOFF[Math.min(failures, BACKOFF.length) - 1]!);
      if (state !== "recovering") return;
      if (lost.socket) tally.reconnects++;
      // A feed that was in step once does not give up: the next attempt dials anew.
      const isDone = await synchronise(lost).then(() => true, () => false);
      if (isDone) return;
      // A recording that ends with a crossed book will never show a good one.
      if (await clock.venueState() !== "ended" || ++inVain < LAST_TRIES) continue;
      if (await finish().then(() => true, () => false)) return;
    }
  };

  /** Silence: a fault, the end of a recording, or nothing to say. */
  const bark = async (silentMs: number) => {
    if (state !== "live") return;
    const before = { ...tally.messages };
    const venue = await clock.venueState();
    if (venue === "held") return;
    // A thin market may print nothing for long: without a book, silence alone is no sign.
    const mustAsk = venue === "ended" || !hasBook;
    const isLost = mustAsk ? await isMissing().catch(() => undefined) : true;
    const { book, trades } = tally.messages;
    const isSilent = tally.messages[heart] === before[heart];
    if (!isSilent || state !== "live" || isLost === undefined) return;
    if (isLost) {
      // The limit, not what the wall clock measured: on a replay the same silence is stamped the same.
      const silence = Math.round(staleAfterMs * 1000 * clock.speed);
      return fault(heart, "stale", `no ${heart} message for ${silentMs} ms`, LOST_SOCKET, silence);
    }
    if (venue === "ended" && book === before.book && trades === before.trades) await finish();
  };

  /** Where streams have sockets of their own, the book's messages say nothing of the prints'. */
  const look = () => {
    if (state === "live" && tap.isCut(listener)) fault(first, "disconnect", "a socket is gone", LOST_SOCKET);
  };

  const isMissing = async () => {
    // Without numbers nobody can tell.
    if (!tap.isNumbered && hasBook) return false;
    const book = hasBook ? exchange.orderbooks[symbol] as LiveBook | undefined : undefined;
    return await isBehind(exchange, symbol, { bookId: book?.nonce, trade: sequence.last });
  };

  /** The recording is over. What was printed while the market was lost is still told; then the sequence ends. */
  const finish = async () => {
    const { last } = sequence;
    const isWhole = state === "live" || last === undefined || !streams.includes("trades");
    const missed = isWhole ? [] : await tradesAfter(exchange, symbol, last, MOST_MISSED);
    if (isClosed()) return;
    const late = held.filter((draft) => draft.type === "trade");
    for (const draft of [...missed.map((raw) => draftTrade(symbol, raw, "recovered")), ...late]) settle(draft);
    ending = "the recording is over";
    await close();
  };

  const start = async () => {
    try {
      await reach(exchange, () => exchange.loadMarkets());
      assertSymbol(exchange, symbol);
      sequence = createTradeSequence({ consecutive: tap.isNumbered && hasConsecutiveIds(exchange, symbol) });
      tap.add(listener);
      await synchronise(NOTHING_YET);
      if (!isClosed()) watchdog = createWatchdog(staleAfterMs, bark, look);
    } catch (error) {
      const explained = explain(exchange, error);
      ready.reject(explained);
      outlet.end(explained);
      await close();
    }
  };

  const isClosed = () => state === "closed";

  const close = async () => {
    if (isClosed()) return;
    state = "closed";
    watchdog?.stop();
    current?.fail(new Error("closed"));
    outlet.end();
    ready.reject(new Error("the feed was closed before it was ready"));
    pauses.end();
    if (!tap.isShared(listener)) {
      await Promise.race([tap.hangUp(listener, "closed by us"), pauses.pause(FAREWELL)]);
      pauses.end();
    }
    tap.remove(listener);
  };

  void start();
  return {
    ready: ready.promise,
    health,
    close,
    get ending() {
      return ending;
    },
    [Symbol.asyncIterator]: () => ({
      next() {
        if (state === "overflowed" && outlet.size === 0) {
          state = "recovering";
          void recover(LOST_PLACE);
        }
        return outlet.next();
      },
      async return() {
        await close();
        return { done: true, value: undefined };
      },
    }),
  };
}
