/**
 * Queue models against the truth: orders that rest for real in the testnet's matching engine, among a crowd that places, cancels and takes at
 * random, and what each model makes of the same orders from the level-2 tape of that market.
 *
 * `deno run -A bench/queue_truth.ts [SECONDS] [SEED]`, an hour and seed 1 where not given.
 *
 * @module
 */

import { createBook } from "../lib/book.ts";
import { fillModel } from "../lib/fills.ts";
import { createPaperBroker } from "../lib/paper.ts";
import { createRandom } from "../lib/random.ts";
import { BUY, CLEAR, createTape, LAST, LEVEL, SELL, type Tape, TRADE } from "../lib/tape.ts";
import symbols from "../testnet/symbols.json" with { type: "json" };
import { createAccount } from "../testnet/engine/account.ts";
import { createClientIds } from "../testnet/engine/client_ids.ts";
import { standardCommissions } from "../testnet/engine/commission.ts";
import { createEngine } from "../testnet/engine/engine.ts";
import type { EngineEvent } from "../testnet/engine/events.ts";
import { createFilters } from "../testnet/engine/filters.ts";
import { formatUnits, ONE, type Units } from "../testnet/engine/money.ts";
import { Rejection } from "../testnet/engine/rejection.ts";
import { tradable } from "../testnet/private/trading.ts";

/** One of our orders, and what became of it. Times in microseconds from the start, prices in ticks. */
export interface Resting {
  readonly side: number;
  readonly ticks: number;
  readonly sentTs: number;
  readonly cancelTs: number;
  filledTs?: number;
}

/** What the models say against what happened. */
export interface ModelError {
  readonly model: string;
  /** Of the orders. */
  readonly fillRatio: number;
  /** Filled in both; by the model alone; in truth alone. */
  readonly both: number;
  readonly early: number;
  readonly missed: number;
  /** Mean of model's minus true time of filling where both filled, seconds. */
  readonly delay: number;
  /** Σ side·(mid at the cancel − price) over what is filled, ticks an order sent. */
  readonly pnl: number;
}

const [CROWD, TAKER, US] = [1, 2, 3];
/** How long an order of ours rests at most, and how often there is one a side. */
const PATIENCE = 8e6;
const PERIOD = 2e6;

/** A market of single orders, with ours in it, and its level-2 tape. */
export function truth(seconds: number, seed: number): { tape: Tape; orders: Resting[] } {
  const random = createRandom(seed);
  // deno-lint-ignore no-explicit-any
  const rules = tradable(symbols.find(({ symbol }) => symbol === "BTCUSDT") as any) as any;
  const engine = createEngine({ rules, clientOrderId: createClientIds(seed), keeps: () => false });
  for (const id of [CROWD, TAKER, US]) {
    const balances = { [rules.baseAsset]: 10n ** 9n * ONE, [rules.quoteAsset]: 10n ** 14n * ONE };
    engine.open(createAccount({ id, commissions: standardCommissions(0n, 0n), balances }));
  }
  const { price: { step: tick }, lot: { step: lot } } = createFilters(rules.filters);
  const tape = createTape({
    ...{ symbol: "BTC/USDT", base: "BTC", quote: "USDT", source: `single orders, seed ${seed}` },
    tickSize: Number(formatUnits(tick)),
    lotSize: Number(formatUnits(lot)),
  }, 1 << 16);
  const smallest = ((6n * ONE / 60_000n) / lot + 1n) * lot;
  let isFirst = true;
  let middle = 6_000_000;
  /** The crowd's orders that may still rest. */
  const alive: number[] = [];
  const ours = new Map<number, Resting>();
  const orders: Resting[] = [];

  function write(ts: number, events: readonly EngineEvent[]) {
    for (const event of events) {
      if (event.type === "trade") {
        const side = event.isBuyerMaker ? SELL : BUY;
        tape.row(TRADE, side, LAST, ts, ts, Number(event.price / tick), Number(formatUnits(event.qty)));
      } else if (event.type === "execution" && event.accountId === US && event.order.status === "FILLED") {
        ours.get(event.order.orderId)!.filledTs ??= ts;
      }
    }
    const { bids, asks } = engine.book.changes();
    let left = bids.length + asks.length;
    if (left === 0) return;
    if (isFirst) tape.row(CLEAR, 0, 0, ts, ts, 0, 0);
    isFirst = false;
    for (const [levels, side] of [[bids, BUY], [asks, SELL]] as const) {
      for (const { price, qty } of levels) {
        tape.row(LEVEL, side, --left === 0 ? LAST : 0, ts, ts, Number(price / tick), Number(formatUnits(qty)));
      }
    }
  }

  const best = (side: "BUY" | "SELL") => engine.book.best(side);
  function place(id: number, order: Parameters<typeof engine.place>[1], ts: number) {
    try {
      return engine.place(id, order, ts);
    } catch (error) {
      if (error instanceof Rejection) return undefined;
      throw error;
    }
  }
  const size = (mean: number): Units =>
    BigInt(
      Math.max(Number(smallest / lot), Math.ceil(-Math.log(1 - random.uniform()) * mean / Number(formatUnits(lot)))),
    ) *
    lot;

  /** The crowd: places near the middle, cancels any of its orders, takes. */
  function crowd(ts: number): readonly EngineEvent[] {
    const what = random.uniform();
    const side = random.sign() > 0 ? "BUY" : "SELL";
    if (what < 0.5 || alive.length < 40) {
      const away = 1 + Math.floor(-Math.log(1 - random.uniform()) * 3);
      const [bid, ask] = [best("BUY"), best("SELL")];
      if (bid !== undefined && ask !== undefined) middle = Number((bid + ask) / tick) / 2;
      const ticks = side === "BUY" ? Math.ceil(middle) - away : Math.floor(middle) + away;
      const placed = place(CROWD, { side, type: "LIMIT_MAKER", price: BigInt(ticks) * tick, qty: size(0.05) }, ts);
      if (!placed) return [];
      alive.push(placed.order.orderId);
      return placed.events;
    }
    if (what < 0.9) {
      const at = random.integer(alive.length);
      const orderId = alive[at]!;
      alive[at] = alive[alive.length - 1]!;
      alive.pop();
      try {
        return engine.cancel(CROWD, { orderId }, ts).events;
      } catch (error) {
        // It has been filled.
        if (error instanceof Rejection) return [];
        throw error;
      }
    }
    return place(TAKER, { side, type: "MARKET", qty: size(0.06) }, ts)?.events ?? [];
  }

  const waiting: { order: Resting; orderId: number }[] = [];
  let nextOwn = 10e6;
  for (let ts = 0; ts < seconds * 1e6;) {
    ts += Math.max(1, Math.round(-Math.log(1 - random.uniform()) * 20_000));
    while (waiting.length > 0 && waiting[0]!.order.cancelTs <= ts) {
      const { order, orderId } = waiting.shift()!;
      if (order.filledTs === undefined) write(order.cancelTs, engine.cancel(US, { orderId }, order.cancelTs).events);
    }
    if (ts > nextOwn) {
      // Ours comes alone in its microsecond, between two events of the crowd.
      const own = ts - 1;
      nextOwn += PERIOD;
      for (const side of ["BUY", "SELL"] as const) {
        const touch = best(side);
        if (touch === undefined) continue;
        const placed = place(US, { side, type: "LIMIT_MAKER", price: touch, qty: smallest }, own);
        if (!placed) continue;
        const order: Resting = {
          ...{ side: side === "BUY" ? 1 : -1, ticks: Number(touch / tick), sentTs: own, cancelTs: own + PATIENCE },
        };
        ours.set(placed.order.orderId, order);
        orders.push(order);
        waiting.push({ order, orderId: placed.order.orderId });
        write(own, placed.events);
      }
    }
    write(ts, crowd(ts));
  }
  return { tape: tape.build(), orders };
}

/** The same orders at the same times through a model, on the level-2 tape alone. */
export function predict(tape: Tape, orders: readonly Resting[], model: string, power = 2): ModelError {
  const rules = { tickSize: tape.tickSize, lotSize: tape.lotSize };
  const filled = new Map<number, number>();
  const mids = new Map<number, number>();
  const book = createBook();
  const broker = createPaperBroker(book, {
    ...{
      rules,
      quote: "USDT",
      model: fillModel({ model, power }),
      makerFee: 0,
      entryLatencyUs: 0,
      responseLatencyUs: 0,
    },
  }, {
    accepted() {},
    rejected() {},
    cancelled() {},
    filled(fill) {
      if (!filled.has(Number(fill.orderId))) filled.set(Number(fill.orderId), fill.exchTs);
    },
  });
  const rows = { ...tape, from: 0, to: tape.length };
  const sent = orders.map((order, i) => ({ ts: order.sentTs, i, isCancel: false }));
  const steps = [...sent, ...orders.map((order, i) => ({ ts: order.cancelTs, i, isCancel: true }))]
    .sort((a, b) => a.ts - b.ts || a.i - b.i);
  const placed: ReturnType<typeof broker.submit>[] = [];
  for (const { ts, i, isCancel } of steps) {
    // Our own order is in the tape's book too: the model must not see it before it has joined.
    rows.from = broker.play(rows, isCancel ? ts : ts - 1);
    broker.advanceTo(ts);
    const { side, ticks } = orders[i]!;
    if (isCancel) {
      broker.cancel(placed[i]!, ts);
      mids.set(i, book.mid ?? NaN);
    } else placed[i] = broker.submit(side, ticks, 1, ts, 0);
    broker.advanceTo(ts);
    broker.deliver(Infinity);
  }
  const told = orders.map((order, i) => ({ order, ts: filled.get(placed[i]!.id), mid: mids.get(i)! }));
  return summary(model === "power" ? `power ${power}` : model, told);
}

/** What happened, in the terms of the models. */
export function actual(orders: readonly Resting[], tape: Tape): ModelError {
  const marked = predictMids(orders, tape);
  return summary("truth", orders.map((order, i) => ({ order, ts: order.filledTs, mid: marked[i]! })));
}

function predictMids(orders: readonly Resting[], tape: Tape): number[] {
  const book = createBook();
  let row = 0;
  return orders.toSorted((a, b) => a.cancelTs - b.cancelTs).map(({ cancelTs }) => {
    for (; row < tape.length && tape.exchTs[row]! <= cancelTs; row++) {
      if (tape.kind[row] === LEVEL) book.set(tape.side[row]!, tape.priceTicks[row]!, tape.qty[row]!);
    }
    return book.mid ?? NaN;
  });
}

function summary(model: string, told: { order: Resting; ts: number | undefined; mid: number }[]): ModelError {
  const filled = told.filter(({ ts }) => ts !== undefined);
  const both = filled.filter(({ order }) => order.filledTs !== undefined);
  const pnl = filled.reduce(
    (sum, { order, mid }) => Number.isNaN(mid) ? sum : sum + order.side * (mid - order.ticks),
    0,
  );
  return {
    model,
    fillRatio: filled.length / told.length,
    both: both.length,
    early: filled.length - both.length,
    missed: told.filter(({ order, ts }) => ts === undefined && order.filledTs !== undefined).length,
    delay: both.reduce((sum, { order, ts }) => sum + ts! - order.filledTs!, 0) / Math.max(1, both.length) / 1e6,
    pnl: pnl / told.length,
  };
}

if (import.meta.main) {
  const [seconds, seed] = [Number(Deno.args[0] ?? 3600), Number(Deno.args[1] ?? 1)];
  if (!(seconds >= 60 && Number.isInteger(seed))) {
    console.error("Usage: deno run -A bench/queue_truth.ts [SECONDS] [SEED]");
    Deno.exit(2);
  }
  const { tape, orders } = truth(seconds, seed);
  console.log(
    `${tape.length} rows, ${orders.length} orders of ours, each at the touch for up to ${PATIENCE / 1e6} s\n`,
  );
  console.log("model          filled   both   only model   only truth   later by s   PnL, ticks an order");
  const models: [string, number][] = [["touch", 2], ["log", 2], ["power", 1], ["power", 2], ["power", 3]];
  const all = [actual(orders, tape), ...models.map(([name, n]) => predict(tape, orders, name, n))];
  for (
    const { model, fillRatio, both, early, missed, delay, pnl } of [
      ...all,
      predict(tape, orders, "risk_averse"),
      predict(tape, orders, "through"),
    ]
  ) {
    console.log(
      `${model.padEnd(12)} ${(100 * fillRatio).toFixed(1).padStart(7)}% ${String(both).padStart(6)} ${
        String(early).padStart(12)
      } ${String(missed).padStart(12)} ${delay.toFixed(3).padStart(12)} ${pnl.toFixed(3).padStart(21)}`,
    );
  }
}
