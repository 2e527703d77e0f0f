import { assertEquals, assertThrows } from "@std/assert";
import fc from "fast-check";
import { createAccount } from "testnet/engine/account.ts";
import { commissionOf, NO_RATES, type Rates, standardCommissions } from "testnet/engine/commission.ts";
import { divide, floorTo, formatUnits, multiply, ONE, parseMoney, units } from "testnet/engine/money.ts";

const commissions = standardCommissions(0n, 0n);
const amount = fc.bigInt({ min: 0n, max: 10n ** 20n });

Deno.test("`parseMoney()` and `formatUnits()` are each other's inverse, and nothing is rounded in silence", () => {
  fc.assert(fc.property(amount, (value) => assertEquals(parseMoney(formatUnits(value)), value)));
  assertEquals(parseMoney("0.1"), 10_000_000n);
  assertEquals(parseMoney("12"), 12n * ONE);
  assertEquals(parseMoney("0.123456789"), undefined);
  assertEquals(parseMoney("0.1000000000"), 10_000_000n);
  for (const bad of ["", "-1", "1e-7", ".5", "1.", "NaN", " 1"]) assertThrows(() => parseMoney(bad), RangeError);
});

Deno.test("products and quotients are cut off, never rounded up", () => {
  fc.assert(fc.property(amount, fc.bigInt({ min: 1n, max: 10n ** 14n }), (a, b) => {
    const product = multiply(a, b);
    assertEquals(product * ONE <= a * b && a * b < (product + 1n) * ONE, true);
    const ratio = divide(a, b);
    assertEquals(ratio * b <= a * ONE && a * ONE < (ratio + 1n) * b, true);
    const floored = floorTo(a, b);
    assertEquals(floored % b === 0n && floored <= a && a - floored < b, true);
  }));
  assertThrows(() => divide(1n, 0n), RangeError);
});

Deno.test("an account moves amounts between free and locked and never has less than nothing", () => {
  const account = createAccount({ id: 7, commissions, balances: { BTC: units("2") } });
  account.lock("BTC", units("1.5"));
  assertEquals(account.balance("BTC"), { free: units("0.5"), locked: units("1.5") });
  account.release("BTC", units("0.25"));
  account.spend("BTC", units("1.25"));
  assertEquals(account.balance("BTC"), { free: units("0.75"), locked: 0n });
  account.credit("USDT", 1n);
  assertEquals(account.assets, ["BTC", "USDT"]);
  const error = assertThrows(() => account.lock("BTC", units("0.75000001")), RangeError);
  assertEquals(
    error.message,
    "account 7: BTC free 0.75000000 − 0.75000001, locked 0.00000000 + 0.75000001, must be 0 or more",
  );
  for (const change of ["release", "spend"] as const) assertThrows(() => account[change]("BTC", 1n), RangeError);
  assertThrows(() => account.credit("BTC", -units("1")), RangeError);
  for (const change of ["lock", "release", "spend"] as const) {
    assertThrows(() => account[change]("BTC", -1n), RangeError);
  }
  assertEquals(account.balance("BTC"), { free: units("0.75"), locked: 0n });
});

Deno.test("an unlimited account may owe", () => {
  const world = createAccount({ id: 0, commissions, unlimited: true });
  world.credit("BTC", -units("3"));
  assertEquals(world.balance("BTC").free, -units("3"));
});

/** The figures of Binance's commission FAQ. */
const rates = (maker: string, taker: string, buyer: string, seller: string): Rates => ({
  maker: units(maker),
  taker: units(taker),
  buyer: units(buyer),
  seller: units(seller),
});
const FAQ = {
  standard: rates("0.00000010", "0.00000020", "0.00000030", "0.00000040"),
  special: rates("0.01000000", "0.02000000", "0.03000000", "0.04000000"),
  tax: rates("0.00000112", "0.00000114", "0.00000118", "0.00000116"),
};
const SALE = {
  side: "SELL",
  maker: false,
  price: units("35000"),
  qty: units("0.49975"),
  quoteQty: units("17491.25"),
  base: "BTC",
  quote: "USDT",
} as const;

Deno.test("commission: the received amount times taker and seller rate, as in Binance's commission FAQ", () => {
  const one = (part: Partial<typeof FAQ>) =>
    commissionOf(SALE, { standard: NO_RATES, special: NO_RATES, tax: NO_RATES, ...part }, 0n);
  assertEquals(one({ standard: FAQ.standard }), { asset: "USDT", amount: units("0.01049475") });
  assertEquals(one({ special: FAQ.special }), { asset: "USDT", amount: units("1049.475") });
  // The FAQ prints 0.04022988; 17491.25 x 0.0000023 is 0.040229875, and an account is never charged more than that.
  assertEquals(one({ tax: FAQ.tax }), { asset: "USDT", amount: units("0.04022987") });
  const bought = { ...SALE, side: "BUY" } as const;
  assertEquals(commissionOf(bought, { ...FAQ, special: NO_RATES, tax: NO_RATES }, 0n), {
    asset: "BTC",
    amount: multiply(units("0.49975"), units("0.0000005")),
  });
});

Deno.test("commission: a discount is paid in its own asset, on the standard part alone, and only while there is enough", () => {
  const discount = { asset: "BNB", rate: units("0.25"), price: units("260") };
  const standard = { ...FAQ, special: NO_RATES, tax: NO_RATES, discount };
  // 0.01049475 USDT at 260 USDT per BNB, a quarter off.
  const amount = multiply(divide(units("0.01049475"), units("260")), units("0.75"));
  assertEquals(commissionOf(SALE, standard, amount), { asset: "BNB", amount });
  assertEquals(commissionOf(SALE, standard, amount - 1n), { asset: "USDT", amount: units("0.01049475") });
  const special = { ...FAQ, standard: NO_RATES, tax: NO_RATES, discount };
  assertEquals(commissionOf(SALE, special, ONE * 10n), {
    asset: "BNB",
    amount: divide(units("1049.475"), units("260")),
  });
  assertThrows(() => standardCommissions(-1n, 0n), RangeError);
  assertThrows(() => standardCommissions(0n, ONE), RangeError);
});
