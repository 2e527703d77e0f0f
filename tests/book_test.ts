import { assertEquals } from "@std/assert";
import fc from "fast-check";
import { createBook, NO_ASK, NO_BID } from "../lib/book.ts";
import { BUY, SELL } from "../lib/tape.ts";

Deno.test("an empty book has no best prices and no mid", () => {
  const book = createBook();
  assertEquals([book.bestBid, book.bestAsk, book.mid, book.sound], [NO_BID, NO_ASK, undefined, false]);
});

Deno.test("a book is sound only while its best bid is below its best ask", () => {
  const book = createBook();
  book.set(BUY, 100, 1);
  assertEquals(book.sound, false);
  book.set(SELL, 101, 1);
  assertEquals([book.sound, book.mid], [true, 100.5]);
  book.set(BUY, 101, 1);
  assertEquals([book.sound, book.mid], [false, undefined]);
});

Deno.test("set() returns the quantity before", () => {
  const book = createBook();
  assertEquals([book.set(BUY, 5, 2), book.set(BUY, 5, 3), book.set(BUY, 5, 0), book.set(BUY, 5, 0)], [0, 2, 3, 0]);
});

Deno.test("a level without a price is no level, in an empty book either", () => {
  const book = createBook();
  for (const ticks of [NaN, Infinity, -Infinity]) assertEquals(book.set(BUY, ticks, 1), 0);
  assertEquals([book.bestBid, book.bestAsk, book.size(BUY)], [-Infinity, Infinity, 0]);
  book.set(BUY, 2 ** 40, 1);
  assertEquals([book.set(BUY, NaN, 1), book.set(BUY, NaN, 1)], [0, 0]);
  assertEquals([book.bestBid, book.size(BUY)], [2 ** 40, 1]);
});

Deno.test("shows() is false only deeper than the deepest level", () => {
  const book = createBook();
  book.set(BUY, 100, 1);
  book.set(BUY, 90, 1);
  assertEquals([101, 100, 95, 90, 89].map((t) => book.shows(BUY, t)), [true, true, true, true, false]);
  book.set(SELL, 110, 1);
  assertEquals([109, 110, 111].map((t) => book.shows(SELL, t)), [true, true, false]);
});

Deno.test("levels a million ticks apart come and go like any others: best price, number, quantities", () => {
  fc.assert(
    fc.property(fc.array(fc.tuple(fc.boolean(), fc.nat(400), fc.boolean()), { maxLength: 1500 }), (changes) => {
      const book = createBook();
      const model = new Map<number, number>();
      const price = (n: number) => 6e12 - n * 1e6;
      // The best go first, so that many are gone at once.
      const all = [
        ...Array.from({ length: 400 }, (_, n) => [false, n, true] as const),
        ...Array.from({ length: 390 }, (_, n) => [true, n, false] as const),
        ...changes,
      ];
      for (const [best, n, stays] of all) {
        const ticks = best && model.size > 0 ? Math.max(...model.keys()) : price(n);
        assertEquals(book.set(BUY, ticks, stays ? n + 1 : 0), model.get(ticks) ?? 0);
        if (stays) model.set(ticks, n + 1);
        else model.delete(ticks);
        assertEquals(book.bestBid, Math.max(...model.keys(), NO_BID));
        assertEquals(book.size(BUY), model.size);
      }
      assertEquals(book.top(BUY, Infinity), [...model].sort((a, b) => b[0] - a[0]));
    }),
    { numRuns: 20 },
  );
});

Deno.test("best prices and top() equal a sorted list's, whatever was set and removed", () => {
  const change = fc.tuple(
    fc.constantFrom(BUY, SELL),
    fc.oneof(fc.integer({ min: 1, max: 30 }), fc.integer({ min: 1, max: 100_000 })),
    fc.integer({ min: 0, max: 2 }),
  );
  fc.assert(fc.property(fc.array(change, { maxLength: 200 }), (changes) => {
    const book = createBook();
    const bids = new Map<number, number>();
    const asks = new Map<number, number>();
    for (const [side, ticks, qty] of changes) {
      book.set(side, ticks, qty);
      const levels = side === BUY ? bids : asks;
      if (qty > 0) levels.set(ticks, qty);
      else levels.delete(ticks);
      const sortedBids = [...bids].sort((a, b) => b[0] - a[0]);
      const sortedAsks = [...asks].sort((a, b) => a[0] - b[0]);
      assertEquals(book.bestBid, sortedBids[0]?.[0] ?? NO_BID);
      assertEquals(book.bestAsk, sortedAsks[0]?.[0] ?? NO_ASK);
      assertEquals(book.top(BUY, 3), sortedBids.slice(0, 3));
      assertEquals(book.top(SELL, 3), sortedAsks.slice(0, 3));
    }
  }));
});
