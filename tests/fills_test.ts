import { assertAlmostEquals, assertEquals, assertThrows } from "@std/assert";
import fc from "fast-check";
import { createQueue, type QueueModel } from "../lib/fills.ts";

const MODELS: QueueModel[] = ["riskAverse", { power: 1 }, { power: 3 }, "log"];

Deno.test("createQueue() starts behind the whole level", () => {
  for (const model of MODELS) assertEquals(createQueue(model, 7.5).ahead, 7.5);
});

Deno.test("createQueue() lets a trade take from the front, and goes below zero by what traded past us", () => {
  for (const model of MODELS) {
    const queue = createQueue(model, 2);
    queue.trade(1.5);
    assertEquals(queue.ahead, 0.5);
    queue.trade(2);
    assertEquals(queue.ahead, -1.5);
  }
});

Deno.test("the risk-averse queue only moves up when the level gets smaller than what was ahead", () => {
  const queue = createQueue("riskAverse", 5);
  queue.depth(5, 9);
  assertEquals(queue.ahead, 5);
  queue.depth(9, 6);
  assertEquals(queue.ahead, 5);
  queue.depth(6, 4);
  assertEquals(queue.ahead, 4);
});

Deno.test("the power queue shares a decrease by p = back^n / (back^n + front^n)", () => {
  // Level 10, 4 ahead, 6 behind; 2 cancelled: linear p = 6/10, so 0.8 of it was ahead.
  const linear = createQueue({ power: 1 }, 4);
  linear.depth(4, 10);
  linear.depth(10, 8);
  assertAlmostEquals(linear.ahead, 4 - 0.4 * 2, 1e-12);
  const cubic = createQueue({ power: 3 }, 4);
  cubic.depth(4, 10);
  cubic.depth(10, 8);
  assertAlmostEquals(cubic.ahead, 4 - (1 - 216 / (216 + 64)) * 2, 1e-12);
});

Deno.test("the log queue shares a decrease by p = ln(1+back) / (ln(1+back) + ln(1+front))", () => {
  const queue = createQueue("log", 4);
  queue.depth(4, 10);
  queue.depth(10, 8);
  const p = Math.log(7) / (Math.log(7) + Math.log(5));
  assertAlmostEquals(queue.ahead, 4 - (1 - p) * 2, 1e-12);
});

Deno.test("a decrease that trades explain is not counted twice", () => {
  for (const model of [{ power: 1 }, "log"] as const) {
    const queue = createQueue(model, 4);
    queue.depth(4, 10);
    queue.trade(3);
    assertEquals(queue.ahead, 1);
    queue.depth(10, 7);
    assertEquals(queue.ahead, 1);
  }
});

Deno.test("what cannot have been behind us was ahead", () => {
  // 1 behind, 9 ahead, 5 leave: at p = 0.1 half a unit is taken from behind, the rest from the front.
  const queue = createQueue({ power: 1 }, 9);
  queue.depth(9, 10);
  queue.depth(10, 5);
  assertAlmostEquals(queue.ahead, Math.min(9 - 0.9 * 5 + Math.min(1 - 0.1 * 5, 0), 5), 1e-12);
});

Deno.test("toFront() forgets what traded past us", () => {
  for (const model of MODELS) {
    const queue = createQueue(model, 1);
    queue.trade(4);
    queue.toFront();
    assertEquals(queue.ahead, 0);
  }
});

Deno.test("while something is ahead of us it is never larger than the level, and never grows", () => {
  const step = fc.record({ next: fc.double({ min: 0, max: 100, noNaN: true }), trade: fc.boolean() });
  fc.assert(fc.property(
    fc.constantFrom(...MODELS),
    fc.double({ min: 0, max: 100, noNaN: true }),
    fc.array(step, { maxLength: 50 }),
    (model, ahead, steps) => {
      const queue = createQueue(model, ahead);
      let level = ahead;
      let before = queue.ahead;
      for (const { next, trade } of steps) {
        if (trade) {
          queue.trade(next / 50);
        } else {
          queue.depth(level, next);
          level = next;
          if (queue.ahead > level + 1e-9) return false;
        }
        if (queue.ahead > before + 1e-9) return false;
        // What traded past us has filled us: from here on the broker puts us at the front.
        if (queue.ahead < 0) queue.toFront();
        before = queue.ahead;
      }
      return true;
    },
  ));
});

Deno.test("createQueue() throws for an impossible quantity or power", () => {
  assertThrows(() => createQueue("log", -1), RangeError, "ahead = -1, must be >= 0");
  assertThrows(() => createQueue("log", NaN), RangeError, "ahead = NaN");
  assertThrows(() => createQueue({ power: 0 }, 1), RangeError, "fills.power = 0, must be > 0");
});
