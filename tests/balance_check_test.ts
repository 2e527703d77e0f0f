import { assertEquals } from "@std/assert";
import { createBalanceCheck } from "../lib/balance_check.ts";
import { createRandom } from "../lib/random.ts";

/** Decimal text of so many units of 1e-8, as a venue tells it. */
const text = (units: bigint) => `${units / 100_000_000n}.${String(units % 100_000_000n).padStart(8, "0")}`;

Deno.test("balances so large that a number cannot hold each of their 1e-8 are not called different, and one that differs is", () => {
  const random = createRandom(5);
  for (let i = 0; i < 300; i++) {
    const check = createBalanceCheck({ base: "PEPE", quote: "USDT" });
    let held = BigInt(random.integer(2 ** 31)) * 10_000_000_000n + BigInt(random.integer(2 ** 31));
    check.open({ PEPE: Number(text(held)), USDT: 1000 });
    const trade = { id: "1", orderId: "1", clientId: undefined, side: "buy", liquidity: "maker", exchTs: 0 } as const;
    for (let n = 0; n < 5; n++) {
      const units = BigInt(random.integer(2 ** 31)) * 100n;
      held += units;
      check.trade({ ...trade, price: 0, qty: Number(text(units)), fee: 0, feeCurrency: undefined });
    }
    const difference = (units: bigint) =>
      check.compare({ PEPE: Number(text(held + units)), USDT: 1000 }).map((row) => row.difference);
    assertEquals(difference(0n), [0, 0]);
    assertEquals(difference(1_000_000n)[0]! > 0, true);
  }
  const small = createBalanceCheck({ base: "BTC", quote: "USDT" });
  small.open({ BTC: 1, USDT: 1e6 });
  assertEquals(small.compare({ BTC: 1.00000001, USDT: 1e6 })[0]?.difference, 1e-8);
});
