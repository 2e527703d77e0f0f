import { assert, assertAlmostEquals, assertEquals, assertThrows } from "@std/assert";
import { createGamma, createK, kappa, type Markout, regressMarkouts } from "../lib/params.ts";
import { createRandom } from "../lib/random.ts";

Deno.test("kappa() divides by n, n + 1, or not at all", () => {
  const p = { gamma: 0.1, sigma: 5, delta: 60, n: 10 };
  assertAlmostEquals(kappa(p), 15, 1e-12);
  assertAlmostEquals(kappa({ ...p, denominator: "n+1" }), 150 / 11, 1e-12);
  assertAlmostEquals(kappa({ ...p, denominator: "own" }), 150, 1e-12);
});

Deno.test("kappa() refuses inputs that have no meaning, and says which", () => {
  const p = { gamma: 0.1, sigma: 5, delta: 60, n: 10 };
  assertThrows(() => kappa({ ...p, gamma: -1 }), RangeError, "gamma = -1");
  assertThrows(() => kappa({ ...p, sigma: NaN }), RangeError, "sigma = NaN");
  assertThrows(() => kappa({ ...p, delta: Infinity }), RangeError, "delta = Infinity");
  assertThrows(() => kappa({ ...p, n: 0 }), RangeError, "n = 0");
});

Deno.test("createK() starts at its prior and moves by the textbook recursion", () => {
  const k = createK({ lambda: 0.99, k0: 2, p0: 10 });
  assertEquals(k.k, 2);
  let expected = 2, p = 10;
  for (const [slip, tau] of [[1, 0.5], [3, 0.9], [-1, 0], [0.4, 0.2]] as const) {
    const gain = p * tau / (0.99 + tau * tau * p);
    expected += gain * (slip - expected * tau);
    p = (p - gain * tau * p) / 0.99;
    assertAlmostEquals(k.update(slip, tau), expected, 1e-13);
    assertAlmostEquals(k.variance / p, 1, 1e-13);
  }
  assertEquals(k.count, 4);
});

Deno.test("createK() quotes with the clamped k and keeps the raw one", () => {
  const zero = createK({ lambda: 1, k0: 0, p0: 1e6 });
  assertEquals(zero.update(-3, 1), 0);
  assertAlmostEquals(zero.raw, -3, 1e-5);
  const floor = createK({ lambda: 1, k0: 1, p0: 1, kMin: 1.5 });
  assertEquals(floor.k, 1.5);
  assertEquals(floor.raw, 1);
});

Deno.test("createK() survives an endless stretch of tau = 0 and learns again after it", () => {
  const k = createK({ lambda: 0.99, k0: 1, p0: 10 });
  for (let i = 0; i < 200_000; i++) k.update(5, 0);
  assertEquals(k.raw, 1);
  assert(Number.isFinite(k.variance));
  assertAlmostEquals(k.update(3, 0.5), 6, 1e-9);
});

Deno.test("createK() knows its standard error", () => {
  // Over many samples, the spread of the estimates is what each of them says of itself.
  const estimates: number[] = [], errors: number[] = [];
  for (let seed = 1; seed <= 300; seed++) {
    const random = createRandom(seed);
    const k = createK({ lambda: 0.998, k0: 0, p0: 1e9 });
    for (let i = 0; i < 1_000; i++) {
      const tau = 0.2 + 0.3 * random.uniform();
      k.update(2 * tau + random.normal(), tau);
    }
    estimates.push(k.raw);
    errors.push(k.standardError!);
  }
  const mean = estimates.reduce((a, b) => a + b) / 300;
  const sd = Math.sqrt(estimates.reduce((a, b) => a + (b - mean) ** 2, 0) / 299);
  assertAlmostEquals(mean, 2, 4 * sd / Math.sqrt(300));
  assertAlmostEquals(errors.reduce((a, b) => a + b) / 300 / sd, 1, 0.15);
});

Deno.test("createK() refuses bad options and markouts", () => {
  assertThrows(() => createK({ lambda: 0, k0: 1, p0: 1 }), RangeError, "lambda = 0");
  assertThrows(() => createK({ lambda: 1.1, k0: 1, p0: 1 }), RangeError, "lambda = 1.1");
  assertThrows(() => createK({ lambda: 1, k0: 1, p0: 0 }), RangeError, "p0 = 0");
  assertThrows(() => createK({ lambda: 1, k0: 1, p0: 1 }).update(NaN, 0.5), RangeError, "NaN");
});

const budget = { reference: 0.1, min: 0.02, max: 0.5, inventoryBudget: 2, halfLifeSeconds: 60 };

Deno.test("createGamma() is the clipped reference before it knows anything", () => {
  assertEquals(createGamma(budget).gamma, 0.1);
  assertEquals(createGamma({ ...budget, reference: 3 }).gamma, 0.5);
  const gamma = createGamma(budget);
  assertEquals(gamma.update(0, 1_000, 5), 0.1);
  assertEquals(gamma.effectiveInventory, undefined);
});

Deno.test("createGamma() is the reference at the budget and grows with the square of the position held", () => {
  for (const [position, expected] of [[2, 0.1], [3, 0.225], [1, 0.025], [20, 0.5], [0, 0.02]] as const) {
    const gamma = createGamma(budget);
    const sigma = 5;
    let equity = 0;
    for (let second = 0; second <= 600; second++) {
      gamma.update(second * 1e6, equity, sigma);
      equity += position * sigma * (second % 2 ? 1 : -1);
    }
    assertAlmostEquals(gamma.gamma, expected, 1e-9);
    assertAlmostEquals(gamma.effectiveInventory!, position, 1e-9);
  }
});

Deno.test("createGamma() does not grow with volatility alone: kappa already has sigma²", () => {
  const at = (sigma: number) => {
    const gamma = createGamma(budget);
    for (let second = 0; second <= 60; second++) gamma.update(second * 1e6, (second % 2) * 2 * sigma, sigma);
    return gamma.gamma;
  };
  assertAlmostEquals(at(5), at(50), 1e-12);
});

Deno.test("createGamma() keeps its value while the volatility is zero, and refuses what it cannot use", () => {
  const gamma = createGamma(budget);
  gamma.update(0, 0, 0);
  assertEquals(gamma.update(1e6, 5, 0), 0.1);
  assertThrows(() => gamma.update(0, 5, 1), RangeError, "time 0 after 1000000");
  assertThrows(() => gamma.update(2e6, NaN, 1), RangeError, "equity NaN");
  assertThrows(() => createGamma({ ...budget, max: 0.01 }), RangeError, "max = 0.01");
});

function markouts(count: number, seed: number, law: (tau: number, noise: number) => number): Markout[] {
  const random = createRandom(seed);
  let tau = 0.3, shared = 0;
  return Array.from({ length: count }, (_, i) => {
    // tau moves slowly; ten trades in a row share one move of the mid, as overlapping horizons do.
    tau = 0.3 + 0.995 * (tau - 0.3) + 0.01 * random.normal();
    if (i % 10 === 0) shared = random.normal();
    return { ts: i * 5e5, tau, adverseSelection: law(tau, shared) };
  });
}

Deno.test("regressMarkouts() finds a slope that is there", () => {
  const found = regressMarkouts(markouts(20_000, 1, (tau, noise) => 3 * tau + noise), { horizonUs: 5e6 })!;
  assert(found.predicts, found.verdict);
  assert(Math.abs(found.slope - 3) < 4 * found.slopeError);
  assert(Math.abs(found.k - 3) < 4 * found.kError);
});

Deno.test("regressMarkouts() does not take a constant adverse selection for a prediction by tau", () => {
  let alarms = 0;
  for (let seed = 1; seed <= 40; seed++) {
    const found = regressMarkouts(markouts(4_000, seed, (_, noise) => 1 + noise), { horizonUs: 5e6 })!;
    assert(found.k > 10 * found.kError, "through the origin, the constant looks like a k");
    if (Math.abs(found.t) >= 2) alarms++;
  }
  // 5 % by chance, a few more because blocks are few; errors that ignored the overlap would give more than half.
  assert(alarms <= 8, `${alarms} of 40`);
});

Deno.test("regressMarkouts() is undefined where there is too little to go by", () => {
  assertEquals(regressMarkouts([], { horizonUs: 5e6 }), undefined);
  assertEquals(regressMarkouts(markouts(20, 1, () => 1), { horizonUs: 5e6 }), undefined);
  const constant = markouts(4_000, 1, () => 1).map((m) => ({ ...m, tau: 0.3 }));
  assertEquals(regressMarkouts(constant, { horizonUs: 5e6 }), undefined);
});
