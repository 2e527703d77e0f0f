/**
 * A market that is made here, by clients alone or with simulated traders: what the engine does becomes the messages of the
 * exchange. Trades and best prices are told at once, the book every tenth of a second of market time.
 *
 * @module
 */
import type { DepthUpdate } from "./book.ts";
import type { Agenda } from "./agenda.ts";
import type { ReplayClock } from "./clock.ts";
import type { BookLevel } from "./engine/book.ts";
import type { Engine } from "./engine/commands.ts";
import type { EngineEvent, PublicTrade } from "./engine/events.ts";
import { formatUnits, type Units } from "./engine/money.ts";
import type { World } from "./engine/synthetic.ts";
import type { LiveTape } from "./live_tape.ts";
import type { Market } from "./market.ts";
import { BEAT, createWalk, type Listener, type Replay } from "./replay.ts";
import type { TapeEvent } from "./tape.ts";

/** Microseconds between diffs. */
const DIFF = 100_000;

/** A running market. */
export interface Live extends Replay {
  /** Makes public what a client's command did. */
  publish(events: readonly EngineEvent[]): void;
}

const toMs = (ts: number) => Math.floor(ts / 1000);
const rows = (changes: ReadonlyMap<Units, Units>) =>
  [...changes].map(([price, qty]) => [formatUnits(price), formatUnits(qty)] as const);

/**
 * @param options.world the simulated traders; without them only clients trade
 * @param options.startTs from here on it is told; what the world does before is the past
 */
export function createLive(
  options: {
    engine: Engine;
    live: LiveTape;
    market: Market;
    clock: ReplayClock;
    /** What else happens: after all else of its moment. */
    agenda: Agenda;
    listener: Listener;
    world?: World;
    /** Is told what the simulated traders' commands did to clients. */
    pass: (events: readonly EngineEvent[]) => void;
    startTs: number;
  },
): Live {
  const { engine, live, market, clock, agenda, world, pass, startTs } = options;
  const symbol = live.tape.symbol;
  const prefix = symbol.toLowerCase();
  const silent: Listener = { event() {}, beat: (ts) => market.bars.settle(ts) };
  let listener = silent;
  let updateId = 1;
  let firstId = 0;
  let best = "";
  const pending = { bids: new Map<Units, Units>(), asks: new Map<Units, Units>() };
  market.book.reset({ lastUpdateId: updateId, bids: [], asks: [] });

  const happen = (event: TapeEvent) => listener.event(event, market.apply(event));

  const tellTrades = (trades: readonly PublicTrade[]) => {
    const first = live.add(trades.map(({ tradeId, ts, price, qty, isBuyerMaker }) => (
      { id: tradeId, ts, price, qty, buyerMaker: isBuyerMaker }
    )));
    for (const [n, trade] of trades.entries()) {
      const { ts, tradeId: t, price, qty, isBuyerMaker: m } = trade;
      const [p, q, E] = [formatUnits(price), formatUnits(qty), toMs(ts)];
      const text = JSON.stringify({ e: "trade", E, s: symbol, t, p, q, T: E, m, M: true });
      happen({ kind: "trade", ts, stream: `${prefix}@trade`, text, trade: first + n, id: t });
    }
  };

  const tellBest = (ts: number) => {
    const bid = engine.book.levels("BUY", 1)[0];
    const ask = engine.book.levels("SELL", 1)[0];
    const text = (level: BookLevel | undefined) => [formatUnits(level?.price ?? 0n), formatUnits(level?.qty ?? 0n)];
    const [b, B] = text(bid);
    const [a, A] = text(ask);
    const now = `${b} ${B} ${a} ${A}`;
    if (now === best) return;
    best = now;
    const payload = JSON.stringify({ u: updateId, s: symbol, b, B, a, A });
    happen({ kind: "bookTicker", ts, stream: `${prefix}@bookTicker`, text: payload });
  };

  /** One command's trades are told; its changes of the book wait for the next diff. */
  const tell = (events: readonly EngineEvent[]) => {
    const trades = events.filter((event) => event.type === "trade");
    if (trades.length > 0) tellTrades(trades);
    const { bids, asks } = engine.book.changes();
    if (bids.length + asks.length === 0) return;
    updateId++;
    firstId ||= updateId;
    for (const { price, qty } of bids) pending.bids.set(price, qty);
    for (const { price, qty } of asks) pending.asks.set(price, qty);
  };

  const tellDiff = (ts: number) => {
    if (firstId === 0) return;
    const update = { U: firstId, u: updateId, b: rows(pending.bids), a: rows(pending.asks) } satisfies DepthUpdate;
    firstId = 0;
    pending.bids.clear();
    pending.asks.clear();
    const text = JSON.stringify({ e: "depthUpdate", E: toMs(ts), s: symbol, ...update });
    happen({ kind: "depth", ts, stream: `${prefix}@depth@100ms`, text, id: updateId });
  };

  let telling = false;
  let now = live.tape.startTs;
  let nextDiff = (Math.floor(now / DIFF) + 1) * DIFF;
  let nextBeat = (Math.floor(now / BEAT) + 1) * BEAT;
  /** A simulated trader trades. */
  const trade = (world: World, ts: number) => {
    for (const events of world.step().events) {
      tell(events);
      if (telling) pass(events);
    }
    tellBest(ts);
  };

  const nextTs = () => Math.min(nextDiff, world?.nextTs ?? Infinity);
  /** The next of a diff, a beat, a round of the world or something of the agenda. Returns its moment. */
  const one = (limit: number): number | undefined => {
    const ts = Math.min(nextTs(), nextBeat, agenda.next);
    if (ts > limit) {
      now = Math.max(now, limit);
      return undefined;
    }
    now = Math.max(now, ts);
    agenda.act(ts, () => listener.moment?.(ts));
    if (ts === nextDiff) {
      tellDiff(ts);
      nextDiff += DIFF;
    } else if (ts === nextBeat) {
      agenda.act(ts, () => listener.beat(ts));
      nextBeat += BEAT;
    } else if (world !== undefined && ts === world.nextTs) {
      agenda.act(ts, () => trade(world, ts));
    } else agenda.one();
    return ts;
  };

  for (const events of world?.begin(now) ?? []) tell(events);
  tellBest(now);
  tellDiff(now);
  while (one(startTs) !== undefined);
  listener = options.listener;
  telling = true;

  const walk = createWalk({
    clock,
    one,
    flush: () => listener.flush?.(),
    next: () => Math.min(nextTs(), agenda.next),
    ended: () => false,
    nextTs,
  });
  return Object.assign(walk, {
    publish(events: readonly EngineEvent[]) {
      tell(events);
      tellBest(now);
    },
  });
}
