import { assert, assertEquals, assertGreater } from "@std/assert";
import { actual, predict, truth } from "../bench/queue_truth.ts";

Deno.test("where the queue is known, touch fills everything that is filled, through and risk-averse no more, and the shared queues lie between", () => {
  const { tape, orders } = truth(240, 3);
  const real = actual(orders, tape);
  assertGreater(real.both, 30);
  assertGreater(orders.length - real.both, 10);
  const touch = predict(tape, orders, "touch");
  const cautious = predict(tape, orders, "risk_averse");
  const through = predict(tape, orders, "through");
  assertEquals(touch.missed, 0);
  assert(touch.delay <= 0 && through.delay >= 0, `${touch.delay} ${through.delay}`);
  assertEquals(cautious.early, 0);
  assertEquals(through.early, 0);
  for (const [name, power] of [["log", 1], ["power", 1], ["power", 2]] as const) {
    const shared = predict(tape, orders, name, power);
    assert(shared.fillRatio <= touch.fillRatio && shared.fillRatio >= cautious.fillRatio);
  }
  assert(touch.fillRatio >= real.fillRatio && real.fillRatio >= cautious.fillRatio);
});
