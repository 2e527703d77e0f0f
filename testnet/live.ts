/**
 * A market that is made here, by clients alone or with simulated traders: what the engine does becomes the messages of the
 * exchange. Trades and best prices are told at once, the book every tenth of a second of market time.
 *
 * @module
 */
import type { DepthUpdate } from "./book.ts";
import type { ReplayClock } from "./clock.ts";
import type { BookLevel } from "./engine/book.ts";
import type { Engine } from "./engine/commands.ts";
import type { EngineEvent, PublicTrade } from "./engine/events.ts";
import { formatUnits, type Units } from "./engine/money.ts";
import type { World } from "./engine/synthetic.ts";
import type { LiveTape } from "./live_tape.ts";
import type { Market } from "./market.ts";
import { BEAT, type Listener, type Replay } from "./replay.ts";
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
    listener: Listener;
    world?: World;
    /** Is told what the simulated traders' commands did to clients. */
    pass: (events: readonly EngineEvent[]) => void;
    startTs: number;
  },
): Live {
  const { engine, live, market, clock, world, pass, startTs } = options;
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
  /** Everything up to a moment: at one and the same, first what is told of before. */
  const runTo = (until: number) => {
    while (true) {
      const next = Math.min(nextDiff, nextBeat, world?.nextTs ?? Infinity);
      if (next > until) break;
      now = next;
      if (next === nextDiff) {
        tellDiff(next);
        nextDiff += DIFF;
      }
      if (next === nextBeat) {
        listener.beat(next);
        nextBeat += BEAT;
      }
      if (next === world?.nextTs) {
        for (const events of world.step().events) {
          tell(events);
          if (telling) pass(events);
        }
        tellBest(next);
      }
    }
    now = Math.max(now, until);
  };

  for (const events of world?.begin(now) ?? []) tell(events);
  tellBest(now);
  tellDiff(now);
  runTo(startTs);
  listener = options.listener;
  telling = true;

  let timer: ReturnType<typeof setTimeout> | undefined;
  let stopped = false;
  const advance = () => {
    runTo(clock.now());
    listener.flush?.();
  };
  const step = () => {
    timer = undefined;
    if (stopped || clock.held) return;
    advance();
    const next = Math.min(nextDiff, world?.nextTs ?? Infinity);
    timer = setTimeout(step, Math.max(clock.speed > 4 ? 5 : 1, Math.min(50, clock.wallUntil(next))));
  };
  return {
    publish(events) {
      tell(events);
      tellBest(now);
    },
    advance,
    run() {
      clearTimeout(timer);
      step();
    },
    stop() {
      stopped = true;
      clearTimeout(timer);
    },
    ended: false,
  };
}
