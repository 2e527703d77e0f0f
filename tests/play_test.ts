import { assert, assertEquals } from "@std/assert";
import fc from "fast-check";
import { createBook } from "../lib/book.ts";
import type { FillModel } from "../lib/fills.ts";
import { createPaperBroker, type PaperOrder } from "../lib/paper.ts";
import { createRandom } from "../lib/random.ts";
import { BUY, CLEAR, createTape, GAP, LAST, LEVEL, SELL, type Tape, TRADE, WARM } from "../lib/tape.ts";

/** A market that tears messages apart, crosses itself, jumps out of every window of prices, is cleared and lost. */
function wildTape(seed: number, jump: number, rows = 400): Tape {
  const random = createRandom(seed);
  const tape = createTape({ symbol: "A/B", base: "A", quote: "B", tickSize: 0.01, lotSize: 1, source: "wild" });
  let [ts, mid, isOpen] = [1.7e15, 20_000, false];
  for (let i = 0; i < rows; i++) {
    if (!isOpen) ts += random.integer(20_000);
    const what = random.integer(1000);
    const flags = random.integer(2) === 0 ? LAST : 0;
    const side = random.sign();
    if (random.integer(100) === 0) mid = Math.max(10_000, mid + random.sign() * random.integer(1 + jump));
    if (!isOpen && what < 4) tape.row(GAP, 0, LAST, ts, ts, 0, 0);
    else if (!isOpen && what < 8) tape.row(WARM, side, LAST, ts, ts, mid, 1);
    else if (!isOpen && what < 250) {
      tape.row(TRADE, side, LAST, ts, ts, mid - 3 + random.integer(7), 1 + random.integer(9));
    } else {
      isOpen = flags === 0;
      if (what < 260) tape.row(CLEAR, 0, flags, ts, ts, 0, 0);
      else if (what < 280) tape.row(LEVEL, 0, flags, ts, ts, 0, 0);
      else {
        // Now and then beyond the mid, now and then far behind it.
        const away = what < 350 ? -random.integer(4) : what < 500 ? random.integer(1 + jump) : random.integer(7);
        const qty = random.integer(5) < 2 ? 0 : 1 + random.integer(20);
        tape.row(LEVEL, side, flags, ts, ts, Math.max(1, mid - side * away), qty);
      }
    }
  }
  return tape.build();
}

/** Places and cancels at random between stretches of rows, which go to the venue at once or one by one. */
function trade(tape: Tape, seed: number, model: FillModel, isAtOnce: boolean) {
  const random = createRandom(seed);
  const book = createBook();
  const log: unknown[] = [];
  const told = (what: string) => (order: PaperOrder) => void log.push([what, order.id, order.leavesLots]);
  const broker = createPaperBroker(book, {
    rules: { tickSize: tape.tickSize, lotSize: tape.lotSize },
    quote: tape.quote,
    model,
    entryLatencyUs: random.integer(30_000),
    responseLatencyUs: random.integer(30_000),
    makerFee: 0,
  }, {
    accepted: told("accepted"),
    rejected: told("rejected"),
    cancelled: told("cancelled"),
    filled: (fill) => void log.push(fill),
  });
  const orders: PaperOrder[] = [];
  let from = 0;
  function play(until: number) {
    if (isAtOnce) {
      from = broker.play({ ...tape, from, to: tape.length }, until);
      return broker.advanceTo(until);
    }
    for (; from < tape.length && tape.exchTs[from]! <= until; from++) {
      const ts = tape.exchTs[from]!, side = tape.side[from]!, ticks = tape.priceTicks[from]!, qty = tape.qty[from]!;
      const kind = tape.kind[from]!;
      broker.advance(ts);
      if (kind === LEVEL && side !== 0) broker.level(side, ticks, book.set(side, ticks, qty), qty);
      if (kind === TRADE) broker.trade(ts, side, ticks, qty);
      if (kind === CLEAR) book.clear();
      if (kind === LEVEL && (tape.flags[from]! & LAST) !== 0 && book.sound) broker.settle(ts);
    }
    broker.advanceTo(until);
  }
  for (let now = tape.exchTs[0]!; now < tape.exchTs[tape.length - 1]!; now += 50_000) {
    play(now);
    broker.deliver(now, true);
    const { bestBid, bestAsk } = book;
    log.push([now, bestBid, bestAsk, book.size(BUY), book.size(SELL)]);
    for (const order of orders) if (random.integer(10) === 0) broker.cancel(order, now);
    for (const side of [BUY, SELL]) {
      const touch = side === BUY ? bestBid : bestAsk;
      if (!Number.isFinite(touch)) continue;
      const ticks = Math.max(1, touch - side * (random.integer(8) - 2));
      orders.push(broker.submit(side, ticks, 1 + random.integer(5), now, 0));
    }
  }
  play(Infinity);
  broker.deliver(Infinity, true);
  return { log, counts: broker.counts };
}

Deno.test("property: rows that pass our orders by at once do what they do one by one, wherever the levels lie", () => {
  const models = fc.constantFrom<FillModel>("touch", "through", "riskAverse", { power: 2 }, "log");
  let filled = 0;
  fc.assert(
    fc.property(fc.integer({ min: 1 }), fc.constantFrom(10, 5000, 9000), models, (seed, jump, model) => {
      const tape = wildTape(seed, jump);
      const atOnce = trade(tape, seed, model, true);
      assertEquals(atOnce, trade(tape, seed, model, false));
      filled += atOnce.counts.filled;
    }),
    { numRuns: 300 },
  );
  assert(filled > 300, `only ${filled} orders were filled`);
});
