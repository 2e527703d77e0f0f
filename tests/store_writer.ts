/**
 * Records made-up events as fast as it can until it is killed. Says `<events> <wall ms>` after every batch.
 *
 * Arguments: folder, run, market start in microseconds, flushSeconds. Event `i` is what {@linkcode madeUp} says, so that
 * whoever reads the files knows what each row must be.
 *
 * @module
 */
import { createStore } from "makerbook/store.ts";
import type { Book, Fill, Trade } from "makerbook/types.ts";

/** Market time between two events, microseconds. */
const STEP = 1000;
const BATCH = 250;

/** Event `i`: books and trades in turn. */
export function madeUp(i: number, start: number): Book | Trade {
  const exchTs = start + i * STEP;
  const price = 60_000 + (i % 997) / 100;
  const common = { symbol: "BTC/USDT", exchTs, localTs: exchTs + 7 };
  if (i % 2 === 1) return { type: "trade", ...common, id: String(i), side: i % 3 ? "buy" : "sell", price, qty: 0.001 };
  const changes = { bids: [[price, i], [price - 1, 0]], asks: [[price + 0.01, 2]] } as const;
  return {
    type: "book",
    ...common,
    bids: changes.bids,
    asks: changes.asks,
    snapshot: i === 0,
    changes,
    lastId: i,
  };
}

/** Our fill after event `i`. */
export function madeUpFill(i: number, start: number): Fill {
  const { exchTs, localTs } = madeUp(i, start);
  return {
    type: "fill",
    id: `f${i}`,
    orderId: "o1",
    side: "buy",
    priceTicks: 6_000_000,
    lots: 100,
    price: 60_000,
    qty: 0.001,
    liquidity: "maker",
    fee: 0.06,
    feeCurrency: "USDT",
    exchTs,
    localTs,
    mid: 60_000.005,
    spread: 0.01,
    quoteId: i,
  };
}

/** Every so many events there is a fill. */
export const FILL_EVERY = 10;

if (import.meta.main) {
  const [root = "", run = "", start = "", flushSeconds = ""] = Deno.args;
  const store = createStore({ root, run, symbol: "BTC/USDT", flushSeconds: Number(flushSeconds) });
  const encoder = new TextEncoder();
  for (let i = 0;;) {
    for (const end = i + BATCH; i < end; i++) {
      const event = madeUp(i, Number(start));
      if (event.type === "book") store.book(event, i);
      else store.trade(event, i);
      if (i % FILL_EVERY === 0) store.fill(madeUpFill(i, Number(start)));
    }
    Deno.stdout.writeSync(encoder.encode(`${i} ${Date.now()}\n`));
    await new Promise((resume) => setTimeout(resume, 0));
  }
}
