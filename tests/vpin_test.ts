import { assert, assertAlmostEquals, assertEquals, assertThrows } from "@std/assert";
import { createVpin, updateVpin, vpinFloor, type VpinOptions } from "../lib/features.ts";
import { createRandom } from "../lib/random.ts";
import type { Side, Trade } from "../lib/types.ts";

type Print = readonly [qty: number, side: Side];

function run(prints: readonly Print[], options: VpinOptions) {
  const vpin = createVpin(options);
  for (const [qty, side] of prints) vpin.update(qty, side);
  return vpin;
}

function randomPrints(count: number, seed: number, size = () => 1): Print[] {
  const random = createRandom(seed);
  return Array.from({ length: count }, () => [size(), random.sign() > 0 ? "buy" : "sell"] as const);
}

Deno.test("createVpin() is undefined until all buckets are complete, or minBuckets where given", () => {
  const all = createVpin({ bucketVolume: 2, buckets: 3 });
  const some = createVpin({ bucketVolume: 2, buckets: 3, minBuckets: 1 });
  const known = [1, 2, 3, 4, 5, 6].map(() => {
    all.update(1, "buy");
    some.update(1, "buy");
    return [all.tau !== undefined, some.tau !== undefined];
  });
  assertEquals(known.map(([a]) => a), [false, false, false, false, false, true]);
  assertEquals(known.map(([, b]) => b), [false, true, true, true, true, true]);
});

Deno.test("createVpin() is 1 for one-sided flow and 0 where each bucket balances", () => {
  assertEquals(run(Array.from({ length: 70 }, () => [0.3, "buy"] as const), { bucketVolume: 1, buckets: 20 }).tau, 1);
  assertEquals(
    run(Array.from({ length: 80 }, (_, i) => [0.5, i % 2 ? "buy" : "sell"] as const), { bucketVolume: 1, buckets: 20 })
      .tau,
    0,
  );
});

Deno.test("createVpin() splits a print that overfills a bucket", () => {
  // Buckets of 10: 6 bought + 4 sold, 10 sold, 1 sold + 9 bought.
  const vpin = run([[6, "buy"], [15, "sell"], [9, "buy"]], { bucketVolume: 10, buckets: 3 });
  assertEquals(vpin.complete, 3);
  assertAlmostEquals(vpin.tau!, (2 + 10 + 8) / 30, 1e-15);
});

Deno.test("createVpin() averages over the last complete buckets only", () => {
  const vpin = run([[5, "buy"], [5, "sell"], [10, "buy"], [7, "sell"], [3, "buy"], [9, "buy"]], {
    bucketVolume: 10,
    buckets: 2,
  });
  assertAlmostEquals(vpin.tau!, (10 + 4) / 20, 1e-15);
});

Deno.test("createVpin() completes a bucket of 1 with ten prints of 0.1, or three of 1/3", () => {
  assertEquals(
    run(Array.from({ length: 10 }, () => [0.1, "buy"] as const), { bucketVolume: 1, buckets: 1 }).complete,
    1,
  );
  assertEquals(
    run(Array.from({ length: 9 }, () => [1 / 3, "buy"] as const), { bucketVolume: 1, buckets: 1 }).complete,
    3,
  );
  assertEquals(run([[1.2, "buy"]], { bucketVolume: 0.1, buckets: 5 }).complete, 12);
});

Deno.test("createVpin() takes a print of a billion buckets in its stride", () => {
  const vpin = run([[0.5, "sell"], [1e9, "buy"], [0.5, "sell"]], { bucketVolume: 1, buckets: 4 });
  assertEquals(vpin.complete, 1e9 + 1);
  // The last bucket is half bought, half sold.
  assertAlmostEquals(vpin.tau!, 3 / 4, 1e-12);
});

Deno.test("createVpin() does not drift over a million prints", () => {
  const prints = randomPrints(1_000_000, 5, () => 0.02);
  const long = run(prints, { bucketVolume: 1, buckets: 50 });
  assertEquals(long.complete, 20_000);
  const fresh = run(prints.slice(-2_500), { bucketVolume: 1, buckets: 50 });
  assertAlmostEquals(long.tau!, fresh.tau!, 1e-13);
  assertAlmostEquals(long.floor!, fresh.floor!, 1e-13);
});

Deno.test("createVpin() in trades mode has buckets of so many average trades", () => {
  const equal = run(randomPrints(500, 1), { bucketTrades: 10, buckets: 50 });
  assertEquals(equal.complete, 50);
  assertEquals(equal.tau, run(randomPrints(500, 1), { bucketVolume: 10, buckets: 50 }).tau);
  assertAlmostEquals(
    run([[1, "buy"], [3, "buy"], [5, "sell"]], { bucketTrades: 2, buckets: 9 }).bucketVolume!,
    6,
    1e-12,
  );
  assertEquals(createVpin({ bucketTrades: 10, buckets: 50 }).bucketVolume, undefined);
});

Deno.test("createVpin() on random flow averages its floor, not zero", () => {
  const random = createRandom(9);
  for (const size of [() => 1, () => -Math.log(1 - random.uniform())]) {
    let tau = 0, floor = 0;
    const runs = 40;
    for (let seed = 0; seed < runs; seed++) {
      const vpin = run(randomPrints(5_000, seed + 1, size), { bucketVolume: 50, buckets: 90 });
      tau += vpin.tau! / runs;
      floor += vpin.floor! / runs;
    }
    // 3,600 buckets, each with a relative deviation of 0.76 or so.
    assertAlmostEquals(tau / floor, 1, 4 * 0.76 / 60);
  }
});

Deno.test("prints of one side and time are one order: a coin an order averages the floor, whatever its prints", () => {
  const random = createRandom(21);
  let tau = 0, floor = 0, printed = 0;
  const runs = 40;
  for (let at = 0; at < runs; at++) {
    const options = { bucketVolume: 50, buckets: 90 };
    const [byOrder, byPrint] = [createVpin(options), createVpin(options)];
    for (let order = 0; order < 2000; order++) {
      const side = random.sign() > 0 ? "buy" : "sell";
      for (let left = 1 + random.integer(5); left > 0; left--) {
        byOrder.update(1, side, order);
        byPrint.update(1, side);
      }
    }
    assertEquals(byOrder.tau, byPrint.tau);
    tau += byOrder.tau! / runs;
    floor += byOrder.floor! / runs;
    printed += byPrint.floor! / runs;
  }
  assertAlmostEquals(tau / floor, 1, 4 * 0.76 / 60);
  assert(printed < 0.7 * floor, "each print a coin would be less one-sided");
});

Deno.test("vpinFloor() is C(N, N/2)/2^N for even N and continuous between", () => {
  let central = 1;
  for (let n = 2; n <= 400; n += 2) {
    central *= (n - 1) / n;
    assertAlmostEquals(vpinFloor(n), central, 1e-14);
  }
  assertEquals(vpinFloor(1), 1);
  assertAlmostEquals(vpinFloor(1e8), Math.sqrt(2 / (Math.PI * 1e8)), 1e-12);
  for (let n = 1; n < 6; n += 0.01) assert(vpinFloor(n + 0.01) < vpinFloor(n));
  assertThrows(() => vpinFloor(0.5), RangeError, "prints = 0.5");
});

Deno.test("createVpin() refuses bad options and prints, and says which", () => {
  assertThrows(() => createVpin({ buckets: 5 }), RangeError, "bucketVolume = undefined");
  assertThrows(() => createVpin({ bucketVolume: 0, buckets: 5 }), RangeError, "bucketVolume = 0");
  assertThrows(() => createVpin({ bucketVolume: 1, buckets: 1.5 }), RangeError, "buckets = 1.5");
  assertThrows(() => createVpin({ bucketVolume: 1, buckets: 5, minBuckets: 6 }), RangeError, "minBuckets = 6");
  const vpin = createVpin({ bucketVolume: 1, buckets: 5 });
  for (const qty of [0, -1, NaN, Infinity]) assertThrows(() => vpin.update(qty, "buy"), RangeError, `qty = ${qty}`);
});

Deno.test("updateVpin() is the stream over a list of trades", () => {
  const prints = randomPrints(300, 4);
  const trades = prints.map(([qty, side], i): Trade => (
    { type: "trade", symbol: "X", id: `${i}`, side, price: 1, qty, exchTs: i, localTs: i }
  ));
  const options = { bucketVolume: 7, buckets: 20 };
  assertEquals(updateVpin(trades, options), run(prints, options).tau);
  assertEquals(updateVpin([], options), undefined);
});
