/**
 * The synthetic market as a tape: its prints and its book, message by message, without a server in between.
 *
 * @module
 */
import { BUY, CLEAR, createTape, LAST, LEVEL, SELL, type Tape, TRADE } from "makerbook/tape.ts";
import symbols from "../symbols.json" with { type: "json" };
import { tradable } from "../private/trading.ts";
import { createClientIds } from "./client_ids.ts";
import { createEngine } from "./engine.ts";
import type { EngineEvent } from "./events.ts";
import { createFilters } from "./filters.ts";
import { formatUnits, type Units } from "./money.ts";
import { createWorld, DEFAULT_WORLD, WORLD_ACCOUNTS, type WorldOptions } from "./synthetic.ts";

/** How long, and when. */
export interface WorldTapeOptions extends Partial<WorldOptions> {
  /** BTCUSDT by default. */
  readonly symbol?: "BTCUSDT" | "ETHUSDT" | "ETHBTC";
  /** Market time, seconds. */
  readonly seconds: number;
  /** Microseconds UTC. */
  readonly startTs?: number;
  /** Called with the share done, 0..1. */
  readonly progress?: (done: number) => void;
}

/** 2024-01-01. */
const START = Date.UTC(2024, 0, 1) * 1000;

/** Rows of the world from `startTs` on. The print of a round comes first, the book that it leaves at the same moment behind it. */
export function worldTape(
  { seconds, symbol = "BTCUSDT", startTs = START, progress, ...options }: WorldTapeOptions,
): Tape {
  const world = { ...DEFAULT_WORLD, ...options };
  // deno-lint-ignore no-explicit-any
  const rules = tradable(symbols.find((info) => info.symbol === symbol) as any) as any;
  const { baseAsset: base, quoteAsset: quote } = rules;
  const engine = createEngine({ rules, clientOrderId: createClientIds(1), keeps: (id) => id < WORLD_ACCOUNTS });
  const { price, lot } = createFilters(rules.filters);
  const tape = createTape({
    symbol: `${base}/${quote}`,
    base,
    quote,
    tickSize: Number(formatUnits(price.step)),
    lotSize: Number(formatUnits(lot.step)),
    source: `synthetic seed=${world.seed} k=${world.k} informed=${world.informed}`,
  }, 1 << 16);
  const market = createWorld(engine, startTs, world);
  const ticks = (value: Units) => Number(value / price.step);
  const qty = (value: Units) => Number(formatUnits(value));

  function book(ts: number, isFirst: boolean) {
    const { bids, asks } = engine.book.changes();
    let left = bids.length + asks.length;
    if (isFirst) tape.row(CLEAR, 0, left === 0 ? LAST : 0, ts, ts, 0, 0);
    for (const level of bids) tape.row(LEVEL, BUY, --left === 0 ? LAST : 0, ts, ts, ticks(level.price), qty(level.qty));
    for (const level of asks) {
      tape.row(LEVEL, SELL, --left === 0 ? LAST : 0, ts, ts, ticks(level.price), qty(level.qty));
    }
  }
  function prints(events: readonly EngineEvent[]) {
    for (const event of events) {
      if (event.type !== "trade") continue;
      const side = event.isBuyerMaker ? SELL : BUY;
      tape.row(TRADE, side, LAST, event.ts, event.ts, ticks(event.price), qty(event.qty));
    }
  }

  market.begin(startTs);
  book(startTs, true);
  const end = startTs + seconds * 1e6;
  for (let told = 0; market.nextTs < end;) {
    const { ts, events } = market.step();
    // What the dealers do afterwards only moves their own orders.
    for (const list of events) prints(list);
    book(ts, false);
    const done = (ts - startTs) / (end - startTs);
    if (progress && done - told > 0.005) progress(told = done);
  }
  progress?.(1);
  return tape.build();
}
