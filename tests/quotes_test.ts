import { assert, assertAlmostEquals, assertEquals, assertThrows } from "@std/assert";
import fc from "fast-check";
import { makeQuotes, refusal } from "../lib/quotes.ts";

Deno.test("makeQuotes() without rules is the bare formula", () => {
  const [bid, ask] = makeQuotes(60_000, 2, 0.4, 17, 0.05);
  assertAlmostEquals(bid, 60_000 - 0.8 - 0.85, 1e-9);
  assertAlmostEquals(ask, 60_000 + 0.8 - 0.85, 1e-9);
});

Deno.test("makeQuotes() rounds the bid down and the ask up", () => {
  assertEquals(makeQuotes(100, 1, 0.333, 0, 0, { tickSize: 0.1, lotSize: 1 }), [99.6, 100.4]);
  assertEquals(makeQuotes(100, 1, 0.3, 0, 0, { tickSize: 0.1, lotSize: 1 }), [99.7, 100.3]);
});

Deno.test("makeQuotes() never takes: the touch bounds both prices", () => {
  const rules = { tickSize: 0.01, lotSize: 1, bestBid: 99.99, bestAsk: 100 };
  // Long: both prices skewed below the best bid; the ask must stay above it.
  assertEquals(makeQuotes(99.995, 0.1, 0.1, 1, 5, rules), [94.98, 100]);
  assertEquals(makeQuotes(99.995, 0.1, 0.1, 1, -5, rules), [99.99, 105.01]);
});

Deno.test("makeQuotes() keeps its two prices a tick apart when the half-spread rounds away", () => {
  assertEquals(makeQuotes(100, 0, 0, 0, 0, { tickSize: 0.5, lotSize: 1 }), [99.5, 100]);
  assertEquals(makeQuotes(100, 0, 0, 0, -1, { tickSize: 0.5, lotSize: 1 }), [100, 100.5]);
});

Deno.test("makeQuotes() on any grid: bid below ask, on the grid, and never nearer to the mid than the formula", () => {
  fc.assert(fc.property(
    fc.constantFrom(0.00000001, 0.00001, 0.0005, 0.01, 0.05, 0.25, 1, 5),
    fc.double({ min: 1, max: 1e5, noNaN: true }),
    fc.double({ min: 0, max: 50, noNaN: true }),
    fc.double({ min: -20, max: 20, noNaN: true }),
    (tickSize, ticks, half, q) => {
      const mid = ticks * tickSize * 100;
      const k = half * tickSize;
      const kappa = tickSize;
      const [rawBid, rawAsk] = makeQuotes(mid, k, 1, kappa, q);
      const [bid, ask] = makeQuotes(mid, k, 1, kappa, q, { tickSize, lotSize: 1 });
      const slack = 1e-8 * mid;
      assert(bid < ask, `${bid} < ${ask}`);
      assert(bid <= rawBid + slack && ask >= rawAsk - slack, `${bid} ${rawBid} ${rawAsk} ${ask}`);
      for (const price of [bid, ask]) {
        const steps = price / tickSize;
        assert(Math.abs(steps - Math.round(steps)) <= 1e-9 * Math.abs(steps) + 1e-6, `${price} on ${tickSize}`);
      }
    },
  ));
});

Deno.test("makeQuotes() throws for what is not a number, naming it", () => {
  assertThrows(() => makeQuotes(NaN, 1, 1, 1, 1), RangeError, "makeQuotes: mid = NaN, must be a finite number");
  assertThrows(() => makeQuotes(1, 1, Infinity, 1, 1), RangeError, "makeQuotes: tau = Infinity");
  assertThrows(() => makeQuotes(100, -1, 0.5, 0, 0), RangeError, "k * tau = -0.5, must be >= 0");
});

Deno.test("refusal() names the filter that an order breaks, at its very edge", () => {
  const rules = { tickSize: 0.01, lotSize: 0.001, minQty: 0.01, minNotional: 5 };
  assertEquals(refusal(500, 0.01, rules), undefined);
  assertEquals(refusal(499.99, 0.01, rules)?.includes("min_notional 5"), true);
  assertEquals(refusal(1e6, 0.009, rules)?.includes("min_qty 0.01"), true);
  assertEquals(refusal(0, 1, rules), "price = 0, must be > 0");
  assertEquals(refusal(1, 0, rules), "qty = 0, must be > 0");
});
