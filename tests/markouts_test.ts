import { assert, assertEquals, assertThrows } from "@std/assert";
import { createMarkouts } from "../lib/params.ts";

function collect(horizonUs = 100) {
  const got: [adverseSelection: number, tau: number, ts: number][] = [];
  return { got, markouts: createMarkouts({ horizonUs, deliver: (as, tau, ts) => got.push([as, tau, ts]) }) };
}

Deno.test("createMarkouts() delivers a trade's markout when its horizon is over, and not before", () => {
  const { got, markouts } = collect();
  markouts.observe(10, 10, 1, 50, 0.3);
  markouts.advance(109, 51);
  assertEquals(got, []);
  markouts.advance(110, 52);
  assertEquals(got, [[2, 0.3, 10]]);
  assertEquals(markouts.pending, 0);
});

Deno.test("createMarkouts() uses the mid in force at the horizon, however late the next event comes", () => {
  const { got, markouts } = collect();
  markouts.observe(0, 0, 1, 50, 0.3);
  markouts.advance(40, 50); // the mid becomes 53 at 40
  markouts.advance(9_000, 53); // and changes again only now
  assertEquals(got, [[3, 0.3, 0]]);
});

Deno.test("createMarkouts() counts a fall of the mid as the gain of a seller", () => {
  const { got, markouts } = collect();
  markouts.observe(0, 0, -1, 50, 0.3);
  markouts.advance(100, 48);
  assertEquals(got, [[2, 0.3, 0]]);
});

Deno.test("createMarkouts() takes consecutive prints of one side and time for one order", () => {
  const { got, markouts } = collect();
  assert(markouts.observe(5, 1, 1, 50, 0.3));
  assert(!markouts.observe(5, 1, 1, 50.5, 0.4));
  assert(markouts.observe(5, 1, -1, 50.5, 0.4), "the other side is another order");
  assert(markouts.observe(6, 2, -1, 50.5, 0.4), "a later time is another order");
  markouts.advance(500, 51);
  assertEquals(got, [[1, 0.3, 5], [-0.5, 0.4, 5], [-0.5, 0.4, 6]]);
});

Deno.test("createMarkouts() delivers in the order of the trades, however many wait", () => {
  const { got, markouts } = collect(1_000);
  for (let i = 0; i < 5_000; i++) {
    markouts.advance(i, i);
    markouts.observe(i, i, 1, i, i);
  }
  assertEquals(markouts.pending, 1_000);
  markouts.advance(10_000, 5_000);
  assertEquals(got.map(([, , ts]) => ts), Array.from({ length: 5_000 }, (_, i) => i));
  assertEquals(got[17], [1_000, 17, 17]);
});

Deno.test("createMarkouts() forgets what waits when the market was unknown", () => {
  const { got, markouts } = collect();
  markouts.observe(0, 0, 1, 50, 0.3);
  markouts.clear();
  markouts.advance(500, 60);
  assertEquals(got, []);
  assert(markouts.observe(600, 0, 1, 60, 0.3));
});

Deno.test("createMarkouts() refuses a horizon of no length and times that go back", () => {
  assertThrows(() => collect(0), RangeError, "horizonUs = 0");
  const { markouts } = collect();
  markouts.observe(5, 5, 1, 50, 0.3);
  assertThrows(() => markouts.observe(4, 4, 1, 50, 0.3), RangeError, "time 4 after 5");
});
