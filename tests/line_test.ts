import { assertEquals } from "@std/assert";
import { createLine } from "../lib/line.ts";

Deno.test("a line gives back in the order in which it was filled, however often it grows and runs around", () => {
  const line = createLine<number>();
  const expected: number[] = [];
  assertEquals([line.first, line.last, line.shift()], [undefined, undefined, undefined]);
  for (let i = 0; i < 1000; i++) {
    // Longer for a while, then empty again.
    if ((i * 7919) % 100 < (i < 500 ? 70 : 30)) {
      line.push(i);
      expected.push(i);
    } else assertEquals(line.shift(), expected.shift());
    assertEquals([line.first, line.last], [expected[0], expected.at(-1)]);
  }
  while (expected.length > 0) assertEquals(line.shift(), expected.shift());
  assertEquals(line.first, undefined);
});
