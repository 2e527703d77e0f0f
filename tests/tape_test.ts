import { assertEquals, assertThrows } from "@std/assert";
import fc from "fast-check";
import { createRows } from "../lib/rows.ts";
import {
  BUY,
  CLEAR,
  createTape,
  GAP,
  LAST,
  LEVEL,
  SELL,
  sliceTape,
  sortTape,
  type Tape,
  TRADE,
  WARM,
} from "../lib/tape.ts";
import { createGrid } from "../lib/ticks.ts";
import type { Book, MarketEvent, Trade } from "../lib/types.ts";

const info = { symbol: "ETH/USD", base: "ETH", quote: "USD", tickSize: 0.01, lotSize: 0.001, source: "test" };

Deno.test("a tape holds what was appended, however often it grew", () => {
  const tape = createTape(info, 1);
  for (let i = 0; i < 1000; i++) tape.row(LEVEL, BUY, LAST, i, i + 5, 100 + i, i / 8);
  const built = tape.build();
  assertEquals([built.length, built.priceTicks[999], built.qty[999], built.localTs[0]], [1000, 1099, 999 / 8, 5]);
  assertEquals(sliceTape(built, 10, 12).exchTs, Float64Array.of(10, 11));
});

Deno.test("sortTape() orders by (localTs, kind, position): gaps, then the book, then prints", () => {
  const tape = createTape(info);
  tape.row(TRADE, BUY, LAST, 0, 2, 1, 1);
  tape.row(LEVEL, BUY, 0, 0, 2, 2, 1);
  tape.row(GAP, 0, LAST, 0, 2, 3, 0);
  tape.row(LEVEL, SELL, LAST, 0, 2, 4, 1);
  tape.row(TRADE, BUY, LAST, 0, 1, 5, 1);
  assertEquals([...sortTape(tape.build()).priceTicks], [5, 3, 2, 4, 1]);
});

Deno.test("sortTape() is stable", () => {
  fc.assert(fc.property(fc.array(fc.integer({ min: 0, max: 3 }), { maxLength: 100 }), (times) => {
    const tape = createTape(info);
    times.forEach((ts, i) => tape.row(TRADE, BUY, LAST, ts, ts, i, 1));
    const sorted = sortTape(tape.build());
    for (let i = 1; i < sorted.length; i++) {
      const [a, b] = [sorted.localTs[i - 1]!, sorted.localTs[i]!];
      if (a > b || (a === b && sorted.priceTicks[i - 1]! > sorted.priceTicks[i]!)) return false;
    }
    return true;
  }));
});

function rowsOf(events: MarketEvent[]): Tape {
  const tape = createTape(info);
  events.forEach(createRows(info.tickSize, tape.row));
  return tape.build();
}

const book = (part: Partial<Book>): Book => ({
  type: "book",
  symbol: info.symbol,
  bids: [],
  asks: [],
  snapshot: false,
  exchTs: 1,
  localTs: 2,
  ...part,
});

Deno.test("a snapshot clears the book and its last row ends the message", () => {
  const tape = rowsOf([book({ snapshot: true, changes: { bids: [[99.99, 1]], asks: [[100.01, 2], [100.02, 3]] } })]);
  assertEquals([...tape.kind], [CLEAR, LEVEL, LEVEL, LEVEL]);
  assertEquals([...tape.side], [0, BUY, SELL, SELL]);
  assertEquals([...tape.flags], [0, 0, 0, LAST]);
  assertEquals([...tape.priceTicks], [0, 9999, 10001, 10002]);
});

Deno.test("a message without changes is still a row, so that the strategy is asked", () => {
  const tape = rowsOf([book({ changes: { bids: [], asks: [] } })]);
  assertEquals([[...tape.kind], [...tape.side], [...tape.flags]], [[LEVEL], [0], [LAST]]);
});

Deno.test("where a venue's client shows only the resulting book, the rows are the difference", () => {
  const tape = rowsOf([
    book({ snapshot: true, bids: [[10, 1], [9, 2]], asks: [[11, 1]] }),
    book({ bids: [[10, 1], [8, 4]], asks: [[11, 5]] }),
  ]);
  const changes = [...tape.priceTicks].map((p, i) => [p, tape.qty[i]]).slice(4);
  assertEquals(changes, [[800, 4], [900, 0], [1100, 5]]);
});

Deno.test("prints from before the start only warm; those fetched after a gap are prints", () => {
  const trade = (origin: Trade["origin"]): Trade => ({
    type: "trade",
    symbol: info.symbol,
    id: "1",
    side: "sell",
    price: 10,
    qty: 1,
    exchTs: 1,
    localTs: 2,
    origin,
  });
  assertEquals([...rowsOf([trade("backfill"), trade("stream"), trade("recovered")]).kind], [WARM, TRADE, TRADE]);
});

Deno.test("a grid goes to whole steps and back without a trace", () => {
  const steps = fc.constantFrom(1e-8, 1e-5, 0.001, 0.01, 0.05, 0.25, 0.5, 1, 5, 0.3);
  fc.assert(fc.property(steps, fc.integer({ min: 0, max: 1e7 }), (step, n) => {
    const grid = createGrid(step);
    const value = grid.decimal(n);
    return grid.round(value) === n && grid.floor(value) === n && grid.ceil(value) === n &&
      value === Number((n * step).toPrecision(12));
  }));
  assertThrows(() => createGrid(0), RangeError, "step = 0, must be a positive number");
});

Deno.test("down is down and up is up, however many steps there are", () => {
  const steps = fc.constantFrom(1e-8, 0.01, 0.5, 1);
  const parts = fc.integer({ min: 2, max: 98 });
  fc.assert(fc.property(steps, fc.integer({ min: 1, max: 2 ** 43 }), parts, (step, n, percent) => {
    const grid = createGrid(step);
    const value = grid.decimal(100 * n + percent) / 100;
    assertEquals([grid.floor(value), grid.ceil(value)], [n, n + 1]);
  }));
});
