import { assert, assertEquals } from "@std/assert";
import fc from "fast-check";
import { createTrackedOrder, type OrderFact } from "../lib/order_state.ts";

const order = () => createTrackedOrder({ clientId: "mb-1", lots: 10, voidMs: 1000 });
const report = (status: "open" | "filled" | "cancelled", executedLots: number): OrderFact => ({
  kind: "report",
  report: { orderId: "7", status, executedLots },
});
const refused: OrderFact = { kind: "refused", reason: "no", wouldTake: true };

/** Everything that a venue ever says of an order that was partly filled and then cancelled, and its trades. */
const HISTORY: readonly OrderFact[] = [
  report("open", 0),
  { kind: "trade", lots: 3 },
  report("open", 3),
  { kind: "trade", lots: 2 },
  report("cancelled", 5),
];

Deno.test("the order in which facts come, and reports that come twice or never, change nothing in the end", () => {
  const shuffled = fc.shuffledSubarray([...HISTORY], { minLength: HISTORY.length }).chain((facts) =>
    fc.array(fc.constantFrom(...facts.filter(({ kind }) => kind === "report"), { kind: "silence" } as OrderFact)).map(
      (again) => [...facts, ...again],
    )
  );
  fc.assert(fc.property(shuffled, (facts) => {
    const one = order();
    for (const fact of facts) one.take(fact);
    assertEquals([one.state, one.executedLots, one.bookedLots, one.openLots], ["cancelled", 5, 5, 0]);
    assert(one.isSettled);
  }));
});

Deno.test("an order is settled only when every execution is booked, and counts against the cap until then", () => {
  const one = order();
  one.take(report("open", 0));
  assertEquals(one.openLots, 10);
  one.take(report("cancelled", 4));
  assertEquals([one.isOver, one.isSettled, one.openLots], [true, false, 4]);
  one.take({ kind: "trade", lots: 4 });
  assertEquals([one.isSettled, one.openLots], [true, 0]);
  // A fill that the venue made before the cancel and tells after it.
  one.take({ kind: "trade", lots: 1 });
  assertEquals([one.state, one.executedLots, one.bookedLots], ["cancelled", 5, 5]);
});

Deno.test("without an answer an order is unknown, and not absent before its request is void", () => {
  const one = order();
  one.take({ kind: "silence" });
  assertEquals([one.state, one.openLots], ["unknown", 10]);
  assertEquals(one.take({ kind: "missing", askedMs: 1000 }), false);
  assertEquals(one.state, "unknown");
  one.take({ kind: "missing", askedMs: 1001 });
  assertEquals([one.state, one.isSettled, one.openLots], ["absent", true, 0]);
});

Deno.test("what was concluded gives way to what the venue shows; what it said of an end does not", () => {
  for (const conclusion of [refused, { kind: "missing", askedMs: 2000 } as OrderFact]) {
    const one = order();
    one.take(conclusion);
    assert(one.isOver);
    one.take(report("open", 0));
    assertEquals([one.state, one.orderId], ["open", "7"]);
    one.take(report("filled", 10));
    one.take(report("open", 2));
    one.take(refused);
    assertEquals([one.state, one.executedLots], ["filled", 10]);
  }
});

Deno.test("an amendment makes an order smaller, and an older report does not make it larger again", () => {
  const one = order();
  const amended = { kind: "report", report: { orderId: "7", status: "open", executedLots: 1, lots: 6 } } as const;
  one.take(amended);
  one.take({ kind: "report", report: { ...amended.report, lots: 10, executedLots: 0 } });
  assertEquals([one.lots, one.openLots, one.executedLots], [6, 6, 1]);
  one.take({ kind: "trade", lots: 6 });
  assertEquals([one.state, one.isSettled], ["filled", true]);
});
