import { assertAlmostEquals, assertEquals, assertThrows } from "@std/assert";
import fc from "fast-check";
import { createInventory } from "../lib/inventory.ts";
import type { Fill, Side } from "../lib/types.ts";

function fill(id: string, side: Side, priceTicks: number, lots: number, fee = 0): Fill {
  return {
    type: "fill",
    id,
    orderId: "1",
    side,
    priceTicks,
    lots,
    price: priceTicks / 100,
    qty: lots / 1000,
    liquidity: "maker",
    fee,
    feeCurrency: "USDT",
    exchTs: 0,
    localTs: 0,
    mid: 0,
    spread: 0,
    quoteId: 1,
  };
}

const options = { tickSize: 0.01, lotSize: 0.001, qMax: 0.1, hedgeAt: 0.08 };

Deno.test("fees count in quote currency as far as their value is known, and what is held at the start is counted", () => {
  const inventory = createInventory({ ...options, base: "BTC", quote: "USDT", opening: { lots: 5, priceTicks: 100 } });
  assertEquals([inventory.lots, inventory.grossEquity(1)], [5, 0]);
  inventory.update({ ...fill("1", "buy", 100, 1, 0.5), feeCurrency: "BNB", feeInQuote: 300 });
  inventory.update({ ...fill("2", "buy", 100, 1, 0.25), feeCurrency: "BNB" });
  inventory.update({ ...fill("3", "buy", 100, 1, 0.001), feeCurrency: "BTC", mid: 2000 });
  inventory.update(fill("4", "buy", 100, 1, 7));
  assertEquals([inventory.feesInQuote, inventory.fees.get("BNB")], [309, 0.75]);
});

Deno.test("update() books every fill once, by its id", () => {
  const inventory = createInventory(options);
  assertEquals(inventory.update(fill("a", "buy", 5_000_000, 30, 1.5)), true);
  assertEquals(inventory.update(fill("a", "buy", 5_000_000, 30, 1.5)), false);
  assertEquals(inventory.update(fill("b", "sell", 5_001_000, 1, 0.05)), true);
  assertEquals(inventory.position, 0.029);
  assertAlmostEquals(inventory.cash, -0.03 * 50_000 + 0.001 * 50_010, 1e-9);
  assertAlmostEquals(inventory.fees.get("USDT")!, 1.55, 1e-12);
});

Deno.test("room() counts what rests on the same side, and never is negative", () => {
  const inventory = createInventory(options);
  inventory.update(fill("a", "buy", 100, 60));
  assertEquals(inventory.room("buy", 0), 40);
  assertEquals(inventory.room("buy", 30), 10);
  assertEquals(inventory.room("buy", 70), 0);
  assertEquals(inventory.room("sell", 0), 160);
});

Deno.test("the hedge flag goes up at its threshold, either side", () => {
  const inventory = createInventory(options);
  inventory.update(fill("a", "sell", 100, 79));
  assertEquals(inventory.shouldHedge, false);
  inventory.update(fill("b", "sell", 100, 1));
  assertEquals(inventory.shouldHedge, true);
});

Deno.test("money does not drift: what is bought and sold back at the same prices leaves exactly nothing", () => {
  const trade = fc.record({
    priceTicks: fc.integer({ min: 1, max: 9_999_999 }),
    lots: fc.integer({ min: 1, max: 1e6 }),
  });
  fc.assert(fc.property(fc.array(trade, { maxLength: 200 }), (trades) => {
    const inventory = createInventory(options);
    trades.forEach((t, i) => inventory.update(fill(`b${i}`, "buy", t.priceTicks, t.lots)));
    trades.toReversed().forEach((t, i) => inventory.update(fill(`s${i}`, "sell", t.priceTicks, t.lots)));
    return inventory.lots === 0 && Object.is(inventory.position, 0) && Math.abs(inventory.cash) === 0;
  }));
});

Deno.test("createInventory() throws for a cap that is not positive", () => {
  assertThrows(() => createInventory({ ...options, qMax: 0 }), RangeError, "risk.q_max = 0, must be > 0");
});
