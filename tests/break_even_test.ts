import { assertEquals, assertThrows } from "@std/assert";
import { breakEvenLatency } from "../lib/break_even.ts";

const curve = (...grosses: number[]) => grosses.map((gross, i) => ({ latency: i / 10, gross, standardError: 0.4 }));

Deno.test("breakEvenLatency() lies on the line between the last gain and the first loss", () => {
  assertEquals(breakEvenLatency(curve(3, 1, -1, 5)), { kind: "crosses", latency: 0.15000000000000002, isTold: true });
  assertEquals(breakEvenLatency([...curve(3, 1, -1)].reverse()).kind, "crosses");
});

Deno.test("breakEvenLatency() says so where there is none", () => {
  assertEquals(breakEvenLatency(curve(-1, -2)), { kind: "never", isTold: true });
  assertEquals(breakEvenLatency(curve(1, 2)), { kind: "always", isTold: true });
  assertThrows(() => breakEvenLatency([]), RangeError, "no points");
});

Deno.test("breakEvenLatency() is not told where either side is within two standard errors", () => {
  assertEquals(breakEvenLatency(curve(0.7, -3)).isTold, false);
  assertEquals(breakEvenLatency(curve(3, -0.7)).isTold, false);
  assertEquals(breakEvenLatency(curve(-0.7, -0.3)).isTold, false);
});
